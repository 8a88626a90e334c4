import { sinceQuery } from '../ingest/events.ts';
import type { Clock } from '../lib/clock.ts';
import { idsSince } from '../lib/ids.ts';
import type { Query } from '../store/store.ts';
import type { Field } from './field.ts';

// What the gateway's own receivers (alarm panels, fire transmission devices) have in common.

/** So many refusals are told; of further ones nothing new would be learnt. */
const mostTold = 1_000;

/** Tells refusals as dead letters, each once until what is wrong may have been mended. */
export function createRefusals(field: Pick<Field, 'denied'>) {
  const told = new Set<string>();
  return {
    /** @param mark the same for what would be told in the same words */
    tell(mark: string, source: string, bytes: Uint8Array, words: () => string): void {
      if (told.has(mark) || told.size >= mostTold) return;
      told.add(mark);
      field.denied({ source, device: null, bytes: Buffer.from(bytes) }, words());
    },
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
