import { reverseHex } from './hex-bytes.ts';

// iButton touch tags (DS1990 and their kin): a family code, a serial number of 48 bits, a CRC-8. The same eight bytes are spelled in
// three orders, and with the family or the check byte left out (datasheet DS1990A; examples of a wedge reader's maker, In-Touch).

/** One iButton. Its parts are hex digits, the serial as it is engraved. */
export interface IButton {
  family: string;
  serial: string;
  crc: string;
}

/** Which byte is wrong, counted from 1 as it is written, and what it should be by the others; null: it is no number of any tag. */
export interface IButtonFault {
  byte: number;
  given: string;
  expected: string;
}

export type IButtonReading = { ok: true; tag: IButton } | { ok: false; fault: IButtonFault | null };

const serialNumberFamily = '01';
/** Serial numbers are given out one after the other: with these in front, 12 digits are taken for one. */
const zeros = '0000';

/** x⁸ + x⁵ + x⁴ + 1, reflected (Maxim application note 27). */
export function dallasCrc8(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8c : crc >> 1;
  }
  return crc;
}

/** Over the family and the serial, low byte first. */
export function crcOfIButton({ family, serial }: Pick<IButton, 'family' | 'serial'>): string {
  const bytes = `${family}${reverseHex(serial)}`.match(/../g) ?? [];
  const crc = dallasCrc8(bytes.map((byte) => Number.parseInt(byte, 16)));
  return crc.toString(16).toUpperCase().padStart(2, '0');
}

/** The orders in which all eight bytes are written, and where the check byte then stands. */
const orders: readonly { crcAt: number; read(digits: string): IButton }[] = [
  // As they come from the tag: 01EB450D030000AE.
  {
    crcAt: 8,
    read: (digits) => ({
      family: digits.slice(0, 2),
      serial: reverseHex(digits.slice(2, 14)),
      crc: digits.slice(14),
    }),
  },
  // Highest byte first: AE0000030D45EB01.
  {
    crcAt: 1,
    read: (digits) => ({ family: digits.slice(14), serial: digits.slice(2, 14), crc: digits.slice(0, 2) }),
  },
  // As it is engraved, line by line: AE 01 0000030D45EB.
  {
    crcAt: 1,
    read: (digits) => ({ family: digits.slice(2, 4), serial: digits.slice(4), crc: digits.slice(0, 2) }),
  },
];

const checked = (family: string, serial: string): IButtonReading => ({
  ok: true,
  tag: { family, serial, crc: crcOfIButton({ family, serial }) },
});

/**
 * Reads an iButton's number in whatever order; null when the digits are none, as those of an ISO 15693 tag (E0…) are not.
 * @param digits hex, in capitals, without separators
 */
export function readIButton(digits: string): IButtonReading | null {
  if (digits.length === 12) {
    if (digits.startsWith(zeros)) return checked(serialNumberFamily, digits);
    return digits.endsWith(zeros) ? checked(serialNumberFamily, reverseHex(digits)) : null;
  }
  if (digits.length === 14 && digits.startsWith(serialNumberFamily)) {
    const serial = digits.slice(2);
    if (serial.startsWith(zeros)) return checked(serialNumberFamily, serial);
    return serial.endsWith(zeros) ? checked(serialNumberFamily, reverseHex(serial)) : null;
  }
  if (digits.length !== 16 || digits.startsWith('E0') || digits.endsWith('E0')) return null;
  // A line in short circuit reads so, and the CRC lets it through.
  if (/^0+$/.test(digits)) return { ok: false, fault: null };
  const read = orders.map((order) => ({ ...order, tag: order.read(digits) }));
  const sound = read.filter(({ tag }) => tag.crc === crcOfIButton(tag));
  const [best] = [...sound.filter(({ tag }) => tag.family === serialNumberFamily), ...sound];
  if (best) return { ok: true, tag: best.tag };
  // Eight bytes that only begin or end with 01 may be another card's own number, a FeliCa's for one: serial numbers have zeros in front.
  const close = read.find(({ tag }) => tag.family === serialNumberFamily && tag.serial.startsWith(zeros));
  if (!close) return null;
  const { tag, crcAt } = close;
  return { ok: false, fault: { byte: crcAt, given: tag.crc, expected: crcOfIButton(tag) } };
}

/** As the tag sends it, which is how it is known here. */
export function iButtonDigits({ family, serial, crc }: IButton): string {
  return `${family}${reverseHex(serial)}${crc}`;
}
