import { bytesToText, concatBytes } from '../bytes.ts';
import { crc16 } from '../crc16.ts';

/** The longest frame that is waited for: an encrypted one with text and a picture's address has about 800 bytes. */
export const longestDc09Frame = 2_048;

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;

export interface Dc09Assembler {
  /** Adds bytes as they came; answers the frames that are now whole, each from LF to CR. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Bytes thrown away so far, because they belong to no frame. */
  readonly dropped: number;
}

/** Where the frame at the beginning of the bytes ends (its CR); null while that cannot be told. */
function endOf(bytes: Uint8Array): number | null {
  const first = [7, 9].find((at) => bytes[at] === quote);
  // A CRC of two bytes may hold a CR: what is shorter than its head may still become a frame.
  if (first === undefined) {
    const end = bytes.indexOf(cr);
    return bytes.length < 10 || end < 0 ? null : end;
  }
  const firstCr = bytes.indexOf(cr, first);
  if (firstCr < 0) return null;
  const lengthText = bytesToText(bytes.subarray(first - 4, first));
  const ends = [Number.parseInt(lengthText, 16), Number.parseInt(lengthText, 10)].map(
    (length) => first + length,
  );
  for (const end of ends) if (bytes[end] === cr) return end;
  // Its length is wrong, or a binary block of it holds a CR and the rest is still on its way.
  const declared = ends[0] ?? 0;
  const sound = crcAt(bytes, first) === crc16(0, bytes, first, firstCr);
  return sound || !(declared > firstCr && declared < longestDc09Frame) || bytes.length > declared
    ? firstCr
    : null;
}

function crcAt(bytes: Uint8Array, first: number): number {
  return first === 7
    ? ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0)
    : Number.parseInt(bytesToText(bytes.subarray(1, 5)), 16);
}

/** Cuts a TCP stream into frames; holds at most one. */
export function createDc09Assembler(): Dc09Assembler {
  let held: Uint8Array = new Uint8Array(0);
  let dropped = 0;

  function drop(count: number): void {
    dropped += count;
    held = held.slice(count);
  }

  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const frames: Uint8Array[] = [];
      for (;;) {
        const begin = held.indexOf(lf);
        if (begin !== 0) drop(begin < 0 ? held.length : begin);
        const end = held.length > 0 ? endOf(held) : null;
        if (end === null) break;
        frames.push(held.slice(0, end + 1));
        held = held.slice(end + 1);
      }
      if (held.length > longestDc09Frame) drop(held.length);
      return frames;
    },
    get dropped() {
      return dropped;
    },
  };
}
