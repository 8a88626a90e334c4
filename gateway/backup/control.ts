import { z } from 'zod';
import type { Actor } from '../contract/permissions.ts';
import type { Backups } from './backups.ts';
import { checkDatabases, runBackupTask } from './task.ts';

/** What `gatehouse backup` and `gatehouse verify` ask of the gateway; paths are absolute. */
export function backupControl(deps: {
  backups: Backups;
  dataDir: string;
  passphrase?: string;
  actor: Actor;
}): Record<string, (args: unknown) => Promise<unknown>> {
  const { backups, dataDir, passphrase, actor } = deps;
  return {
    'backup.create'(args) {
      const { file } = z.strictObject({ file: z.string().min(1) }).parse(args);
      return backups.create(actor, file);
    },
    async 'verify.database'() {
      return { databases: await checkDatabases(dataDir) };
    },
    'verify.backup'(args) {
      const { file } = z.strictObject({ file: z.string().min(1) }).parse(args);
      return runBackupTask({ task: 'verify', file, passphrase, workDir: dataDir });
    },
  };
}
