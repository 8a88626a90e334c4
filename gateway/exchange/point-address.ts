import { printedNumber, typedAsPrinted } from '../contract/modbus-number.ts';

/**
 * Addresses as manuals print them. `first`: the number that the manual counts from, where it was one of these and not the
 * address on the wire; `count`: registers, where a span was given. Null: no address at all.
 */
export interface ReadAddress {
  wire: number;
  fc: number | undefined;
  first: number | null;
  count: number | null;
}

/** The functions by the leading digit of a manual's number (0 coils, 1 inputs, 3 input registers, 4 holding registers). */
const tables: Readonly<Record<string, number>> = { '0': 1, '1': 2, '3': 4, '4': 3 };

/** `40001 - 40002`, `0x10~0x11`: a value of two registers. */
const span = /^(\S+?)\s*(?:-|–|—|~|～|\.\.|至|到)\s*(\S+)$/;

/** More than two addresses and what stands between them. */
const longest = 60;

function one(text: string, fc: number | undefined): Omit<ReadAddress, 'count'> | null {
  const hex = /^0x([0-9a-f]{1,6})$/i.exec(text) ?? /^([0-9a-f]{1,6})h$/i.exec(text);
  if (hex?.[1] !== undefined) return { wire: Number.parseInt(hex[1], 16), fc, first: null };
  // 4x0001, 3X00012: the table and the number in it, counted from one.
  const named = /^([0134])x(\d{1,5})$/i.exec(text);
  if (named) {
    const [, table = '', number = ''] = named;
    return { wire: Number(number) - 1, fc: fc ?? tables[table], first: 1 };
  }
  if (!/^\d{1,9}$/.test(text)) return null;
  const number = Number(text);
  // Six digits are beyond what an address can be: 400001, 300001, 100001.
  const long = /^([134])(\d{5})$/.exec(text);
  const ofLong = long?.[1] === undefined ? undefined : tables[long[1]];
  if (long && ofLong !== undefined && number > 65_535) {
    if (fc !== undefined && fc !== ofLong) return { wire: number, fc, first: null };
    return { wire: Number(long[2]) - 1, fc: ofLong, first: number - Number(long[2]) + 1 };
  }
  // Five digits with a zero in front are coils: 00001.
  if (/^0\d{4}$/.test(text) && (fc === undefined || fc === 1) && number > 0)
    return { wire: number - 1, fc: 1, first: 1 };
  for (const table of fc === undefined ? [3, 4, 2] : [fc]) {
    const printed = typedAsPrinted(table, number) ?? inputNumber(table, number);
    if (printed) return { wire: printed.wire, fc: table, first: printed.first };
  }
  return { wire: number, fc, first: null };
}

/** Discrete inputs are printed from 10001 on. */
function inputNumber(fc: number, number: number): { first: number; wire: number } | null {
  const first = printedNumber(2, 0);
  return fc === 2 && number >= first && number < first + 9_999 ? { first, wire: number - first } : null;
}

/** @param fc the function, where the row says one; else the table that the number names decides */
export function readAddress(text: string, fc: number | undefined): ReadAddress | null {
  // The time that a span takes grows with the square of its length.
  if (text.length > longest) return null;
  const both = span.exec(text);
  if (!both) {
    const read = one(text, fc);
    return read && { ...read, count: null };
  }
  const from = one(both[1] ?? '', fc);
  const to = one(both[2] ?? '', fc);
  return from && to && to.wire >= from.wire ? { ...from, count: to.wire - from.wire + 1 } : null;
}

/** An address as it is written to a sheet: in hex where its decimal would be read as a manual's number. */
export function addressText(address: number, fc: number): string | number {
  return readAddress(String(address), fc)?.wire === address
    ? address
    : `0x${address.toString(16).toUpperCase()}`;
}
