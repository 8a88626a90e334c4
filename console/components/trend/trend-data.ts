import type { PointDefinition } from '../../../gateway/contract/kind.ts';
import type { PointValue, Quality } from '../../../gateway/contract/reading.ts';

/** A row of `GET /history`. */
export interface HistoryRow {
  at: number;
  value: PointValue;
  quality: Quality;
  min?: number;
  max?: number;
}

/** Columns for the plot, equally long: UTC ms, mean, lowest and highest of each step; null: nothing known then. */
export interface TrendData {
  at: number[];
  value: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** Rows farther apart than this many steps are not joined by a line. */
const gapSteps = 3;

/** The least step that so many decimals can show. */
export const leastShown = (decimals: number): number => 10 ** -decimals;

/** Steps for the marks of the y axis: two marks never read the same. */
export function markSteps(definition: PointDefinition | undefined): number[] {
  const least = -(definition?.decimals ?? 2);
  return Array.from({ length: 14 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** (least + i))).flat();
}

/** A value as a height in the plot; null where it has none. */
export function heightOf(
  value: PointValue,
  definition: Pick<PointDefinition, 'values'> | undefined,
): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return null;
  const place = Object.keys(definition?.values ?? {}).indexOf(value);
  return place === -1 ? null : place;
}

/**
 * A number's line breaks where readings are missing or bad; a state holds until the next one, however long that takes, and
 * up to `until`.
 */
export function trendData(
  rows: readonly HistoryRow[],
  definition: PointDefinition | undefined,
  options: { stepMs: number; until: number },
): TrendData {
  const data: TrendData = { at: [], value: [], low: [], high: [] };
  const stepped = definition?.type !== 'number';
  const push = (at: number, value: number | null, low: number | null = null, high: number | null = null) => {
    data.at.push(at);
    data.value.push(value);
    data.low.push(low);
    data.high.push(high);
  };
  let last: number | undefined;
  for (const { at, value, quality, min, max } of rows) {
    if (last !== undefined && at <= last) continue;
    if (!stepped && last !== undefined && at - last > gapSteps * options.stepMs)
      push(last + options.stepMs, null);
    last = at;
    const height = quality === 'bad' ? null : heightOf(value, definition);
    push(at, height, height === null ? null : (min ?? height), height === null ? null : (max ?? height));
  }
  const held = data.value.at(-1);
  if (stepped && last !== undefined && last < options.until && held !== undefined) push(options.until, held);
  return data;
}

/** Places of values that no line reaches, since nothing is known on either side of them: they are drawn as dots. */
export function lonelyPlaces(values: readonly (number | null | undefined)[]): number[] {
  return values.flatMap((value, i) =>
    value != null && values[i - 1] == null && values[i + 1] == null ? [i] : [],
  );
}

/** The lowest, the highest and the newest of what is drawn. */
export function extremes(data: TrendData): { low: number; high: number; newest: number } | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let newest: number | null = null;
  for (const [i, value] of data.value.entries()) {
    if (value === null) continue;
    low = Math.min(low, data.low[i] ?? value);
    high = Math.max(high, data.high[i] ?? value);
    newest = value;
  }
  return newest === null ? null : { low, high, newest };
}

/** The span of the y axis: all that is drawn with a little room, and the limits that lie near. */
export function heightSpan(
  data: TrendData,
  limits: readonly number[],
  definition: PointDefinition | undefined,
): [number, number] {
  if (definition?.type === 'bool') return [-0.1, 1.1];
  if (definition?.type === 'enum')
    return [-0.2, Math.max(1, Object.keys(definition.values ?? {}).length - 1) + 0.2];
  const found = extremes(data);
  if (found === null) return [0, 1];
  let { low, high } = found;
  // A limit far away would press the curve flat.
  const reach = Math.max(high - low, Math.abs(high) * 0.1, 0.01) * 2;
  for (const limit of limits) {
    if (limit < low && low - limit <= reach) low = limit;
    if (limit > high && limit - high <= reach) high = limit;
  }
  const room = Math.max((high - low) * 0.08, Math.abs(high) * 0.01, leastShown(definition?.decimals ?? 2));
  return [low - room, high + room];
}
