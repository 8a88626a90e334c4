import type { FrameCheck } from '../contract/frame.ts';
import { byteAt, bytesToHex } from './bytes.ts';
import { checkOf, type FieldCursor } from './frame-fields.ts';
import { frameStart, sumOf } from './meter-frame.ts';

// Beginning and end of a frame of DL/T 645 and CJ/T 188, as the frame inspector shows them.

/** FE and the first 68. @returns where the frame begins; null when no 68 stands there */
export function takeMeterHead(cursor: FieldCursor): number | null {
  const { bytes } = cursor;
  const begin = bytes.findIndex((byte) => byte !== 0xfe);
  if (begin < 0 || byteAt(bytes, begin) !== frameStart) return null;
  if (begin > 0) cursor.hex('preamble', begin);
  cursor.hex('start', 1);
  return begin;
}

/** Sum and 16. @returns null when the bytes end before the sum */
export function takeMeterTail(cursor: FieldCursor, from: number, sumAt: number): FrameCheck | null {
  const { bytes } = cursor;
  if (sumAt >= bytes.length) return null;
  cursor.at = sumAt;
  cursor.hex('sum', 1);
  cursor.hex('end', 1);
  cursor.rest('rest');
  const hex = (byte: number) => bytesToHex(Uint8Array.of(byte));
  return checkOf('sum8', sumAt, 1, hex(byteAt(bytes, sumAt)), hex(sumOf(bytes, from, sumAt)));
}
