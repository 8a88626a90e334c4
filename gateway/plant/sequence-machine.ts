import type { Sequence, SequenceStep, SequenceStepName } from '../contract/plant.ts';
import { sequenceStepNames } from '../contract/plant.ts';

/** What a sequence is judged by; all from the loss or the return of the mains. */
export interface SequenceLimits {
  startWithinMs: number;
  loadWithinMs: number;
  stopAfterMs: number;
  stopToleranceMs: number;
}

/** What is known at a moment; null: nobody knows, and then nothing is judged. */
export interface Seen {
  present: boolean | null;
  running: boolean | null;
  onLoad: boolean | null;
}

/** A transfer switch may leave the generator a moment before the mains relay has told of the return. */
const carryGraceMs = 10_000;

/**
 * Moments that a sequence waits for. `hold`: before it the generator must not stop. They end by durable timers, never by comparing
 * clocks, so that a step of the wall clock neither shortens nor lengthens them.
 */
export const deadlines = ['start', 'load', 'carry', 'hold', 'stop'] as const;
export type Deadline = (typeof deadlines)[number];

/** A sequence under way, with what the machine remembers beside it. */
export interface Run {
  sequence: Sequence;
  limits: SequenceLimits;
  /** Steps of which nobody could have seen the right moment. */
  untimed: readonly SequenceStepName[];
  /** Steps whose time ran out while nothing was known: the next known value decides. */
  overdue: readonly SequenceStepName[];
  /** Steps that stand as an alarm. */
  raised: readonly SequenceStepName[];
  /** The load was lost during the outage, the grace runs or has run out. */
  broken: boolean;
  /** The earliest moment for the stop has passed. */
  mayStop: boolean;
}

export interface Outcome {
  run: Run;
  /** Deadlines that are set (UTC ms) or, with null, taken back. */
  timers: ReadonlyMap<Deadline, number | null>;
  findings: readonly { step: SequenceStepName; active: boolean }[];
}

const open: ReadonlySet<SequenceStep['result']> = new Set(['waiting', 'missed']);

/** One change of a run: a copy that is filled and then handed out. */
class Draft {
  readonly run: Run;
  readonly timers = new Map<Deadline, number | null>();
  readonly findings: { step: SequenceStepName; active: boolean }[] = [];

  constructor(run: Run) {
    this.run = {
      ...run,
      sequence: { ...run.sequence, steps: run.sequence.steps.map((step) => ({ ...step })) },
    };
  }

  step(name: SequenceStepName): SequenceStep {
    const found = this.run.sequence.steps.find(({ step }) => step === name);
    if (!found) throw new Error(`a sequence without its step ${name}`);
    return found;
  }

  finding(step: SequenceStepName, active: boolean): void {
    const { raised } = this.run;
    if (raised.includes(step) === active) return;
    this.run.raised = active ? [...raised, step] : raised.filter((other) => other !== step);
    this.findings.push({ step, active });
  }

  /** The step has happened: in time, or late when it had been missed. */
  fulfil(name: SequenceStepName, now: number): void {
    const step = this.step(name);
    if (!open.has(step.result)) return;
    const { untimed, overdue } = this.run;
    this.finding(name, false);
    step.result =
      step.result === 'missed'
        ? 'late'
        : untimed.includes(name) || overdue.includes(name)
          ? 'unseen'
          : 'done';
    step.at = now;
    this.run.overdue = overdue.filter((other) => other !== name);
  }

  /** Its time is over: missed when it has surely not happened, to be decided later when nobody knows. */
  expire(name: SequenceStepName, happened: boolean | null, now: number): void {
    if (this.step(name).result !== 'waiting') return;
    if (happened === true) this.fulfil(name, now);
    else if (happened === false) this.miss(name);
    else this.run.overdue = [...this.run.overdue, name];
  }

  miss(name: SequenceStepName): void {
    this.step(name).result = 'missed';
    this.run.overdue = this.run.overdue.filter((other) => other !== name);
    this.finding(name, true);
  }

