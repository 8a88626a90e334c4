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

// CJ/T 188-2004 and -2018 §7 (water, heat and gas meters): 68, type of meter, address of seven bytes with the low byte first, control,
// length, data as it is, sum of all bytes from 68, 16. Up to four FE before it wake the receiver.

const headBytes = 11;
const tailBytes = 2;
/** A frame without data. */
export const cjt188OverheadBytes = headBytes + tailBytes;
/** The longest data; a heat meter's is 46 bytes. Longer is noise. */
const longestData = 128;

export const cjt188Function = { read: 0x01, readAddress: 0x03, write: 0x04 } as const;
const fromMeterBit = 0x80;
const errorBit = 0x40;
const functionMask = 0x3f;

export interface Cjt188Frame {
  /** Two hex digits: 10 cold water … 19, 20 heat … 29, 30 gas … 39, 40 … 49 others; AA any. */
  type: string;
  /** Fourteen hex digits, high byte first: the maker's code (four), then the number of the meter (ten). All `A`: any. */
  address: string;
  control: number;
  data: Uint8Array;
}

export interface Cjt188Control {
  fromMeter: boolean;
  /** The meter refuses. */
  refused: boolean;
  code: number;
}

export function cjt188Control(control: number): Cjt188Control {
  return {
    fromMeter: (control & fromMeterBit) !== 0,
    refused: (control & errorBit) !== 0,
    code: control & functionMask,
  };
}

/** The control byte of a meter's answer. */
export function cjt188AnswerControl(code: number, refused = false): number {
  return fromMeterBit | (refused ? errorBit : 0) | code;
}

/** The bytes of a frame. RangeError when type or address are not so many hex digits, or the data is too long. */
export function encodeCjt188(frame: Cjt188Frame, preamble = 0): Uint8Array {
  if (frame.data.length > longestData)
    throw new RangeError(`${frame.data.length} bytes of data: a frame holds at most ${longestData}`);
  return closeFrame(
    concatBytes(
      Uint8Array.of(frameStart),
      reversedBytes(frame.type, 1),
      reversedBytes(frame.address, 7),
      Uint8Array.of(frame.control, frame.data.length),
      frame.data,
    ),
    preamble,
  );
}

/** Any, or one of the groups 1 to 4 (§7.2.3). */
function isType(byte: number): boolean {
  return byte === 0xaa || (byte >> 4 >= 1 && byte >> 4 <= 4 && (byte & 0x0f) <= 9);
}

const reader: FrameReader<Cjt188Frame> = {
  frameAt(bytes, at) {
    const left = bytes.length - at;
    if (byteAt(bytes, at) !== frameStart || (left > 1 && !isType(byteAt(bytes, at + 1))))
      return { ok: false, error: 'header' };
    if (left < headBytes) return { ok: false, error: 'open' };
    const length = byteAt(bytes, at + 10);
    if (length > longestData) return { ok: false, error: 'header' };
    const sumAt = at + headBytes + length;
    const error = tailError(bytes, at, sumAt);
    if (error) return { ok: false, error };
    return {
      ok: true,
      frame: {
        type: reversedHex(bytes, at + 1, 1),
        address: reversedHex(bytes, at + 2, 7),
        control: byteAt(bytes, at + 9),
        data: bytes.slice(at + headBytes, sumAt),
      },
      length: sumAt + tailBytes - at,
    };
  },
  meant: (bytes, at) => ({ address: reversedHex(bytes, at + 2, 7), control: byteAt(bytes, at + 9) }),
};

/** One whole frame, with or without FE before it, and nothing behind it. */
export const decodeCjt188 = (bytes: Uint8Array): MeterFrameResult<Cjt188Frame> =>
  decodeFrameWith(reader, bytes);

/** Looks for frames in bytes that begin and end anywhere. */
export const scanCjt188 = (bytes: Uint8Array): LineScan<Cjt188Frame> => scanWith(reader, bytes);

/** Cuts a byte stream into frames; what is no frame is thrown away. */
export const createCjt188Assembler = (): FrameAssembler<Cjt188Frame> => assembleWith(reader);
