import type { Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { signalBytes } from '../protocols/dtu/codec.ts';
import type { ByteLine } from './byte-line.ts';
import type { DtuLineOptions, DtuListener } from './dtu-listener.ts';

export type { DtuListener } from './dtu-listener.ts';

const noBytes = new Uint8Array(0);

/** The line of a link of kind `dtu`. Where nothing listens for it, it is down and says so. */
export function openDtuLine(
  { id, registration, heartbeat, silenceS }: Extract<Link, { kind: 'dtu' }>,
  options: Pick<DtuLineOptions, 'bytes' | 'state'> & { listener: DtuListener | undefined; clock: Clock },
): ByteLine {
  const { listener, clock, bytes, state } = options;
  if (listener)
    return listener.line({
      unit: {
        link: id,
        registration: signalBytes(registration) ?? noBytes,
        heartbeat: heartbeat === undefined ? null : signalBytes(heartbeat),
        silenceMs: silenceS * 1_000,
      },
      bytes,
      state,
    });
  const close = clock.wakeAfter(0, () =>
    state(false, 'the gateway has no port that units could dial in to: set GATEHOUSE_DTU_PORT', {
      code: 'dial-in-off',
    }),
  );
  return { up: false, use: (_settings, go) => go(), send: () => false, renew() {}, close };
}
