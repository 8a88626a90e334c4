import { byteAt, concatBytes } from '../bytes.ts';

// DL/T 645-2007 §5 (link layer): 68, address of six BCD bytes with the low byte first, 68, control, length, data with 33H added to
// each byte, sum of all bytes from the first 68, 16. Up to four FE before it wake the receiver.

const start = 0x68;
const end = 0x16;
const preambleByte = 0xfe;
const offset = 0x33;
const headBytes = 10;
const tailBytes = 2;
/** A frame without data. */
export const dlt645OverheadBytes = headBytes + tailBytes;
/** FE bytes before a request; a meter that sleeps loses the first of them. */
export const dlt645PreambleBytes = 4;

/** What a frame wants or tells: the lower five bits of its control byte (§5.2.3). */
export const dlt645Function = {
  broadcastTime: 0x08,
  read: 0x11,
  readMore: 0x12,
  readAddress: 0x13,
  write: 0x14,
} as const;
const fromMeterBit = 0x80;
const errorBit = 0x40;
const moreBit = 0x20;
const functionMask = 0x1f;

export interface Dlt645Frame {
  /** Twelve digits as they stand on the meter; pairs of `AA` stand for any digits. */
  address: string;
  control: number;
  /** Without the 33H, in the order of the wire: low byte first. */
  data: Uint8Array;
}

export type Dlt645Error = 'header' | 'length' | 'address' | 'checksum' | 'terminator';
export type Dlt645Result = { ok: true; frame: Dlt645Frame } | { ok: false; error: Dlt645Error };

export interface ControlBits {
  fromMeter: boolean;
  /** The meter refuses; its data is one byte that says why. */
  refused: boolean;
  /** More frames of this answer wait to be read. */
  more: boolean;
  code: number;
}

export function controlBits(control: number): ControlBits {
  return {
    fromMeter: (control & fromMeterBit) !== 0,
    refused: (control & errorBit) !== 0,
    more: (control & moreBit) !== 0,
    code: control & functionMask,
  };
}

/** The control byte of a meter's answer. */
export function answerControl(code: number, { refused = false, more = false } = {}): number {
  return fromMeterBit | (refused ? errorBit : 0) | (more ? moreBit : 0) | code;
}

const anyPair = 0xaa;

function isAddressByte(byte: number): boolean {
  return byte === anyPair || (byte >> 4 <= 9 && (byte & 0x0f) <= 9);
}

/** Bytes from the place on, last first, as hex digits: an address, a data identifier. */
export function reversedHex(bytes: Uint8Array, at: number, length: number): string {
  let hex = '';
  for (let i = at + length - 1; i >= at; i--)
    hex += byteAt(bytes, i).toString(16).padStart(2, '0').toUpperCase();
  return hex;
}

