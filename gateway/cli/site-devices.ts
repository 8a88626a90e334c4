import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ExchangeProblem, ExchangeReport } from '../contract/exchange.ts';
import { asError, fault } from '../lib/errors.ts';
import { chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import { type ExitCode, print, printError } from './output.ts';

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
      for (const problem of report.problems) printError(problemLine(file, problem));
      if (report.more > 0) printError(`${file}: and ${report.more} more`);
      printRows(report);
      if (report.plan === null) done(2);
      else if (report.applied && changesOf(report) > 0) print('applied');
    });

  site
    .command('export-devices')
    .description('write all devices to a spreadsheet, .xlsx or .csv by its name; - is CSV on standard output')
    .argument('<file>')
    .option('--language <language>', 'of the heads: zh or en', 'zh')
    .action(async (file: string, { language }: { language: string }, command) => {
      if (language !== 'zh' && language !== 'en')
        throw fault('request.invalid', `--language is zh or en, not "${language}"`);
      const format = file === '-' || /\.csv$/i.test(file) ? 'csv' : 'xlsx';
      if (format === 'xlsx' && !/\.xlsx$/i.test(file))
        throw fault('request.invalid', `${file} should end in .xlsx or .csv`);
      const { base64 } = (await askGateway(chosenDataDir(command), 'exchange.export', {
        format,
        language,
      })) as { base64: string };
      const bytes = Buffer.from(base64, 'base64');
      if (file === '-') process.stdout.write(bytes);
      else {
        writeFileSync(file, bytes, { mode: 0o600 });
        print(`${file}: written`);
      }
    });
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw fault('request.invalid', `${file} cannot be read: ${asError(error).message}`, { cause: error });
  }
}

/** `devices.xlsx:7:F: message`, the column by its letters as the spreadsheet shows it. */
function problemLine(file: string, { row, column, field, severity, message }: ExchangeProblem): string {
  const place = [file, row, column].filter((part) => part !== null).join(':');
  const what = field === null ? '' : `${field}: `;
  return `${place}: ${severity === 'warning' ? 'warning: ' : ''}${what}${message.en}`;
}

function changesOf({ counts }: ExchangeReport): number {
  return counts.new + counts.changed + counts.deleted;
}

function printRows({ rows, counts }: ExchangeReport): void {
  const signs = { new: '+', changed: '~', deleted: '-' } as const;
  for (const { outcome, id, name, fields } of rows) {
    if (outcome !== 'new' && outcome !== 'changed' && outcome !== 'deleted') continue;
    print(`${signs[outcome]} ${id} ${name}`);
    for (const { field, from, to } of fields)
      print(`    ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
  }
  const passed = counts.example > 0 ? `; ${counts.example} example rows passed over` : '';
  const wrong = counts.error > 0 ? `, ${counts.error} wrong` : '';
  print(
    `${counts.new} to add, ${counts.changed} to change, ${counts.deleted} to delete, ${counts.same} unchanged${wrong}${passed}`,
  );
}
