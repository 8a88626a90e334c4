import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ExchangeReport } from '../contract/exchange.ts';
import { chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import type { ExitCode } from './output.ts';
import { printReport, readBytes, sheetOptions, writeSheet } from './sheet-files.ts';

/** `site import-devices` and `site export-devices`: devices as a spreadsheet. */
export function addDeviceFiles(site: Command, done: (code: ExitCode) => void): void {
  site
    .command('import-devices')
    .description('add and change devices from a spreadsheet (.xlsx or .csv): all of it, or nothing')
    .argument('<file>')
    .option('--dry-run', 'tell what it would come to; changes nothing')
    .action(async (file: string, { dryRun = false }: { dryRun?: boolean }, command) => {
      const report = (await askGateway(chosenDataDir(command), 'exchange.import', {
        file: basename(file),
        base64: readBytes(file).toString('base64'),
        dryRun,
      })) as ExchangeReport;
      if (!printReport(file, report)) done(2);
    });

  site
    .command('export-devices')
    .description('write all devices to a spreadsheet, .xlsx or .csv by its name; - is CSV on standard output')
    .argument('<file>')
    .option('--language <language>', 'of the heads: zh or en', 'zh')
    .action(async (file: string, { language }: { language: string }, command) => {
      const asked = sheetOptions(file, language);
      const { base64 } = (await askGateway(chosenDataDir(command), 'exchange.export', asked)) as {
        base64: string;
      };
      writeSheet(file, base64);
    });
}