/** The bytes of hex digits, last pair first. RangeError when they are not so many pairs. */
export function reversedBytes(hex: string, length: number): Uint8Array {
  if (hex.length !== 2 * length || !/^[0-9A-Fa-f]*$/.test(hex))
    throw new RangeError(`${hex}: give ${2 * length} digits`);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[length - 1 - i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += byteAt(bytes, i);
  return sum & 0xff;
}

/**
 * The bytes of a frame. RangeError when the address is not twelve digits or pairs of AA, or the data longer than 255 bytes.
 * @param preamble FE bytes before it
 */
export function encodeDlt645(frame: Dlt645Frame, preamble = 0): Uint8Array {
  const address = reversedBytes(frame.address, 6);
  if (!address.every(isAddressByte))
    throw new RangeError(`${frame.address} is not a meter number: give 12 digits, or pairs of AA for any`);
  if (frame.data.length > 255)
    throw new RangeError(`${frame.data.length} bytes of data: a frame holds at most 255`);
  const body = concatBytes(
    Uint8Array.of(start),
    address,
    Uint8Array.of(start, frame.control, frame.data.length),
    frame.data.map((byte) => byte + offset),
  );
  return concatBytes(
    new Uint8Array(preamble).fill(preambleByte),
    body,
    Uint8Array.of(sumOf(body, 0, body.length), end),
  );
}

/** The frame that begins at a place; `open` when its bytes end before it does. Nothing of a frame whose sum fails is believed. */
function frameAt(bytes: Uint8Array, at: number): Dlt645Result | { ok: false; error: 'open' } {
  const left = bytes.length - at;
  if (byteAt(bytes, at) !== start || (left > 7 && byteAt(bytes, at + 7) !== start))
    return { ok: false, error: 'header' };
  if (left < headBytes) return { ok: false, error: 'open' };
  const sumAt = at + headBytes + byteAt(bytes, at + 9);
  if (sumAt + tailBytes > bytes.length) return { ok: false, error: 'open' };
  if (byteAt(bytes, sumAt) !== sumOf(bytes, at, sumAt)) return { ok: false, error: 'checksum' };
  if (byteAt(bytes, sumAt + 1) !== end) return { ok: false, error: 'terminator' };
  if (!bytes.subarray(at + 1, at + 7).every(isAddressByte)) return { ok: false, error: 'address' };
  return {
    ok: true,
    frame: {
      address: reversedHex(bytes, at + 1, 6),
      control: byteAt(bytes, at + 8),
      data: bytes.slice(at + headBytes, sumAt).map((byte) => byte - offset),
    },
  };
}

/** One whole frame, with or without FE before it, and nothing behind it. */
export function decodeDlt645(bytes: Uint8Array): Dlt645Result {
  const at = bytes.findIndex((byte) => byte !== preambleByte);
  if (at < 0) return { ok: false, error: 'length' };
  const result = frameAt(bytes, at);
  if (!result.ok)
    return result.error === 'open' ? { ok: false, error: 'length' } : { ok: false, error: result.error };
  const length = dlt645OverheadBytes + result.frame.data.length;
  return bytes.length - at === length ? result : { ok: false, error: 'length' };
}

/** What lies in bytes from a line, in which noise, late answers and echoes may be. */
export interface FoundFrame {
  frame: Dlt645Frame;
  /** Where it ends. */
  end: number;
}

export interface BrokenFrame {
  /** Address and control as they stand there: not to be believed, but they tell whose it was meant to be. */
  address: string;
  control: number;
  error: Dlt645Error;
}

export interface Dlt645Scan {
  frames: FoundFrame[];
  /** Frames of the right shape whose sum or end is wrong. */
  broken: BrokenFrame[];
  /** Where a frame may have begun that has not ended; null: nowhere. */
  openAt: number | null;
}

/** Looks for frames in bytes that begin and end anywhere. */
export function scanDlt645(bytes: Uint8Array): Dlt645Scan {
  const found: Dlt645Scan = { frames: [], broken: [], openAt: null };
  let at = bytes.indexOf(start);
  while (at >= 0) {
    const result = frameAt(bytes, at);
    if (result.ok) {
      const frameEnd = at + dlt645OverheadBytes + result.frame.data.length;
      found.frames.push({ frame: result.frame, end: frameEnd });
      // What seemed to have begun before a whole frame was noise.
      found.openAt = null;
      at = bytes.indexOf(start, frameEnd);
      continue;
    }
    if (result.error === 'open') found.openAt ??= at;
    else if (result.error !== 'header')
      found.broken.push({
        address: reversedHex(bytes, at + 1, 6),
        control: byteAt(bytes, at + 8),
        error: result.error,
      });
    at = bytes.indexOf(start, at + 1);
  }
  return found;
}

export interface Dlt645Assembler {
  /** Adds bytes as they came; answers the frames that are now whole. */
  push(bytes: Uint8Array): Dlt645Frame[];
  /** Forgets an unfinished frame. */
  reset(): void;
}

/** Cuts a byte stream into frames whose sum holds; what is no frame is thrown away. Holds at most one unfinished frame. */
export function createDlt645Assembler(): Dlt645Assembler {
  let held: Uint8Array = new Uint8Array(0);
  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const { frames, openAt } = scanDlt645(held);
      held = openAt === null ? new Uint8Array(0) : held.slice(openAt);
      return frames.map(({ frame }) => frame);
    },
    reset() {
      held = new Uint8Array(0);
    },
  };
}
