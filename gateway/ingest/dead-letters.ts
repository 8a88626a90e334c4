import { type Misread, misread } from '../contract/misread.ts';
import { asError, Fault } from '../lib/errors.ts';
import type { Statements } from '../store/store.ts';
import type { LetterWay, Turn } from '../store/turn.ts';

/** The newest are kept; an integrator looks at what came lately. */
const mostLetters = 10_000;
/** Enough to see what a frame is; a longer one is cut. */
const mostBytes = 4_096;

export const deadLetterStatements: Statements = {
  insert:
    'INSERT INTO dead_letter (id, at, source, device, what, reason, stack, bytes, way, link, topic, length, part, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  trim: `DELETE FROM dead_letter WHERE id <= (SELECT id FROM dead_letter ORDER BY id DESC LIMIT 1 OFFSET ${mostLetters})`,
  reason: 'UPDATE dead_letter SET reason = ?, why = ? WHERE id = ?',
  delete: 'DELETE FROM dead_letter WHERE id = ?',
  deleteSource: 'DELETE FROM dead_letter WHERE source = ?',
};

export interface DeadLetter {
  /** Where it came from: `mqtt tank-1 gatehouse/tank-1/readings`, `bus rs485-1`. */
  source: string;
  device: string | null;
  what: string;
  /** What is wrong with it, and how to mend it. */
  reason: string;
  /** The same by codes, for other languages. */
  why: readonly Misread[];
  stack: string | null;
  bytes: Buffer;
  way?: LetterWay | undefined;
  /** The link on which it came, where it did; with the topic of a message. */
  link?: string | null | undefined;
  topic?: string | null | undefined;
  /** The rest of the message was taken. */
  part?: boolean | undefined;
}

/** A letter as it lies in the database. */
export interface LetterRow {
  id: string;
  at: number;
  source: string;
  device: string | null;
  what: string;
  reason: string;
  bytes: Uint8Array;
  way: LetterWay | null;
  link: string | null;
  topic: string | null;
  length: number | null;
  part: number;
  /** JSON; null: an earlier release kept it. */
  why: string | null;
}

export const letterColumns =
  'id, at, source, device, what, reason, bytes, way, link, topic, length, part, why';

/** Why a letter cannot be read again; `old`: a release kept it that did not note where it came from. */
export type WhyNotAgain = 'kept' | 'session' | 'polled' | 'repeated' | 'no-message' | 'cut' | 'old';

const never: Readonly<Record<Exclude<LetterWay, 'native' | 'topic' | 'frame'>, WhyNotAgain>> = {
  kept: 'kept',
  session: 'session',
  poll: 'polled',
  panel: 'repeated',
  none: 'no-message',
};

/** Null when it can. */
export function whyNotAgain({ way, bytes, length }: LetterRow): WhyNotAgain | null {
  if (way === null) return 'old';
  if (way !== 'native' && way !== 'topic' && way !== 'frame') return never[way];
  return length !== null && bytes.length < length ? 'cut' : null;
}

/** Why something was not understood, by codes; what failed in the gateway itself has one, too. */
export function reasonsOf(thrown: unknown): readonly Misread[] {
  if (thrown instanceof Fault && thrown.why.length > 0) return thrown.why;
  return [misread('failed', { words: asError(thrown).message.slice(0, 500) })];
}

/** Keeps what could not be understood, with its bytes and the reason, bounded. */
export function createDeadLetters() {
  let since = 0;
  return {
    keep(turn: Turn, letter: DeadLetter): void {
      const { source, device, what, reason, why, stack, bytes } = letter;
      const { way = 'none', link = null, topic = null, part = false } = letter;
      turn.write(
        'deadLetters.insert',
        ...[turn.id(), turn.now, source, device, what, reason, stack, bytes.subarray(0, mostBytes)],
        ...[way, link, topic, bytes.length, part ? 1 : 0, JSON.stringify(why)],
      );
      if (++since % 100 === 0) turn.write('deadLetters.trim');
    },
  };
}
export type DeadLetters = ReturnType<typeof createDeadLetters>;
