import { concatBytes } from '../bytes.ts';
import { surgardEnd } from './codec.ts';

/** The longest frame that a receiver of this family sends (an SIA block of 66 bytes) with room to spare. */
const maxFrameBytes = 256;

export interface SurgardAssembler {
  /** Adds bytes as they came; answers the frames that are now whole, each with its DC4. */
  push(bytes: Uint8Array): Uint8Array[];
  /** Bytes thrown away so far, because no DC4 came within the longest frame. */
  readonly dropped: number;
}

/** Cuts the byte stream of a receiver at DC4. Holds at most one frame; what is longer is thrown away to the next DC4. */
export function createSurgardAssembler(): SurgardAssembler {
  let held: Uint8Array = new Uint8Array(0);
  let dropped = 0;
  let skipping = false;
  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const frames: Uint8Array[] = [];
      let from = 0;
      for (let end = held.indexOf(surgardEnd); end >= 0; end = held.indexOf(surgardEnd, from)) {
        const frame = held.slice(from, end + 1);
        if (skipping || frame.length > maxFrameBytes) dropped += frame.length;
        else frames.push(frame);
        skipping = false;
        from = end + 1;
      }
      held = held.slice(from);
      if (held.length > maxFrameBytes) {
        dropped += held.length;
        held = new Uint8Array(0);
        skipping = true;
      }
      return frames;
    },
    get dropped() {
      return dropped;
    },
  };
}
