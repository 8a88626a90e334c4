/** A line of the final table. */
export interface Row {
  row: string;
  goal: string;
  figure: string;
  /** Of the figure to what it is compared with, where the goal is a ratio. */
  ratio: string;
  held: 'yes' | 'no' | 'no goal' | 'not measured here' | 'left out';
}

/** What the parts share. */
export interface Bench {
  quick: boolean;
  /** Interleaved runs of each measurement; their median counts. */
  runs: number;
  /** The environment that makes every fsync take 5 ms longer; null where gcc is not installed. */
  slow: Record<string, string> | null;
  /** For the JSON file. */
  keep(name: string, data: unknown): void;
  /** When the whole benchmark has to be over, by `performance.now()`. */
  endAt: number;
}

export interface Part {
  id: string;
  what: string;
  /** Expected duration, s. */
  seconds: number;
  /** It does with this much where less time is left. */
  leastSeconds?: number;
  quickSeconds: number;
  run(bench: Bench): Promise<Row[]>;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** `8.2 (7.9–9.1)`: median and spread. */
export function spread(numbers: readonly number[], unit = ''): string {
  const text = (n: number) =>
    n >= 1_000 ? Math.round(n).toLocaleString('en') : String(Math.round(n * 100) / 100);
  const ends = `${text(Math.min(...numbers))}–${text(Math.max(...numbers))}`;
  return `${text(median(numbers))}${unit}${numbers.length > 1 ? ` (${ends})` : ''}`;
}

export function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en')} msg/s`;
}

/** A ratio to something that was not measured, or held at no rate, is not known. */
export function ratioText(ratio: number): string {
  return Number.isFinite(ratio) && ratio > 0 ? `${ratio.toFixed(2)} ×` : 'unknown';
}

/** A row whose goal is a ratio, at least or at most so much. */
export function ratioRow(
  row: string,
  goal: { atLeast: number } | { atMost: number },
  figure: string,
  ratio: number,
): Row {
  const least = 'atLeast' in goal;
  const limit = least ? goal.atLeast : goal.atMost;
  return {
    row,
    goal: `${least ? '≥' : '≤'} ${limit} ×`,
    figure,
    ratio: ratioText(ratio),
    held: ratio > 0 && Number.isFinite(ratio) && (least ? ratio >= limit : ratio <= limit) ? 'yes' : 'no',
  };
}

/** A row whose goal is a largest value. */
export function limitRow(row: string, goal: string, figure: string, held: boolean): Row {
  return { row, goal, figure, ratio: '', held: held ? 'yes' : 'no' };
}
