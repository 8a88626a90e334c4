import type { Alarms } from '../alarms/alarms.ts';
import { type MisreadCode, misread } from '../contract/misread.ts';
import type { Devices } from '../devices/devices.ts';
import { fireUnitRefusal } from '../devices/fire-transmitters.ts';
import type { FieldOrigin } from '../ingest/field-input.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { momentShowing, offsetMsAt } from '../lib/local-time.ts';
import type { Logger } from '../lib/log.ts';
import { type FireRefusal, repeatMs } from '../links/fire-conversations.ts';
import { createFireReceiver } from '../links/fire-receiver.ts';
import type { FireFrameError } from '../protocols/gbt26875/frame.ts';
import { readFireUnit } from '../protocols/gbt26875/unit.ts';
import type { Query } from '../store/store.ts';
import type { Field } from './field.ts';
import { fireReceiverPlace, type Overhearing } from './overhear.ts';
import { createRefusals, recentReports } from './receivers.ts';

const codes = {
  unknown: 'fire-unknown',
  command: 'fire-command',
  clock: 'fire-clock',
  checksum: 'fire-checksum',
  length: 'fire-format',
  start: 'fire-format',
  end: 'fire-format',
} as const satisfies Record<FireRefusal | FireFrameError, MisreadCode>;

/** The fire receiver with the site's transmission devices (GB/T 26875.3); undefined when it is switched off. */
export async function createFire(deps: {
  options: { host: string; port: number } | null;
  clock: Clock;
  log: Logger;
  timeZone(): string;
  query: Query;
  devices: Pick<Devices, 'fireTransmitter' | 'decodeFireReport' | 'alarmInput'>;
  alarms: Pick<Alarms, 'standing'>;
  field: Pick<Field, 'waitingToDecode' | 'denied'>;
  strangers: Pick<Strangers, 'meet'>;
  /** Whoever tries a transmission device listens beside the main line. */
  overhearing: Pick<Overhearing, 'heard' | 'keep'>;
  /** A cap was hit. */
  limited(limit: string): void;
}) {
  const { options, clock, devices, alarms, field } = deps;
  if (!options) return undefined;
  const refusals = createRefusals({ field, strangers: deps.strangers, clock });
  let reports = 0;
  const moment = (shown: number) => momentShowing(deps.timeZone(), shown);

  function overheard(source: string | null, bytes: Uint8Array): void {
    const heard = { way: 'report', to: 'fire', from: source, bytes, receivedAt: clock.now().wallMs } as const;
    deps.overhearing.heard(fireReceiverPlace, heard);
    if (source !== null) deps.overhearing.keep(fireReceiverPlace, source, heard);
  }

  const receiver = await createFireReceiver({
    ...options,
    clock,
    log: deps.log,
    known: (source) => devices.fireTransmitter(source) ?? null,
    momentShowing: moment,
    shownNow() {
      const { wallMs } = clock.now();
      return wallMs + offsetMsAt(deps.timeZone(), wallMs);
    },
    report({ device, frame, identity, repeat, clockRight }, { address, bytes, received }, done) {
      reports++;
      overheard(frame.source, bytes);
      const origin: FieldOrigin = {
        ...{ source: `fire receiver ${address}`, device, bytes: Buffer.from(bytes) },
        way: 'panel',
      };
      const read = repeat ? null : readFireUnit(frame.unit);
      if (read?.ok === false) {
        // Sent again it would be the same: it is kept, and confirmed.
        field.denied(origin, fireUnitRefusal(frame.unit), done);
        return;
      }
      const momentOf = (shown: number | null) => (shown === null || !clockRight ? null : moment(shown));
      const report = { device, unit: read?.unit ?? null, identity, momentOf };
      field.waitingToDecode(
        origin,
        received,
        () => devices.decodeFireReport(report, alarms.standing, received.wallMs),
        done,
        `fire ${device}/${identity}`,
      );
    },
    refused(why, { address, bytes, source, skewMs }) {
      overheard(source, bytes);
      const who = source === null ? address : `${source} (${address})`;
      refusals.tell({
        mark: `${source ?? address} ${why}`,
        source: `fire receiver ${address}`,
        bytes,
        why: () => misread(codes[why], { who, address: source ?? '', seconds: Math.round(skewMs / 1_000) }),
        stranger:
          why === 'unknown' && source !== null
            ? { what: source, from: address, type: 'gbt26875-transmitter' }
            : null,
      });
    },
    limited: deps.limited,
  });

  return {
    port: receiver.port,
    pauseReading: receiver.pauseReading,
    stats: () => ({ connections: receiver.connections(), reports, refused: refusals.count() }),
    /** Opens the door, once the devices are known and what they sent shortly before the restart is known again. */
    async start(): Promise<void> {
      for (const { device, identity, at } of await recentReports(deps, repeatMs))
        receiver.recall(devices.alarmInput(device)?.device.parent ?? device, identity, at);
      receiver.pauseReading(false);
    },
    close: receiver.close,
    /** Faults that are mended may come back: they are told anew. */
    siteChanged: refusals.forget,
  };
}
export type Fire = Awaited<ReturnType<typeof createFire>>;
