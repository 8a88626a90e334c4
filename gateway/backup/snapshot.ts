import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { asError, fault } from '../lib/errors.ts';
import { migrationsOf } from '../store/migrate.ts';
import { type ArchivedFile, ArchiveWriter, isEncrypted, readArchive } from './archive.ts';

/**
 * The databases of a data directory, by the set of migrations that they follow. The journal before history: what moves from one to the
 * other while a backup is made is then in both, and counts once.
 */
export const databases = [
  { file: 'gatehouse.db', set: 'state', needed: true },
  { file: 'journal.db', set: 'journal', needed: false },
  { file: 'history.db', set: 'history', needed: false },
] as const;

/** What else belongs to an installation: settings, its own device types, drawings, certificates; the pictures of alarms. */
const otherPaths = ['gatehouse.yaml', 'types', 'plans', 'tls', 'snapshots'];

const manifestName = 'manifest.json';
const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.number().int(),
  release: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface BackupReport {
  file: string;
  createdAt: number;
  release: string;
  bytes: number;
  encrypted: boolean;
  /** Name and size of what is in it. */
  files: { name: string; bytes: number }[];
}

/** Every plain file of a folder, as paths below the data directory with forward slashes. Links are not followed. */
function filesBelow(dataDir: string, path: string): string[] {
  const full = join(dataDir, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesBelow(dataDir, `${path}/${entry.name}`);
      return entry.isFile() ? [`${path}/${entry.name}`] : [];
    });
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

/**
 * What SQLite itself finds wrong with a database.
 * @throws storage.unusable when it cannot be read at all
 */
export function checkDatabase(path: string): string[] {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
    const rows = db.pragma('integrity_check') as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } catch (error) {
    throw fault('storage.unusable', `${path} cannot be read: ${asError(error).message}`, { cause: error });
  } finally {
    db?.close();
  }
}

/**
 * Writes a backup of a data directory, also while a gateway uses it: each database as `VACUUM INTO` sees it at one moment (copying the
 * file would lose what is in the WAL, SQLite's own backup starts anew at each commit), checked before it is packed.
 * @throws backup.invalid, storage.unusable
 */
export function createBackup(options: {
  dataDir: string;
  target: string;
  passphrase?: string;
  release: string;
  now: number;
}): BackupReport {
  const { dataDir, target, passphrase, release, now } = options;
  if (existsSync(target)) throw fault('backup.invalid', `${target} exists already; choose another name`);
  const partial = `${target}.partial`;
  let work: string | undefined;
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    work = mkdtempSync(join(dataDir, '.backup-'));
    if (existsSync(partial)) rmSync(partial);
    const present = databases.filter(({ file, needed }) => needed || existsSync(join(dataDir, file)));
    for (const { file } of present) {
      const db = new Database(join(dataDir, file), { readonly: true, fileMustExist: true, timeout: 5_000 });
      try {
        db.prepare('VACUUM INTO ?').run(join(work, file));
      } finally {
        db.close();
      }
      const found = checkDatabase(join(work, file));
      if (found.length > 0)
        throw fault('backup.invalid', `${file} is damaged (${found[0]}), so no backup of it was written`);
    }
    const archive = new ArchiveWriter(partial, passphrase);
    const files: ArchivedFile[] = [];
    for (const { file } of present) files.push(archive.addFile(file, join(work, file), now));
    for (const name of otherPaths.flatMap((path) => filesBelow(dataDir, path))) {
      try {
        files.push(archive.addFile(name, join(dataDir, name), now));
      } catch (error) {
        // The roll-over has taken a picture away since the folder was read: its record says so, or will.
        if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
      }
    }
    archive.addText(
      manifestName,
      JSON.stringify({ format: 1, createdAt: now, release, files } satisfies Manifest, null, 1),
      now,
    );
    archive.finish();
    renameSync(partial, target);
    syncFolder(dirname(target));
    return reportOf(target, { format: 1, createdAt: now, release, files });
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    const { code } = error as { code?: unknown };
    if (code === 'ENOSPC' || code === 'SQLITE_FULL')
      throw fault('backup.invalid', `there is no room for ${target}; free space there and in ${dataDir}`, {
        cause: error,
      });
    if (code === 'EACCES' || code === 'EEXIST' || code === 'ENOTDIR' || code === 'EROFS' || code === 'ENOENT')
      throw fault('backup.invalid', `${target} cannot be written: ${asError(error).message}`, {
        cause: error,
      });
    throw error;
  } finally {
    if (work) rmSync(work, { recursive: true, force: true });
  }
}

