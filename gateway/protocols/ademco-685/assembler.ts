import { concatBytes } from '../bytes.ts';
import { ademco685End, ademco685Start } from './codec.ts';

/** The longest frame that is waited for; a report has 25 bytes, texts of the receiver itself have more. */
const maxFrameBytes = 128;

export interface Ademco685Assembler {
  /** Adds bytes as they came; answers the frames that are now whole, each from LF to CR. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Bytes thrown away so far, because they belong to no frame. */
  readonly dropped: number;
}

/** Cuts the byte stream of a receiver into frames. Holds at most one; a new LF begins anew. */
export function createAdemco685Assembler(): Ademco685Assembler {
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
      for (let end = held.indexOf(ademco685End); end >= 0; end = held.indexOf(ademco685End)) {
        const begin = held.lastIndexOf(ademco685Start, end);
        if (begin < 0) drop(end + 1);
        else {
          drop(begin);
          const length = end - begin + 1;
          if (length <= maxFrameBytes) frames.push(held.slice(0, length));
          else dropped += length;
          held = held.slice(length);
        }
      }
      if (held.length > maxFrameBytes) drop(held.length);
      return frames;
    },
    get dropped() {
      return dropped;
    },
  };
}
