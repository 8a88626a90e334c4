import { textBit, Words } from './batch.ts';

/** Readings of one series as columns. `at` UTC ms; values and flags as `packValue` makes them, texts numbered within `words`. */
export interface Column {
  at: Float64Array;
  values: Float64Array;
  flags: Uint8Array;
  words: readonly string[];
}

export const noReadings: Column = {
  at: new Float64Array(),
  values: new Float64Array(),
  flags: new Uint8Array(),
  words: [],
};

/** A column that readings are added to, as they come. */
export class GrowingColumn {
  count = 0;
  private at = new Float64Array(16);
  private values = new Float64Array(16);
  private flags = new Uint8Array(16);
  private readonly words = new Words();

  /** @param words those that a text's number stands for */
  add(at: number, value: number, flag: number, words: readonly string[]): void {
    if (this.count === this.at.length) this.widen();
    this.at[this.count] = at;
    this.values[this.count] = flag & textBit ? this.words.id(words[value] ?? '') : value;
    this.flags[this.count++] = flag;
  }

  private widen(): void {
    const { at, values, flags } = this;
    this.at = new Float64Array(at.length * 2);
    this.at.set(at);
    this.values = new Float64Array(at.length * 2);
    this.values.set(values);
    this.flags = new Uint8Array(at.length * 2);
    this.flags.set(flags);
  }

  /** What is in it now, as it came; it is not copied and not to be changed. */
  column(): Column {
    const { at, values, flags, count } = this;
    return {
      at: at.subarray(0, count),
      values: values.subarray(0, count),
      flags: flags.subarray(0, count),
      words: this.words.list,
    };
  }
}

/** Rows `start` to before `end`, not copied. */
export function rowsOf(column: Column, start: number, end: number): Column {
  return {
    at: column.at.subarray(start, end),
    values: column.values.subarray(start, end),
    flags: column.flags.subarray(start, end),
    words: column.words,
  };
}

/** The first row of a settled column that is not before `at`. */
export function firstFrom({ at }: Column, time: number): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rows of a settled column from `from` to `to`, both included. */
export function between(column: Column, from: number, to: number): Column {
  return rowsOf(column, firstFrom(column, from), firstFrom(column, to + 1));
}

function isSettled(at: Float64Array): boolean {
  for (let i = 1; i < at.length; i++) if ((at[i] ?? 0) <= (at[i - 1] ?? 0)) return false;
  return true;
}

/**
 * Makes one column of several, in time order. A point has one value an instant: told again (a repeated message, a batch that was
 * sealed twice around a crash), the last word counts. A later column, and a later row of a column, is a later word.
 */
export function settle(columns: readonly Column[]): Column {
  const parts = columns
    .filter(({ at }) => at.length > 0)
    .map((column, rank) => ({ column: isSettled(column.at) ? column : sorted(column), rank }))
    .sort((a, b) => (a.column.at[0] ?? 0) - (b.column.at[0] ?? 0));
  // Only what overlaps in time has to be sorted: late readings are few.
  const groups: (typeof parts)[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const part of parts) {
    if ((part.column.at[0] ?? 0) > until) groups.push([part]);
    else groups.at(-1)?.push(part);
    until = Math.max(until, part.column.at.at(-1) ?? 0);
  }
  return joined(
    groups.map((group) =>
      group.length === 1
        ? (group[0]?.column ?? noReadings)
        : sorted(joined(group.sort((a, b) => a.rank - b.rank).map(({ column }) => column))),
    ),
  );
}

function sorted(column: Column): Column {
  const { at, values, flags, words } = column;
  const order = Uint32Array.from(at.keys());
  order.sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0) || a - b);
  const kept = order.filter((row, i) => at[row] !== at[order[i + 1] ?? -1]);
  return {
    at: Float64Array.from(kept, (row) => at[row] ?? 0),
    values: Float64Array.from(kept, (row) => values[row] ?? 0),
    flags: Uint8Array.from(kept, (row) => flags[row] ?? 0),
    words,
  };
}

/** One column after the other; a single one is not copied. */
function joined(columns: readonly Column[]): Column {
  const [only = noReadings] = columns;
  if (columns.length < 2) return only;
  const count = columns.reduce((sum, { at }) => sum + at.length, 0);
  const at = new Float64Array(count);
  const values = new Float64Array(count);
  const flags = new Uint8Array(count);
  const words = new Words();
  let start = 0;
  for (const column of columns) {
    at.set(column.at, start);
    values.set(column.values, start);
    flags.set(column.flags, start);
    if (column.words.length > 0)
      for (let i = 0; i < column.at.length; i++)
        if ((column.flags[i] ?? 0) & textBit)
          values[start + i] = words.id(column.words[column.values[i] ?? 0] ?? '');
    start += column.at.length;
  }
  return { at, values, flags, words: words.list };
}
