import { Worker } from 'node:worker_threads';
import { fault } from '../lib/errors.ts';
import type { BackupReport } from './snapshot.ts';
import type { BackupReply, BackupTask, DatabaseFinding } from './worker.ts';

async function run(task: BackupTask): Promise<BackupReply> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task });
  try {
    const reply = await new Promise<BackupReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(fault('internal', 'the backup worker ended without an answer')));
    });
    if ('failed' in reply)
      throw fault(reply.failed.code, reply.failed.detail, { errors: reply.failed.errors });
    return reply;
  } finally {
    await worker.terminate();
  }
}

/** Creates, verifies or takes apart a backup in a worker. @throws backup.invalid, storage.unusable */
export async function runBackupTask(task: Exclude<BackupTask, { task: 'check' }>): Promise<BackupReport> {
  const reply = await run(task);
  if (!('report' in reply)) throw fault('internal', 'the backup worker answered something else');
  return reply.report;
}

/** What SQLite finds wrong with the databases of a data directory. @throws storage.unusable */
export async function checkDatabases(dataDir: string): Promise<DatabaseFinding[]> {
  const reply = await run({ task: 'check', dataDir });
  if (!('findings' in reply)) throw fault('internal', 'the backup worker answered something else');
  return reply.findings;
}
