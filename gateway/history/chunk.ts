import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { nullBit } from './batch.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Column } from './column.ts';
import { readNumbers, writeNumbers } from './numbers.ts';

const version = 2;

/**
 * One chunk of readings in time order: times as differences of their differences, flags as runs, words, and the values of those
 * that have one; deflated. Lossless.
 * @param effort of deflate: 1 for what will be written anew, 6 for what stays
 */
export function encodeChunk(column: Column, effort: 1 | 6): Buffer {
  const { at, flags, words } = column;
  const out = new ByteWriter();
  out.byte(version);
  out.varint(at.length);
  let beforeAt = 0;
  let beforeStep = 0;
  for (const time of at) {
    const step = time - beforeAt;
    out.signed(step - beforeStep);
    beforeAt = time;
    beforeStep = step;
  }
  for (let i = 0; i < flags.length; ) {
    let end = i + 1;
    while (end < flags.length && flags[end] === flags[i]) end++;
    out.varint(end - i);
    out.byte(flags[i] ?? 0);
    i = end;
  }
  out.varint(words.length);
  for (const word of words) out.text(word);
  writeNumbers(
    out,
    column.values.filter((_, i) => !((flags[i] ?? 0) & nullBit)),
  );
  return deflateRawSync(out.end(), { level: effort, memLevel: 6 });
}

/** @throws RangeError or zlib's error when the bytes are not a chunk */
export function decodeChunk(bytes: Uint8Array): Column {
  const input = new ByteReader(inflateRawSync(bytes));
  const found = input.byte();
  if (found !== version) throw new RangeError(`chunk version ${found} is not known`);
  const { at, flags, empty } = readTimes(input);
  const words = Array.from({ length: input.varint() }, () => input.text());
  const numbers = readNumbers(input, at.length - empty);
  if (empty === 0) return { at, values: numbers, flags, words };
  const values = new Float64Array(at.length);
  let next = 0;
  for (let i = 0; i < at.length; i++) if (!((flags[i] ?? 0) & nullBit)) values[i] = numbers[next++] ?? 0;
  return { at, values, flags, words };
}

/** @returns besides times and flags how many readings have no value */
export function readTimes(input: ByteReader): { at: Float64Array; flags: Uint8Array; empty: number } {
  const count = input.varint();
  const at = new Float64Array(count);
  input.signedRun(at);
  let time = 0;
  let step = 0;
  for (let i = 0; i < count; i++) {
    step += at[i] ?? 0;
    time += step;
    at[i] = time;
  }
  const flags = new Uint8Array(count);
  let empty = 0;
  for (let i = 0; i < count; ) {
    const run = input.varint();
    const flag = input.byte();
    flags.fill(flag, i, i + run);
    if (flag & nullBit) empty += run;
    i += run;
  }
  return { at, flags, empty };
}
