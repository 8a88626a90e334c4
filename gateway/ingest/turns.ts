import type { Change } from '../contract/live.ts';
import type { Actor } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, Fault, fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Operate } from '../store/operate.ts';
import type { CommitOutcome } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { AuditEntry, Input, Turn, Write } from '../store/turn.ts';
import { Cadence, cadenceLimits } from './cadence.ts';
import { InputQueue, type Queued } from './queue.ts';
import { emptyOutcome, type HistoryBatch, RunningTurn } from './running-turn.ts';
import type { Timers } from './timers.ts';

export const turnLimits = {
  inputs: 1_000,
  workMs: 10,
  queueBytes: 64 * 1024 * 1024,
  answerMs: 5_000,
  ...cadenceLimits,
};
/**
 * While storage fails a turn takes the whole queue, so that an alarm behind thousands of readings is shown too; readings that
 * may be dropped are, beyond this many inputs.
 */
const failingLimits = { inputs: 50_000, workMs: 200, droppableBeyond: 5_000 };
const retryFirstMs = 100;
const retryLongestMs = 5_000;
const expiryCheckMs = 250;

export interface TurnsDeps {
  clock: Clock;
  log: Logger;
  memory: Memory;
  commit(writes: Write[]): Promise<CommitOutcome>;
  /** `attempted` ends when the store has tried once (the next turn may start), `durable` when the batch is on disk. */
  appendHistory(batch: HistoryBatch): { attempted: Promise<void>; durable: Promise<void> };
  appendAudit(turn: Turn, entry: AuditEntry): void;
  timers: Pick<Timers, 'set' | 'clear' | 'committed'>;
  /** Committed changes, in order, for the consoles. */
  publish(changes: Change[]): void;
  /** The commit fails for now: alarms are shown all the same, marked as not recorded. Called again at each retry. */
  publishUnrecorded(changes: Change[]): void;
  /** A machine threw on this input, or the database refused its rows: keep its bytes, tell the operator. */
  condemn(turn: Turn, input: Input, error: Error): void;
  /** Storage began or ceased to fail. */
  storage(failing: boolean, message: string): void;
  /** The queue is full (stop reading sockets) or has room again. */
  pressure(full: boolean): void;
  /** Only an unusable database stops the process. */
  unusable(message: string): void;
}

export interface TurnStats {
  queued: number;
  queuedBytes: number;
  dropped: number;
  turns: number;
  inputs: number;
  condemned: number;
  failing: boolean;
}

export interface Turns {
  submit(input: Input): void;
  operate: Operate;
  /** Resolves when nothing is queued and no turn is in flight. */
  idle(): Promise<void>;
  stats(): TurnStats;
  /** Takes no more inputs and finishes what is queued. */
  close(): Promise<void>;
}

