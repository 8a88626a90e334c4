import { resolve } from 'node:path';
import { finishRestore, prepareRestore } from '../backup/restore.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { acquireLock } from './lock.ts';
import { print } from './output.ts';
import { readSettings } from './settings.ts';

export const restoreCommand: AddCommand = (program) => {
  program
    .command('restore')
    .description('put a backup in the place of the data, after proving it; the gateway must not run')
    .argument('<file>')
    .action(async (file: string, _options: object, command) => {
      const lock = acquireLock(chosenDataDir(command));
      try {
        // One that was interrupted first comes to its end.
        finishRestore(lock.dataDir);
        const { passphrase } = readSettings(lock.dataDir).backup;
        const report = await prepareRestore({
          dataDir: lock.dataDir,
          file: resolve(file),
          passphrase,
          now: Date.now(),
        });
        const aside = finishRestore(lock.dataDir);
        print(`restored the backup of ${new Date(report.createdAt).toISOString()} into ${lock.dataDir}`);
        print(`what was there before is in ${aside}`);
      } finally {
        lock.release();
      }
    });
};
