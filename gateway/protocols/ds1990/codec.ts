import { dallasCrc8 } from '../../contract/ibutton.ts';
import { bytesToHex, hexToBytes } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';

// iButton DS1990 touch tags (Maxim datasheet DS1990R, "64-bit lasered ROM"): family, serial of six bytes low byte first, CRC-8.

/** `ibutton-ds1990`: eight bytes as they come from the wire, family first; a short circuit reads as all zero. */
export function inspectDs1990({ bytes: given, text }: FrameInput): Decoded {
  const bytes = text === null ? given : hexToBytes(text.replace(/[\s:-]/g, ''));
  if (!bytes) return refused('format');
  if (bytes.length !== 8) return refused('length');
  if (bytes.every((byte) => byte === 0)) return refused('zero');
  const reversed = bytesToHex(Uint8Array.from(bytes).reverse());
  const fields = {
    family: bytesToHex(bytes.subarray(0, 1)),
    serial: reversed.slice(2, 14),
    rom_msb_first: reversed,
  };
  return dallasCrc8(bytes.subarray(0, 7)) === bytes[7] ? { valid: true, ...fields } : refused('crc', fields);
}
