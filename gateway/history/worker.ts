import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { migrate, prepareDatabase } from '../store/migrate.ts';
import { emptyRows, rowsIn } from './batch.ts';
import { type Column, decodeChunk, encodeChunk } from './chunk.ts';

/** Messages of history.ts to this worker, and its answers. */
export type HistoryRequest =
  | {
      do: 'append';
      id: number;
      buffer: ArrayBuffer;
      series: [number, string, string][];
      words: [number, string][];
    }
  | { do: 'query'; id: number; series: number; from: number; to: number }
  | { do: 'close' };
export type HistoryReply =
  | { did: 'ready'; series: [number, string, string][]; words: [number, string][] }
  | { did: 'tried'; id: number; error?: string }
  | { did: 'saved'; upTo: number }
  | { did: 'query'; id: number; column?: Column; error?: string };

/** A series is sealed into a chunk when it has this many readings, or its oldest is an hour old. */
const sealRows = 2_048;
const sealAgeMs = 3_600_000;
/** The journal is folded when it holds this many rows, or as many as the last fold had to carry over. */
const foldRows = 50_000;
const retryMs = 250;

const { path } = workerData as { path: string };
const db = new Database(path);
prepareDatabase(db);
migrate(db, 'history');

const statements = {
  series: db.prepare('INSERT OR IGNORE INTO series (id, device, point) VALUES (?, ?, ?)'),
  word: db.prepare('INSERT OR IGNORE INTO word (id, text) VALUES (?, ?)'),
  journal: db.prepare('INSERT INTO journal (batch) VALUES (?)'),
  clearJournal: db.prepare('DELETE FROM journal'),
  chunk: db.prepare('INSERT INTO chunk (series, from_at, id, to_at, count, data) VALUES (?, ?, ?, ?, ?, ?)'),
  read: db.prepare<[number, number, number], { data: Buffer }>(
    'SELECT data FROM chunk WHERE series = ? AND from_at <= ? AND to_at >= ? ORDER BY id',
  ),
};
let lastChunk = Number(db.prepare('SELECT coalesce(max(id), 0) FROM chunk').pluck().get());

/** Readings of the journal, by series: what a query adds to the chunks. */
const tail = new Map<number, Column>();
let journalRows = 0;
let carriedRows = 0;

function addToTail(buffer: ArrayBuffer): void {
  const { series, at, values, flags } = rowsIn(buffer);
  for (let i = 0; i < at.length; i++) {
    const id = series[i] ?? 0;
    let column = tail.get(id);
    if (!column) {
      column = { at: [], values: [], flags: [] };
      tail.set(id, column);
    }
    column.at.push(at[i] ?? 0);
    column.values.push(values[i] ?? Number.NaN);
    column.flags.push(flags[i] ?? 0);
  }
  journalRows += at.length;
}

function sorted(column: Column): Column {
  const { at } = column;
  if (at.every((time, i) => i === 0 || time >= (at[i - 1] ?? 0))) return column;
  const order = at.map((_, i) => i).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b);
  const pick = (values: number[]) => order.map((i) => values[i] ?? 0);
  return { at: pick(at), values: pick(column.values), flags: pick(column.flags) };
}

/** Seals what is long or old enough into chunks and rewrites the rest as one batch, in one transaction. */
function fold(): void {
  const sealed: number[] = [];
  const now = Date.now();
  let left = 0;
  db.transaction(() => {
    for (const [series, column] of tail) {
      if (column.at.length < sealRows && now - (column.at[0] ?? now) < sealAgeMs) {
        left += column.at.length;
        continue;
      }
      const whole = sorted(column);
      statements.chunk.run(
        series,
        whole.at[0] ?? 0,
        ++lastChunk,
        whole.at.at(-1) ?? 0,
        whole.at.length,
        encodeChunk(whole),
      );
      sealed.push(series);
    }
    const rest = emptyRows(left);
    const rows = rowsIn(rest);
    let row = 0;
    for (const [series, column] of tail) {
      if (sealed.includes(series)) continue;
      for (let i = 0; i < column.at.length; i++, row++) {
        rows.series[row] = series;
        rows.at[row] = column.at[i] ?? 0;
        rows.values[row] = column.values[i] ?? Number.NaN;
        rows.flags[row] = column.flags[i] ?? 0;
      }
    }
    statements.clearJournal.run();
    if (left > 0) statements.journal.run(Buffer.from(rest));
  })();
  for (const series of sealed) tail.delete(series);
  journalRows = left;
  carriedRows = left;
}