function reportOf(file: string, manifest: Manifest): BackupReport {
  return {
    file,
    createdAt: manifest.createdAt,
    release: manifest.release,
    bytes: statSync(file).size,
    encrypted: isEncrypted(file),
    files: manifest.files.map(({ name, bytes }) => ({ name, bytes })),
  };
}

/** Where an entry of a backup may be put; anything else in it is a trick. */
function isKnownName(name: string): boolean {
  if (databases.some(({ file }) => file === name)) return true;
  const steps = name.split('/');
  if (steps.some((step) => step === '' || step === '.' || step === '..' || step.includes('\\'))) return false;
  return otherPaths.includes(steps[0] ?? '');
}

/**
 * Takes a backup apart into an empty folder and proves it: every byte by its hash, each database by SQLite's own check and by its version.
 * @throws backup.invalid; what lies in the folder is then not to be used
 */
export function extractBackup(options: { file: string; into: string; passphrase?: string }): BackupReport {
  const { file, into, passphrase } = options;
  if (!existsSync(file)) throw fault('backup.invalid', `there is no file ${file}`);
  const manifestChunks: Buffer[] = [];
  const read = readArchive(file, passphrase, (name, bytes) => {
    if (name === manifestName) {
      if (bytes > 16 * 1024 * 1024) throw fault('backup.invalid', `the manifest of ${file} is too large`);
      return { write: (chunk) => manifestChunks.push(Buffer.from(chunk)), close() {} };
    }
    if (!isKnownName(name))
      throw fault(
        'backup.invalid',
        `${file} holds "${name}", which no backup of Gatehouse has; it is not restored`,
      );
    const path = join(into, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(path, 'wx', 0o600);
    return {
      write(chunk) {
        for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done);
      },
      close() {
        fsyncSync(fd);
        closeSync(fd);
      },
    };
  });
  const manifest = manifestOf(file, Buffer.concat(manifestChunks).toString());
  const found = new Map(read.map((one) => [one.name, one]));
  found.delete(manifestName);
  for (const wanted of manifest.files) {
    const one = found.get(wanted.name);
    if (!one || one.bytes !== wanted.bytes || one.sha256 !== wanted.sha256)
      throw fault(
        'backup.invalid',
        `"${wanted.name}" in ${file} is not what was backed up; try another copy`,
      );
    found.delete(wanted.name);
  }
  const [extra] = found.keys();
  if (extra !== undefined) throw fault('backup.invalid', `"${extra}" in ${file} is not in its manifest`);
  for (const { file: name, set, needed } of databases) {
    const path = join(into, name);
    if (existsSync(path)) checkRestorable(path, set);
    else if (needed) throw fault('backup.invalid', `${file} holds no ${name}`);
  }
  return reportOf(file, manifest);
}

function manifestOf(file: string, text: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw fault('backup.invalid', `the manifest of ${file} cannot be read; try another copy`, {
      cause: error,
    });
  }
}

function checkRestorable(path: string, set: string): void {
  const found = checkDatabase(path);
  if (found.length > 0) throw fault('backup.invalid', `a database in the backup is damaged: ${found[0]}`);
  const db = new Database(path, { readonly: true });
  const version = Number(db.pragma('user_version', { simple: true }));
  db.close();
  const newest = migrationsOf(set).at(-1)?.version ?? 0;
  if (version > newest)
    throw fault(
      'backup.invalid',
      `the backup was made by a newer Gatehouse (${set} ${version}, this one knows ${newest}); restore it with that release`,
    );
}
