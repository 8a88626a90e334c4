import type { AskFault } from '../contract/ask-fault.ts';
import type { LineSettings } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { ByteLine } from './byte-line.ts';
import { type LineTiming, wireMs } from './cycle.ts';
import type { AskFailure, AskObserver, AskOutcome, Exchange, Verdict } from './exchange.ts';
import type { LineTally } from './line-tally.ts';

/** How one protocol uses the line: the port's settings while it speaks, and how long it waits. */
export interface LineUse {
  /** Undefined where there is no port to set: Modbus TCP. */
  settings: LineSettings | undefined;
  timing: LineTiming;
}

/** What is special with a question. */
export interface Asking {
  latestMono?: number | undefined;
  observer?: AskObserver | undefined;
  /** Somebody looks around: whoever is asked may not be there, so it says nothing of the line and is not counted. */
  looking?: boolean | undefined;
}

/** One line on which devices answer: one queue, one question outstanding, commands before polls, whatever the protocols. */
export interface AskedLine {
  /**
   * @param begin makes the question when its turn has come
   * @param asking.latestMono a command: goes before all polls, and not at all when this monotonic moment has passed
   */
  ask<Value>(use: LineUse, begin: () => Exchange<Value>, asking?: Asking): Promise<AskOutcome<Value>>;
  /** Bytes that came on the line. */
  received(bytes: Buffer): void;
  /** The line went down: what is outstanding fails; `fault` where it is known why. */
  lost(fault?: AskFault): void;
}

/** A question in the queue, its value's type known to its exchange only. */
interface Pending {
  use: LineUse;
  latestMono: number;
  observer: AskObserver | undefined;
  /** Undefined: it is not counted. */
  tally: LineTally | undefined;
  begin(): Running;
  fail(failure: AskFailure): void;
}

/** A question on the line. */
interface Running {
  request: Uint8Array;
  answerBytes: number;
  /** `true`: settled; another `Running`: the next frame has to be asked for; `false`: wait on. */
  take(bytes: Uint8Array): boolean | Running;
  timeOver(timeoutMs: number): void;
}

/** The question that has the line now. */
interface OnLine {
  pending: Pending;
  running: Running;
  sent: boolean;
}

const lineDown = (words: string, fault: AskFault = { code: 'line-down' }): AskFailure => ({
  ok: false,
  error: 'line-down',
  words,
  fault,
});

function running<Value>(exchange: Exchange<Value>, done: (outcome: AskOutcome<Value>) => void): Running {
  return {
    request: exchange.request,
    answerBytes: exchange.answerBytes,
    take(bytes) {
      const verdict: Verdict<Value> = exchange.take(bytes);
      if (verdict.state === 'more') return running(verdict.next, done);
      if (verdict.state === 'done') done(verdict.outcome);
      return verdict.state === 'done';
    },
    timeOver: (timeoutMs) => done(exchange.timeOver(timeoutMs)),
  };
}

export function createAskedLine(deps: {
  line(): ByteLine;
  clock: Clock;
  /** Silence between an answer and the next question, ms. */
  gapMs: number;
  /** Bytes that come when nothing was asked. */
  stray?(bytes: Buffer): void;
  tally: LineTally;
}): AskedLine {
  const { clock } = deps;
  const urgent: Pending[] = [];
  const waiting: Pending[] = [];
  let current: OnLine | undefined;
  let quietUntil = 0;
  let cancel: (() => void) | undefined;

  function next(): void {
    if (current) return;
    const wait = quietUntil - clock.now().monoMs;
    if (wait > 0 && urgent.length + waiting.length > 0) {
      cancel?.();
      cancel = clock.wakeAfter(Math.ceil(wait), next);
      return;
    }
    const pending = urgent.shift() ?? waiting.shift();
    if (!pending) return;
    if (clock.now().monoMs > pending.latestMono) {
      pending.fail({
        ok: false,
        error: 'expired',
        words: 'it could not be sent in time: the line was busy',
        fault: { code: 'expired' },
      });
      next();
      return;
    }
    let running: Running;
    try {
      running = pending.begin();
    } catch (error) {
      // A unit or number that cannot be on the wire: its own fault, and nobody else's.
      pending.fail({
        ok: false,
        error: 'broken',
        words: asError(error).message,
        fault: { code: 'not-askable' },
      });
      next();
      return;
    }
    const mine = { pending, running, sent: false };
    current = mine;
    deps.line().use(pending.use.settings, () => {
      if (current === mine) send(mine);
    });
  }

  function send(mine: OnLine): void {
    const { pending, running } = mine;
    const { request, answerBytes } = running;
    mine.sent = true;
    if (!deps.line().send(request)) {
      end().pending.fail(lineDown('the line is down'));
      next();
      return;
    }
    pending.observer?.sent(request);
    pending.tally?.asked(request);
    // From here the question and a good answer must cross the wire; the patience is with the device.
    const { timing } = pending.use;
    const waitMs = timing.timeoutMs + Math.ceil(wireMs(request.length + answerBytes, timing));
    cancel?.();
    cancel = clock.wakeAfter(waitMs, () => {
      end().running.timeOver(timing.timeoutMs);
      next();
    });
  }

  /** Takes the question off the line. */
  function end(): OnLine {
    cancel?.();
    cancel = undefined;
    const ended = current;
    if (!ended) throw new Error('no question is on the line');
    current = undefined;
    quietUntil = clock.now().monoMs + deps.gapMs;
    return ended;
  }

  return {
    ask<Value>(use: LineUse, begin: () => Exchange<Value>, { latestMono, observer, looking }: Asking = {}) {
      const tally = looking ? undefined : deps.tally;
      return new Promise<AskOutcome<Value>>((resolve) => {
        (latestMono === undefined ? waiting : urgent).push({
          use,
          latestMono: latestMono ?? Number.POSITIVE_INFINITY,
          observer,
          tally,
          begin: () =>
            running(begin(), (outcome) => {
              tally?.settled(outcome);
              resolve(outcome);
            }),
          fail: resolve,
        });
        next();
      });
    },
    received(bytes) {
      // Until the question is out nothing can be its answer.
      if (!current?.sent) {
        deps.stray?.(bytes);
        return;
      }
      current.pending.tally?.heard(bytes);
      current.pending.observer?.received(bytes);
      const verdict = current.running.take(bytes);
      if (verdict === false || !current) return;
      const { pending } = end();
      // Before the other polls, behind a command: the device keeps the rest of its answer that long.
      if (verdict !== true) {
        pending.tally?.goesOn();
        waiting.unshift({ ...pending, begin: () => verdict });
      }
      next();
    },
    lost(fault) {
      if (!current) return;
      const { pending, sent } = end();
      const failure = lineDown('the line was lost while waiting for the answer', fault);
      if (sent) pending.tally?.settled(failure);
      pending.fail(failure);
      next();
    },
  };
}
