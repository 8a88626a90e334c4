import { reverseHex } from './hex-bytes.ts';
import { type IButton, type IButtonFault, iButtonDigits, readIButton } from './ibutton.ts';

/**
 * How a tag is spelled: `any`, by a person or a program; `hex`, by a reader that sends hex digits also where no letter is among them;
 * `reversed`, with the lowest byte first.
 */
export type TagForm = 'any' | 'hex' | 'reversed' | 'reversed-hex';

/** What a reader says of its spelling, and what the site says of its byte order. */
export function tagFormOf({ hex, reversed }: { hex: boolean; reversed: boolean }): TagForm {
  if (reversed) return hex ? 'reversed-hex' : 'reversed';
  return hex ? 'hex' : 'any';
}

/** A tag as it was understood; `tag` is the text by which it is known here. */
export type TagReading = { tag: string } & (
  | /** Fits 32 bits: EM4100, Wiegand, four-byte UIDs. `decimal`: it was read as a decimal number. */
  { kind: 'number'; decimal: boolean } /** Longer hex digits: UIDs of ISO 14443 and ISO 15693. */
  | { kind: 'uid' }
  | {
      kind: 'ibutton';
      ibutton: IButton;
    } /** An iButton whose check byte is wrong; null: all zero, as of a line in short circuit. */
  | { kind: 'ibutton-fault'; fault: IButtonFault | null } /** Words, of a QR code. */
  | { kind: 'words' }
);

/**
 * One tag has many spellings: a reader's hex (`010063E9AE`), the 32-bit number (`0063E9AE`), the ten digits printed on the fob
 * (`0006547886`), facility and card (`99,59822`), with or without separators; an iButton's eight bytes in three orders. They all
 * become the same text, so that checkpoints, cards and what readers send can be compared: eight hex digits for what fits 32 bits,
 * an iButton as it sends itself, longer UIDs as they are, in capitals.
 *
 * Ten digits, or an odd number of them, are decimal, as printed; a reader, which knows that it sends hex, says so by `form`, and a
 * person may write `0x…`. A byte order that a reader turns round is the reader's setting (`byteOrder`), not guessed here.
 */
export function readTag(text: string, form: TagForm = 'any'): TagReading {
  if (form === 'reversed' || form === 'reversed-hex') return readReversed(text, form === 'reversed-hex');
  const bare = text.trim().toUpperCase();
  const pair = /^(\d{1,3})\s*,\s*(\d{1,5})$/.exec(bare);
  if (pair && Number(pair[1]) <= 0xff && Number(pair[2]) <= 0xffff)
    return { kind: 'number', tag: eight(Number(pair[1]) * 0x10000 + Number(pair[2])), decimal: true };
  const joined = bare.replace(/^0X/, '').replace(/[\s:.-]/g, '');
  const hex = form === 'hex' || bare.startsWith('0X');
  if (!hex && isDecimal(joined)) {
    const number = Number(joined);
    if (number <= 0xffff_ffff) return { kind: 'number', tag: eight(number), decimal: true };
  }
  if (!/^[0-9A-F]+$/.test(joined)) return { kind: 'words', tag: joined };
  const read = iButtonReading(joined);
  if (read) return read;
  // EM4100: a version byte before the 32-bit number; the printed number leaves it out.
  if (joined.length === 10) return { kind: 'number', tag: joined.slice(2), decimal: false };
  if (joined.length <= 8) return { kind: 'number', tag: joined.padStart(8, '0'), decimal: false };
  return { kind: 'uid', tag: joined };
}

/** A tag in the text by which it is known here; see `readTag`. What it gives normalises to itself as `hex`. */
export function normaliseTag(text: string, form: TagForm = 'any'): string {
  return readTag(text, form).tag;
}

/** Why a text cannot be any tag's, with the mend; null when it can. The words complete `the tag … ` */
export function tagProblem(text: string): string | null {
  const read = readTag(text);
  if (read.kind !== 'ibutton-fault') return null;
  const { fault } = read;
  if (fault === null)
    return 'is all zeros, which is what a reader sends whose contacts are short-circuited: read it again';
  return `is an iButton's with a wrong check byte: byte ${fault.byte} is ${fault.given}, and by the other seven it is ${fault.expected}; read the tag again, or compare each digit with what is engraved on it`;
}

function iButtonReading(digits: string): TagReading | null {
  const read = readIButton(digits);
  if (!read) return null;
  return read.ok
    ? { kind: 'ibutton', tag: iButtonDigits(read.tag), ibutton: read.tag }
    : { kind: 'ibutton-fault', tag: digits, fault: read.fault };
}

function isDecimal(digits: string): boolean {
  return /^\d+$/.test(digits) && (digits.length === 10 || digits.length % 2 === 1);
}

function eight(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, '0');
}

/** The same tag from a reader that sends the lowest byte first, as hex or as the decimal number of those bytes. */
function readReversed(text: string, hex: boolean): TagReading {
  const joined = text
    .trim()
    .replace(/^0x/i, '')
    .replace(/[\s:.-]/g, '')
    .toUpperCase();
  // An iButton's number says its order by itself.
  const own = iButtonReading(joined);
  if (own) return own;
  const turned = !hex && isDecimal(joined) ? eight(Number(joined)) : joined;
  return /^(?:[0-9A-F]{2})+$/.test(turned) ? readTag(reverseHex(turned), 'hex') : readTag(text);
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
