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

/** `end`: its CR. `skip`: what stands before there belongs to no frame. Null while neither can be told. */
type Cut = { end: number } | { skip: number } | null;

/** What is to be done with bytes that begin with LF. */
function cutOf(bytes: Uint8Array): Cut {
  const first = quoteAt(bytes, 7) ? 7 : quoteAt(bytes, 9) ? 9 : null;
  if (first === null) {
    // A CRC of two bytes may hold a CR: what is shorter than its head may still become a frame.
    if (bytes.length < 10) return null;
    // A sender that ends with CR LF leaves an LF over; it must not take the next frame with it.
    let next = 1;
    while (next < bytes.length && bytes[next] !== lf && bytes[next] !== cr) next++;
    if (next === bytes.length) return null;
    return bytes[next] === lf ? { skip: next } : { end: next };
  }
  const firstCr = bytes.indexOf(cr, first);
  if (firstCr < 0) return null;
  const lengthText = bytesToText(bytes.subarray(first - 4, first));
  const ends = [Number.parseInt(lengthText, 16), Number.parseInt(lengthText, 10)].map(
    (length) => first + length,
  );
  for (const end of ends) if (bytes[end] === cr) return { end };
  // Its length is wrong, or a binary block of it holds a CR and the rest is still on its way.
  const declared = ends[0] ?? 0;
  const sound = crcAt(bytes, first) === crc16(0, bytes, first, firstCr);
  return sound || !(declared > firstCr && declared < longestDc09Frame) || bytes.length > declared
    ? { end: firstCr }
    : null;
}

/** A quote behind a length; a CRC of two bytes may hold a quote too. */
function quoteAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === quote && bytes.subarray(at - 4, at).every((byte) => byte >= 0x20);
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

  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const frames: Uint8Array[] = [];
      let at = 0;
      for (;;) {
        const begin = held.indexOf(lf, at);
        dropped += (begin < 0 ? held.length : begin) - at;
        at = begin < 0 ? held.length : begin;
        const cut = at < held.length ? cutOf(held.subarray(at)) : null;
        if (cut === null) break;
        if ('skip' in cut) {
          dropped += cut.skip;
          at += cut.skip;
          continue;
        }
        frames.push(held.slice(at, at + cut.end + 1));
        at += cut.end + 1;
      }
      if (held.length - at > longestDc09Frame) {
        dropped += held.length - at;
        at = held.length;
      }
      held = held.slice(at);
      return frames;
    },
    get dropped() {
      return dropped;
    },
  };
}
