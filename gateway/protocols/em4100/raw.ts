import { byteAt, hexToBytes } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { type Em4100Tag, em4100Fields } from './tag.ts';

// EM4100 data sheet, memory organisation: 64 bits = nine ones, ten rows of four data bits and their even parity, four
// bits of even column parity, a zero.

export type Em4100RawError = 'length' | 'header' | 'parity' | 'stop';
export type Em4100RawResult = { ok: true; tag: Em4100Tag } | { ok: false; error: Em4100RawError };

const rows = 10;

function bitAt(bytes: Uint8Array, index: number): number {
  return (byteAt(bytes, index >> 3) >> (7 - (index & 7))) & 1;
}

/** The 64 bits of a tag, first bit first. */
export function decodeEm4100Raw(bytes: Uint8Array): Em4100RawResult {
  if (bytes.length !== 8) return { ok: false, error: 'length' };
  for (let i = 0; i < 9; i++) if (bitAt(bytes, i) !== 1) return { ok: false, error: 'header' };
  const nibbles: number[] = [];
  let columns = 0;
  for (let row = 0; row < rows; row++) {
    let nibble = 0;
    let parity = 0;
    for (let i = 0; i < 4; i++) {
      const bit = bitAt(bytes, 9 + 5 * row + i);
      nibble = (nibble << 1) | bit;
      parity ^= bit;
    }
    if (parity !== bitAt(bytes, 9 + 5 * row + 4)) return { ok: false, error: 'parity' };
    columns ^= nibble;
    nibbles.push(nibble);
  }
  let columnParity = 0;
  for (let i = 0; i < 4; i++) columnParity = (columnParity << 1) | bitAt(bytes, 59 + i);
  if (columnParity !== columns) return { ok: false, error: 'parity' };
  if (bitAt(bytes, 63) !== 0) return { ok: false, error: 'stop' };
  return {
    ok: true,
    tag: {
      hex: nibbles
        .map((nibble) => nibble.toString(16))
        .join('')
        .toUpperCase(),
    },
  };
}

/** The 64 bits of a tag of ten hex digits. RangeError when it is not one. */
export function encodeEm4100Raw(tagHex: string): Uint8Array {
  if (hexToBytes(tagHex)?.length !== 5)
    throw new RangeError(`EM4100 tag ${tagHex}: give ten hexadecimal digits`);
  const nibbles = [...tagHex.replace(/[\s:-]/g, '')].map((digit) => Number.parseInt(digit, 16));
  let bits = '1'.repeat(9);
  let columns = 0;
  for (const nibble of nibbles) {
    const row = nibble.toString(2).padStart(4, '0');
    bits += row + String(row.split('1').length % 2 === 0 ? 1 : 0);
    columns ^= nibble;
  }
  bits += `${columns.toString(2).padStart(4, '0')}0`;
  return Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2));
}

/** `rfid-em4100-raw`: the 64 bits as eight bytes. */
export function inspectEm4100Raw(input: FrameInput): Decoded {
  const result = decodeEm4100Raw(input.bytes);
  return result.ok ? { valid: true, ...em4100Fields(result.tag) } : refused(result.error);
}
