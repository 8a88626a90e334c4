import { sequenceStepNames } from '../contract/plant.ts';
import {
  type Deadline,
  Draft,
  type Outcome,
  type Run,
  type Seen,
  type SequenceLimits,
} from './sequence-run.ts';

/** A transfer switch may leave the generator a moment before the mains relay has told of the return. */
const carryGraceMs = 10_000;

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
