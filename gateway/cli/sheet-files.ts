import { readFileSync, writeFileSync } from 'node:fs';
import type { ExchangeFormat, ExchangeProblem, ExchangeReport } from '../contract/exchange.ts';
import { asError, fault } from '../lib/errors.ts';
import { print, printError } from './output.ts';

// Spreadsheets on the command line.

/** How a sheet is to be written, by its name. @throws request.invalid */
export function sheetOptions(
  file: string,
  language: string,
): { format: ExchangeFormat; language: 'zh' | 'en' } {
  if (language !== 'zh' && language !== 'en')
    throw fault('request.invalid', `--language is zh or en, not "${language}"`);
  const format = file === '-' || /\.csv$/i.test(file) ? 'csv' : 'xlsx';
  if (format === 'xlsx' && !/\.xlsx$/i.test(file))
    throw fault('request.invalid', `${file} should end in .xlsx or .csv`);
  return { format, language };
}

export function writeSheet(file: string, base64: string): void {
  const bytes = Buffer.from(base64, 'base64');
  if (file === '-') process.stdout.write(bytes);
  else {
    writeFileSync(file, bytes, { mode: 0o600 });
    print(`${file}: written`);
  }
}

/** Tells what an import comes to. @returns whether nothing is wrong with it */
export function printReport(file: string, report: ExchangeReport, passedWord = 'example rows'): boolean {
  for (const problem of report.problems) printError(problemLine(file, problem));
  if (report.more > 0) printError(`${file}: and ${report.more} more`);
  printRows(report, passedWord);
  if (report.applied && changesOf(report) > 0) print('applied');
  return report.plan !== null;
}

export function readBytes(file: string): Buffer {
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

function printRows({ rows, counts }: ExchangeReport, passedWord: string): void {
  const signs = { new: '+', changed: '~', deleted: '-' } as const;
  for (const { outcome, id, name, fields } of rows) {
    if (outcome !== 'new' && outcome !== 'changed' && outcome !== 'deleted') continue;
    print(`${signs[outcome]} ${id} ${name}`);
    for (const { field, from, to } of fields)
      print(`    ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
  }
  const passed = counts.example > 0 ? `; ${counts.example} ${passedWord} passed over` : '';
  const wrong = counts.error > 0 ? `, ${counts.error} wrong` : '';
  print(
    `${counts.new} to add, ${counts.changed} to change, ${counts.deleted} to delete, ${counts.same} unchanged${wrong}${passed}`,
  );
}