/** The turn: the one place where state changes. See docs/architecture.md for the order of its steps. */
export function createTurns(deps: TurnsDeps, limits: typeof turnLimits = turnLimits): Turns {
  const { clock, log, memory } = deps;
  const queue = new InputQueue();
  const turn = new RunningTurn(deps);
  let scheduled = false;
  let inFlight = false;
  let closed = false;
  let stopped = false;
  let pressed = false;
  /** What has arrived already is read before the turn begins. */
  const cadence = new Cadence(limits, () => {
    scheduled = true;
    setImmediate(begin);
  });
  /** So many inputs at the head run one a turn, to find the one whose rows the database refuses. */
  let solo = 0;
  let retryMs = 0;
  /** A commit has failed and the pause before the next try is not over. */
  let holding = false;
  let cancelExpiry: (() => void) | undefined;
  let idleWaiters: (() => void)[] = [];
  /** The last batch that history was given; it is written while the next turn commits, so that two slow fsyncs overlap. */
  let writingHistory: Promise<void> = Promise.resolve();
  const totals = { dropped: 0, turns: 0, inputs: 0, condemned: 0 };

  function schedule(): void {
    if (scheduled || inFlight || stopped || holding || queue.length === 0) return;
    cadence.wait(queue.length);
  }

  function begin(): void {
    scheduled = false;
    inFlight = true;
    void runTurn()
      .catch((error: unknown) => {
        stopped = true;
        deps.unusable(`the turn itself failed: ${asError(error).stack}`);
      })
      .finally(() => {
        inFlight = false;
        schedule();
        if (idleWaiters.length > 0) void writingHistory.then(tellIdle);
      });
  }

  function isIdle(): boolean {
    return queue.length === 0 && !inFlight && !scheduled;
  }

  function tellIdle(): void {
    if (isIdle()) for (const waiter of idleWaiters.splice(0)) waiter();
  }

  function condemn(entry: Queued, error: Error): void {
    totals.condemned++;
    log.error({ what: entry.input.what, error: error.stack }, 'an input was set aside');
    const failed = turn.attempt(entry, memory, () => deps.condemn(turn, entry.input, error));
    if (failed) log.error({ what: entry.input.what, error: failed.stack }, 'setting an input aside failed');
  }

  /**
   * Handles the head of the queue; answers how many inputs it took and which callers get a refusal. `trouble`: a machine looked
   * into the database and that failed, which is no fault of its input: nothing of the turn counts.
   */
  function handle(): { taken: number; refusals: Map<Queued, Error>; trouble?: Fault } {
    const refusals = new Map<Queued, Error>();
    turn.outcome = emptyOutcome();
    const { inputs, workMs } = retryMs > 0 ? failingLimits : limits;
    const most = solo > 0 ? 1 : inputs;
    const endAt = performance.now() + workMs;
    let taken = 0;
    while (taken < most) {
      const entry = queue.at(taken);
      if (!entry || ((taken & 15) === 15 && performance.now() > endAt)) break;
      taken++;
      const error = entry.condemned ?? turn.attempt(entry, memory, () => entry.input.run(turn));
      if (!error) continue;
      if (error instanceof Fault && error.code.startsWith('storage.'))
        return { taken, refusals, trouble: error };
      if (error instanceof Fault && entry.input.answerable) {
        refusals.set(entry, error);
        continue;
      }
      condemn(entry, error);
      if (entry.input.answerable)
        refusals.set(
          entry,
          fault('internal', `${entry.input.what} failed; it was set aside`, { cause: error }),
        );
    }
    return { taken, refusals };
  }

  function failed({ code, detail }: Fault): CommitOutcome {
    return { ok: false, failure: code === 'storage.unusable' ? 'unusable' : 'unavailable', message: detail };
  }

  async function runTurn(): Promise<void> {
    const begunAt = performance.now();
    const { taken, refusals, trouble } = handle();
    cadence.began(begunAt, taken);
    const { outcome } = turn;
    const commit = trouble
      ? failed(trouble)
      : outcome.writes.length > 0
        ? await deps.commit(outcome.writes)
        : ({ ok: true } as const);
    if (!commit.ok) {
      memory.drop();
      if (commit.failure === 'unusable') {
        stopped = true;
        deps.unusable(commit.message);
      } else if (commit.failure === 'constraint') refused(taken, commit.message);
      else unavailable(outcome.changes, commit.message);
      return;
    }
    memory.commit();
    deps.timers.committed(outcome.timers);
    recovered();
    totals.turns++;
    totals.inputs += taken;
    solo = Math.max(0, solo - taken);
    const entries = queue.take(taken);
    const history = outcome.history.at.length > 0 ? deps.appendHistory(outcome.history) : undefined;
    settle(entries, refusals, history?.durable);
    if (outcome.changes.length > 0) deps.publish(outcome.changes);
    for (const effect of outcome.effects) effect();
    relieve();
    if (!history) return;
    const before = writingHistory;
    writingHistory = history.attempted;
    await before;
  }

  function settle(entries: Queued[], refusals: Map<Queued, Error>, durable: Promise<void> | undefined): void {
    const waiting: Queued[] = [];
    for (const entry of entries) {
      if (durable && entry.input.needsHistory) waiting.push(entry);
      else settleOne(entry, refusals.get(entry));
    }
    if (!durable || waiting.length === 0) return;
    const settleAll = (error?: Error) => {
      for (const entry of waiting) settleOne(entry, error);
    };
    durable.then(
      () => settleAll(),
      (error: unknown) => settleAll(asError(error)),
    );
  }

  function settleOne(entry: Queued, error?: Error): void {
    entry.input.settle(error);
    for (const repeat of entry.repeats) repeat.settle(error);
  }

  function refused(taken: number, message: string): void {
    if (taken > 1) {
      solo = taken;
      return;
    }
    const entry = queue.at(0);
    if (entry?.condemned) {
      // Even the dead letter was refused: log it whole and go on, for one poison message never stops the rest.
      log.error(
        { what: entry.input.what, evidence: entry.input.evidence(), message },
        'an input could not be set aside in the database',
      );
      for (const lost of queue.take(1)) settleOne(lost, lost.condemned);
    } else if (entry) entry.condemned = new Error(`the database refused it: ${message}`);
  }

  function unavailable(changes: Change[], message: string): void {
    if (retryMs === 0) {
      log.error({ message }, 'storage fails; inputs are kept and repeated');
      deps.storage(true, message);
      cancelExpiry = clock.wakeAfter(expiryCheckMs, expireAnswers);
    }
    const alarms = changes.filter((change) => change.entity === 'alarms');
    if (alarms.length > 0) deps.publishUnrecorded(alarms);
    retryMs = retryMs === 0 ? retryFirstMs : Math.min(retryMs * 2, retryLongestMs);
    holding = true;
    clock.wakeAfter(retryMs, () => {
      holding = false;
      schedule();
    });
  }

  function recovered(): void {
    if (retryMs === 0) return;
    retryMs = 0;
    cancelExpiry?.();
    cancelExpiry = undefined;
    deps.storage(false, '');
  }

  /** While storage fails: callers get their answer 5 s after they asked; repeating with the same id is safe. */
  function expireAnswers(): void {
    const now = clock.now().monoMs;
    if (!inFlight)
      for (const entry of queue.remove(
        (queued) => queued.input.answerable && now - queued.input.received.monoMs >= limits.answerMs,
      ))
        settleOne(
          entry,
          fault(
            'storage.unavailable',
            'the database could not record it within 5 s; try again, with the same id if you sent one',
          ),
        );
    cancelExpiry = clock.wakeAfter(expiryCheckMs, expireAnswers);
  }

  function relieve(): void {
    if (pressed && queue.bytes < limits.queueBytes / 2) {
      pressed = false;
      deps.pressure(false);
    }
  }

  function submit(input: Input): void {
    if (closed) {
      input.settle(fault('queue.full', 'the gateway is stopping'));
      return;
    }
    const full = queue.bytes + input.weight > limits.queueBytes;
    if (full && !pressed) {
      pressed = true;
      deps.pressure(true);
    }
    if (input.droppable && (full || (retryMs > 0 && queue.length > failingLimits.droppableBeyond))) {
      totals.dropped++;
      input.settle();
      return;
    }
    queue.add(input);
    schedule();
  }

  return {
    submit,
    operate<Answer>(what: string, actor: Actor | null, run: (turn: Turn) => Answer): Promise<Answer> {
      return new Promise<Answer>((resolve, reject) => {
        let answer: Answer | undefined;
        submit({
          what,
          received: clock.now(),
          actor,
          weight: 512,
          droppable: false,
          needsHistory: false,
          answerable: true,
          run(running) {
            answer = run(running);
          },
          settle: (error) => (error ? reject(error) : resolve(answer as Answer)),
          evidence: () => ({ source: actor?.who ?? 'gateway', device: null, bytes: Buffer.from(what) }),
        });
      });
    },
    idle() {
      return new Promise((resolve) => {
        idleWaiters.push(resolve);
        if (isIdle()) void writingHistory.then(tellIdle);
      });
    },
    stats: () => ({ queued: queue.length, queuedBytes: queue.bytes, ...totals, failing: retryMs > 0 }),
    async close() {
      closed = true;
      if (retryMs === 0 && !stopped) await this.idle();
      stopped = true;
      cadence.stop();
      cancelExpiry?.();
      idleWaiters = [];
    },
  };
}
