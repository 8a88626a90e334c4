import { joined } from './mutate.ts';

// Check sums as their standards have them, written apart from the codecs: bit by bit, without their tables. What a codec accepts is
// judged by these.

const at = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;

/** CRC-16 by polynomial A001 reflected: Modbus begins with FFFF (over serial line V1.02 §6.2.2), SIA DC-09 with 0 (§5.4.3). */
export function reflectedCrc(begin: number, bytes: Uint8Array): number {
  let crc = begin;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const feed = (crc ^ (byte >> bit)) & 1;
      crc >>= 1;
      if (feed) crc ^= 0xa001;
    }
  return crc;
}

const sumOf = (bytes: Uint8Array): number => {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum % 256;
};

/** Whether the check of a whole frame is right, and the same frame with its check made right. */
export interface Check {
  holds(frame: Uint8Array): boolean;
  seal(frame: Uint8Array): Uint8Array;
}

export const modbusRtu: Check = {
  holds(frame) {
    if (frame.length < 3) return false;
    const crc = reflectedCrc(0xffff, frame.subarray(0, -2));
    return at(frame, frame.length - 2) + 256 * at(frame, frame.length - 1) === crc;
  },
  seal(frame) {
    const body = frame.subarray(0, Math.max(1, frame.length - 2));
    const crc = reflectedCrc(0xffff, body);
    return joined(body, Uint8Array.of(crc % 256, crc >> 8));
  },
};

/** DL/T 645 §5.2 and CJ/T 188 §7.2 alike: the sum of all from the first 68, then 16. @param lengthAt where the length stands, from there */
export function meterSum(lengthAt: number): Check {
  const startOf = (frame: Uint8Array) => frame.findIndex((byte) => byte !== 0xfe);
  return {
    holds(frame) {
      const start = startOf(frame);
      const end = start + lengthAt + 1 + at(frame, start + lengthAt);
      if (start < 0 || frame.length !== end + 2 || at(frame, start) !== 0x68) return false;
      return at(frame, end) === sumOf(frame.subarray(start, end)) && at(frame, end + 1) === 0x16;
    },
    seal(frame) {
      const start = startOf(frame);
      if (start < 0 || frame.length - start < lengthAt + 3) return frame;
      const sealed = frame.slice();
      const end = frame.length - 2;
      sealed[start + lengthAt] = Math.min(255, end - start - lengthAt - 1);
      sealed[end] = sumOf(sealed.subarray(start, end));
      sealed[end + 1] = 0x16;
      return sealed;
    },
  };
}

const ascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const hexValue = '0123456789ABCDEF';

/** SIA DC-05 §4.2: sixteen digits, a 0 counts ten, make a multiple of fifteen. */
function contactIdSum(digits: string): number {
  let sum = 0;
  for (const digit of digits) sum += hexValue.indexOf(digit) || 10;
  return sum;
}

export const contactId: Check = {
  holds(frame) {
    const digits = ascii(frame).replace(/\s/g, '').toUpperCase();
    return /^[0-9A-F]{16}$/.test(digits) && contactIdSum(digits) % 15 === 0;
  },
  seal(frame) {
    const digits = ascii(frame).replace(/\s/g, '').toUpperCase().slice(0, 15);
    if (!/^[0-9A-F]{15}$/.test(digits)) return frame;
    const last = [...hexValue].find((digit) => contactIdSum(digits + digit) % 15 === 0) ?? '';
    return Buffer.from(digits + last, 'latin1');
  },
};

/** RDM6300: ten hex digits and the two of their XOR, between STX and ETX, perhaps with CR LF. */
export const em4100Serial: Check = {
  holds(frame) {
    if (frame[0] !== 0x02 || frame.at(-1) !== 0x03) return false;
    const digits = /^([0-9A-Fa-f]{12})(?:\r\n)?$/.exec(ascii(frame.subarray(1, -1)))?.[1];
    if (digits === undefined) return false;
    return Buffer.from(digits, 'hex').reduce((xor, byte) => xor ^ byte, 0) === 0;
  },
  seal(frame) {
    const digits = /[0-9A-Fa-f]{10}/.exec(ascii(frame))?.[0];
    if (digits === undefined) return frame;
    const xor = Buffer.from(digits, 'hex').reduce((sum, byte) => sum ^ byte, 0);
    return Buffer.from(`\x02${digits}${xor.toString(16).padStart(2, '0')}\x03`, 'latin1');
  },
};

/** EM4100 data sheet: nine ones, ten rows of four and their even parity, even parity of the columns, a zero. */
export const em4100Raw: Check = {
  holds(frame) {
    if (frame.length !== 8) return false;
    const bits = [...frame].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const even = (some: string) => some.split('1').length % 2 === 1;
    const rows = Array.from({ length: 11 }, (_, row) => bits.slice(9 + 5 * row, 14 + 5 * row));
    const columns = [0, 1, 2, 3].map((column) => rows.map((row) => row.charAt(column)).join(''));
    return (
      bits.startsWith('111111111') &&
      bits.endsWith('0') &&
      rows.slice(0, 10).every(even) &&
      columns.every(even)
    );
  },
  seal(frame) {
    if (frame.length !== 8) return frame;
    const parity = (some: string) => String((some.split('1').length - 1) % 2);
    const all = [...frame].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const rows = Array.from({ length: 10 }, (_, row) => all.slice(9 + 5 * row, 13 + 5 * row));
    const columns = [0, 1, 2, 3].map((column) => parity(rows.map((row) => row.charAt(column)).join('')));
    const bits = `111111111${rows.map((row) => row + parity(row)).join('')}${columns.join('')}0`;
    return Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2));
  },
};

