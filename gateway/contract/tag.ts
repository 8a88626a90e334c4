/**
 * One tag has many spellings: a reader's hex (`010063E9AE`), the 32-bit number (`0063E9AE`), the ten digits printed on the fob
 * (`0006547886`), facility and card (`99,59822`), with or without separators. They all become the same text, so that checkpoints,
 * cards and what readers send can be compared: eight hex digits for what fits 32 bits, longer UIDs as they are, in capitals.
 *
 * Ten digits, or an odd number of them, are decimal, as printed; a reader, which knows that it sends hex, says so by `form`, and a
 * person may write `0x…`. A byte order that a reader turns round is the reader's setting, not guessed here.
 */
export function normaliseTag(text: string, form: 'any' | 'hex' = 'any'): string {
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