  /** What was overdue unseen is missed as soon as it is known not to have happened. */
  decideOverdue(name: SequenceStepName, happened: boolean | null): void {
    if (happened === false && this.run.overdue.includes(name)) this.miss(name);
  }

  /** Nothing more is asked of these: a fault that stood is over. */
  release(...names: SequenceStepName[]): void {
    for (const name of names) {
      this.finding(name, false);
      const step = this.step(name);
      if (step.result === 'waiting') step.result = 'void';
    }
    this.run.overdue = this.run.overdue.filter((name) => !names.includes(name));
  }

  end(now: number): void {
    const { sequence } = this.run;
    this.release(...sequenceStepNames);
    const faulty = sequence.steps.some(({ result }) => ['missed', 'late', 'early'].includes(result));
    Object.assign(sequence, { state: 'ended', endedAt: now, outcome: faulty ? 'faulty' : 'good' });
    for (const deadline of deadlines) this.timers.set(deadline, null);
  }
}

/**
 * The mains is lost: the generator has to follow.
 * @param lossSeen false: the mains was already out when it was first heard, so nobody knows since when
 * @param now UTC ms
 */
export function beginRun(
  of: { id: string; generator: string; mains: string; limits: SequenceLimits; lossSeen: boolean },
  seen: Seen,
  now: number,
): Outcome {
  const { limits, lossSeen } = of;
  const by = { start: now + limits.startWithinMs, load: now + limits.loadWithinMs };
  const draft = new Draft({
    sequence: {
      ...{ id: of.id, generator: of.generator, mains: of.mains, state: 'outage', outcome: null },
      ...{ lostAt: now, returnedAt: null, endedAt: null, lossSeen, returnSeen: true },
      steps: sequenceStepNames.map((step) => ({
        ...{ step, from: null, by: step === 'start' || step === 'load' ? by[step] : null },
        ...{ at: null, result: 'waiting' },
      })),
    },
    limits,
    untimed: lossSeen ? [] : ['start', 'load'],
    ...{ overdue: [], raised: [], broken: false, mayStop: false },
  });
  draft.timers.set('start', by.start);
  draft.timers.set('load', by.load);
  follow(draft, seen, now);
  return draft;
}

/** Whether it carries the load: not when it is known to stand still, whatever its breaker says. */
function carries({ running, onLoad }: Seen): boolean | null {
  return running === false ? false : onLoad;
}

function follow(draft: Draft, seen: Seen, now: number): void {
  const { run } = draft;
  if (seen.running === true) draft.fulfil('start', now);
  draft.decideOverdue('start', seen.running);
  const loaded = carries(seen);
  if (loaded === true) {
    draft.fulfil('load', now);
    draft.step('carry').from ??= now;
    if (run.broken) {
      run.broken = false;
      run.overdue = run.overdue.filter((name) => name !== 'carry');
      draft.timers.set('carry', null);
      draft.finding('carry', false);
    }
  } else if (loaded === false && draft.step('load').at !== null) {
    if (!run.broken) {
      run.broken = true;
      draft.timers.set('carry', now + carryGraceMs);
    }
  }
  draft.decideOverdue('load', loaded);
  draft.decideOverdue('carry', loaded);
}

function mainsReturned(draft: Draft, seen: Seen, returnSeen: boolean, now: number): void {
  const { run } = draft;
  const { sequence, limits } = run;
  Object.assign(sequence, { state: 'return', returnedAt: now, returnSeen });
  const carry = draft.step('carry');
  if (carry.result === 'waiting' && draft.step('load').at !== null)
    Object.assign(carry, { result: 'done', at: now });
  draft.release('start', 'load', 'carry');
  for (const deadline of ['start', 'load', 'carry'] as const) draft.timers.set(deadline, null);
  run.broken = false;
  const from = now + limits.stopAfterMs - limits.stopToleranceMs;
  const by = now + limits.stopAfterMs + limits.stopToleranceMs;
  draft.step('unload').by = by;
  Object.assign(draft.step('stop'), { from, by });
  run.mayStop = from <= now;
  if (!run.mayStop) draft.timers.set('hold', from);
  draft.timers.set('stop', by);
  if (!returnSeen) run.untimed = [...run.untimed, 'unload', 'stop'];
  // It stands already: it never ran, or gave up during the outage, which the steps before tell.
  if (seen.running === false) draft.end(now);
  else {
    if (draft.step('load').at === null && seen.onLoad !== true) draft.release('unload');
    wind(draft, seen, now);
  }
}

