import type { Change, Entity } from '../contract/live.ts';
import type { Actor } from '../contract/permissions.ts';
import type { PointValue, Quality } from '../contract/reading.ts';
import type { Instant } from '../lib/clock.ts';

export type SqlValue = string | number | null | Buffer;

/** A write as data: the name of a prepared statement (`room.statement`) and its positional parameters. */
export interface Write {
  statement: string;
  params: SqlValue[];
}

export interface AuditEntry {
  /** Past tense: `alarm.acknowledged`, `user.created`. */
  action: string;
  /** `alarm:<id>`, `device:<key>` … */
  subject: string;
  detail?: Record<string, unknown>;
}

export type TimerBasis = 'duration' | 'schedule';

/** What a room may do while one input is handled. All of it takes effect after the commit, or not at all. */
export interface Turn {
  /** When the input was received; the machines' `now`. The same when the turn is repeated. */
  readonly now: number;
  readonly monoMs: number;
  /** Who asked, when it was a person or another system. */
  readonly actor: Actor | null;
  /** A UUIDv7 drawn for this input; a repeated turn draws the same ones in the same order. */
  id(): string;
  write(statement: string, ...params: SqlValue[]): void;
  /** Tells consoles; `data: null` removes it from their view. */
  change(entity: Entity, id: string, data: unknown): void;
  /** Does something outside after the commit: send bytes, publish, wake the outbox. Must not throw. */
  after(effect: () => void): void;
  audit(entry: AuditEntry): void;
  /** Keeps one reading for history. */
  record(device: string, point: string, at: number, value: PointValue, quality: Quality): void;
  /**
   * A durable timer: at `dueAt` (UTC ms) the room's `onTimer(turn, name)` is called as an input of its own. `duration` timers
   * run on monotonic time and are shifted when the wall clock steps; `schedule` timers follow the wall clock.
   */
  timer(room: string, name: string, dueAt: number, basis: TimerBasis): void;
  clearTimer(room: string, name: string): void;
}

/**
 * The way by which something came. `native` and `topic` messages, and a `frame` of a line where the device speaks first, can be read
 * again from their bytes; what a broker has `kept`, what has a meaning only within its `session` (Sparkplug), the answers
 * of a `poll`, what a `panel` repeats, and what is no message of a device (`none`) cannot.
 */
export type LetterWay = 'native' | 'topic' | 'kept' | 'session' | 'frame' | 'poll' | 'panel' | 'none';

/** Something that arrived and waits for its turn: a device's message, an operator's act, a timer. */
export interface Input {
  /** For logs and dead letters: `readings`, `event`, `alarms.acknowledge`, `timer alarms`. */
  readonly what: string;
  readonly received: Instant;
  readonly actor: Actor | null;
  /** Bytes it holds while it waits. */
  readonly weight: number;
  /** QoS 0 and polled readings may be dropped when the queue is full; nothing else. */
  readonly droppable: boolean;
  /** Its acknowledgement waits for history, too (readings of QoS ≥ 1). */
  readonly needsHistory: boolean;
  /** Repeats with the same key that arrive while it is queued wait for it instead of queueing again. */
  readonly key?: string;
  /** An answer is owed within 5 s even while storage fails (API callers). */
  readonly answerable: boolean;
  run(turn: Turn): void;
  /** After the commit, or with the error that ended it. */
  settle(error?: Error): void;
  /** What to keep when it turns out to be poison: its origin, its bytes, and whether nothing but records is in it. */
  evidence(): {
    source: string;
    device: string | null;
    bytes: Buffer;
    recordOnly?: boolean;
    way?: LetterWay;
    link?: string | null;
    topic?: string | null;
  };
}

export type { Actor, Change };
