import { byteAt } from './bytes.ts';

// Numbers as the meters of DL/T 645 and CJ/T 188 pack them: BCD, low byte first.

/** How a number is packed. */
export interface PackedFormat {
  /** BCD digits, an even number. */
  digits: number;
  decimals: number;
  /** The top bit says reverse (current, power, power factor, combined energy) or below zero (temperature). */
  signed: boolean;
}

export function packedFormat(digits: number, decimals: number, signed = false): PackedFormat {
  return { digits, decimals, signed };
}

export function formatBytes({ digits }: PackedFormat): number {
  return digits / 2;
}

/**
 * The number at a place of the data. Null: the meter fills the field with FF, which says that it has no such value.
 * Undefined: the bytes are no BCD digits, or end before the value does.
 */
export function decodeNumber(data: Uint8Array, at: number, packed: PackedFormat): number | null | undefined {
  const length = formatBytes(packed);
  if (at < 0 || at + length > data.length) return undefined;
  const field = data.subarray(at, at + length);
  if (field.every((byte) => byte === 0xff)) return null;
  let value = 0;
  let negative = false;
  for (let i = length - 1; i >= 0; i--) {
    let byte = byteAt(field, i);
    if (packed.signed && i === length - 1) {
      negative = byte >= 0x80;
      byte &= 0x7f;
    }
    const tens = byte >> 4;
    const ones = byte & 0x0f;
    if (tens > 9 || ones > 9) return undefined;
    value = value * 100 + tens * 10 + ones;
  }
  const size = value / 10 ** packed.decimals;
  return negative && size !== 0 ? -size : size;
}

/** The bytes of a number (for simulators and tests). RangeError when it does not fit. */
export function encodeNumber(value: number, packed: PackedFormat): Uint8Array {
  const { decimals, signed } = packed;
  const length = formatBytes(packed);
  const raw = Math.round(Math.abs(value) * 10 ** decimals);
  const most = signed ? 8 * 10 ** (packed.digits - 1) : 10 ** packed.digits;
  if (!(raw < most) || (value < 0 && !signed))
    throw new RangeError(`${value} does not fit ${packed.digits} digits with ${decimals} decimals`);
  const bytes = new Uint8Array(length);
  let rest = raw;
  for (let i = 0; i < length; i++) {
    const pair = rest % 100;
    bytes[i] = (Math.floor(pair / 10) << 4) | (pair % 10);
    rest = Math.floor(rest / 100);
  }
  if (value < 0) bytes[length - 1] = byteAt(bytes, length - 1) | 0x80;
  return bytes;
}
