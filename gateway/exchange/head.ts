import type { ExchangeProblem } from '../contract/exchange.ts';
import type { Label } from '../contract/names.ts';
import { nearest } from '../lib/nearest.ts';
import { type Cell, columnLetters, textOf } from './table.ts';
import * as words from './words.ts';

export interface Head<Field extends string> {
  /** Index and field of each column that is known. */
  known: { index: number; field: Field }[];
  columns: Map<string, string>;
  problems: ExchangeProblem[];
}

/** The heads that a table may have. */
export interface KnownHeads<Field extends string> {
  fieldOf(head: string): Field | undefined;
  /** All of them, for suggestions. */
  all(): string[];
}

/** What the columns of a table are, by its first row. @param below whether anything stands in a column under its head */
export function readHead<Field extends string>(
  cells: readonly Cell[],
  heads: KnownHeads<Field>,
  below: (index: number) => boolean,
): Head<Field> {
  const head: Head<Field> = { known: [], columns: new Map(), problems: [] };
  const tell = (index: number, severity: 'error' | 'warning', message: Label) =>
    head.problems.push({ row: 1, column: columnLetters(index), field: null, id: null, severity, message });
  for (const [index, cell] of cells.entries()) {
    const text = textOf(cell);
    if (text === '') continue;
    const field = heads.fieldOf(text);
    const first = field === undefined ? undefined : head.columns.get(field);
    if (field === undefined) {
      // A column of remarks is nobody's mistake; one whose head is misspelled is. In two signs anything is near to anything.
      if (!below(index)) continue;
      const near = text.length > 3 ? nearest(text, heads.all()) : undefined;
      tell(index, near === undefined ? 'warning' : 'error', words.unknownColumn(text, near));
    } else if (first !== undefined) tell(index, 'error', words.columnTwice(text, first));
    else {
      head.known.push({ index, field });
      head.columns.set(field, columnLetters(index));
    }
  }
  return head;
}