/** Maxim application note 27: x⁸ + x⁵ + x⁴ + 1, over seven bytes, lowest bit first. */
function dallas(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const feed = (crc ^ (byte >> bit)) & 1;
      crc >>= 1;
      if (feed) crc ^= 0x8c;
    }
  return crc;
}

export const ds1990: Check = {
  holds: (frame) => frame.length === 8 && dallas(frame.subarray(0, 7)) === at(frame, 7),
  seal: (frame) =>
    frame.length < 7 ? frame : joined(frame.subarray(0, 7), Uint8Array.of(dallas(frame.subarray(0, 7)))),
};

/** DC-09 §5.3: from the first quote to before CR; the CRC as four hex digits, or of some panels as two bytes. */
export const dc09: Check = {
  holds(frame) {
    const begin = frame.indexOf(0x0a);
    const end = frame.lastIndexOf(0x0d);
    return [9, 7].some((head) => {
      const first = begin + head;
      if (begin < 0 || end <= first || at(frame, first) !== 0x22) return false;
      const crc = reflectedCrc(0, frame.subarray(first, end));
      if (head === 7) return at(frame, begin + 1) * 256 + at(frame, begin + 2) === crc;
      const digits = ascii(frame.subarray(begin + 1, begin + 5));
      return /^[0-9A-Fa-f]{4}$/.test(digits) && Number.parseInt(digits, 16) === crc;
    });
  },
  seal(frame) {
    const first = frame.indexOf(0x22);
    const end = frame.lastIndexOf(0x0d);
    if (first < 0) return frame;
    const body = frame.subarray(first, end > first ? end : frame.length);
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
    return joined(
      Buffer.from(`\n${hex(reflectedCrc(0, body))}${hex(body.length & 0xffff)}`, 'latin1'),
      body,
      Uint8Array.of(0x0d),
    );
  },
};

/** GB/T 26875.3 §6.6: @@, a control unit of 25 bytes, the unit whose length stands in it, the sum of both, ##. */
export const fireSum: Check = {
  holds(frame) {
    const unit = at(frame, 24) + 256 * at(frame, 25);
    if (
      frame.length !== 30 + unit ||
      ascii(frame.subarray(0, 2)) !== '@@' ||
      ascii(frame.subarray(-2)) !== '##'
    )
      return false;
    return sumOf(frame.subarray(2, -3)) === at(frame, frame.length - 3);
  },
  seal(frame) {
    if (frame.length < 30) return frame;
    const sealed = frame.slice();
    const unit = frame.length - 30;
    sealed.set([0x40, 0x40]);
    sealed.set([unit % 256, unit >> 8], 24);
    sealed.set([sumOf(sealed.subarray(2, -3)), 0x23, 0x23], frame.length - 3);
    return sealed;
  },
};

/** OSDP v2.2 annex C: polynomial 1021 begun with 1D0F, highest bit first. */
function osdpCrc(bytes: Uint8Array): number {
  let crc = 0x1d0f;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const feed = ((crc >> 15) ^ (byte >> bit)) & 1;
      crc = (crc << 1) & 0xffff;
      if (feed) crc ^= 0x1021;
    }
  return crc;
}

function osdpCheck(body: Uint8Array): Uint8Array {
  if ((at(body, 4) & 4) === 0) return Uint8Array.of(256 - sumOf(body));
  const crc = osdpCrc(body);
  return Uint8Array.of(crc % 256, crc >> 8);
}

/** §5.9: a CRC where the control byte says so, else a sum; a mark byte may stand before. */
export const osdp: Check = {
  holds(frame) {
    const all = frame[0] === 0xff ? frame.subarray(1) : frame;
    const check = (at(all, 4) & 4) === 0 ? 1 : 2;
    if (at(all, 0) !== 0x53 || all.length < 6 + check || at(all, 2) + 256 * at(all, 3) !== all.length)
      return false;
    return Buffer.compare(osdpCheck(all.subarray(0, -check)), all.subarray(-check)) === 0;
  },
  seal(frame) {
    const check = (at(frame, 4) & 4) === 0 ? 1 : 2;
    if (frame.length < 6 + check) return frame;
    const body = frame.slice(0, -check);
    body[0] = 0x53;
    body[2] = frame.length % 256;
    body[3] = frame.length >> 8;
    return joined(body, osdpCheck(body));
  },
};

/** Wiegand 26 and 34: the first half has an even number of ones, the second an odd one. */
export function wiegandHolds(bits: string): boolean {
  if (bits.length !== 26 && bits.length !== 34) return false;
  const ones = (some: string) => some.split('1').length - 1;
  const half = bits.length / 2;
  return ones(bits.slice(0, half)) % 2 === 0 && ones(bits.slice(half)) % 2 === 1;
}
