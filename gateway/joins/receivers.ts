import type { Misread } from '../contract/misread.ts';
import { sinceQuery } from '../ingest/events.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { idsSince } from '../lib/ids.ts';
import type { Query } from '../store/store.ts';
import type { Field } from './field.ts';

// What the gateway's own receivers (alarm panels, fire transmission devices) have in common.

/** So many refusals are told; of further ones nothing new would be learnt. */
const mostTold = 1_000;

/** What a receiver did not take. */
interface RefusedReport {
  /** The same for what would be told in the same words. */
  mark: string;
  source: string;
  bytes: Uint8Array;
  why(): Misread;
  /** Of a sender whom nobody knows: who it says it is, from where, and the type that it would have. */
  stranger?: { what: string; from: string; type: string } | null;
}

/** Tells refusals as dead letters, each once until what is wrong may have been mended. */
export function createRefusals(deps: {
  field: Pick<Field, 'denied'>;
  strangers: Pick<Strangers, 'meet'>;
  clock: Clock;
}) {
  const told = new Set<string>();
  let count = 0;

  function isNew({ mark, bytes, why, stranger }: RefusedReport): boolean {
    if (stranger) {
      const { what, from, type } = stranger;
      const meeting = {
        kind: 'account',
        link: null,
        what,
        from,
        at: deps.clock.now().wallMs,
        bytes,
      } as const;
      const guess = () => ({
        types: [type],
        address: what,
        by: 'protocol' as const,
        why: why(),
      });
      return deps.strangers.meet(meeting, guess) !== null;
    }
    if (told.has(mark) || told.size >= mostTold) return false;
    told.add(mark);
    return true;
  }

  return {
    tell(refused: RefusedReport): void {
      count++;
      if (!isNew(refused)) return;
      const { source, bytes, why } = refused;
      deps.field.denied({ source, device: null, bytes: Buffer.from(bytes), way: 'panel' }, why());
    },
    count: () => count,
    forget: (): void => told.clear(),
  };
}

interface RecentRow {
  device: string;
  external_id: string;
  received_at: number;
}

/** What devices had sent within a time before now, oldest first, so that its repeats are known after a restart; `at` as monotonic ms. */
export async function recentReports(
  { query, clock }: { query: Query; clock: Clock },
  withinMs: number,
): Promise<{ device: string; identity: string; at: number }[]> {
  const { wallMs, monoMs } = clock.now();
  const rows = await query<RecentRow>(sinceQuery, idsSince(wallMs - withinMs));
  return rows.map(({ device, external_id: identity, received_at: receivedAt }) => ({
    ...{ device, identity },
    at: monoMs - (wallMs - receivedAt),
  }));
}
