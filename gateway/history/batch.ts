import type { PointValue, Quality } from '../contract/reading.ts';

/** Low two bits of a flag: the quality. The others say what kind of value the number stands for. */
const qualityBits: Record<Quality, number> = { good: 0, uncertain: 1, bad: 2 };
const qualities: readonly Quality[] = ['good', 'uncertain', 'bad'];
export const boolBit = 4;
export const textBit = 8;
export const nullBit = 16;
/** A flag with one of these stands for no number that can be averaged. */
export const noNumberBits = boolBit | textBit | nullBit;

/**
 * A value and its quality as history keeps them: a double and one byte. Texts are numbered by `wordId`; a number that is not
 * finite is no value, since neither JSON nor InfluxDB has a word for it.
 */
export function packValue(
  value: PointValue,
  quality: Quality,
  wordId: (text: string) => number,
): [number, number] {
  const flag = qualityBits[quality];
  if (typeof value === 'boolean') return [value ? 1 : 0, flag | boolBit];
  if (typeof value === 'string') return [wordId(value), flag | textBit];
  if (value === null || !Number.isFinite(value)) return [0, flag | nullBit];
  // -0 is 0, and no reason to keep the doubles of a whole chunk by their bits.
  return [value + 0, flag];
}

export function unpackValue(number: number, flag: number, words: readonly string[]): PointValue {
  if (flag & nullBit) return null;
  if (flag & boolBit) return number === 1;
  if (flag & textBit) return words[number] ?? null;
  return number;
}

/** `worse` of two flags is the greater of their qualities. */
export function qualityRank(flag: number): number {
  return flag & 3;
}

export function qualityOf(rank: number): Quality {
  return qualities[rank] ?? 'bad';
}

const rowBytes = 4 + 8 + 8 + 1;

/** Rows of many series in arrival order, packed column by column into one buffer: [at][value][series][flag]. */
export interface PackedRows {
  series: Uint32Array;
  at: Float64Array;
  values: Float64Array;
  flags: Uint8Array;
}

/** @throws RangeError when the buffer does not end with a whole row */
export function rowsIn(buffer: ArrayBuffer): PackedRows {
  const count = rowCount(buffer.byteLength);
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

/** A blob as a buffer of its own, which arrays of wide numbers can lie on. */
export function bufferOf(blob: Uint8Array): ArrayBuffer {
  return blob.buffer.slice(blob.byteOffset, blob.byteOffset + blob.byteLength) as ArrayBuffer;
}

export function rowCount(bytes: number): number {
  return bytes / rowBytes;
}

/** Numbers texts in the order in which they come, each once. */
export class Words {
  readonly list: string[] = [];
  private readonly ids = new Map<string, number>();

  id(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.list.push(text) - 1;
    this.ids.set(text, id);
    return id;
  }
}
