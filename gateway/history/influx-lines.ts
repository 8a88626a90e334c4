import { type IPoint, Raw } from 'influx';
import { boolBit, nullBit, qualityRank, textBit } from './batch.ts';
import type { JournalBatch, JournalReader } from './journal-reader.ts';

/** One measurement for all points, told apart by the tags `device` and `point` (docs/history.md). */
export const measurement = 'readings';

/** The field `type`: which of the other fields holds the value. */
export const fieldTypes = { number: 0, bool: 1, text: 2, none: 3 };

/** A field in the words of the line protocol, which the library then leaves as they are. */
class Literal extends Raw {
  override toString(): string {
    return this.getValue();
  }
}

const integers = [0, 1, 2, 3].map((number) => new Literal(`${number}i`));

function typeOf(flag: number): number {
  if (flag & nullBit) return fieldTypes.none;
  if (flag & boolBit) return fieldTypes.bool;
  return flag & textBit ? fieldTypes.text : fieldTypes.number;
}

/** @see https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/#special-characters */
function quoted(text: string): Literal {
  return new Literal(`"${text.replace(/["\\]/g, '\\$&')}"`);
}

/**
 * The points of some batches, in their order. `type` and `quality` are always there: a reading of the same millisecond then replaces the
 * whole of the one before, though InfluxDB merges field by field. Of two in these batches only the later is sent, for not every
 * server keeps the order within a request.
 */
export function pointsOf(batches: readonly JournalBatch[], journal: Pick<JournalReader, 'nameOf'>): IPoint[] {
  const points: IPoint[] = [];
  const told = new Map<number, Set<number>>();
  for (const { rows, words } of batches.toReversed()) {
    for (let i = rows.at.length - 1; i >= 0; i--) {
      const series = rows.series[i] ?? 0;
      const timestamp = rows.at[i] ?? 0;
      const times = told.get(series) ?? new Set<number>();
      if (times.has(timestamp)) continue;
      told.set(series, times.add(timestamp));
      const value = rows.values[i] ?? 0;
      const flag = rows.flags[i] ?? 0;
      const fields: Record<string, unknown> = {
        quality: integers[qualityRank(flag)],
        type: integers[typeOf(flag)],
      };
      if (flag & textBit) fields.text = quoted(words[value] ?? '');
      else if (!(flag & nullBit)) fields.value = value;
      const [device, point] = journal.nameOf(series);
      points.push({ measurement, tags: { device, point }, fields, timestamp });
    }
  }
  return points.reverse();
}
