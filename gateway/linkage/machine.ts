import { type Command, isProvedBy, type WhyNot } from '../contract/command.ts';
import type { LinkageRun, LinkedAction } from '../contract/linkage-run.ts';
import type { PointValue } from '../contract/reading.ts';

/** How far a command has come. */
type Outcome = Pick<Command, 'state' | 'error' | 'failure'>;

/** What can happen to one action of a linkage. */
export type ActionInput =
  /** A command was requested for it; it may have ended at once. */
  | { type: 'asked'; command: Pick<Command, 'id'> & Outcome }
  /** No command could be requested. */
  | { type: 'refused'; why: WhyNot }
  /** A command for it, ours or a person's, took a step. */
  | { type: 'command'; outcome: Outcome }
  /** The point that proves it reads something. */
  | { type: 'reads'; value: PointValue }
  /** Its device came back. `busy`: a command is on its way to it. */
  | { type: 'online'; busy: boolean };

/** Asked again first after so long, then after twice as long each time, ms. */
const retryFirstMs = 5_000;
const retryLongestMs = 300_000;
/** A device that has just connected takes a moment until it listens for commands, ms. */
const settleMs = 1_000;

function retryAfter(tries: number): number {
  return Math.min(retryFirstMs * 2 ** Math.max(0, tries - 1), retryLongestMs);
}

function move(
  action: LinkedAction,
  state: LinkedAction['state'],
  now: number,
  rest: Partial<LinkedAction>,
): LinkedAction {
  return { ...action, ...rest, state, since: state === action.state ? action.since : now };
}

function failed(
  action: LinkedAction,
  why: Pick<LinkedAction, 'error' | 'failure'>,
  now: number,
): LinkedAction {
  const { error, failure } = why;
  return move(action, 'failed', now, { error, failure, retryAt: now + retryAfter(action.tries) });
}

function confirmed(action: LinkedAction, now: number): LinkedAction {
  return move(action, 'confirmed', now, { error: null, failure: null, retryAt: null });
}

/**
 * One step of an action that is followed until its device shows that it is done. A command is never repeated: where one came to
 * nothing, another is asked for after a while, since what a linkage wants (a door unlocked, a lift recalled) may be wanted twice.
 * @param now UTC ms
 * @returns the same object when nothing changes
 */
export function stepAction(action: LinkedAction, input: ActionInput, now: number): LinkedAction {
  switch (input.type) {
    case 'asked': {
      const { command } = input;
      const asked = { ...action, commandId: command.id, tries: action.tries + 1, retryAt: null };
      return stepCommand(asked, command, now);
    }
    case 'refused':
      return failed({ ...action, tries: action.tries + 1 }, input.why, now);
    case 'command':
      return stepCommand(action, input.outcome, now);
    case 'reads':
      return stepReading(action, input.value, now);
    case 'online':
      if (action.state === 'confirmed' || input.busy) return action;
      return { ...action, tries: 0, retryAt: now + settleMs };
  }
}

function stepCommand(action: LinkedAction, outcome: Outcome, now: number): LinkedAction {
  if (action.state === 'confirmed') return action;
  switch (outcome.state) {
    case 'confirmed':
      return confirmed(action, now);
    case 'failed':
    case 'expired':
    case 'unknown':
      return failed(action, outcome, now);
    case 'requested':
    case 'sending':
    case 'sent':
      return action;
  }
}

function stepReading(action: LinkedAction, value: PointValue, now: number): LinkedAction {
  const { proof } = action;
  if (proof === null || value === null) return action;
  if (isProvedBy(proof, value)) return action.state === 'confirmed' ? action : confirmed(action, now);
  // Undone on the spot, or by a controller's own schedule.
  if (action.state !== 'confirmed') return action;
  const { key: point } = proof;
  const error = `${point} reads ${String(value)} again`;
  return failed({ ...action, tries: 0 }, { error, failure: { code: 'undone', point, value } }, now);
}

/** The actions that nothing has confirmed. */
export function openActions({ actions }: Pick<LinkageRun, 'actions'>): LinkedAction[] {
  return actions.filter(({ state }) => state !== 'confirmed');
}

/** When the next action is asked again, UTC ms; null: none by the clock. */
export function nextRetry({ actions }: Pick<LinkageRun, 'actions'>): number | null {
  const times = actions.flatMap(({ retryAt }) => (retryAt === null ? [] : [retryAt]));
  return times.length > 0 ? Math.min(...times) : null;
}
