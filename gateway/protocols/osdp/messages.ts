import { byteAt, bytesToHex, bytesToText } from '../bytes.ts';

// OSDP v2.2 §6 (commands) and §7 (replies), annex A: codes and the layout of their data.

export const commands = {
  POLL: 0x60,
  ID: 0x61,
  CAP: 0x62,
  LSTAT: 0x64,
  ISTAT: 0x65,
  OSTAT: 0x66,
  RSTAT: 0x67,
  OUT: 0x68,
  LED: 0x69,
  BUZ: 0x6a,
  TEXT: 0x6b,
  COMSET: 0x6e,
  KEYSET: 0x75,
  CHLNG: 0x76,
  SCRYPT: 0x77,
} as const;

export const replies = {
  ACK: 0x40,
  NAK: 0x41,
  PDID: 0x45,
  PDCAP: 0x46,
  LSTATR: 0x48,
  ISTATR: 0x49,
  OSTATR: 0x4a,
  RSTATR: 0x4b,
  RAW: 0x50,
  FMT: 0x51,
  KEYPAD: 0x53,
  COM: 0x54,
  CCRYPT: 0x76,
  RMAC_I: 0x78,
  BUSY: 0x79,
} as const;

const namesOf = (codes: Readonly<Record<string, number>>) =>
  new Map(Object.entries(codes).map(([name, code]) => [code, name]));
const commandNames = namesOf(commands);
const replyNames = namesOf(replies);

/** The standard's name of a code; null for one that is not known here. */
export function nameOf(code: number, reply: boolean): string | null {
  return (reply ? replyNames : commandNames).get(code) ?? null;
}

/** Why a peripheral refuses a command (§7.3). */
export const nakCodes = {
  1: 'check',
  2: 'length',
  3: 'unknown-command',
  4: 'sequence',
  5: 'security-unsupported',
  6: 'security-required',
  7: 'bio-type',
  8: 'bio-format',
  9: 'record',
} as const;
export type NakReason = (typeof nakCodes)[keyof typeof nakCodes] | 'unspecified';

export function nakReason(data: Uint8Array): NakReason {
  const code = byteAt(data, 0);
  return Object.hasOwn(nakCodes, code) ? nakCodes[code as keyof typeof nakCodes] : 'unspecified';
}

/** What a peripheral is (PDID, §7.4). */
export interface PeripheralId {
  /** OUI, six hex digits. */
  vendor: string;
  model: number;
  version: number;
  serial: number;
  firmware: string;
}

const numberAt = (bytes: Uint8Array, at: number, length: number): number => {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + byteAt(bytes, at + i);
  return value;
};

/** Null when the data is too short. */
export function readPeripheralId(data: Uint8Array): PeripheralId | null {
  if (data.length < 12) return null;
  return {
    vendor: bytesToHex(data.subarray(0, 3)),
    model: byteAt(data, 3),
    version: byteAt(data, 4),
    serial: numberAt(data, 5, 4),
    firmware: [...data.subarray(9, 12)].join('.'),
  };
}

/** What a peripheral can (PDCAP, §7.5, annex B): by function, how far and how many. */
export function readCapabilities(
  data: Uint8Array,
): { function: number; compliance: number; count: number }[] {
  const all = [];
  for (let at = 0; at + 3 <= data.length; at += 3)
    all.push({ function: byteAt(data, at), compliance: byteAt(data, at + 1), count: byteAt(data, at + 2) });
  return all;
}

/** A card as its bits, as the reader has read them (RAW, §7.10). */
export interface RawCard {
  reader: number;
  /** 0 not specified, 1 Wiegand (parity where it belongs). */
  format: number;
  /** Of 0 and 1, in the order in which they were read. */
  bits: string;
}

/** Null when there are fewer bytes than bits. */
export function readRawCard(data: Uint8Array): RawCard | null {
  const count = numberAt(data, 2, 2);
  const bytes = data.subarray(4);
  if (data.length < 4 || count === 0 || bytes.length < Math.ceil(count / 8)) return null;
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return { reader: byteAt(data, 0), format: byteAt(data, 1), bits: bits.slice(0, count) };
}

/** A card as characters (FMT, §7.11). Null when there are fewer than it says. */
export function readFormattedCard(data: Uint8Array): { reader: number; text: string } | null {
  const count = byteAt(data, 2);
  if (data.length < 3 || count === 0 || data.length < 3 + count) return null;
  return { reader: byteAt(data, 0), text: bytesToText(data.subarray(3, 3 + count)) };
}

/** Keys that were pressed (KEYPAD, §7.12): reader, number, then 0-9 in ASCII, 7F `*`, 0D `#`. Null when there are fewer than it says. */
export function readKeys(data: Uint8Array): { reader: number; keys: Uint8Array } | null {
  const count = byteAt(data, 1);
  if (data.length < 2 || data.length < 2 + count) return null;
  return { reader: byteAt(data, 0), keys: data.slice(2, 2 + count) };
}

/** One byte for each input or output (ISTATR, OSTATR, §7.7, §7.8): 0 is off. */
export function readStates(data: Uint8Array): boolean[] {
  return [...data].map((byte) => byte !== 0);
}

export const colours = {
  off: 0,
  red: 1,
  green: 2,
  amber: 3,
  blue: 4,
  magenta: 5,
  cyan: 6,
  white: 7,
} as const;
export type Colour = keyof typeof colours;

const tenths = (ms: number, most: number) => Math.min(most, Math.max(1, Math.round(ms / 100)));
const word = (value: number) => [value & 0xff, value >> 8];

/** OUT (§6.10): for good, or for a time of at least 100 ms, after which the output is as it was. */
export function outputData(output: number, on: boolean, ms: number | null): Uint8Array {
  if (ms === null) return Uint8Array.of(output, on ? 2 : 1, 0, 0);
  return Uint8Array.of(output, on ? 5 : 6, ...word(tenths(ms, 0xffff)));
}

/** LED (§6.11) of reader 0, LED 0: a colour for a time, after which it is as it was; for good when `ms` is null. */
export function lightData(colour: Colour, ms: number | null): Uint8Array {
  const code = colours[colour];
  if (ms === null) return Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, code, code);
  return Uint8Array.of(0, 0, 2, 1, 0, code, code, ...word(tenths(ms, 0xffff)), 0, 0, 0, 0, 0);
}

/** BUZ (§6.12) of reader 0: its own tone, so often for so long, with as long a pause. */
export function buzzerData(times: number, ms: number): Uint8Array {
  const count = tenths(ms, 0xff);
  return Uint8Array.of(0, 2, count, count, Math.min(255, Math.max(1, times)));
}
