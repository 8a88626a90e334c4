import { resolve } from 'node:path';
import type { BackupReport } from '../backup/snapshot.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import { print, printError } from './output.ts';

export const backupCommand: AddCommand = (program) => {
  program
    .command('backup')
    .description('write everything into one file, also while the gateway runs, and prove it')
    .argument('<file>')
    .action(async (file: string, _options: object, command) => {
      const target = resolve(file);
      printReport(await askGateway<BackupReport>(chosenDataDir(command), 'backup.create', { file: target }));
    });
};

export function printReport(report: BackupReport): void {
  const { file, createdAt, release, bytes, encrypted, files } = report;
  print(
    `${file}: ${(bytes / 1024 / 1024).toFixed(1)} MiB, ${files.length} files, of ${new Date(createdAt).toISOString()}, Gatehouse ${release}, ${encrypted ? 'encrypted' : 'not encrypted'}; whole`,
  );
  if (!encrypted)
    printError('It holds personal data: set GATEHOUSE_BACKUP_PASSPHRASE to have backups encrypted.');
}
