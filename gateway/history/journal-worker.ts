import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { giveBackStartGarbage } from '../lib/start-garbage.ts';
import { migrate, prepareDatabase } from '../store/migrate.ts';
import { bufferOf, rowCount, rowsIn } from './batch.ts';
import type { JournalReply, JournalRequest } from './messages.ts';

// It commits and does nothing else, so that nobody's acknowledgement waits for anything but a disk: sealing, questions and
// networks are the business of the store's worker, which reads the journal on a connection of its own.

const retryMs = 250;
/** Batches that go in one transaction when the store has taken them: about a millisecond. */
const trimBatches = 500;
/** What is made free at once when the journal is full: not a batch at a time, and not much of it. */
const roomShare = 1 / 64;

const { path, limitBytes } = workerData as { path: string; limitBytes: number | null };
const db = new Database(path);
prepareDatabase(db);
migrate(db, 'journal');

const statements = {
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  series: db.prepare('INSERT OR IGNORE INTO series (id, device, point) VALUES (?, ?, ?)'),
  append: db.prepare('INSERT INTO batch (rows, words) VALUES (?, ?)'),
  first: db.prepare<[], number | null>('SELECT min(id) FROM batch').pluck(),
  oldest: db.prepare<[], { id: number; rows: Buffer }>('SELECT id, rows FROM batch ORDER BY id LIMIT 1'),
  trim: db.prepare('DELETE FROM batch WHERE id <= ?'),
  bytesUpTo: db.prepare<[number], number>('SELECT total(length(rows)) FROM batch WHERE id <= ?').pluck(),
};

let bytes = statements.bytesUpTo.get(Number.MAX_SAFE_INTEGER) ?? 0;

function reply(message: JournalReply): void {
  parentPort?.postMessage(message);
}

/** Appends that are not on disk yet: the disk is full or fails. Tried again with each append and every quarter second. */
const unsaved: Extract<JournalRequest, { do: 'append' }>[] = [];
let retry: NodeJS.Timeout | undefined;

function rollBack(): void {
  try {
    // SQLite may have rolled back by itself: on a full disk it does.
    if (db.inTransaction) statements.rollback.run();
  } catch {
    // It is rolled back when the next try fails, which cannot begin one within it.
  }
}

function save(): string | undefined {
  clearTimeout(retry);
  retry = undefined;
  try {
    statements.begin.run();
    for (const request of unsaved) {
      for (const row of request.series) statements.series.run(...row);
      const words = request.words.length > 0 ? JSON.stringify(request.words) : null;
      statements.append.run(Buffer.from(request.rows), words);
    }
    statements.commit.run();
  } catch (error) {
    retry = setTimeout(save, retryMs);
    rollBack();
    return String(error);
  }
  const upTo = unsaved.at(-1)?.id ?? 0;
  for (const { rows } of unsaved.splice(0)) bytes += rows.byteLength;
  reply({ did: 'saved', upTo });
  return undefined;
}

/** What the store has taken goes a slice at a time, so that appends come in between. */
let trimUpTo = 0;
let trimming = false;

function trim(): void {
  try {
    const first = statements.first.get() ?? null;
    trimming = first !== null && first <= trimUpTo;
    if (first === null || !trimming) return;
    const upTo = Math.min(trimUpTo, first + trimBatches);
    const freed = statements.bytesUpTo.get(upTo) ?? 0;
    statements.trim.run(upTo);
    bytes -= freed;
    setImmediate(trim);
  } catch {
    // The disk is full or the file locked: it goes with the next trim.
    trimming = false;
  }
}

/** The oldest give way: what happened today is worth more, and no device could keep what the store has not taken for so long. */
function makeRoom(): void {
  if (limitBytes === null || bytes <= limitBytes) return;
  const lost = { readings: 0, from: Number.POSITIVE_INFINITY, to: 0 };
  const excess = bytes - limitBytes * (1 - roomShare);
  let freed = 0;
  try {
    db.transaction(() => {
      for (let row = statements.oldest.get(); row && freed < excess; row = statements.oldest.get()) {
        for (const at of rowsIn(bufferOf(row.rows)).at) {
          lost.from = Math.min(lost.from, at);
          lost.to = Math.max(lost.to, at);
        }
        lost.readings += rowCount(row.rows.length);
        statements.trim.run(row.id);
        freed += row.rows.length;
      }
    })();
  } catch {
    // Nothing was dropped; it is tried again with the next append.
    return;
  }
  bytes -= freed;
  reply({ did: 'dropped', ...lost });
}

parentPort?.on('message', (request: JournalRequest) => {
  switch (request.do) {
    case 'append': {
      unsaved.push(request);
      const error = save();
      if (error === undefined) makeRoom();
      else reply({ did: 'failed', id: request.id, error });
      break;
    }
    case 'trim':
      trimUpTo = request.upTo;
      if (!trimming) trim();
      break;
    case 'close':
      if (unsaved.length > 0) save();
      clearTimeout(retry);
      trimUpTo = 0;
      db.close();
      parentPort?.close();
  }
});

reply({
  did: 'ready',
  series: db.prepare('SELECT id, device, point FROM series').raw().all() as [number, string, string][],
});
giveBackStartGarbage();