function wind(draft: Draft, seen: Seen, now: number): void {
  const { run } = draft;
  // Seen to run, its stop is still to come; out of sight it may have come.
  const others = run.untimed.filter((name) => name !== 'stop');
  if (seen.running === null) run.untimed = [...others, 'stop'];
  else if (seen.running && run.sequence.returnSeen) run.untimed = others;
  if (seen.onLoad === false) draft.fulfil('unload', now);
  draft.decideOverdue('unload', seen.onLoad === null ? null : !seen.onLoad);
  draft.decideOverdue('stop', seen.running === null ? null : !seen.running);
  if (seen.running !== false) return;
  // What stands carries nothing, whatever its breaker said last; that may not even be wired.
  if (seen.onLoad === null) run.untimed = [...run.untimed, 'unload'];
  draft.fulfil('unload', now);
  if (!run.mayStop && !run.untimed.includes('stop')) {
    Object.assign(draft.step('stop'), { result: 'early', at: now });
    draft.finding('stop', true);
    draft.finding('stop', false);
  } else draft.fulfil('stop', now);
  draft.end(now);
}

/**
 * What is known has changed. A run that has ended while the mains is out again is followed by a new one.
 * @param returnSeen whether the mains was known to be out until now
 */
export function observe(run: Run, seen: Seen, returnSeen: boolean, now: number): Outcome {
  const draft = new Draft(run);
  if (run.sequence.state === 'outage') {
    if (seen.present === true) mainsReturned(draft, seen, returnSeen, now);
    else follow(draft, seen, now);
  } else if (run.sequence.state === 'return') {
    if (seen.present === false) draft.end(now);
    else wind(draft, seen, now);
  }
  return draft;
}

/** A deadline's timer has fired. */
export function elapse(run: Run, deadline: Deadline, seen: Seen, now: number): Outcome {
  const draft = new Draft(run);
  switch (deadline) {
    case 'start':
      draft.expire('start', seen.running, now);
      break;
    case 'load':
      draft.expire('load', carries(seen), now);
      break;
    case 'carry':
      if (draft.run.broken) breakCarry(draft, carries(seen));
      break;
    case 'hold':
      draft.run.mayStop = true;
      break;
    case 'stop':
      draft.expire('unload', seen.onLoad === null ? null : !seen.onLoad, now);
      draft.expire('stop', seen.running === null ? null : !seen.running, now);
      break;
  }
  return draft;
}

function breakCarry(draft: Draft, loaded: boolean | null): void {
  if (loaded === false) draft.miss('carry');
  else if (loaded === null) draft.run.overdue = [...draft.run.overdue, 'carry'];
}

/** The watch ends without a verdict: the generator or its mains is another now. */
export function abandon(run: Run, now: number): Outcome {
  const draft = new Draft(run);
  draft.end(now);
  return draft;
}

/** The wall clock was stepped: the run keeps its distances. */
export function shiftRun(run: Run, deltaMs: number): Run {
  const moved = (at: number | null) => (at === null ? null : at + deltaMs);
  const { sequence } = run;
  return {
    ...run,
    sequence: {
      ...sequence,
      lostAt: sequence.lostAt + deltaMs,
      returnedAt: moved(sequence.returnedAt),
      steps: sequence.steps.map((step) => ({
        ...step,
        from: moved(step.from),
        by: moved(step.by),
        at: moved(step.at),
      })),
    },
  };
}
