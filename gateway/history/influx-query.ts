import { escape as escaped } from 'influx';
import type { PointValue } from '../contract/reading.ts';
import { qualityOf } from './batch.ts';
import type { InfluxRow } from './influx-client.ts';
import { fieldTypes, measurement } from './influx-lines.ts';
import type { TrendQuery } from './messages.ts';
import type { TrendRow } from './steps.ts';
import { mostRows } from './store.ts';

/** InfluxDB's last instant, ms: its times are nanoseconds in 64 bits. */
const lastMs = 9_223_372_036_854;

/** The statements that answer a question; `rowsOf` makes rows of what comes back. */
export function statementsOf({ device, point, from, to, stepMs }: TrendQuery): string[] {
  const [first, last] = [Math.max(0, from), Math.min(to, lastMs)];
  const where = `WHERE device = ${escaped.stringLit(device)} AND point = ${escaped.stringLit(point)} AND time >= ${first}ms AND time <= ${last}ms`;
  const limit = `LIMIT ${mostRows + 1}`;
  if (stepMs === null)
    return [`SELECT value, text, quality, type FROM ${measurement} ${where} ORDER BY time ${limit}`];
  const steps = `GROUP BY time(${stepMs}ms) fill(none) ORDER BY time ${limit}`;
  return [
    `SELECT mean(value) AS mean, min(value) AS min, max(value) AS max, count(value) AS count FROM ${measurement} ${where} AND type = ${fieldTypes.number} AND quality < 2 ${steps}`,
    `SELECT max(quality) AS quality, last(type) AS type, last(value) AS value, last(text) AS text FROM ${measurement} ${where} ${steps}`,
  ];
}

function pointValueOf({ type, value, text }: InfluxRow): PointValue {
  switch (type) {
    case fieldTypes.number:
      return value ?? null;
    case fieldTypes.bool:
      return value === 1;
    case fieldTypes.text:
      return text ?? null;
    default:
      return null;
  }
}

/** @param answers to `statementsOf`, in its order */
export function rowsOf(answers: readonly InfluxRow[][], stepped: boolean): TrendRow[] {
  if (!stepped)
    return (answers[0] ?? []).map((row) => ({
      at: Number(row.time),
      value: pointValueOf(row),
      quality: qualityOf(Number(row.quality)),
    }));
  const [numbers = [], all = []] = answers;
  const counted = new Map(numbers.map((row) => [row.time, row]));
  return all.map((row): TrendRow => {
    const at = Number(row.time);
    const quality = qualityOf(Number(row.quality));
    const known = counted.get(row.time ?? null);
    if (!known) return { at, value: pointValueOf(row), quality, count: 0 };
    const { mean, min, max, count } = known;
    return {
      at,
      value: Number(mean),
      quality,
      count: Number(count),
      min: Number(min),
      max: Number(max),
    };
  });
}