/** Appends that are not on disk yet: the disk is full or fails. Tried again with each append and every quarter second. */
const unsaved: Extract<HistoryRequest, { do: 'append' }>[] = [];
let retry: NodeJS.Timeout | undefined;

function save(): string | undefined {
  clearTimeout(retry);
  retry = undefined;
  try {
    db.transaction(() => {
      for (const request of unsaved) {
        for (const row of request.series) statements.series.run(...row);
        for (const row of request.words) statements.word.run(...row);
        statements.journal.run(Buffer.from(request.buffer));
      }
    })();
  } catch (error) {
    retry = setTimeout(save, retryMs);
    return String(error);
  }
  const upTo = unsaved.at(-1)?.id ?? 0;
  for (const request of unsaved.splice(0)) addToTail(request.buffer);
  parentPort?.postMessage({ did: 'saved', upTo } satisfies HistoryReply);
  return undefined;
}

function foldIfDue(): void {
  if (journalRows < carriedRows + Math.max(foldRows, carriedRows)) return;
  try {
    fold();
  } catch {
    // The disk is full: the journal keeps everything, and the next append tries again.
    carriedRows = journalRows;
  }
}

function query(series: number, from: number, to: number): Column {
  const found: Column = { at: [], values: [], flags: [] };
  const add = (column: Column) => {
    for (let i = 0; i < column.at.length; i++) {
      const time = column.at[i] ?? 0;
      if (time < from || time > to) continue;
      found.at.push(time);
      found.values.push(column.values[i] ?? Number.NaN);
      found.flags.push(column.flags[i] ?? 0);
    }
  };
  for (const { data } of statements.read.iterate(series, to, from)) add(decodeChunk(data));
  const recent = tail.get(series);
  if (recent) add(recent);
  const ordered = sorted(found);
  // The same instant told twice (a repeated message): the last word counts.
  const keep = ordered.at.map((time, i) => time !== ordered.at[i + 1]);
  const filter = (values: number[]) => values.filter((_, i) => keep[i]);
  return { at: filter(ordered.at), values: filter(ordered.values), flags: filter(ordered.flags) };
}

parentPort?.on('message', (request: HistoryRequest) => {
  switch (request.do) {
    case 'append': {
      unsaved.push(request);
      const error = save();
      parentPort?.postMessage({
        did: 'tried',
        id: request.id,
        ...(error ? { error } : {}),
      } satisfies HistoryReply);
      if (!error) foldIfDue();
      break;
    }
    case 'query':
      try {
        const column = query(request.series, request.from, request.to);
        parentPort?.postMessage({ did: 'query', id: request.id, column } satisfies HistoryReply);
      } catch (error) {
        parentPort?.postMessage({
          did: 'query',
          id: request.id,
          error: String(error),
        } satisfies HistoryReply);
      }
      break;
    case 'close':
      if (unsaved.length > 0) save();
      clearTimeout(retry);
      db.close();
      parentPort?.close();
  }
});

for (const { batch } of db.prepare<[], { batch: Buffer }>('SELECT batch FROM journal ORDER BY id').iterate())
  addToTail(batch.buffer.slice(batch.byteOffset, batch.byteOffset + batch.byteLength) as ArrayBuffer);
carriedRows = journalRows;
parentPort?.postMessage({
  did: 'ready',
  series: db.prepare('SELECT id, device, point FROM series').raw().all() as [number, string, string][],
  words: db.prepare('SELECT id, text FROM word').raw().all() as [number, string][],
} satisfies HistoryReply);
