import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type History, openHistory } from '../history/history.ts';
import { openStore, type Store } from '../store/store.ts';
import { allStatements } from './rooms.ts';

/** What lies on disk: the state database, the history, and one indexed look-up. */
export interface Ground {
  store: Store;
  history: History;
  /**
   * Whether an event of this device is in the database. On the main thread, since it must be known before the event's machines
   * run; one look into a unique index.
   */
  isStored(device: string, externalId: string): boolean;
  close(): Promise<void>;
}

/** @throws storage.unusable, storage.newer, with nothing left open */
export async function openGround(dataDir: string): Promise<Ground> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'gatehouse.db');
  const store = await openStore(path, allStatements());
  let history: History;
  try {
    history = await openHistory(join(dataDir, 'history.db'));
  } catch (error) {
    await store.close();
    throw error;
  }
  const lookup = new Database(path, { readonly: true });
  const findEvent = lookup.prepare('SELECT 1 FROM event WHERE device = ? AND external_id = ?');
  return {
    store,
    history,
    isStored: (device, externalId) => findEvent.get(device, externalId) !== undefined,
    async close() {
      lookup.close();
      await store.close();
      await history.close();
    },
  };
}
