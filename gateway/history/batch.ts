import type { PointValue, Quality } from '../contract/reading.ts';

/** Low two bits of a flag: the quality. The others say what kind of value the number stands for. */
const qualityBits: Record<Quality, number> = { good: 0, uncertain: 1, bad: 2 };
const boolBit = 4;
const textBit = 8;
const nullBit = 16;

export const noValue = Number.NaN;

/** A value and its quality as history keeps them: a double and one byte. Texts are numbered by `textId`. */
export function packValue(
  value: PointValue,
  quality: Quality,
  textId: (text: string) => number,
): [number, number] {
  const flag = qualityBits[quality];
  if (value === null) return [noValue, flag | nullBit];
  if (typeof value === 'number') return [value, flag];
  if (typeof value === 'boolean') return [value ? 1 : 0, flag | boolBit];
  return [textId(value), flag | textBit];
}

export function unpackValue(number: number, flag: number, textOf: (id: number) => string): PointValue {
  if (flag & nullBit) return null;
  if (flag & boolBit) return number === 1;
  if (flag & textBit) return textOf(number);
  return number;
}

export function qualityOf(flag: number): Quality {
  const bits = flag & 3;
  return bits === 0 ? 'good' : bits === 1 ? 'uncertain' : 'bad';
}

const rowBytes = 4 + 8 + 8 + 1;

/** Rows of many series in arrival order, packed column by column into one buffer: [at][value][series][flag]. */
export interface PackedRows {
  series: Uint32Array;
  at: Float64Array;
  values: Float64Array;
  flags: Uint8Array;
}

export function rowsIn(buffer: ArrayBuffer): PackedRows {
  const count = buffer.byteLength / rowBytes;
  if (!Number.isInteger(count)) throw new RangeError(`a batch of ${buffer.byteLength} bytes is not whole`);
  return {
    at: new Float64Array(buffer, 0, count),
    values: new Float64Array(buffer, 8 * count, count),
    series: new Uint32Array(buffer, 16 * count, count),
    flags: new Uint8Array(buffer, 20 * count, count),
  };
}

export function emptyRows(count: number): ArrayBuffer {
  return new ArrayBuffer(count * rowBytes);
}
