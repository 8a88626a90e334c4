import type { UhppoteLink } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { uhppotePort } from '../protocols/uhppote/codec.ts';
import { LineTally } from './line-tally.ts';
import { endpointOf, type FoundController, openUhppoteWire } from './uhppote-wire.ts';

/** Controllers answer a broadcast within some hundred milliseconds. */
export const searchMs = 1_500;

/** The address of a controller: one that was never given one answers all the same. */
export function foundAt({ address, from }: Pick<FoundController, 'address' | 'from'>): string {
  return address === '0.0.0.0' ? from : address;
}

/**
 * Every controller that answers on a network to which the site has no link. Nothing is told to anybody: they go on to push to
 * whom they push.
 * @throws when no socket can be opened
 */
export async function searchNetwork(
  clock: Clock,
  { broadcast, timeoutMs }: Pick<UhppoteLink, 'broadcast' | 'timeoutMs'>,
): Promise<FoundController[]> {
  const wire = await openUhppoteWire({
    ...{ clock, timeoutMs, broadcast: endpointOf(broadcast, uhppotePort) },
    listen: { host: '0.0.0.0', port: 0 },
    tally: new LineTally(clock, 'asked', { withheld: true }),
    pushed() {},
    failed() {},
  });
  try {
    return await wire.search(searchMs);
  } finally {
    wire.close();
  }
}
