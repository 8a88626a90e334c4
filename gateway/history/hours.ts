import { packValue, qualityOf, qualityRank, unpackValue, Words } from './batch.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Column } from './column.ts';
import { readNumbers, writeNumbers } from './numbers.ts';
import { addReadings, addSteps, type Step } from './steps.ts';

export const hourMs = 3_600_000;
const version = 1;

/** The roll-up of readings in time order: what is known of each hour in which there was one. */
export function hoursOf(column: Column): Step[] {
  const steps: Step[] = [];
  addReadings(steps, column, hourMs);
  return steps;
}

/** Hours of which the readings are gone, and the hours of readings that came later. */
export function joinHours(before: readonly Step[], late: readonly Step[]): Step[] {
  const steps: Step[] = [];
  addSteps(
    steps,
    [...before, ...late].sort((a, b) => a.at - b.at),
    hourMs,
  );
  return steps;
}

/** @param steps the hours of one day, in time order */
export function encodeHours(dayStart: number, steps: readonly Step[]): Buffer {
  const out = new ByteWriter();
  out.byte(version);
  out.byte(steps.length);
  for (const { at } of steps) out.byte((at - dayStart) / hourMs);
  const words = new Words();
  const packed = steps.map(({ last, rank }) => packValue(last, qualityOf(rank), (text) => words.id(text)));
  for (const [, flag] of packed) out.byte(flag);
  for (const { count } of steps) out.varint(count);
  const counted = steps.filter(({ count }) => count > 0);
  for (const numbers of [
    counted.map(({ sum, count }) => sum / count),
    counted.map(({ min }) => min),
    counted.map(({ max }) => max),
    packed.map(([last]) => last),
  ])
    writeNumbers(out, Float64Array.from(numbers));
  out.varint(words.list.length);
  for (const word of words.list) out.text(word);
  return Buffer.from(out.end());
}

/** @throws RangeError when the bytes are none that `encodeHours` wrote */
export function decodeHours(dayStart: number, bytes: Uint8Array): Step[] {
  const input = new ByteReader(bytes);
  const found = input.byte();
  if (found !== version) throw new RangeError(`roll-up version ${found} is not known`);
  const count = input.byte();
  const hours = input.raw(count);
  const flags = input.raw(count);
  const counts = Array.from({ length: count }, () => input.varint());
  const counted = counts.filter((number) => number > 0).length;
  const means = readNumbers(input, counted);
  const least = readNumbers(input, counted);
  const greatest = readNumbers(input, counted);
  const last = readNumbers(input, count);
  const words = Array.from({ length: input.varint() }, () => input.text());
  let next = 0;
  return counts.map((readings, i): Step => {
    const flag = flags[i] ?? 0;
    const place = readings > 0 ? next++ : -1;
    return {
      at: dayStart + (hours[i] ?? 0) * hourMs,
      count: readings,
      sum: (means[place] ?? 0) * readings,
      min: least[place] ?? Number.POSITIVE_INFINITY,
      max: greatest[place] ?? Number.NEGATIVE_INFINITY,
      rank: qualityRank(flag),
      last: unpackValue(last[i] ?? 0, flag, words),
    };
  });
}
