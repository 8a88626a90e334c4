import { InvalidInputError, InvalidSpreadsheetError, readSheet } from 'read-excel-file/universal';
import writeExcelFile from 'write-excel-file/node';
import { exchangeLimits } from '../contract/exchange.ts';
import { asError } from '../lib/errors.ts';
import { unpackXml } from './archive.ts';
import type { Cell, Reading, Sheet } from './table.ts';
import * as words from './words.ts';

/** Rows that are empty but have been touched; beyond that somebody has formatted the whole sheet. */
const mostTouchedRows = 100_000;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`)
    .exec(tag)?.[1]
    ?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '');
}

/** The sheet to be read, and the part of the archive that holds it (ECMA-376 Part 1 §18.2.19). */
function findSheet(
  files: ReadonlyMap<string, Buffer>,
  names: readonly string[],
): { name: string; xml: string } | undefined {
  const text = (name: string) => files.get(name)?.toString('utf8') ?? '';
  const sheets = [...text('xl/workbook.xml').matchAll(/<(?:\w+:)?sheet\s[^>]*>/g)].map(([tag]) => ({
    name: attribute(tag, 'name') ?? '',
    relation: attribute(tag, '(?:\\w+:)?id') ?? '',
  }));
  const sheet = sheets.find(({ name }) => names.includes(name.trim().toLowerCase())) ?? sheets[0];
  if (!sheet) return undefined;
  const relation = [...text('xl/_rels/workbook.xml.rels').matchAll(/<(?:\w+:)?Relationship\s[^>]*>/g)].find(
    ([tag]) => attribute(tag, 'Id') === sheet.relation,
  );
  const target = relation && attribute(relation[0], 'Target');
  if (target === undefined) return undefined;
  const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
  return { name: sheet.name, xml: text(path) };
}

/** The number of a column: 1 for A. */
function columnNumber(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/** Places that would have a reader fill memory with nothing, and formulas that have failed, which it would take for empty cells. */
function inspect(xml: string) {
  let lastRow = 0;
  for (const [, row] of xml.matchAll(/<(?:\w+:)?row\s[^>]*?\br="(\d+)"/g))
    lastRow = Math.max(lastRow, Number(row));
  let lastColumn = 0;
  const failed: { row: number; column: number; fault: string }[] = [];
  for (const match of xml.matchAll(/<(?:\w+:)?c\s[^>]*?\br="([A-Z]+)(\d+)"[^>]*?(\/?)>/g)) {
    const [tag, letters = '', row, end] = match;
    lastRow = Math.max(lastRow, Number(row));
    if (end === '/') continue;
    const column = columnNumber(letters);
    lastColumn = Math.max(lastColumn, column);
    if (!/\st="e"/.test(tag)) continue;
    const [, fault = '#ERROR!'] = />(#[^<]{1,20})</.exec(xml.slice(match.index, match.index + 2_000)) ?? [];
    failed.push({ row: Number(row), column, fault });
  }
  return { lastRow, lastColumn, failed };
}

/** Reads the sheet of an .xlsx workbook that has one of these names, else its first. Never throws on bytes. */
export async function readWorkbook(
  bytes: Buffer,
  names: readonly string[] = ['devices', '设备'],
): Promise<Reading> {
  const archive = unpackXml(bytes);
  if ('fault' in archive)
    return { problem: archive.fault === 'inflates' ? words.inflates : words.notAWorkbook(archive.why) };
  const sheet = findSheet(archive.files, names);
  if (!sheet) return { problem: words.notAWorkbook('no sheet') };
  const { lastRow, lastColumn, failed } = inspect(sheet.xml);
  if (lastRow > mostTouchedRows) return { problem: words.farRow(lastRow) };
  if (lastColumn > exchangeLimits.columns) return { problem: words.tooManyColumns };
  let rows: Cell[][];
  try {
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const data = await readSheet(copy, sheet.name, { trim: false });
    rows = data.map((row) =>
      row.map((value): Cell => {
        const cell: unknown = value;
        if (cell instanceof Date) return { date: cell.toISOString().replace(/T00:00:00.000Z$/, '') };
        return cell as string | number | boolean | null;
      }),
    );
  } catch (error) {
    const why =
      error instanceof InvalidInputError || error instanceof InvalidSpreadsheetError
        ? error.message
        : asError(error).message;
    return { problem: words.notAWorkbook(why) };
  }
  for (const { row, column, fault } of failed) {
    const cells = rows[row - 1];
    if (!cells) continue;
    while (cells.length < column) cells.push(null);
    cells[column - 1] = { fault };
  }
  if (rows.every((row) => row.every((cell) => cell === null))) return { problem: words.empty };
  if (rows.length - 1 > exchangeLimits.rows) return { problem: words.tooManyRows(rows.length - 1) };
  return { table: { format: 'xlsx', encoding: null, sheet: sheet.name, rows } };
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}

/**
 * Characters that XML cannot hold or that the writer leaves out, and what looks like their escape, as Excel writes them (ECMA-376
 * Part 1 §22.4.2.4, ST_Xstring).
 */
function escaped(text: string): string {
  // The writer looks texts up in an object: what every object has, it would take for written already.
  const plain =
    text in Object.prototype
      ? `_x${hex(text)}_${text.slice(1)}`
      : text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
  return plain.replace(/[\p{Cc}\p{Cs}\p{Cn}\ufffd]/gu, (one) =>
    one === '\n' || one === '\t'
      ? one
      : one
          .split('')
          .map((unit) => `_x${hex(unit)}_`)
          .join(''),
  );
}

/** A workbook of sheets whose heads stay in sight. Text is of the format "Text", so that its zeros stay and nothing becomes a date. */
export function writeWorkbook(sheets: readonly Sheet[]): Promise<Buffer> {
  return writeExcelFile(
    sheets.map(({ name, rows, widths = [] }) => ({
      sheet: name,
      stickyRowsCount: 1,
      columns: widths.map((width) => ({ width })),
      data: rows.map((row, index) =>
        row.map((value) => {
          if (typeof value !== 'string') return value;
          const cell = { value: escaped(value), type: String, format: '@' };
          return index === 0 ? { ...cell, fontWeight: 'bold' as const, backgroundColor: '#e7ebef' } : cell;
        }),
      ),
    })),
  ).toBuffer();
}
