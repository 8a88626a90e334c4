import type { LastExchange, LinkStatus } from '../contract/link-status.ts';
import type { Clock } from '../lib/clock.ts';
import type { AskOutcome } from './exchange.ts';

/** So much of the last exchange is shown. */
const mostShown = 1_024;

function hex(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).subarray(0, mostShown).toString('hex');
}

const outcomes = { timeout: 'timeouts', broken: 'broken', refused: 'refused', busy: 'busy' } as const;

/**
 * Counts what goes over one link and keeps its last exchange: numbers and references to bytes that are there already, so that
 * counting costs the way in nothing. It becomes hex when somebody looks.
 */
export class LineTally {
  readonly #clock: Clock;
  readonly #withheld: boolean;
  readonly #counters: LinkStatus['counters'];
  #opened = 0;
  #at = 0;
  #topic: string | null = null;
  #sent: Uint8Array[] = [];
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #outcome: LastExchange['outcome'] = null;
  #words: string | null = null;

  /** @param withheld the bytes hold card numbers and codes of people: they are counted, and none is kept */
  constructor(clock: Clock, kind: 'asked' | 'heard' | 'topics', { withheld = false } = {}) {
    this.#clock = clock;
    this.#withheld = withheld;
    this.#counters =
      kind === 'asked'
        ? { asked: 0, answered: 0, timeouts: 0, broken: 0, refused: 0, busy: 0, reconnects: 0 }
        : kind === 'heard'
          ? { frames: 0, refusedFrames: 0, reconnects: 0 }
          : { received: 0, sent: 0, reconnects: 0 };
  }

  /** The link came up. */
  opened(): void {
    if (this.#opened++ > 0) this.#count('reconnects');
  }

  // --- a line that is asked

  asked(request: Uint8Array): void {
    this.#count('asked');
    this.#begin(this.#clock.now().wallMs);
    if (!this.#withheld) this.#sent = [request];
  }

  /** Bytes that came while a question was open. */
  heard(bytes: Uint8Array): void {
    if (this.#withheld || this.#receivedBytes >= mostShown) return;
    this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
  }

  /** The answer to one frame of a longer one. */
  goesOn(): void {
    this.#count('answered');
    this.#outcome = 'answered';
  }

  settled(outcome: AskOutcome<unknown>): void {
    if (outcome.ok) {
      this.goesOn();
      return;
    }
    const { error, words } = outcome;
    if (error in outcomes) this.#count(outcomes[error as keyof typeof outcomes]);
    this.#outcome = error;
    this.#words = words;
  }

  // --- a line where the device speaks first

  frame(bytes: Uint8Array): void {
    this.#count('frames');
    this.#begin(this.#clock.now().wallMs);
    if (!this.#withheld) this.#received = [bytes];
  }

  judged(understood: boolean): void {
    if (!understood) this.#count('refusedFrames');
  }

  answered(bytes: Uint8Array): void {
    if (!this.#withheld) this.#sent = [bytes];
  }

  // --- a link of topics

  message(topic: string, payload: Uint8Array, at: number): void {
    this.#count('received');
    this.#begin(at);
    this.#topic = topic;
    if (!this.#withheld) this.#received[0] = payload;
  }

  published(topic: string, payload: string | Uint8Array): void {
    this.#count('sent');
    this.#begin(this.#clock.now().wallMs);
    this.#topic = topic;
    if (!this.#withheld) this.#sent[0] = Buffer.from(payload);
  }

  status(): Pick<LinkStatus, 'counters' | 'last'> {
    return {
      counters: { ...this.#counters },
      last:
        this.#at === 0
          ? null
          : {
              at: this.#at,
              topic: this.#topic,
              sent: this.#withheld ? null : hex(this.#sent),
              received: this.#withheld ? null : hex(this.#received),
              outcome: this.#outcome,
              words: this.#words,
            },
    };
  }

  #count(name: keyof LinkStatus['counters']): void {
    this.#counters[name] = (this.#counters[name] ?? 0) + 1;
  }

  #begin(at: number): void {
    this.#at = at;
    this.#sent.length = 0;
    this.#received.length = 0;
    this.#receivedBytes = 0;
    this.#outcome = null;
    this.#words = null;
  }
}
