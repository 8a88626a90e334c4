import { byteAt, concatBytes } from '../bytes.ts';
import {
  assembleWith,
  closeFrame,
  decodeFrameWith,
  type FrameAssembler,
  type FrameReader,
  frameStart,
  type LineScan,
  type MeterFrameResult,
  reversedBytes,
  reversedHex,
  scanWith,
  tailError,
} from '../meter-frame.ts';

// DL/T 645-2007 §5 (link layer): 68, address of six BCD bytes with the low byte first, 68, control, length, data with 33H added to
// each byte, sum of all bytes from the first 68, 16. Up to four FE before it wake the receiver. The edition of 1997 has the same
// frame, other functions, and data identifiers of two bytes.

const offset = 0x33;
const headBytes = 10;
const tailBytes = 2;
/** A frame without data. */
export const dlt645OverheadBytes = headBytes + tailBytes;

/** What a frame wants or tells: the lower five bits of its control byte (§5.2.3). */
export const dlt645Function = {
  broadcastTime: 0x08,
  read: 0x11,
  readMore: 0x12,
  readAddress: 0x13,
  write: 0x14,
} as const;
/** Those of the edition of 1997 that ask. */
export const dlt645Function1997 = { read: 0x01, readMore: 0x02 } as const;
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
    Uint8Array.of(frameStart),
    address,
    Uint8Array.of(frameStart, frame.control, frame.data.length),
    frame.data.map((byte) => byte + offset),
  );
  return closeFrame(body, preamble);
}

const reader: FrameReader<Dlt645Frame> = {
  frameAt(bytes, at) {
    const left = bytes.length - at;
    if (byteAt(bytes, at) !== frameStart || (left > 7 && byteAt(bytes, at + 7) !== frameStart))
      return { ok: false, error: 'header' };
    if (left < headBytes) return { ok: false, error: 'open' };
    const sumAt = at + headBytes + byteAt(bytes, at + 9);
    const error = tailError(bytes, at, sumAt);
    if (error) return { ok: false, error };
    if (!bytes.subarray(at + 1, at + 7).every(isAddressByte)) return { ok: false, error: 'address' };
    return {
      ok: true,
      frame: {
        address: reversedHex(bytes, at + 1, 6),
        control: byteAt(bytes, at + 8),
        data: bytes.slice(at + headBytes, sumAt).map((byte) => byte - offset),
      },
      length: sumAt + tailBytes - at,
    };
  },
  meant: (bytes, at) => ({ address: reversedHex(bytes, at + 1, 6), control: byteAt(bytes, at + 8) }),
};

/** One whole frame, with or without FE before it, and nothing behind it. */
export const decodeDlt645 = (bytes: Uint8Array): MeterFrameResult<Dlt645Frame> =>
  decodeFrameWith(reader, bytes);

/** Looks for frames in bytes that begin and end anywhere. */
export const scanDlt645 = (bytes: Uint8Array): LineScan<Dlt645Frame> => scanWith(reader, bytes);

/** Cuts a byte stream into frames; what is no frame is thrown away. */
export const createDlt645Assembler = (): FrameAssembler<Dlt645Frame> => assembleWith(reader);
