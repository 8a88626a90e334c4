import { parentPort, workerData } from 'node:worker_threads';
import Database, { type Statement } from 'better-sqlite3';
import { giveBackStartGarbage } from '../lib/start-garbage.ts';
import type { SqlValue } from './turn.ts';

/** Lists and reports: a read-only connection that never holds up the writer. */
const { path } = workerData as { path: string };
const db = new Database(path, { readonly: true });
db.pragma('busy_timeout = 5000');
const cache = new Map<string, Statement<SqlValue[]>>();

export interface QueryRequest {
  id: number;
  sql: string;
  params: SqlValue[];
}
export type QueryReply = { id: number; rows?: unknown[]; error?: string };

parentPort?.on('message', (request: QueryRequest | 'close') => {
  if (request === 'close') {
    db.close();
    parentPort?.close();
    return;
  }
  try {
    let statement = cache.get(request.sql);
    if (!statement) {
      statement = db.prepare<SqlValue[]>(request.sql);
      cache.set(request.sql, statement);
    }
    parentPort?.postMessage({ id: request.id, rows: statement.all(...request.params) } satisfies QueryReply);
  } catch (error) {
    parentPort?.postMessage({ id: request.id, error: String(error) } satisfies QueryReply);
  }
});
parentPort?.postMessage('ready');
giveBackStartGarbage();
