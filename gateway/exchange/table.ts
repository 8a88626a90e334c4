import type { ExchangeFormat } from '../contract/exchange.ts';
import type { Label } from '../contract/names.ts';

/** A cell as it was found. `date`: Excel has made one (ISO 8601, UTC); `fault`: the formula in it has failed (`#REF!`). */
export type Cell = string | number | boolean | null | { date: string } | { fault: string };

/** The rows of a file, the head first; row `n` of the spreadsheet is `rows[n - 1]`. */
export interface Table {
  format: ExchangeFormat;
  encoding: string | null;
  sheet: string | null;
  rows: Cell[][];
}

export type Reading = { table: Table } | { problem: Label };

/** A sheet to be written. Text stays text in every spreadsheet program. */
export interface Sheet {
  name: string;
  rows: (string | number | boolean | null)[][];
  /** Widths of the columns, in characters. */
  widths?: number[];
}

/** A cell's text as people see it; what two cells with the same text say is the same. */
export function textOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  if (typeof cell === 'object') return 'date' in cell ? cell.date : cell.fault;
  return String(cell).replace(/\r\n?/g, '\n').trim();
}

/** `C` for the third column (index 2). */
export function columnLetters(index: number): string {
  let letters = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}
