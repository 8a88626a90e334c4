/**
 * One tag has many spellings: a reader's hex (`010063E9AE`), the 32-bit number (`0063E9AE`), the ten digits printed on the fob
 * (`0006547886`), facility and card (`99,59822`), with or without separators. They all become the same text, so that checkpoints,
 * cards and what readers send can be compared: eight hex digits for what fits 32 bits, longer UIDs as they are, in capitals.
 *
 * Ten digits, or an odd number of them, are decimal, as printed; a reader, which knows that it sends hex, says so by `form`, and a
 * person may write `0x…`. A byte order that a reader turns round is the reader's setting (`reversed`), not guessed here.
 */
export function normaliseTag(text: string, form: 'any' | 'hex' | 'reversed' = 'any'): string {
  if (form === 'reversed') return normaliseReversed(text);
  const bare = text.trim().toUpperCase();
  const pair = /^(\d{1,3})\s*,\s*(\d{1,5})$/.exec(bare);
  if (pair && Number(pair[1]) <= 0xff && Number(pair[2]) <= 0xffff)
    return eight(Number(pair[1]) * 0x10000 + Number(pair[2]));
  const joined = bare.replace(/^0X/, '').replace(/[\s:.-]/g, '');
  const hex = form === 'hex' || bare.startsWith('0X');
  if (!hex && /^\d+$/.test(joined) && (joined.length === 10 || joined.length % 2 === 1)) {
    const number = Number(joined);
    if (number <= 0xffff_ffff) return eight(number);
  }
  if (!/^[0-9A-F]+$/.test(joined)) return joined;
  // EM4100: a version byte before the 32-bit number; the printed number leaves it out.
  if (joined.length === 10) return joined.slice(2);
  return joined.length < 8 ? joined.padStart(8, '0') : joined;
}

function eight(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, '0');
}

/** The same tag from a reader that sends the lowest byte first, as hex or as the decimal number of those bytes. */
function normaliseReversed(text: string): string {
  const joined = text.trim().replace(/[\s:.-]/g, '');
  const decimal = /^\d+$/.test(joined) && (joined.length === 10 || joined.length % 2 === 1);
  const turned = decimal ? eight(Number(joined)) : joined;
  return /^(?:[0-9A-Fa-f]{2})+$/.test(turned) ? normaliseTag(reverseHex(turned), 'hex') : normaliseTag(text);
}

/** Hex digits, two a byte, with the bytes in the other order. */
export function reverseHex(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).reverse().join('');
}

/** All spellings of one tag, for showing it as its reader, its fob and its controller show it. */
export interface TagSpellings {
  hex: string;
  hexReversed: string;
  decimal: string;
  decimalReversed: string;
  /** The ten digits on the fob: the lowest 32 bits (8H10D). */
  printed: string;
  /** The lowest 24 bits, as a Wiegand 26 reader gives them: 8 and 16. */
  facility: number;
  card: number;
}

/** The spellings of a tag given as hex digits of 3 to 10 bytes (the longest UID of ISO 14443); null when it is none. */
export function spellTag(hex: string): TagSpellings | null {
  if (!/^(?:[0-9A-Fa-f]{2}){3,10}$/.test(hex)) return null;
  const value = BigInt(`0x${hex}`);
  const hexReversed = reverseHex(hex);
  return {
    hex: hex.toUpperCase(),
    hexReversed,
    decimal: value.toString(),
    decimalReversed: BigInt(`0x${hexReversed}`).toString(),
    printed: (value & 0xffff_ffffn).toString().padStart(10, '0'),
    facility: Number((value >> 16n) & 0xffn),
    card: Number(value & 0xffffn),
  };
}
