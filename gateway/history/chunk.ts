import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Readings of one series in time order, as columns. `at` UTC ms; `flags` as in flags.ts. */
export interface Column {
  at: number[];
  values: number[];
  flags: number[];
}

const version = 1;
/** Values that are whole after × 10^k (a scaled register nearly always is) are kept as differences of those whole numbers. */
const mostDecimals = 4;
const rawDoubles = 255;

class ByteWriter {
  private bytes = new Uint8Array(1_024);
  private view = new DataView(this.bytes.buffer);
  private used = 0;

  private room(count: number): void {
    if (this.used + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.used + count));
    wider.set(this.bytes);
    this.bytes = wider;
    this.view = new DataView(wider.buffer);
  }
  byte(value: number): void {
    this.room(1);
    this.bytes[this.used++] = value;
  }
  /** Unsigned LEB128 of a whole number below 2^53. */
  varint(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.used++] = rest;
  }
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }
  double(value: number): void {
    this.room(8);
    this.view.setFloat64(this.used, value, true);
    this.used += 8;
  }
  end(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }
}

class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private used = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  byte(): number {
    const value = this.bytes[this.used++];
    if (value === undefined) throw new RangeError('the chunk ends early');
    return value;
  }
  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }
  signed(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
  double(): number {
    const value = this.view.getFloat64(this.used, true);
    this.used += 8;
    return value;
  }
}

function decimalsOf(values: number[]): number {
  for (let k = 0; k <= mostDecimals; k++) {
    const factor = 10 ** k;
    // Dividing back must give the very same double, or the value is not that decimal; -0 and huge ones go raw.
    const whole = values.every((value) => {
      const scaled = Math.round(value * factor);
      return Math.abs(scaled) < 2 ** 51 && !Object.is(scaled, -0) && Object.is(scaled / factor, value);
    });
    if (whole) return k;
  }
  return rawDoubles;
}

/** One sealed chunk: times and values as differences, flags as runs, deflated. Lossless, NaN included. */
export function encodeChunk(column: Column): Buffer {
  const { at, values, flags } = column;
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
  const decimals = decimalsOf(values);
  out.byte(decimals);
  let before = 0;
  for (const value of values) {
    if (decimals === rawDoubles) out.double(value);
    else {
      const scaled = Math.round(value * 10 ** decimals);
      out.signed(scaled - before);
      before = scaled;
    }
  }
  return deflateRawSync(out.end(), { level: 1 });
}

/** @throws RangeError or zlib's error when the bytes are not a chunk */
export function decodeChunk(bytes: Uint8Array): Column {
  const input = new ByteReader(inflateRawSync(bytes));
  const found = input.byte();
  if (found !== version) throw new RangeError(`chunk version ${found} is not known`);
  const count = input.varint();
  const at: number[] = [];
  let time = 0;
  let step = 0;
  for (let i = 0; i < count; i++) {
    step += input.signed();
    time += step;
    at.push(time);
  }
  const flags: number[] = [];
  while (flags.length < count) {
    const run = input.varint();
    const flag = input.byte();
    for (let i = 0; i < run; i++) flags.push(flag);
  }
  const decimals = input.byte();
  const values: number[] = [];
  let scaled = 0;
  for (let i = 0; i < count; i++) {
    if (decimals === rawDoubles) values.push(input.double());
    else {
      scaled += input.signed();
      values.push(scaled / 10 ** decimals);
    }
  }
  return { at, values, flags };
}
