import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../lib/clock.ts';
import { asError, fault } from '../lib/errors.ts';
import type { HistoryRetention } from './embedded.ts';
import { hourMs } from './hours.ts';
import { type Batch, firstMessage, openJournal } from './journal.ts';
import type { StoreReply, StoreRequest, TrendQuery } from './messages.ts';
import type { TrendRow } from './steps.ts';

/** Where readings are kept for good. Either way they pass the journal, and its disk is what acknowledgements wait for. */
export type HistoryPlace =
  | { store: 'embedded'; retention: HistoryRetention }
  | {
      store: 'influx';
      /** With user, password and database: never to be shown. */
      url: string;
      /** The journal keeps so much that InfluxDB has not taken; then its oldest goes. */
      spoolMegabytes: number;
    };

/** Without further settings: about three years of a large compound. */
export const embeddedHistory: Extract<HistoryPlace, { store: 'embedded' }> = {
  store: 'embedded',
  retention: { maxMegabytes: 16_384, maxDays: 1_095, hoursDays: 3_650 },
};

/** What every history store does; history.db and InfluxDB behind the same face. */
export interface History {
  /** `attempted` ends when it was tried once; `durable` when the batch is on disk. */
  append(batch: Batch): { attempted: Promise<void>; durable: Promise<void> };
  /**
   * Readings of `device.point` from `from` to `to` (UTC ms, both included), oldest first; what goes beyond `mostRows` is cut off.
   * @param resolutionMs averages numbers over steps of this length (min, max and count beside), else every reading. Steps of an
   * hour and more are made of whole hours, at both ends, too.
   * @throws storage.unavailable when InfluxDB does not answer
   */
  query(device: string, point: string, from: number, to: number, resolutionMs?: number): Promise<TrendRow[]>;
  /** Why readings are not written, or not taken on from the journal; null when all is well. */
  trouble(): string | null;
  /** What was given up since the last call, in words; null when nothing was. */
  takeLoss(): string | null;
  close(): Promise<void>;
}

const upkeepMs = 60_000;
/** The store hears of new batches so long after the first of them: it then takes many at once. */
const grownMs = 200;

/** @throws storage.unusable, storage.newer, with nothing left open */
export async function openHistory(options: {
  dataDir: string;
  clock: Clock;
  place: HistoryPlace;
}): Promise<History> {
  const { dataDir, clock, place } = options;
  const journalPath = join(dataDir, 'journal.db');
  const losses: string[] = [];
  const journal = await openJournal({
    path: journalPath,
    limitBytes: place.store === 'influx' ? place.spoolMegabytes * 1024 * 1024 : null,
    saved: () => tellGrown(),
    dropped: ({ readings, from, to }) =>
      losses.push(
        `${readings} readings from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}: the spool is full`,
      ),
  });

  const path = join(dataDir, 'history.db');
  const worker =
    place.store === 'embedded'
      ? new Worker(new URL('./embedded-worker.ts', import.meta.url), {
          workerData: { journal: journalPath, path, retention: place.retention },
        })
      : new Worker(new URL('./influx-worker.ts', import.meta.url), {
          workerData: { journal: journalPath, url: place.url },
        });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const send = (request: StoreRequest) => worker.postMessage(request);
  let trouble: string | null = null;
  let nextId = 0;
  const queries = new Map<number, { resolve(rows: TrendRow[]): void; reject(error: Error): void }>();
  /** The store has been told, or will be, and has not answered yet. */
  let told = false;
  let cancelGrown = () => {};
  let cancelUpkeep = () => {};

  function tellGrown(): void {
    if (told) return;
    told = true;
    cancelGrown = clock.wakeAfter(grownMs, () => send({ do: 'grown' }));
  }

  function upkeepLater(): void {
    cancelUpkeep = clock.wakeAfter(upkeepMs, () => send({ do: 'upkeep', now: clock.now().wallMs }));
  }

  worker.on('message', (reply: StoreReply) => {
    switch (reply.did) {
      case 'query':
        queries.get(reply.id)?.resolve(reply.rows);
        queries.delete(reply.id);
        break;
      case 'failed':
        queries.get(reply.id)?.reject(fault(reply.code, reply.detail));
        queries.delete(reply.id);
        break;
      case 'grown':
        told = false;
        break;
      case 'upkeep':
        upkeepLater();
        break;
      case 'trim':
        journal.trim(reply.upTo);
        break;
      case 'trouble':
        trouble = reply.words;
        break;
      case 'refused':
        losses.push(reply.words);
        break;
      case 'ready':
        break;
    }
  });
  try {
    await firstMessage<StoreReply>(worker, path);
  } catch (error) {
    await journal.close();
    throw error;
  }
  worker.on('error', (error) => {
    trouble = `history stopped: ${asError(error).message}`;
    for (const { reject } of queries.values())
      reject(fault('storage.unavailable', trouble, { cause: error }));
    queries.clear();
  });
  tellGrown();
  upkeepLater();

  return {
    append: journal.append,
    query(device, point, from, to, resolutionMs) {
      const id = ++nextId;
      const query: TrendQuery = { device, point, ...spanOf(from, to, resolutionMs) };
      return new Promise((resolve, reject) => {
        queries.set(id, { resolve, reject });
        send({ do: 'query', id, query });
      });
    },
    trouble: () => journal.failure() ?? trouble,
    takeLoss: () => (losses.length > 0 ? losses.splice(0).join('; ') : null),
    async close() {
      cancelGrown();
      cancelUpkeep();
      send({ do: 'close' });
      await Promise.all([ended, journal.close()]);
      for (const { reject } of queries.values()) reject(fault('storage.unavailable', 'history was closed'));
      queries.clear();
    },
  };
}

/** Steps of an hour and more are whole hours and begin and end with one: that is what roll-ups know, in either store. */
function spanOf(
  from: number,
  to: number,
  resolutionMs: number | undefined,
): Pick<TrendQuery, 'from' | 'to' | 'stepMs'> {
  if (resolutionMs === undefined) return { from, to, stepMs: null };
  if (resolutionMs < hourMs) return { from, to, stepMs: resolutionMs };
  return {
    from: Math.floor(from / hourMs) * hourMs,
    to: (Math.floor(to / hourMs) + 1) * hourMs - 1,
    stepMs: Math.ceil(resolutionMs / hourMs) * hourMs,
  };
}
