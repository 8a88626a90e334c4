import { utcOfWall } from '../lib/wall-time.ts';
import type { ReadBatches } from '../patrol/upload-routes.ts';
import { readBatch } from '../protocols/patrol-batch/codec.ts';
import { readBatchCsv } from '../protocols/patrol-batch/csv.ts';

/** Batches of wands in either form; times on the wall are the site's. */
export function createWandBatches(deps: { timeZone(): string }): ReadBatches {
  const contextAt = (receivedAt: number) => ({
    receivedAt,
    zoned: (wallMs: number) => utcOfWall(wallMs, deps.timeZone()),
  });
  return {
    json: (body, receivedAt) => readBatch(body, contextAt(receivedAt)),
    csv: (text, clocks, receivedAt) => readBatchCsv(text, clocks, contextAt(receivedAt)),
  };
}
