import { concatBytes } from '../bytes.ts';
import {
  headBytes,
  isEnd,
  isStart,
  longestUnit,
  readFireFrame,
  shortestFrame,
  tailBytes,
  unitLength,
} from './frame.ts';

/** A frame of the longest unit; no more is ever held. */
export const longestFireFrame = headBytes + longestUnit + tailBytes;

export interface FireAssembler {
  /** Adds bytes as they came; answers the frames that are now whole, from @@ to ##, their sum not yet looked at. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Bytes thrown away so far, because they belong to no frame. */
  readonly dropped: number;
}

/** Where a frame that begins at `from` ends; null while its end has not come; 0: none begins there. */
function endOf(bytes: Uint8Array, from: number): number | null {
  if (bytes[from + 1] !== undefined && !isStart(bytes, from)) return 0;
  if (bytes.length - from < shortestFrame) return null;
  const length = unitLength(bytes, from);
  if (length > longestUnit) return 0;
  const end = from + headBytes + length + tailBytes;
  if (end > bytes.length) return null;
  return isEnd(bytes, end) ? end : 0;
}

/** Whether a sound frame stands behind a head whose length may be damaged: then nobody waits for the rest of that one. */
function soundBehind(bytes: Uint8Array, from: number): number | null {
  for (let next = bytes.indexOf(0x40, from + 1); next >= 0; next = bytes.indexOf(0x40, next + 1)) {
    const end = endOf(bytes, next);
    if (end !== null && end > 0 && readFireFrame(bytes.subarray(next, end)).ok) return next;
  }
  return null;
}

/** Cuts a TCP stream into frames; holds at most one, and finds the next one behind rubbish or a damaged length. */
export function createFireAssembler(): FireAssembler {
  let held: Uint8Array = new Uint8Array(0);
  let dropped = 0;

  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const frames: Uint8Array[] = [];
      let at = 0;
      while (at < held.length) {
        const start = held.indexOf(0x40, at);
        dropped += (start < 0 ? held.length : start) - at;
        at = start < 0 ? held.length : start;
        if (at === held.length) break;
        const end = endOf(held, at);
        if (end === null) {
          const next = soundBehind(held, at);
          if (next === null) break;
          dropped += next - at;
          at = next;
        } else if (end === 0) {
          dropped++;
          at++;
        } else {
          frames.push(held.slice(at, end));
          at = end;
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
