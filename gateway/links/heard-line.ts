import type { Clock } from '../lib/clock.ts';

/** How a line that speaks first is cut into frames and answered. */
export interface HeardProtocol {
  assemble(): { push(bytes: Uint8Array): Uint8Array[] };
  /** Bytes to send once the frame is durable; null when the sender waits for nothing. */
  acknowledge: Uint8Array | null;
  /** Bytes to send for a frame that cannot be understood, so that the sender repeats it. */
  refuse: Uint8Array | null;
  /** An identical frame that comes next on the line within this time is a repeat, ms. */
  repeatWithinMs: number;
}

export interface HeardLine {
  received(bytes: Uint8Array): void;
  /** The line was lost: the bytes of an unfinished frame are forgotten. */
  reset(): void;
}

/**
 * A line where the device speaks first: frames go up, and the acknowledgement goes down only after `done()`.
 * A frame equal to the one before, next on the line and within the repeat window, is the sender asking again: it shares
 * the first one's acknowledgement and is not handed up a second time.
 * @param deps.frame `done(true)` durable: acknowledge; `done(false)` not understood: refuse; never called: no answer, so it repeats
 */
export function createHeardLine(deps: {
  protocol: HeardProtocol;
  clock: Clock;
  send(bytes: Uint8Array): void;
  frame(bytes: Uint8Array, receivedAt: number, done: (understood: boolean) => void): void;
}): HeardLine {
  const { protocol, clock } = deps;
  let assembler = protocol.assemble();
  let last: { frame: Uint8Array; mono: number; outcome: boolean | undefined } | undefined;

  function answer(understood: boolean): void {
    const bytes = understood ? protocol.acknowledge : protocol.refuse;
    if (bytes) deps.send(bytes);
  }

  return {
    received(bytes) {
      for (const frame of assembler.push(bytes)) {
        const now = clock.now();
        if (
          last &&
          now.monoMs - last.mono <= protocol.repeatWithinMs &&
          Buffer.compare(last.frame, frame) === 0
        ) {
          last.mono = now.monoMs;
          // While the first one's commit is on the way, its acknowledgement answers both.
          if (last.outcome !== undefined) answer(last.outcome);
          continue;
        }
        const mine = { frame, mono: now.monoMs, outcome: undefined as boolean | undefined };
        last = mine;
        deps.frame(frame, now.wallMs, (understood) => {
          if (mine.outcome !== undefined) return;
          mine.outcome = understood;
          answer(understood);
        });
      }
    },
    reset() {
      assembler = protocol.assemble();
    },
  };
}
