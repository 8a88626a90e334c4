import { byteAt, bytesToHex, bytesToText, hexToBytes } from '../bytes.ts';
import { checkOf, FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { em4100Fields } from './tag.ts';

// Where each field of an RDM6300 frame stands: STX, version (2 digits), number (8), XOR (2), ETX.

/** One frame from STX to ETX. */
export function em4100SerialAnatomy(bytes: Uint8Array): FrameAnatomy {
  const digits = bytesToText(bytes.subarray(1, 13));
  const data = byteAt(bytes, 0) === 0x02 && /^[0-9A-Fa-f]{12}$/.test(digits) ? hexToBytes(digits) : null;
  if (!data) return { fields: [], check: null };
  const hex = bytesToHex(data.subarray(0, 5));
  const { card_10d: card } = em4100Fields({ hex });
  const cursor = new FieldCursor(bytes);
  cursor.hex('start', 1);
  cursor.text('version', 2);
  cursor.take('number', 8, typeof card === 'string' ? card : hex.slice(2));
  cursor.text('checksum', 2);
  cursor.rest('line_end', 1);
  cursor.hex('end', 1);
  const xor = data.subarray(0, 5).reduce((sum, byte) => sum ^ byte, 0);
  return {
    fields: cursor.fields,
    check: checkOf('xor8', 11, 2, digits.slice(10), bytesToHex(Uint8Array.of(xor))),
  };
}
