import { exchangeLimits } from '../contract/exchange.ts';
import type { Label } from '../contract/names.ts';
import type { Reading } from './table.ts';
import * as words from './words.ts';

/** What begins like this, after any apostrophes, a spreadsheet takes for a formula (OWASP, CSV injection). */
const formula = /^'*[=+\-@\t\r]/;
const months = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
/** Text that Excel would turn into a number, a date or a truth value when it opens a CSV file: 0101, 1-2, 3e5, mar-1, true. */
const converted = new RegExp(
  `^'*(\\d[\\d\\s.,:/e+%-]*|\\.\\d+|true|false|(${months})[a-z]*[\\s./-]?\\d{1,4}|\\d{1,4}[\\s./-]?(${months})[a-z]*)$`,
  'i',
);

/** A cell of a CSV file; an apostrophe keeps text what it is in a spreadsheet. */
function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  const safe = formula.test(value) || converted.test(value) ? `'${value}` : value;
  return /[",;\t\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** CSV as Excel opens it right in every language: UTF-8 with the byte order mark, commas, CRLF (RFC 4180). */
export function writeCsv(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')}`;
}

/** Takes off the apostrophe that `writeCsv`, or a person in Excel, has put before text. */
function withoutApostrophe(text: string): string {
  return text.startsWith("'") && (formula.test(text) || converted.test(text)) ? text.slice(1) : text;
}

/** The text of a file and what it was written in: a byte order mark decides, else UTF-8 when it is sound, else GB18030. */
export function decodeText(bytes: Uint8Array): { text: string; encoding: string } | undefined {
  const [a, b] = bytes;
  const guesses = a === 0xff && b === 0xfe ? ['utf-16le'] : ['utf-8', 'gb18030'];
  for (const encoding of guesses)
    try {
      return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
    } catch {
      // Not in this one.
    }
  return undefined;
}

/**
 * The records of a CSV text (RFC 4180), at most `most`.
 * @returns the number of the row whose quotation mark is never closed, as `openQuote`
 */
export function parseCsv(
  text: string,
  separator: string,
  most: number,
): { rows: string[][]; openQuote: number | null; cut: boolean } {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (at === text.length && row.length === 0) break;
    if (rows.length >= most) return { rows, openQuote: null, cut: true };
    let cell: string;
    if (text[at] === '"') {
      const parts: string[] = [];
      let from = at + 1;
      let close = text.indexOf('"', from);
      while (close !== -1 && text[close + 1] === '"') {
        parts.push(text.slice(from, close + 1));
        from = close + 2;
        close = text.indexOf('"', from);
      }
      if (close === -1) return { rows, openQuote: rows.length + 1, cut: false };
      parts.push(text.slice(from, close));
      cell = parts.join('');
      at = close + 1;
      const end = endOfCell(text, at, separator);
      // Some programs put spaces after the quotation mark.
      cell += text.slice(at, end).trimEnd();
      at = end;
    } else {
      const end = endOfCell(text, at, separator);
      cell = text.slice(at, end);
      at = end;
    }
    row.push(cell);
    if (text[at] === separator) {
      at++;
      if (at === text.length) {
        row.push('');
        rows.push(row);
        break;
      }
      continue;
    }
    rows.push(row);
    row = [];
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    at++;
  }
  return { rows, openQuote: null, cut: false };
}

function endOfCell(text: string, from: number, separator: string): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === separator || character === '\n' || character === '\r') return at;
  }
  return text.length;
}

/**
 * Reads a CSV file.
 * @param known how many cells of a head are known columns: the separator is the one that makes most of them
 */
export function readCsv(bytes: Uint8Array, known: (head: readonly string[]) => number): Reading {
  const decoded = decodeText(bytes);
  if (!decoded) return { problem: words.unknownEncoding };
  const { encoding } = decoded;
  // Excel writes and reads `sep=;` as a first line of its own.
  const named = /^sep=(.)\r?\n/.exec(decoded.text);
  const text = named ? decoded.text.slice(named[0].length) : decoded.text;
  if (text.trim() === '') return { problem: words.empty };
  const candidates = named?.[1] !== undefined ? [named[1]] : [',', ';', '\t'];
  const head = (separator: string) => known(parseCsv(text, separator, 1).rows[0] ?? []);
  const separator = candidates.reduce((best, one) => (head(one) > head(best) ? one : best));
  const { rows, openQuote, cut } = parseCsv(text, separator, exchangeLimits.rows + 1);
  if (openQuote !== null) return { problem: words.openQuote(openQuote) };
  if (cut) return { problem: words.tooManyRows(null) };
  const wide = rows.some((row) => row.length > exchangeLimits.columns);
  const problem: Label | undefined = wide ? words.tooManyColumns : undefined;
  if (problem) return { problem };
  return {
    table: {
      format: 'csv',
      encoding,
      sheet: null,
      // The line `sep=;` counts as a row of the file, but spreadsheets do not show it.
      rows: rows.map((row) => row.map((cell) => withoutApostrophe(cell) || null)),
    },
  };
}
