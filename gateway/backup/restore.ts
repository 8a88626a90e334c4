import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fault } from '../lib/errors.ts';
import type { BackupReport } from './snapshot.ts';
import { runBackupTask } from './task.ts';

const folder = '.restore';
/** Written when the extracted backup has been proved, with the name of the folder for what it replaces; from then on the swap goes on. */
const readyMark = 'ready';

/**
 * Takes a backup apart beside the data and proves it, changing nothing yet; `finishRestore` swaps it in.
 * @throws backup.invalid
 */
export async function prepareRestore(options: {
  dataDir: string;
  file: string;
  passphrase?: string;
  now: number;
}): Promise<BackupReport> {
  const { dataDir, file, passphrase, now } = options;
  const work = join(dataDir, folder);
  if (existsSync(join(work, readyMark)))
    throw fault('state.conflict', 'a restore is prepared already; start the gateway to finish it');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'files'), { recursive: true, mode: 0o700 });
  try {
    const report = await runBackupTask({ task: 'extract', file, passphrase, into: join(work, 'files') });
    const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    writeFileSync(join(work, readyMark), `before-restore-${stamp}`, { flush: true });
    syncFolder(work);
    return report;
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Swaps a prepared restore in, file by file; interrupted at any step it goes on from there when called again, which every start does
 * before it opens the database. What it replaces is kept in a folder `before-restore-…`.
 * @returns that folder, or null when nothing was prepared
 */
export function finishRestore(dataDir: string): string | null {
  const work = join(dataDir, folder);
  const mark = join(work, readyMark);
  if (!existsSync(mark)) {
    rmSync(work, { recursive: true, force: true });
    return null;
  }
  const aside = join(dataDir, readFileSync(mark, 'utf8'));
  const files = join(work, 'files');
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  // A database goes aside with its log before its successor comes, so that no log is ever applied to the wrong one.
  for (const name of readdirSync(files).sort()) {
    const target = join(dataDir, name);
    for (const path of name.endsWith('.db') ? [`${name}-shm`, `${name}-wal`, name] : [name])
      if (existsSync(join(dataDir, path))) renameSync(join(dataDir, path), join(aside, path));
    renameSync(join(files, name), target);
  }
  syncFolder(dataDir);
  rmSync(work, { recursive: true, force: true });
  return aside;
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
