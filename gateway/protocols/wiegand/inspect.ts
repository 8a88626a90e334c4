import { type Decoded, type FrameInput, profileField, refused } from '../frame.ts';
import { decodeWiegand, invertBits, type WiegandCard } from './codec.ts';

/** Bits that stand left-justified in bytes: four bytes are a frame of 26, five of 34. */
function bitsOf({ bytes, bits }: FrameInput): string {
  if (bits !== null) return bits;
  const all = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return all.slice(0, bytes.length === 4 ? 26 : bytes.length === 5 ? 34 : undefined);
}

/** A card under the names of the vectors. */
export function wiegandFields({ bits, facility, card }: WiegandCard) {
  const raw = facility * 0x10000 + card;
  const digits = (bits - 2) / 4;
  return {
    bits,
    facility,
    card,
    raw_hex: raw.toString(16).toUpperCase().padStart(digits, '0'),
    raw_decimal: raw,
  };
}

/** `wiegand`: what a reader sends. `inverted` in the profile: captured with D0 and D1 swapped. */
export function inspectWiegand(input: FrameInput): Decoded {
  const captured = bitsOf(input);
  const inverted = profileField(input.profile, 'inverted') === true;
  const result = decodeWiegand(inverted ? invertBits(captured) : captured);
  if (result.ok) return { valid: true, ...wiegandFields(result.card) };
  // Swapped wires make every right frame wrong: say what it is the other way round.
  const turned = inverted ? result : decodeWiegand(invertBits(captured));
  return refused(result.error, turned.ok ? { if_inverted: wiegandFields(turned.card) } : {});
}
