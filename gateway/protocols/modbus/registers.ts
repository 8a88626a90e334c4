import type { DataType, WordOrder } from '../../contract/device-type.ts';
import { byteAt, bytesToText } from '../bytes.ts';

/**
 * How one value lies in registers. Orders are named for the bytes A (highest) … D as they come over the wire: ABCD is
 * Modbus' own, CDAB swaps the words, BADC the bytes in each word, DCBA both. Longer values follow the same two swaps;
 * a 16-bit value knows only the byte swap.
 */
export interface RegisterFormat {
  type: DataType;
  order?: WordOrder;
  /** Where the value begins, in bytes from its first register: values that lie across register boundaries. */
  byteOffset?: number;
  /** One bit of the word, 0 the lowest: the value is true or false. */
  bit?: number;
  /** A span of bits of the word, both ends included, 0 the lowest: a number. */
  bits?: readonly [number, number];
  /** Of `nibbles`: the value is true when any four bits are one of these. */
  any?: readonly number[];
  /** Registers of a text, or of nibbles. */
  length?: number;
  /** Raw values, signed or as the bare bit pattern, that mean "not available". */
  sentinels?: readonly number[];
  scale?: number;
  offset?: number;
}

/** `null`: the device says that it has no value (sentinel, NaN). An error: the bytes cannot be this type. */
export type RegisterValue =
  | { ok: true; value: number | string | boolean | null }
  | { ok: false; error: 'length' | 'bcd' };

const typeBytes: Record<DataType, number> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
  bcd16: 2,
  bcd32: 4,
  bcd64: 8,
  bool: 2,
  ascii: 2,
  nibbles: 2,
};

function valueBytes(format: RegisterFormat): number {
  const many = format.type === 'ascii' || format.type === 'nibbles';
  return many ? 2 * (format.length ?? 1) : typeBytes[format.type];
}

/** How many registers must be read for a value. */
export function registerCount(format: RegisterFormat): number {
  return Math.ceil(((format.byteOffset ?? 0) + valueBytes(format)) / 2);
}

/** The value's bytes, highest first. */
function inBigOrder(wire: Uint8Array, order: WordOrder): Uint8Array {
  const bytes = Uint8Array.from(wire);
  if (bytes.length < 2) return bytes;
  const swapBytes = order === 'BADC' || order === 'DCBA';
  const swapWords = order === 'CDAB' || order === 'DCBA';
  const words = bytes.length / 2;
  for (let i = 0; i < words; i++) {
    const from = swapWords ? words - 1 - i : i;
    bytes[2 * i] = byteAt(wire, 2 * from + (swapBytes ? 1 : 0));
    bytes[2 * i + 1] = byteAt(wire, 2 * from + (swapBytes ? 0 : 1));
  }
  return bytes;
}

function readBcd(bytes: Uint8Array): number | null {
  let value = 0;
  for (const byte of bytes) {
    const tens = byte >> 4;
    const ones = byte & 0x0f;
    if (tens > 9 || ones > 9) return null;
    value = value * 100 + tens * 10 + ones;
  }
  return value;
}

function readText(wire: Uint8Array, order: WordOrder): string {
  // Only the byte swap makes sense of a text; its words stand in reading order.
  const swapped = order === 'BADC' || order === 'DCBA';
  const text = bytesToText(inBigOrder(wire, swapped ? 'BADC' : 'ABCD'));
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)).trim();
}

function bitPattern(bytes: Uint8Array): bigint {
  let pattern = 0n;
  for (const byte of bytes) pattern = (pattern << 8n) | BigInt(byte);
  return pattern;
}

/** The shortest decimal that is this float32: the meter means 230.2 and not 230.1999969482422. */
export function shortestFloat32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}

function rawNumber(bytes: Uint8Array, type: DataType): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'int8':
      return view.getInt8(0);
    case 'int16':
      return view.getInt16(0);
    case 'int32':
      return view.getInt32(0);
    case 'int64':
      return Number(view.getBigInt64(0));
    case 'float32':
      return shortestFloat32(view.getFloat32(0));
    case 'float64':
      return view.getFloat64(0);
    case 'bcd16':
    case 'bcd32':
    case 'bcd64':
      return readBcd(bytes);
    case 'uint8':
      return view.getUint8(0);
    case 'uint32':
      return view.getUint32(0);
    case 'uint64':
      return Number(view.getBigUint64(0));
    default:
      return view.getUint16(0);
  }
}

/**
 * The value in register bytes as they came over the wire (each register high byte first). `bytes` begins at the
 * value's first register. Whole numbers beyond 2^53 lose their last digits, as every reading is a double.
 */
