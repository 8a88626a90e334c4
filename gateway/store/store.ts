import { Worker } from 'node:worker_threads';
import { asError, fault } from '../lib/errors.ts';
import type { QueryReply, QueryRequest } from './reader.ts';
import type { SqlValue, Write } from './turn.ts';
import type { CommitReply, CommitRequest } from './writer.ts';

/** Statements of one room by name; the house knows them as `room.name`. */
export type Statements = Record<string, string>;

/** The outcome of a commit. `unavailable` may pass (full, locked, I/O); `constraint` is an input's fault; `unusable` ends the process. */
export type CommitOutcome =
  | { ok: true }
  | { ok: false; failure: 'constraint' | 'unavailable' | 'unusable'; message: string };

/** Read-only SQL of the API, in a worker of its own; parameters are positional. */
export type Query = <Row>(sql: string, ...params: SqlValue[]) => Promise<Row[]>;

export interface Store {
  /** One transaction; never rejects. */
  commit(writes: Write[]): Promise<CommitOutcome>;
  query: Query;
  close(): Promise<void>;
}

function started(worker: Worker, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', (error) =>
      reject(fault('storage.unusable', `${what}: ${asError(error).message}`, { cause: error })),
    );
  });
}

/**
 * Opens the state database with its writer and reader workers, after migrating it.
 * @param statements all rooms' statements, `room.name` → SQL
 * @throws storage.unusable, storage.newer
 */
export async function openStore(path: string, statements: ReadonlyMap<string, string>): Promise<Store> {
  const names = [...statements.keys()];
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const writer = new Worker(new URL('./writer.ts', import.meta.url), {
    workerData: { path, statements: [...statements.values()] },
  });
  await started(writer, path);
  const reader = new Worker(new URL('./reader.ts', import.meta.url), { workerData: { path } });
  await started(reader, path);

  let turn = 0;
  let dead: Error | undefined;
  let waiting: { turn: number; resolve: (outcome: CommitOutcome) => void } | undefined;
  const fail = (error: unknown) => {
    dead = asError(error);
    waiting?.resolve({ ok: false, failure: 'unusable', message: dead.message });
    waiting = undefined;
  };
  writer.on('message', (reply: CommitReply) => {
    if (!waiting || reply.turn !== waiting.turn) return;
    const { resolve } = waiting;
    waiting = undefined;
    resolve(
      reply.failure
        ? { ok: false, failure: reply.failure, message: reply.message ?? reply.failure }
        : { ok: true },
    );
  });
  writer.on('error', fail);

  let queryId = 0;
  const queries = new Map<number, { resolve: (rows: unknown[]) => void; reject: (error: Error) => void }>();
  reader.on('message', (reply: QueryReply) => {
    const pending = queries.get(reply.id);
    queries.delete(reply.id);
    if (reply.rows) pending?.resolve(reply.rows);
    else pending?.reject(fault('internal', reply.error ?? 'the reader gave no answer'));
  });
  reader.on('error', (error) => {
    for (const pending of queries.values())
      pending.reject(fault('storage.unusable', asError(error).message, { cause: error }));
    queries.clear();
  });

  return {
    commit(writes) {
      if (dead) return Promise.resolve({ ok: false, failure: 'unusable', message: dead.message });
      if (waiting) throw fault('internal', 'a second commit was asked for while one is in flight');
      const request: CommitRequest = { turn: ++turn, statements: [], params: [] };
      for (const write of writes) {
        const index = indexOf.get(write.statement);
        if (index === undefined) throw fault('internal', `there is no statement ${write.statement}`);
        request.statements.push(index);
        request.params.push(write.params);
      }
      return new Promise((resolve) => {
        waiting = { turn, resolve };
        writer.postMessage(request);
      });
    },
    query<Row>(sql: string, ...params: SqlValue[]) {
      return new Promise<Row[]>((resolve, reject) => {
        const request: QueryRequest = { id: ++queryId, sql, params };
        queries.set(request.id, { resolve: resolve as (rows: unknown[]) => void, reject });
        reader.postMessage(request);
      });
    },
    async close() {
      const ended = [writer, reader].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      writer.postMessage('close');
      reader.postMessage('close');
      await Promise.all(ended);
    },
  };
}
