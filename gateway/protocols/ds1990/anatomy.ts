import { dallasCrc8 } from '../../contract/ibutton.ts';
import { byteAt, bytesToHex } from '../bytes.ts';
import { checkOf, FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { reversedHex } from '../meter-frame.ts';

// Where each field of a touch tag's memory stands: family, serial of six bytes low byte first, CRC-8 (DS1990R datasheet).

/** The eight bytes of a tag. */
export function ds1990Anatomy(bytes: Uint8Array): FrameAnatomy {
  if (bytes.length !== 8 || bytes.every((byte) => byte === 0)) return { fields: [], check: null };
  const cursor = new FieldCursor(bytes);
  cursor.hex('family', 1);
  cursor.take('serial', 6, reversedHex(bytes, 1, 6));
  cursor.hex('crc', 1);
  const hex = (byte: number) => bytesToHex(Uint8Array.of(byte));
  return {
    fields: cursor.fields,
    check: checkOf('crc8-maxim', 7, 1, hex(byteAt(bytes, 7)), hex(dallasCrc8(bytes.subarray(0, 7)))),
  };
}