export function decodeRegisters(bytes: Uint8Array, format: RegisterFormat): RegisterValue {
  const start = format.byteOffset ?? 0;
  const width = valueBytes(format);
  if (start < 0 || bytes.length < start + width) return { ok: false, error: 'length' };
  const wire = bytes.subarray(start, start + width);
  const order = format.order ?? 'ABCD';
  if (format.type === 'ascii') return { ok: true, value: readText(wire, order) };

  if (format.type === 'nibbles')
    return { ok: true, value: wire.some((byte) => isAny(byte >> 4, format) || isAny(byte & 0x0f, format)) };

  const big = inBigOrder(wire, order);
  const raw = rawNumber(big, format.type);
  if (format.sentinels) {
    const pattern = Number(bitPattern(big));
    if (format.sentinels.some((sentinel) => sentinel === raw || sentinel === pattern)) {
      return { ok: true, value: null };
    }
  }
  if (format.bit !== undefined)
    return { ok: true, value: ((bitPattern(big) >> BigInt(format.bit)) & 1n) === 1n };
  if (raw === null) return { ok: false, error: 'bcd' };
  if (format.type === 'bool') return { ok: true, value: raw !== 0 };
  if (!Number.isFinite(raw)) return { ok: true, value: null };

  let value = raw;
  if (format.bits) {
    const low = Math.max(0, Math.min(...format.bits));
    const span = Math.min(63, Math.max(...format.bits)) - low + 1;
    value = Number((bitPattern(big) >> BigInt(low)) & ((1n << BigInt(span)) - 1n));
  }
  return { ok: true, value: scaled(value, format.scale ?? 1) + (format.offset ?? 0) };
}

function isAny(nibble: number, { any = [] }: RegisterFormat): boolean {
  return any.includes(nibble);
}

/** 1127 × 0.1 as 112.7 and not 112.70000000000002: a decimal scale divides by its whole inverse. */
function scaled(value: number, scale: number): number {
  const inverse = 1 / scale;
  const whole = Math.round(inverse);
  return Math.abs(scale) < 1 && Math.abs(inverse - whole) < 1e-9 ? value / whole : value * scale;
}

function writeBcd(value: number, width: number): Uint8Array {
  const digits = String(value).padStart(2 * width, '0');
  return Uint8Array.from({ length: width }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/**
 * The registers of a raw value, the way back of `decodeRegisters` without scale and offset (for writes and for
 * simulators). RangeError when the value does not fit the type.
 */
export function encodeRegisters(
  value: number | string | boolean,
  format: Pick<RegisterFormat, 'type' | 'order' | 'length'>,
): number[] {
  const { type } = format;
  if (type === 'int8' || type === 'uint8')
    throw new RangeError(`${type} is half a register: write the whole one`);
  if (type === 'nibbles') throw new RangeError('nibbles are read, not written');
  const width = valueBytes(format);
  const bytes = new Uint8Array(width);
  const view = new DataView(bytes.buffer);
  const order = format.order ?? 'ABCD';
  if (type === 'ascii') {
    const text = String(value);
    for (let i = 0; i < width; i++) bytes[i] = i < text.length ? text.charCodeAt(i) & 0xff : 0;
    return toWords(inBigOrder(bytes, order === 'BADC' || order === 'DCBA' ? 'BADC' : 'ABCD'));
  }
  const number = Number(value);
  const outside = new RangeError(`${value} does not fit ${type}`);
  if (type === 'float32') view.setFloat32(0, number);
  else if (type === 'float64') view.setFloat64(0, number);
  else {
    if (!Number.isInteger(number)) throw outside;
    const signed = type.startsWith('int');
    const bits = BigInt(8 * width);
    const whole = BigInt(number);
    if (type.startsWith('bcd')) {
      if (number < 0 || String(whole).length > 2 * width) throw outside;
      bytes.set(writeBcd(number, width));
    } else {
      const low = signed ? -(1n << (bits - 1n)) : 0n;
      const high = signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
      if (whole < low || whole > high) throw outside;
      for (let i = 0; i < width; i++) bytes[i] = Number((whole >> BigInt(8 * (width - 1 - i))) & 0xffn);
    }
  }
  // Both swaps are their own way back.
  return toWords(inBigOrder(bytes, order));
}

function toWords(bytes: Uint8Array): number[] {
  return Array.from(
    { length: bytes.length / 2 },
    (_, i) => (byteAt(bytes, 2 * i) << 8) | byteAt(bytes, 2 * i + 1),
  );
}

/** The bytes of registers as they come over the wire. */
export function registerBytes(registers: readonly number[]): Uint8Array {
  return Uint8Array.from(registers.flatMap((word) => [(word >> 8) & 0xff, word & 0xff]));
}
