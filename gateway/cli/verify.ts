import { resolve } from 'node:path';
import type { AuditFinding } from '../auth/audit.ts';
import type { BackupReport } from '../backup/snapshot.ts';
import type { DatabaseFinding } from '../backup/worker.ts';
import { printReport } from './backup.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import { print, printError } from './output.ts';

export const verifyCommand: AddCommand = (program, done) => {
  program
    .command('verify')
    .description('prove the databases, the audit trail and, when one is named, a backup')
    .argument('[backup]')
    .action(async (backup: string | undefined, _options: object, command) => {
      const dataDir = chosenDataDir(command);
      const { databases } = await askGateway<{ databases: DatabaseFinding[] }>(
        dataDir,
        'verify.database',
        {},
      );
      for (const { file, problems } of databases) {
        if (problems.length === 0) print(`${file}: whole`);
        for (const problem of problems) printError(`${file}: ${problem}`);
        if (problems.length > 0) done(1);
      }
      const audit = await askGateway<AuditFinding>(dataDir, 'audit.verify', {});
      if (audit.ok) print(`audit trail: ${audit.rows} rows, unbroken, head ${audit.head.hash}`);
      else {
        printError(`audit trail: ${audit.detail}`);
        done(1);
      }
      if (backup !== undefined)
        printReport(await askGateway<BackupReport>(dataDir, 'verify.backup', { file: resolve(backup) }));
    });
};
