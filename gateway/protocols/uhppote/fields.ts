import { byteAt } from '../bytes.ts';

// The values of a message of a UT0311-L0x controller: whole numbers low byte first, dates and times as packed decimal digits.

/** What a kind of field is to the rest of the house. Dates and times are the controller's own, which knows no zone. */
export interface FieldValues {
  u8: number;
  u16: number;
  u24: number;
  u32: number;
  bool: boolean;
  /** `192.168.1.50` */
  ipv4: string;
  mac: string;
  /** Two bytes as they are read aloud: 0892 is `8.92`. */
  version: string;
  /** `2026-03-01`; null where the bytes are none. */
  date: string | null;
  /** `2026-03-01 08:30:00`; null where the bytes are none. */
  time: string | null;
  /** The controller's own clock in a status: hours to seconds here, year to day (two digits each) at byte 51. */
  clock: string | null;
  /** Of doors 1 to 4. */
  flags: boolean[];
  levels: number[];
}
export type FieldKind = keyof FieldValues;

const clockDateOffset = 51;
const doors = [0, 1, 2, 3];

function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + byteAt(bytes, at + i);
  return value;
}

function writeNumber(bytes: Uint8Array, at: number, size: number, value: number): void {
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** The decimal digits of packed bytes; null when one is none. */
function digitsAt(bytes: Uint8Array, at: number, size: number): string | null {
  let digits = '';
  for (let i = 0; i < size; i++) {
    const byte = byteAt(bytes, at + i);
    if (byte >> 4 > 9 || (byte & 0x0f) > 9) return null;
    digits += `${byte >> 4}${byte & 0x0f}`;
  }
  return digits;
}

function writeDigits(bytes: Uint8Array, at: number, digits: string): void {
  for (let i = 0; i * 2 < digits.length; i++)
    bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
}

/** `2026-03-01` of eight digits; null for a day that no calendar has, as firmware sends for "none". */
function dateOf(digits: string | null): string | null {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(digits ?? '') ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const text = `${year}-${month}-${day}`;
  const at = Date.parse(`${text}T00:00:00Z`);
  // 31 February becomes a day of March.
  return Number(year) > 0 && Number.isFinite(at) && new Date(at).toISOString().startsWith(text) ? text : null;
}

function hourOf(digits: string | null): string | null {
  const [, hour, minute, second] = /^(\d\d)(\d\d)(\d\d)$/.exec(digits ?? '') ?? [];
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return hour === undefined ? null : `${hour}:${minute}:${second}`;
}

function together(date: string | null, hour: string | null): string | null {
  return date === null || hour === null ? null : `${date} ${hour}`;
}

const plain = (text: string | null) => (text ?? '').replace(/\D/g, '');

interface Reader<Value> {
  read(bytes: Uint8Array, at: number): Value;
  write(bytes: Uint8Array, at: number, value: Value): void;
}

const whole = (size: number): Reader<number> => ({
  read: (bytes, at) => numberAt(bytes, at, size),
  write: (bytes, at, value) => writeNumber(bytes, at, size, value),
});

const readers: { [Kind in FieldKind]: Reader<FieldValues[Kind]> } = {
  u8: whole(1),
  u16: whole(2),
  u24: whole(3),
  u32: whole(4),
  bool: {
    read: (bytes, at) => byteAt(bytes, at) === 1,
    write(bytes, at, value) {
      bytes[at] = value ? 1 : 0;
    },
  },
  ipv4: {
    read: (bytes, at) => doors.map((i) => byteAt(bytes, at + i)).join('.'),
    write: (bytes, at, value) => bytes.set(value.split('.').map(Number).slice(0, 4), at),
  },
  mac: {
    read: (bytes, at) =>
      [...bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    write: (bytes, at, value) =>
      bytes.set(
        value.split(':').map((part) => Number.parseInt(part, 16)),
        at,
      ),
  },
  version: {
    read: (bytes, at) =>
      `${byteAt(bytes, at).toString(16)}.${byteAt(bytes, at + 1)
        .toString(16)
        .padStart(2, '0')}`,
    write(bytes, at, value) {
      const [major = '0', minor = '0'] = value.split('.');
      bytes[at] = Number.parseInt(major, 16);
      bytes[at + 1] = Number.parseInt(minor, 16);
    },
  },
  date: {
    read: (bytes, at) => dateOf(digitsAt(bytes, at, 4)),
    write: (bytes, at, value) => writeDigits(bytes, at, plain(value)),
  },
  time: {
    read: (bytes, at) => together(dateOf(digitsAt(bytes, at, 4)), hourOf(digitsAt(bytes, at + 4, 3))),
    write: (bytes, at, value) => writeDigits(bytes, at, plain(value)),
  },
  clock: {
    read(bytes, at) {
      const short = digitsAt(bytes, clockDateOffset, 3);
      return together(dateOf(short && `20${short}`), hourOf(digitsAt(bytes, at, 3)));
    },
    write(bytes, at, value) {
      const digits = plain(value);
      writeDigits(bytes, clockDateOffset, digits.slice(2, 8));
      writeDigits(bytes, at, digits.slice(8));
    },
  },
  flags: {
    read: (bytes, at) => doors.map((i) => byteAt(bytes, at + i) === 1),
    write: (bytes, at, value) => bytes.set(value.map(Number).slice(0, 4), at),
  },
  levels: {
    read: (bytes, at) => doors.map((i) => byteAt(bytes, at + i)),
    write: (bytes, at, value) => bytes.set(value.slice(0, 4), at),
  },
};

/** The value of a field, whatever the bytes. */
export function readField<Kind extends FieldKind>(
  kind: Kind,
  bytes: Uint8Array,
  at: number,
): FieldValues[Kind] {
  return readers[kind].read(bytes, at);
}

export function writeField<Kind extends FieldKind>(
  kind: Kind,
  bytes: Uint8Array,
  at: number,
  value: FieldValues[Kind],
): void {
  readers[kind].write(bytes, at, value);
}
