import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type History, type HistoryPlace, openHistory } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, fault } from '../lib/errors.ts';
import { openStore, type Store } from '../store/store.ts';
import { allStatements } from './rooms.ts';

/** What lies on disk: the state database, the history, and one indexed look-up. */
export interface Ground {
  store: Store;
  history: History;
  /**
   * Whether an event of this device is in the database. On the main thread, since it must be known before the event's machines
   * run; one look into a unique index.
   * @throws storage.unusable when the file is broken, storage.unavailable when it cannot be read for now
   */
  isStored(device: string, externalId: string): boolean;
  close(): Promise<void>;
}

/** @throws storage.unusable, storage.newer, with nothing left open */
export async function openGround(options: {
  dataDir: string;
  clock: Clock;
  place: HistoryPlace;
}): Promise<Ground> {
  const { dataDir } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'gatehouse.db');
  // At the same time: either waits for its workers to start.
  const [opened, remembered] = await Promise.allSettled([
    openStore(path, allStatements()),
    openHistory(options),
  ]);
  if (opened.status === 'rejected') {
    if (remembered.status === 'fulfilled') await remembered.value.close();
    throw opened.reason;
  }
  if (remembered.status === 'rejected') {
    await opened.value.close();
    throw remembered.reason;
  }
  const [store, history] = [opened.value, remembered.value];
  const lookup = new Database(path, { readonly: true });
  const findEvent = lookup.prepare('SELECT 1 FROM event WHERE device = ? AND external_id = ?');
  return {
    store,
    history,
    isStored(device, externalId) {
      try {
        return findEvent.get(device, externalId) !== undefined;
      } catch (error) {
        const broken = /^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code));
        const code = broken ? 'storage.unusable' : 'storage.unavailable';
        throw fault(code, `${path}: ${asError(error).message}`, { cause: error });
      }
    },
    async close() {
      lookup.close();
      await store.close();
      await history.close();
    },
  };
}
