import type { Actor } from '../contract/permissions.ts';
import type { Instant } from '../lib/clock.ts';
import type { Input, LetterWay, Turn } from '../store/turn.ts';

/** Memory that a queued message holds beside its bytes: objects, closures, its place in the queue. */
const overheadBytes = 400;

export interface FieldOrigin {
  /** Where it came from, for the dead letters: `mqtt tank-1 readings`, `bus rs485-1`. */
  source: string;
  device: string | null;
  bytes: Buffer;
  /** How it came, for reading it again later; absent: it is no message of a device. */
  way?: LetterWay;
  link?: string | null;
  topic?: string | null;
  /** Swipes and check-ins, and nothing that may be an alarm. */
  recordOnly?: boolean;
}

/** What a device sent, on its way into a turn. A class, because a closure a message is what the hot path can spare. */
export class FieldInput<Message> implements Input {
  readonly what: string;
  readonly received: Instant;
  readonly actor: Actor | null = null;
  readonly weight: number;
  readonly droppable: boolean;
  readonly needsHistory: boolean;
  readonly answerable = false;
  readonly key: string | undefined;
  readonly message: Message;
  private readonly take: (turn: Turn, message: Message) => void;
  private readonly done: ((error?: Error) => void) | null;
  private readonly origin: FieldOrigin;

  /**
   * @param fields.needsHistory it carries readings and is acknowledged: that waits until history has them on disk, too
   * @param fields.done called after the commit; null when nobody waits
   */
  constructor(fields: {
    what: string;
    received: Instant;
    message: Message;
    needsHistory: boolean;
    key?: string | undefined;
    take: (turn: Turn, message: Message) => void;
    done: ((error?: Error) => void) | null;
    droppable: boolean;
    origin: FieldOrigin;
  }) {
    this.what = fields.what;
    this.received = fields.received;
    this.message = fields.message;
    this.weight = fields.origin.bytes.length + overheadBytes;
    this.droppable = fields.droppable;
    this.needsHistory = fields.needsHistory;
    this.key = fields.key;
    this.take = fields.take;
    this.done = fields.done;
    this.origin = fields.origin;
  }

  run(turn: Turn): void {
    this.take(turn, this.message);
  }

  settle(error?: Error): void {
    this.done?.(error);
  }

  evidence(): FieldOrigin {
    return this.origin;
  }
}
