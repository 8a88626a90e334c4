import { byteAt, bytesToHex, bytesToText, concatBytes, hexToBytes, textToBytes } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { type Em4100Tag, em4100Fields } from './tag.ts';

// 125 kHz readers with an RDM6300 or its clones, 9600 8N1: STX, ten hex digits, two hex digits of XOR, ETX, repeated
// while the tag is there. ID-12 and ID-20 readers put CR LF before the ETX.

const stx = 0x02;
const etx = 0x03;
/** With CR LF. */
const maxFrameBytes = 16;

export type Em4100SerialError = 'header' | 'terminator' | 'length' | 'format' | 'checksum';
export type Em4100SerialResult = { ok: true; tag: Em4100Tag } | { ok: false; error: Em4100SerialError };

function xorOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}

/** One frame from STX to ETX. */
export function decodeEm4100Serial(bytes: Uint8Array): Em4100SerialResult {
  if (byteAt(bytes, 0) !== stx) return { ok: false, error: bytes.length === 0 ? 'length' : 'header' };
  if (bytes.at(-1) !== etx)
    return { ok: false, error: bytes.length === 14 || bytes.length === 16 ? 'terminator' : 'length' };
  const digits = bytesToText(bytes.subarray(1, -1)).replace(/\r\n$/, '');
  if (digits.length !== 12) return { ok: false, error: 'length' };
  const data = /^[0-9A-Fa-f]{12}$/.test(digits) ? hexToBytes(digits) : null;
  if (!data) return { ok: false, error: 'format' };
  if (xorOf(data) !== 0) return { ok: false, error: 'checksum' };
  return { ok: true, tag: { hex: bytesToHex(data.subarray(0, 5)) } };
}

/** The frame of a tag of ten hex digits (for simulators and tests). RangeError when it is not one. */
export function encodeEm4100Serial(tagHex: string): Uint8Array {
  const data = hexToBytes(tagHex);
  if (data?.length !== 5) throw new RangeError(`EM4100 tag ${tagHex}: give ten hexadecimal digits`);
  return textToBytes(`\x02${bytesToHex(data)}${bytesToHex(Uint8Array.of(xorOf(data)))}\x03`);
}

export interface Em4100Assembler {
  /** Adds bytes as they came; answers the frames that are now whole, from STX to ETX, good or not. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Bytes thrown away so far because they were part of no frame. */
  readonly dropped: number;
}

/** Cuts a reader's byte stream into frames. Holds at most one; after a broken one it goes on at the next STX. */
export function createEm4100Assembler(): Em4100Assembler {
  let held: Uint8Array = new Uint8Array(0);
  let dropped = 0;
  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const frames: Uint8Array[] = [];
      let at = 0;
      while (at < held.length) {
        const start = held.indexOf(stx, at);
        if (start !== at) {
          const next = start < 0 ? held.length : start;
          dropped += next - at;
          at = next;
          continue;
        }
        // Digits hold neither STX nor ETX, so the next STX begins a new frame even if the ETX was lost.
        const head = held.subarray(at, at + maxFrameBytes);
        const again = head.indexOf(stx, 1);
        const end = head.indexOf(etx, 1);
        if (end > 0 && (again < 0 || end < again)) {
          frames.push(head.slice(0, end + 1));
          at += end + 1;
        } else if (again > 0 || head.length === maxFrameBytes) {
          dropped++;
          at++;
        } else {
          break;
        }
      }
      held = held.slice(at);
      return frames;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** `rfid-em4100-serial`: one frame. */
export function inspectEm4100Serial(input: FrameInput): Decoded {
  const result = decodeEm4100Serial(input.bytes);
  return result.ok ? { valid: true, ...em4100Fields(result.tag) } : refused(result.error);
}
