import { Worker } from 'node:worker_threads';
import type { PointValue, Quality } from '../contract/reading.ts';
import { asError, fault } from '../lib/errors.ts';
import { emptyRows, packValue, rowsIn, Words } from './batch.ts';
import type { JournalReply, JournalRequest } from './messages.ts';

/** Readings of one turn as columns; the same shape as the turn's own batch. */
export interface Batch {
  devices: string[];
  points: string[];
  at: number[];
  values: PointValue[];
  qualities: Quality[];
}

/** The durable front of history: what an acknowledgement waits for, whatever becomes of the reading then. */
export interface Journal {
  /** `attempted` ends when it has tried once; `durable` when the batch is on disk. */
  append(batch: Batch): { attempted: Promise<void>; durable: Promise<void> };
  /** The store has taken everything up to this batch. */
  trim(upTo: number): void;
  /** Why the last write failed, or null. */
  failure(): string | null;
  close(): Promise<void>;
}

/** Unsaved batches above this are refused: their senders are not acknowledged and repeat. */
const unsavedLimitBytes = 64 * 1024 * 1024;

/** Resolves with the first message of a worker. @throws storage.unusable when it ends before that */
export function firstMessage<Message>(worker: Worker, path: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) =>
      reject(fault('storage.unusable', `${path}: ${asError(error).message}`, { cause: error })),
    );
  });
}

/**
 * @param options.limitBytes of what the store has not taken; then the oldest goes and `dropped` is told. null: the disk is the limit
 * @param options.saved something new is on disk
 * @throws storage.unusable, storage.newer
 */
export async function openJournal(options: {
  path: string;
  limitBytes: number | null;
  saved(): void;
  dropped(loss: { readings: number; from: number; to: number }): void;
}): Promise<Journal> {
  const { path, limitBytes } = options;
  const worker = new Worker(new URL('./journal-worker.ts', import.meta.url), {
    name: 'journal',
    workerData: { path, limitBytes },
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const ready = await firstMessage<Extract<JournalReply, { did: 'ready' }>>(worker, path);

  const seriesIds = new Map<string, Map<string, number>>();
  let lastSeries = 0;
  for (const [id, device, point] of ready.series) {
    lastSeries = Math.max(lastSeries, id);
    pointsOf(device).set(point, id);
  }
  let newSeries: [number, string, string][] = [];
  let nextId = 0;
  let unsavedBytes = 0;
  let failure: string | null = null;
  let stopped = false;
  const saves: {
    id: number;
    bytes: number;
    tried: () => void;
    done: () => void;
    fail: (error: Error) => void;
  }[] = [];

  function pointsOf(device: string): Map<string, number> {
    let points = seriesIds.get(device);
    if (!points) {
      points = new Map();
      seriesIds.set(device, points);
    }
    return points;
  }

  function seriesOf(device: string, point: string): number {
    const points = pointsOf(device);
    const known = points.get(point);
    if (known !== undefined) return known;
    const id = ++lastSeries;
    points.set(point, id);
    newSeries.push([id, device, point]);
    return id;
  }

  worker.on('message', (reply: JournalReply) => {
    if (reply.did === 'failed') {
      failure = reply.error;
      saves.find(({ id }) => id === reply.id)?.tried();
    } else if (reply.did === 'saved') {
      failure = null;
      while (saves[0] && saves[0].id <= reply.upTo) {
        const save = saves.shift();
        unsavedBytes -= save?.bytes ?? 0;
        save?.tried();
        save?.done();
      }
      options.saved();
    } else if (reply.did === 'dropped') options.dropped(reply);
  });
  /** Nothing is written any more: what waits is refused, so that turns go on without it and senders keep their readings. */
  function stop(why: string): void {
    if (stopped) return;
    stopped = true;
    failure = `history stopped: ${why}; start the gateway again`;
    unsavedBytes = 0;
    for (const save of saves.splice(0)) {
      save.tried();
      save.fail(fault('storage.unavailable', failure));
    }
  }
  worker.on('error', (error) => stop(asError(error).message));
  worker.on('exit', () => stop('its worker has ended'));

  function refused(why: string): ReturnType<Journal['append']> {
    const durable = Promise.reject(fault('storage.unavailable', why));
    durable.catch(() => {});
    return { attempted: Promise.resolve(), durable };
  }

  function send(request: JournalRequest, transfer: ArrayBuffer[] = []): void {
    worker.postMessage(request, transfer);
  }

  return {
    append(batch) {
      if (stopped && failure !== null) return refused(failure);
      const count = batch.at.length;
      const buffer = emptyRows(count);
      const bytes = buffer.byteLength;
      if (unsavedBytes + bytes > unsavedLimitBytes)
        return refused(`history cannot be written (${failure}); free the disk`);
      const rows = rowsIn(buffer);
      const words = new Words();
      const wordId = (text: string) => words.id(text);
      for (let i = 0; i < count; i++) {
        const [value, flag] = packValue(batch.values[i] ?? null, batch.qualities[i] ?? 'bad', wordId);
        rows.series[i] = seriesOf(batch.devices[i] ?? '', batch.points[i] ?? '');
        rows.at[i] = batch.at[i] ?? 0;
        rows.values[i] = value;
        rows.flags[i] = flag;
      }
      const id = ++nextId;
      unsavedBytes += bytes;
      send({ do: 'append', id, rows: buffer, words: words.list, series: newSeries }, [buffer]);
      newSeries = [];
      const [attempted, durable] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      saves.push({ id, bytes, tried: attempted.resolve, done: durable.resolve, fail: durable.reject });
      durable.promise.catch(() => {});
      return { attempted: attempted.promise, durable: durable.promise };
    },
    trim: (upTo) => send({ do: 'trim', upTo }),
    failure: () => failure,
    async close() {
      send({ do: 'close' });
      await ended;
    },
  };
}
