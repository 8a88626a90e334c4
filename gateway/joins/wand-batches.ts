import { momentShowing } from '../lib/local-time.ts';
import type { ReadBatches } from '../patrol/upload-routes.ts';
import { readBatch } from '../protocols/patrol-batch/codec.ts';
import { readBatchCsv } from '../protocols/patrol-batch/csv.ts';

/** Every time zone of our days changes its offset at a quarter of an hour. */
const steadyMs = 900_000;

/** Batches of wands in either form; times on the wall are the site's. */
export function createWandBatches(deps: { timeZone(): string }): ReadBatches {
  function contextAt(receivedAt: number) {
    const timeZone = deps.timeZone();
    /** Thousands of reads lie in a few quarters of an hour. */
    const shifts = new Map<number, number>();
    return {
      receivedAt,
      zoned(wallMs: number): number {
        const quarter = Math.floor(wallMs / steadyMs) * steadyMs;
        const shiftMs = shifts.get(quarter) ?? momentShowing(timeZone, quarter) - quarter;
        shifts.set(quarter, shiftMs);
        return wallMs + shiftMs;
      },
    };
  }
  return {
    json: (body, receivedAt) => readBatch(body, contextAt(receivedAt)),
    csv: (text, clocks, receivedAt) => readBatchCsv(text, clocks, contextAt(receivedAt)),
  };
}
