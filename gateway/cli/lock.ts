import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { asError, fault } from '../lib/errors.ts';

export interface DataLock {
  readonly dataDir: string;
  release(): void;
}

/**
 * Creates the data directory if need be, for this user alone.
 * @throws data.unwritable with the mend
 */
export function openDataDir(dir: string): string {
  const path = resolve(dir);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('it is not a directory');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fault(
      'data.unwritable',
      `the data directory ${path} cannot be used: ${asError(error).message}; give a directory that this user may write with --data or GATEHOUSE_DATA`,
      { cause: error },
    );
  }
  return path;
}

/**
 * Takes the data directory for this process: an open `BEGIN EXCLUSIVE` on `lock.db`, which the kernel frees even on kill -9, while
 * a pid file would go stale.
 * @throws data.unwritable, data.locked
 */
export function acquireLock(dir: string): DataLock {
  const dataDir = openDataDir(dir);
  const path = join(dataDir, 'lock.db');
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    chmodSync(path, 0o600);
  } catch (error) {
    db?.close();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY')
      throw fault(
        'data.locked',
        `${dataDir} is in use by another Gatehouse; stop that one first, or choose another directory with --data`,
        { cause: error },
      );
    throw fault(
      'data.unwritable',
      `${path} cannot be opened: ${asError(error).message}; see that this user may write there and that the disk is not full`,
      { cause: error },
    );
  }
  const held = db;
  return { dataDir, release: () => held.close() };
}
