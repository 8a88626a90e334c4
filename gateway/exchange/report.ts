import { createHash } from 'node:crypto';
import type { ExchangeProblem, ExchangeReport, ExchangeRow } from '../contract/exchange.ts';
import type { Table } from './table.ts';

/** Problems listed in an answer; ten thousand rows can be wrong in many ways. */
const mostProblems = 2_000;

export type ReportHead = Pick<ExchangeReport, 'file' | 'format' | 'encoding' | 'sheet'>;

export function reportHead(file: string, { format, encoding, sheet }: Table): ReportHead {
  return { file, format, encoding, sheet };
}

export function formatOf(file: string): 'xlsx' | 'csv' {
  return /\.xls/i.test(file) ? 'xlsx' : 'csv';
}

/** `C7`, `row 7`, `pump-1` or `file`. */
export function placeOf({ row, column, id }: ExchangeProblem): string {
  if (row !== null) return column === null ? `row ${row}` : `${column}${row}`;
  return id ?? 'file';
}

/** Whether there is no error. */
export const isSound = (problems: readonly ExchangeProblem[]): boolean =>
  !problems.some(({ severity }) => severity === 'error');

/** The answer of a dry run; `changes` are what its `plan` stands for. */
export function reportOf(
  head: ReportHead,
  planned: readonly ExchangeRow[],
  problems: readonly ExchangeProblem[],
  changes: unknown,
): ExchangeReport {
  const rank = ({ severity }: ExchangeProblem) => (severity === 'error' ? 0 : 1);
  const letters = ({ column }: ExchangeProblem) => (column ?? '').padStart(4);
  const sorted = problems.toSorted(
    (a, b) => rank(a) - rank(b) || (a.row ?? 0) - (b.row ?? 0) || (letters(a) < letters(b) ? -1 : 1),
  );
  const wrong = new Set(problems.filter(({ severity }) => severity === 'error').map(({ id }) => id));
  const rows = planned.map(({ row, id, name, outcome, fields }): ExchangeRow => {
    const failed = outcome !== 'example' && wrong.has(id);
    return { row, id, name, outcome: failed ? 'error' : outcome, fields };
  });
  const counts = { new: 0, changed: 0, same: 0, deleted: 0, error: 0, example: 0 };
  for (const { outcome } of rows) counts[outcome]++;
  const sound = isSound(problems);
  const digest = () => createHash('sha256').update(JSON.stringify(changes)).digest('base64url');
  return {
    ...head,
    counts,
    problems: sorted.slice(0, mostProblems),
    more: Math.max(0, sorted.length - mostProblems),
    rows,
    plan: sound ? digest() : null,
    applied: false,
  };
}
