import type { UhppoteLink } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { type Reply, uhppotePort } from '../protocols/uhppote/codec.ts';
import type { AskObserver } from './exchange.ts';
import { LineTally } from './line-tally.ts';
import { endpointOf, type FoundController, openUhppoteWire, type UhppoteWire } from './uhppote-wire.ts';

/** Controllers answer a broadcast within some hundred milliseconds. */
export const searchMs = 1_500;

/** The address of a controller: one that was never given one answers all the same. */
export function foundAt({ address, from }: Pick<FoundController, 'address' | 'from'>): string {
  return address === '0.0.0.0' ? from : address;
}

/** A socket of its own, for a short while. @throws when it cannot be opened */
async function withWire<Answer>(
  clock: Clock,
  { broadcast, timeoutMs }: Pick<UhppoteLink, 'broadcast' | 'timeoutMs'>,
  work: (wire: UhppoteWire) => Promise<Answer>,
): Promise<Answer> {
  const wire = await openUhppoteWire({
    ...{ clock, timeoutMs, broadcast: endpointOf(broadcast, uhppotePort) },
    listen: { host: '0.0.0.0', port: 0 },
    tally: new LineTally(clock, 'asked', { withheld: true }),
    pushed() {},
    failed() {},
  });
  try {
    return await work(wire);
  } finally {
    wire.close();
  }
}

/**
 * Every controller that answers on a network to which the site has no link. Nothing is told to anybody: they go on to push to
 * whom they push.
 * @throws when no socket can be opened
 */
export function searchNetwork(
  clock: Clock,
  link: Pick<UhppoteLink, 'broadcast' | 'timeoutMs'>,
): Promise<FoundController[]> {
  return withWire(clock, link, (wire) => wire.search(searchMs));
}

/** What a controller says of itself when it is asked; null where it did not answer. */
export interface ControllerSaid {
  status: Reply<'status'> | null;
  identity: Reply<'find'> | null;
  cards: number | null;
}

/**
 * Asks one controller how it is and who it is, and tells it nothing: whom it pushes to and where its log was read to stays.
 * @param host where it is; null: called by everybody's address
 * @param watch sees the bytes of each question
 * @throws when no socket can be opened
 */
export function askController(
  clock: Clock,
  link: Pick<UhppoteLink, 'broadcast' | 'timeoutMs'>,
  { serial, host }: { serial: number; host: string | null },
  watch: (question: 'status' | 'find' | 'countCards') => AskObserver,
): Promise<ControllerSaid> {
  return withWire(clock, link, async (wire) => {
    wire.place(serial, host === null ? null : endpointOf(host, uhppotePort));
    const status = await wire.ask(serial, 'status', {}, { tries: 2, observer: watch('status') });
    // One that is silent would be so to the rest.
    if (!status) return { status, identity: null, cards: null };
    const identity = await wire.ask(serial, 'find', {}, { tries: 2, observer: watch('find') });
    const counted = await wire.ask(serial, 'countCards', {}, { tries: 2, observer: watch('countCards') });
    return { status, identity, cards: counted?.cards ?? null };
  });
}
