import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { asError, Fault, type FaultCode, type FieldError } from '../lib/errors.ts';
import { type BackupReport, checkDatabase, createBackup, databases, extractBackup } from './snapshot.ts';

/** One task in a worker of its own, started when needed, so that neither commits nor lists wait for it. */
export type BackupTask =
  | ({ task: 'create' } & Parameters<typeof createBackup>[0])
  | { task: 'verify'; file: string; passphrase?: string; workDir: string }
  | ({ task: 'extract' } & Parameters<typeof extractBackup>[0])
  | { task: 'check'; dataDir: string };

/** What each database of a data directory says of itself; no lines mean that it is whole. */
export interface DatabaseFinding {
  file: string;
  problems: string[];
}

export type BackupReply =
  | { report: BackupReport }
  | { findings: DatabaseFinding[] }
  | { failed: { code: FaultCode; detail: string; errors: FieldError[] } };

function run(task: BackupTask): BackupReply {
  switch (task.task) {
    case 'create':
      return { report: createBackup(task) };
    case 'extract':
      return { report: extractBackup(task) };
    case 'verify': {
      const into = mkdtempSync(join(task.workDir, '.verify-'));
      try {
        return { report: extractBackup({ ...task, into }) };
      } finally {
        rmSync(into, { recursive: true, force: true });
      }
    }
    case 'check':
      return {
        findings: databases
          .filter(({ file, needed }) => needed || existsSync(join(task.dataDir, file)))
          .map(({ file }) => ({ file, problems: checkDatabase(join(task.dataDir, file)) })),
      };
  }
}

try {
  parentPort?.postMessage(run(workerData as BackupTask));
} catch (thrown) {
  const { code, detail, errors } =
    thrown instanceof Fault
      ? thrown
      : { code: 'internal' as const, detail: asError(thrown).message, errors: [] };
  parentPort?.postMessage({ failed: { code, detail, errors } } satisfies BackupReply);
}
