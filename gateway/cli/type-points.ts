import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ExchangeReport } from '../contract/exchange.ts';
import { chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import type { ExitCode } from './output.ts';
import { printReport, readBytes, sheetOptions, writeSheet } from './sheet-files.ts';

interface ImportOptions {
  dryRun?: boolean;
  kind?: string;
  link?: string;
  zh?: string;
  en?: string;
}

/** `types import-points` and `types export-points`: the points of a device type as a spreadsheet. */
export function addPointFiles(types: Command, done: (code: ExitCode) => void): void {
  types
    .command('import-points')
    .description(
      "add and change points of one of the site's own types from a spreadsheet (.xlsx or .csv): all of it, or nothing",
    )
    .argument('<id>', 'the type; with --kind it is made')
    .argument('<file>')
    .option('--dry-run', 'tell what it would come to; changes nothing')
    .option('--kind <kind>', 'of a type that is to be made: what its devices are')
    .option('--link <link>', 'of a type that is to be made: modbus, dlt645 or mqtt')
    .option('--zh <name>', 'its name in Chinese')
    .option('--en <name>', 'its name in English')
    .action(async (id: string, file: string, options: ImportOptions, command) => {
      const { dryRun = false, ...fresh } = options;
      const report = (await askGateway(chosenDataDir(command), 'points.import', {
        ...{ type: id, file: basename(file), base64: readBytes(file).toString('base64') },
        ...{ dryRun, fresh },
      })) as ExchangeReport;
      if (!printReport(file, report, 'rows')) done(2);
    });

  types
    .command('export-points')
    .description(
      'write the points of a device type to a spreadsheet, .xlsx or .csv by its name; - is CSV on standard output',
    )
    .argument('<id>')
    .argument('<file>')
    .option('--language <language>', 'of the heads: zh or en', 'zh')
    .action(async (id: string, file: string, { language }: { language: string }, command) => {
      const asked = { type: id, ...sheetOptions(file, language) };
      const { base64 } = (await askGateway(chosenDataDir(command), 'points.export', asked)) as {
        base64: string;
      };
      writeSheet(file, base64);
    });
}
