import type { CheckResult, Round } from '../../../gateway/contract/patrol.ts';
import type { Spot } from '../../components/plan/geometry.ts';
import type { Check } from './round-board.ts';

/** A replay has so many steps, however long its round was: an arrow key goes by one. */
export const replaySteps = 120;
/** Played, a step takes so long, ms: a whole round in less than half a minute. */
export const replayStepMs = 200;

/** UTC ms. */
export interface ReplaySpan {
  from: number;
  to: number;
}

/**
 * What there is to replay of a round: from its start, or from whoever came before it, to what was walked or due last.
 * @returns null while it is under way, and when nobody walked it
 */
export function replaySpan({
  state,
  startsAt,
  checks,
}: Pick<Round, 'state' | 'startsAt' | 'checks'>): ReplaySpan | null {
  const walked = checks.flatMap(({ at }) => (at === null ? [] : [at]));
  if (state === 'running' || walked.length === 0) return null;
  return {
    from: Math.min(startsAt, ...walked),
    to: Math.max(...walked, ...checks.map(({ dueAt }) => dueAt)),
  };
}

/** The moment of a step; UTC ms. */
export function replayMoment({ from, to }: ReplaySpan, step: number): number {
  return from + Math.round(((to - from) * step) / replaySteps);
}

/** What stood of a check at a moment: it is pending until somebody came, or until it was due and nobody ever came. */
export function resultAt(check: Pick<Check, 'at' | 'dueAt' | 'result'>, moment: number): CheckResult {
  return (check.at ?? check.dueAt) <= moment ? check.result : 'pending';
}

/** Where a guard was. Check-ins are proved; on the way from one to the next the straight line is all there is to go by. */
export interface Whereabouts<Stop> {
  spot: Spot;
  /** Checked in there last. */
  last: Stop;
  /** Checked in there next; null: nowhere any more. */
  next: Stop | null;
}

/**
 * @param walked the stops with a check-in, in the order in which they were walked
 * @returns null before the first check-in
 */
export function whereAt<Stop extends { at: Spot; check: Pick<Check, 'at'> }>(
  walked: readonly Stop[],
  moment: number,
): Whereabouts<Stop> | null {
  const time = ({ check }: Stop) => check.at ?? Number.POSITIVE_INFINITY;
  const last = walked.findLast((stop) => time(stop) <= moment);
  if (last === undefined) return null;
  const next = walked.find((stop) => time(stop) > moment) ?? null;
  if (next === null) return { spot: last.at, last, next };
  const share = (moment - time(last)) / (time(next) - time(last));
  const between = (axis: 0 | 1) => last.at[axis] + (next.at[axis] - last.at[axis]) * share;
  return { spot: [between(0), between(1)], last, next };
}
