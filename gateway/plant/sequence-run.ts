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
export class Draft {
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
