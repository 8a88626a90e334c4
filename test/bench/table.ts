import type { Row } from './parts/part.ts';

const columns = ['row', 'goal', 'figure', 'ratio', 'held'] as const;
const heads = { row: 'row', goal: 'goal', figure: 'figure', ratio: 'ratio', held: 'held?' };

/** The rows under their heads, columns aligned. */
export function formatTable(rows: readonly Row[]): string {
  const all: Record<(typeof columns)[number], string>[] = [heads, ...rows];
  const widths = columns.map((column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: (typeof all)[number]) =>
    columns
      .map((column, i) => row[column].padEnd(widths[i] ?? 0))
      .join(' | ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('-|-');
  return [line(heads), rule, ...rows.map(line)].join('\n');
}
