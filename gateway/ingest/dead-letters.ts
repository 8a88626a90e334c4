import type { Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

/** The newest are kept; an integrator looks at what came lately. */
const mostLetters = 10_000;
/** Enough to see what a frame is; a longer one is cut. */
const mostBytes = 4_096;

export const deadLetterStatements: Statements = {
  insert:
    'INSERT INTO dead_letter (id, at, source, device, what, reason, stack, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  trim: `DELETE FROM dead_letter WHERE id <= (SELECT id FROM dead_letter ORDER BY id DESC LIMIT 1 OFFSET ${mostLetters})`,
};

export interface DeadLetter {
  /** Where it came from: `mqtt tank-1 gatehouse/tank-1/readings`, `bus rs485-1`. */
  source: string;
  device: string | null;
  what: string;
  /** What is wrong with it, and how to mend it. */
  reason: string;
  stack: string | null;
  bytes: Buffer;
}

/** Keeps what could not be understood, with its bytes and the reason, bounded. */
export function createDeadLetters() {
  let since = 0;
  return {
    keep(turn: Turn, letter: DeadLetter): void {
      const { source, device, what, reason, stack, bytes } = letter;
      turn.write(
        'deadLetters.insert',
        turn.id(),
        turn.now,
        source,
        device,
        what,
        reason,
        stack,
        bytes.subarray(0, mostBytes),
      );
      if (++since % 100 === 0) turn.write('deadLetters.trim');
    },
  };
}
export type DeadLetters = ReturnType<typeof createDeadLetters>;
