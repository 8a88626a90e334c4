/** What a reader sends over the two data lines of Wiegand, without its parity bits. */
export interface WiegandCard {
  bits: 26 | 34;
  /** 8 bits of 26, 16 of 34. */
  facility: number;
  /** 16 bits. */
  card: number;
}

export type WiegandResult = { ok: true; card: WiegandCard } | { ok: false; error: 'length' | 'parity' };

const formats = { 26: { facilityBits: 8 }, 34: { facilityBits: 16 } } as const;

function onesIn(bits: string): number {
  return [...bits].filter((bit) => bit === '1').length;
}

/** The same bits with the data lines swapped: D0 and D1 the wrong way round invert every bit. */
export function invertBits(bits: string): string {
  return [...bits].map((bit) => (bit === '1' ? '0' : '1')).join('');
}

/**
 * Wiegand 26 (H10301) and 34: even parity over the first half, facility, card, odd parity over the second half.
 * @param bits of 0 and 1, in the order in which they were sent
 */
export function decodeWiegand(bits: string): WiegandResult {
  const length = bits.length;
  if ((length !== 26 && length !== 34) || !/^[01]+$/.test(bits)) return { ok: false, error: 'length' };
  const half = length / 2;
  if (onesIn(bits.slice(0, half)) % 2 !== 0 || onesIn(bits.slice(half)) % 2 !== 1)
    return { ok: false, error: 'parity' };
  const { facilityBits } = formats[length];
  return {
    ok: true,
    card: {
      bits: length,
      facility: Number.parseInt(bits.slice(1, 1 + facilityBits), 2),
      card: Number.parseInt(bits.slice(1 + facilityBits, -1), 2),
    },
  };
}

/** The bits as a reader sends them, parity included; null for numbers that the format has no room for. */
export function encodeWiegand({ bits, facility, card }: WiegandCard): string | null {
  const { facilityBits } = formats[bits];
  const fits = (value: number, size: number) => Number.isInteger(value) && value >= 0 && value < 2 ** size;
  if (!fits(facility, facilityBits) || !fits(card, 16)) return null;
  const data = facility.toString(2).padStart(facilityBits, '0') + card.toString(2).padStart(16, '0');
  const half = data.length / 2;
  const even = onesIn(data.slice(0, half)) % 2;
  const odd = 1 - (onesIn(data.slice(half)) % 2);
  return `${even}${data}${odd}`;
}

/**
 * The number by which UT0311-L0x controllers know a card of a Wiegand 26 reader: the facility's digits, then five of the card.
 * Null for a card of more bits.
 */
export function facilityNumber({ bits, facility, card }: WiegandCard): number | null {
  return bits === 26 ? facility * 100_000 + card : null;
}

/** The card of such a number; null when it is none of Wiegand 26. */
export function cardOfFacilityNumber(number: number): WiegandCard | null {
  const facility = Math.floor(number / 100_000);
  const card = number % 100_000;
  return facility <= 0xff && card <= 0xffff ? { bits: 26, facility, card } : null;
}
