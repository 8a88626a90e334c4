import { byteAt, bytesToHex, hexToBytes } from '../bytes.ts';

// GB/T 26875.3-2011 §6.6: @@, control unit of 25 bytes, application data unit of at most 1024, sum, ##. Numbers low byte first.

const at = 0x40;
const hash = 0x23;
/** Bytes before the application data unit, and behind it. */
export const headBytes = 27;
export const tailBytes = 3;
export const longestUnit = 1_024;
export const shortestFrame = headBytes + tailBytes;

/** §6.6 table 2. */
export const fireCommands = {
  control: 1,
  send: 2,
  confirm: 3,
  request: 4,
  reply: 5,
  deny: 6,
} as const;
export type FireCommand = keyof typeof fireCommands;

/** What a time label shows (§8.2.2): a wall clock's time as if it were UTC, ms; null when it shows none. */
export type Shown = number | null;

export interface FireFrame {
  /** Serial number of whoever began the exchange. */
  seq: number;
  /** Main and user version. The standard says that the main one is 1; devices are seen that send 16. */
  version: readonly [number, number];
  time: Shown;
  /** Addresses of six bytes as upper-case hex in the order on the wire. */
  source: string;
  destination: string;
  command: number;
  unit: Uint8Array;
}

export type FireFrameError = 'length' | 'start' | 'end' | 'checksum';
export type FireFrameRead =
  | { ok: true; frame: FireFrame }
  /** `frame` as it stands there, where it can be made out. */
  | { ok: false; error: FireFrameError; frame: FireFrame | null };

/** The word of a command byte; null for those that the standard reserves or leaves to makers. */
export function commandWord(command: number): FireCommand | null {
  for (const [word, value] of Object.entries(fireCommands)) if (value === command) return word as FireCommand;
  return null;
}

/** The length that a frame announces at its head; more than 1024 is none. */
export function unitLength(bytes: Uint8Array, from = 0): number {
  return byteAt(bytes, from + 24) | (byteAt(bytes, from + 25) << 8);
}

export function isStart(bytes: Uint8Array, from = 0): boolean {
  return bytes[from] === at && bytes[from + 1] === at;
}

export function isEnd(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 2] === hash && bytes[end - 1] === hash;
}

/** Sum of the control unit and the application data unit, without carries (§6.6). */
export function sumOf(bytes: Uint8Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum += byteAt(bytes, i);
  return sum & 0xff;
}

/** Six bytes: second, minute, hour, day, month, year of this century, in binary. */
export function readTime(bytes: Uint8Array, from: number): Shown {
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = bytes.subarray(from, from + 6);
  if (second > 59 || minute > 59 || hour > 23 || day < 1 || month < 1 || month > 12 || year > 99) return null;
  const shown = Date.UTC(2_000 + year, month - 1, day, hour, minute, second);
  // 31 April.
  return new Date(shown).getUTCDate() === day ? shown : null;
}

export function writeTime(shown: number): Uint8Array {
  const date = new Date(shown);
  return Uint8Array.of(
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    date.getUTCFullYear() % 100,
  );
}

/** One whole frame. Never throws. */
export function readFireFrame(bytes: Uint8Array): FireFrameRead {
  if (bytes.length < shortestFrame) return { ok: false, error: 'length', frame: null };
  if (!isStart(bytes)) return { ok: false, error: 'start', frame: null };
  const length = unitLength(bytes);
  if (length > longestUnit || bytes.length !== headBytes + length + tailBytes)
    return { ok: false, error: 'length', frame: null };
  if (!isEnd(bytes, bytes.length)) return { ok: false, error: 'end', frame: null };
  const frame: FireFrame = {
    seq: byteAt(bytes, 2) | (byteAt(bytes, 3) << 8),
    version: [byteAt(bytes, 4), byteAt(bytes, 5)],
    time: readTime(bytes, 6),
    source: bytesToHex(bytes.subarray(12, 18)),
    destination: bytesToHex(bytes.subarray(18, 24)),
    command: byteAt(bytes, 26),
    unit: bytes.slice(headBytes, headBytes + length),
  };
  const sum = sumOf(bytes, 2, headBytes + length);
  return sum === bytes[headBytes + length] ? { ok: true, frame } : { ok: false, error: 'checksum', frame };
}

/** @throws RangeError when the unit is longer than 1024 bytes, or an address is not twelve hex digits */
export function encodeFireFrame(frame: FireFrame): Uint8Array {
  const { unit } = frame;
  const source = hexToBytes(frame.source);
  const destination = hexToBytes(frame.destination);
  if (unit.length > longestUnit || source?.length !== 6 || destination?.length !== 6)
    throw new RangeError('a unit of at most 1024 bytes, and addresses of twelve hex digits');
  const bytes = new Uint8Array(headBytes + unit.length + tailBytes);
  bytes.set([at, at, frame.seq & 0xff, (frame.seq >> 8) & 0xff, ...frame.version]);
  if (frame.time !== null) bytes.set(writeTime(frame.time), 6);
  bytes.set(source, 12);
  bytes.set(destination, 18);
  bytes.set([unit.length & 0xff, unit.length >> 8, frame.command], 24);
  bytes.set(unit, headBytes);
  bytes.set([sumOf(bytes, 2, headBytes + unit.length), hash, hash], headBytes + unit.length);
  return bytes;
}

/** What answers a frame: the same serial number and version, addresses the other way round (§6.6 table 1). */
export function answerTo(frame: FireFrame, command: 'confirm' | 'deny', shown: number): FireFrame {
  return {
    ...frame,
    time: shown,
    source: frame.destination,
    destination: frame.source,
    command: fireCommands[command],
    unit: new Uint8Array(0),
  };
}
