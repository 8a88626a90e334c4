import { Worker } from 'node:worker_threads';
import type { PointValue, Quality } from '../contract/reading.ts';
import { asError, fault } from '../lib/errors.ts';
import { emptyRows, packValue, qualityOf, rowsIn, unpackValue } from './batch.ts';
import type { HistoryReply, HistoryRequest } from './worker.ts';

/** Readings of one turn as columns; the same shape as the turn's own batch. */
export interface Batch {
  devices: string[];
  points: string[];
  at: number[];
  values: PointValue[];
  qualities: Quality[];
}

/** One row of a trend. With a resolution it stands for all readings from `at` on for that long. */
export interface TrendRow {
  at: number;
  value: PointValue;
  quality: Quality;
  min?: number;
  max?: number;
  count?: number;
}

/** What every history store does; the embedded one here, InfluxDB behind the same face. */
export interface History {
  /** `attempted` ends when the store has tried once; `durable` when the batch is on disk. */
  append(batch: Batch): { attempted: Promise<void>; durable: Promise<void> };
  /**
   * Readings of `device.point` from `from` to `to` (UTC ms, both included), oldest first.
   * @param resolutionMs averages numbers over steps of this length (min, max and count beside), else every reading
   */
  query(device: string, point: string, from: number, to: number, resolutionMs?: number): Promise<TrendRow[]>;
  /** Why the last write failed, or null. */
  trouble(): string | null;
  close(): Promise<void>;
}

/** Unsaved batches above this are refused: their senders are not acknowledged and repeat. */
const unsavedLimitBytes = 64 * 1024 * 1024;
const mostWords = 10_000;

/** @throws storage.unusable, storage.newer */
export async function openHistory(path: string): Promise<History> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { path } });
  const ready = await new Promise<Extract<HistoryReply, { did: 'ready' }>>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) =>
      reject(fault('storage.unusable', `${path}: ${asError(error).message}`, { cause: error })),
    );
  });

  const seriesIds = new Map<string, Map<string, number>>();
  let lastSeries = 0;
  const wordIds = new Map<string, number>(ready.words.map(([id, text]) => [text, id]));
  const words = new Map<number, string>(ready.words);
  for (const [id, device, point] of ready.series) {
    lastSeries = Math.max(lastSeries, id);
    pointsOf(device).set(point, id);
  }
  let newSeries: [number, string, string][] = [];
  let newWords: [number, string][] = [];
  let nextId = 0;
  let unsavedBytes = 0;
  let failure: string | null = null;
  const tries = new Map<number, () => void>();
  const saves: { id: number; bytes: number; done: () => void; fail: (error: Error) => void }[] = [];
  const queries = new Map<number, { resolve: (rows: Extract<HistoryReply, { did: 'query' }>) => void }>();

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

  function wordOf(text: string): number {
    const known = wordIds.get(text);
    if (known !== undefined) return known;
    // A text point that never repeats itself is no state: beyond the limit its words are not kept.
    if (wordIds.size >= mostWords) return 0;
    const id = wordIds.size + 1;
    wordIds.set(text, id);
    words.set(id, text);
    newWords.push([id, text]);
    return id;
  }

  worker.on('message', (reply: HistoryReply) => {
    if (reply.did === 'tried') {
      failure = reply.error ?? null;
      tries.get(reply.id)?.();
      tries.delete(reply.id);
    } else if (reply.did === 'saved') {
      failure = null;
      while (saves[0] && saves[0].id <= reply.upTo) {
        const save = saves.shift();
        unsavedBytes -= save?.bytes ?? 0;
        save?.done();
      }
    } else if (reply.did === 'query') {
      queries.get(reply.id)?.resolve(reply);
      queries.delete(reply.id);
    }
  });
  worker.on('error', (error) => {
    failure = asError(error).message;
    for (const [, done] of tries) done();
    tries.clear();
    for (const save of saves.splice(0))
      save.fail(fault('storage.unavailable', `history stopped: ${failure}`, { cause: error }));
  });

  return {
    append(batch) {
      const count = batch.at.length;
      const buffer = emptyRows(count);
      const bytes = buffer.byteLength;
      if (unsavedBytes + bytes > unsavedLimitBytes) {
        const durable = Promise.reject(
          fault('storage.unavailable', `history cannot be written (${failure}); free the disk`),
        );
        durable.catch(() => {});
        return { attempted: Promise.resolve(), durable };
      }
      const rows = rowsIn(buffer);
      for (let i = 0; i < count; i++) {
        const [value, flag] = packValue(batch.values[i] ?? null, batch.qualities[i] ?? 'bad', wordOf);
        rows.series[i] = seriesOf(batch.devices[i] ?? '', batch.points[i] ?? '');
        rows.at[i] = batch.at[i] ?? 0;
        rows.values[i] = value;
        rows.flags[i] = flag;
      }
      const id = ++nextId;
      unsavedBytes += bytes;
      const request: HistoryRequest = { do: 'append', id, buffer, series: newSeries, words: newWords };
      newSeries = [];
      newWords = [];
      worker.postMessage(request, [buffer]);
      const attempted = new Promise<void>((resolve) => tries.set(id, resolve));
      const durable = new Promise<void>((done, fail) => saves.push({ id, bytes, done, fail }));
      durable.catch(() => {});
      return { attempted, durable };
    },
    async query(device, point, from, to, resolutionMs) {
      const series = seriesIds.get(device)?.get(point);
      if (series === undefined) return [];
      const id = ++nextId;
      const reply = await new Promise<Extract<HistoryReply, { did: 'query' }>>((resolve) => {
        queries.set(id, { resolve });
        worker.postMessage({ do: 'query', id, series, from, to } satisfies HistoryRequest);
      });
      if (!reply.column) throw fault('internal', reply.error ?? 'history gave no answer');
      const { at, values, flags } = reply.column;
      const rows = at.map((time, i): TrendRow => {
        const flag = flags[i] ?? 0;
        return {
          at: time,
          value: unpackValue(values[i] ?? Number.NaN, flag, (word) => words.get(word) ?? '?'),
          quality: qualityOf(flag),
        };
      });
      return resolutionMs ? average(rows, resolutionMs) : rows;
    },
    trouble: () => failure,
    async close() {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ do: 'close' } satisfies HistoryRequest);
      await ended;
    },
  };
}

/** Numbers become the mean of each step, with min, max and count; of other values the last one of the step stands. */
export function average(rows: TrendRow[], resolutionMs: number): TrendRow[] {
  const steps: TrendRow[] = [];
  let sum = 0;
  for (const row of rows) {
    const start = Math.floor(row.at / resolutionMs) * resolutionMs;
    let step = steps.at(-1);
    if (!step || step.at !== start) {
      step = { at: start, value: row.value, quality: row.quality, count: 0 };
      steps.push(step);
      sum = 0;
    }
    if (row.quality !== 'good') step.quality = row.quality;
    if (typeof row.value === 'number' && row.quality !== 'bad') {
      step.count = (step.count ?? 0) + 1;
      sum += row.value;
      step.min = Math.min(step.min ?? row.value, row.value);
      step.max = Math.max(step.max ?? row.value, row.value);
      step.value = sum / step.count;
    } else if (typeof row.value !== 'number') step.value = row.value;
  }
  return steps;
}
