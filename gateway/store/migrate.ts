import { readdirSync, readFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { fault } from '../lib/errors.ts';

const folder = new URL('./migrations/', import.meta.url);

/** The numbered `.sql` files of a set (`state`, `history`), in order; the number is the `user_version` it leads to. */
export function migrationsOf(set: string): { version: number; sql: string; name: string }[] {
  return readdirSync(folder)
    .map((name) => ({ name, match: /^(\w+)-(\d{3})-.*\.sql$/.exec(name) }))
    .filter(({ match }) => match?.[1] === set)
    .map(({ name, match }) => ({
      name,
      version: Number(match?.[2]),
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }))
    .sort((a, b) => a.version - b.version);
}

/**
 * Brings a database to the newest version, each step in a transaction of its own, so that a kill leaves old or new, never half.
 * @throws storage.newer when a newer Gatehouse wrote it
 */
export function migrate(db: Database, set: string): void {
  const steps = migrationsOf(set);
  const newest = steps.at(-1)?.version ?? 0;
  const current = Number(db.pragma('user_version', { simple: true }));
  if (current > newest)
    throw fault(
      'storage.newer',
      `${db.name} has version ${current}, this Gatehouse knows ${newest}: run the newer release, or restore a backup made before the upgrade`,
    );
  for (const step of steps) {
    if (step.version <= current) continue;
    db.transaction(() => {
      db.exec(step.sql);
      db.pragma(`user_version = ${step.version}`);
    }).exclusive();
  }
}

/** WAL, FULL sync, foreign keys; refuses an SQLite older than 3.51.3 (WAL-reset bug). */
export function prepareDatabase(db: Database): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major * 1e6 + minor * 1e3 + patch < 3_051_003)
    throw fault(
      'storage.unusable',
      `SQLite ${version} is too old: 3.51.3 or newer is needed, install the locked dependencies with npm ci`,
    );
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('busy_timeout = 0');
  // 16 MiB in place of 4: what hundreds of commits a second change over and over is brought into the file, and synced, less often.
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('journal_size_limit = 67108864');
}
