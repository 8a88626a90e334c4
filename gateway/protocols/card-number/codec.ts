import { normaliseTag, readTag, spellTag } from '../../contract/tag.ts';
import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';

/**
 * `card-number-forms`: all spellings of one tag; `tag` is the one by which it is known here. The decimals are numbers, as in the
 * vectors; beyond 2^53 their last digits are lost, so they stand there as text too.
 */
export function inspectCardNumber(input: FrameInput): Decoded {
  const hex = input.text === null ? bytesToHex(input.bytes) : normaliseTag(input.text);
  if (!/^[0-9A-F]*$/.test(hex)) return refused('format');
  const read = readTag(input.text ?? hex, input.text === null ? 'hex' : 'any');
  if (read.kind === 'ibutton-fault') return refused('crc', read.fault ? { ...read.fault } : {});
  const spelling = spellTag(hex);
  if (!spelling) return refused('length');
  // The check byte of a single-size ISO 14443 UID in the anticollision frame (ISO 14443-3 §6.5.3).
  const bcc = (hex.match(/../g) ?? []).reduce((sum, byte) => sum ^ Number.parseInt(byte, 16), 0);
  return {
    valid: true,
    tag: normaliseTag(hex, 'hex'),
    hex: spelling.hex,
    hex_reversed: spelling.hexReversed,
    decimal_be: Number(spelling.decimal),
    decimal_le: Number(spelling.decimalReversed),
    decimal_be_text: spelling.decimal,
    decimal_le_text: spelling.decimalReversed,
    ...(hex.length === 8 ? { bcc: bcc.toString(16).padStart(2, '0').toUpperCase() } : {}),
    card_10d: spelling.printed,
    facility: spelling.facility,
    card: spelling.card,
    ...(read.kind === 'ibutton' ? { ibutton: read.ibutton } : {}),
  };
}
