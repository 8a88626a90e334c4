import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { giveBackStartGarbage } from '../lib/start-garbage.ts';
import { migrate, prepareDatabase } from './migrate.ts';
import type { SqlValue } from './turn.ts';

/** The one connection that writes the state database; SQLite's own auto-checkpoint runs here. */
const { path, statements } = workerData as { path: string; statements: string[] };

const db = new Database(path);
prepareDatabase(db);
migrate(db, 'state');
const prepared = statements.map((sql) => db.prepare(sql));
const begin = db.prepare('BEGIN IMMEDIATE');
const commit = db.prepare('COMMIT');

export interface CommitRequest {
  turn: number;
  statements: number[];
  params: SqlValue[][];
}
export type CommitFailure = 'constraint' | 'unavailable' | 'unusable';
export type CommitReply = { turn: number; failure?: CommitFailure; message?: string };

/** A constraint is an input's own fault; a full, locked or failing disk passes; a malformed file never does. */
function classify(code: unknown): CommitFailure {
  if (typeof code !== 'string') return 'constraint';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'unusable';
  if (/^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL)/.test(code)) return 'unavailable';
  return 'constraint';
}

parentPort?.on('message', (request: CommitRequest | 'close') => {
  if (request === 'close') {
    db.close();
    parentPort?.close();
    return;
  }
  const reply: CommitReply = { turn: request.turn };
  try {
    begin.run();
    for (let i = 0; i < request.statements.length; i++)
      prepared[request.statements[i] ?? -1]?.run(...(request.params[i] ?? []));
    commit.run();
  } catch (error) {
    reply.failure = classify((error as { code?: unknown }).code);
    reply.message = error instanceof Error ? error.message : String(error);
    try {
      if (db.inTransaction) db.exec('ROLLBACK');
    } catch (rollbackError) {
      reply.failure = 'unusable';
      reply.message += `; rollback: ${String(rollbackError)}`;
    }
  }
  parentPort?.postMessage(reply);
});
parentPort?.postMessage('ready');
giveBackStartGarbage();
