import type { CheckResult, Round } from '../contract/patrol.ts';
import type { PatrolPlan, Route } from '../contract/site.ts';

const minuteMs = 60_000;

/** A stretch of time without the gateway; UTC ms. */
export interface Outage {
  from: number;
  to: number;
}

/** What a round is judged by: route and plan as they were when it started, whatever is changed meanwhile. */
export interface RoundRule {
  toleranceMs: number;
  ordered: boolean;
  /** Least time for the way to each check from the one before it on the route, and between any other two; ms. */
  walkMs: number[];
  minWalkMs: number;
  /** People it was meant for; none: anybody. */
  guards: string[];
  /** Starts of the same plan before and after it: a visit between two rounds belongs to the nearer one. */
  previousStartsAt: number | null;
  nextStartsAt: number | null;
  outages: Outage[];
}

export interface KeptRound {
  round: Round;
  rule: RoundRule;
}

/** A proof of presence at a checkpoint. */
export interface Visit {
  checkpoint: string;
  at: number;
  guard: string | null;
  reader: string;
}

export function startRound(
  plan: PatrolPlan,
  route: Route,
  times: { id: string; startsAt: number; previousStartsAt: number | null; nextStartsAt: number | null },
): KeptRound {
  const { id, startsAt, previousStartsAt, nextStartsAt } = times;
  const lastDueMin = Math.max(...route.checkpoints.map((stop) => stop.dueMin));
  return {
    round: {
      id,
      plan: plan.id,
      route: route.id,
      name: plan.name,
      state: 'running',
      startsAt,
      endsAt: Math.round(startsAt + (lastDueMin + route.graceMin) * minuteMs),
      checks: route.checkpoints.map(({ checkpoint, dueMin }) => ({
        checkpoint,
        dueAt: Math.round(startsAt + dueMin * minuteMs),
        result: 'pending',
        at: null,
        guard: null,
        reader: null,
        lateEvidence: false,
      })),
      note: null,
    },
    rule: {
      toleranceMs: Math.round(route.toleranceMin * minuteMs),
      ordered: route.ordered,
      walkMs: route.checkpoints.map(({ walkS }) => Math.round((walkS ?? route.minWalkS) * 1_000)),
      minWalkMs: Math.round(route.minWalkS * 1_000),
      guards: plan.guards,
      previousStartsAt,
      nextStartsAt,
      outages: [],
    },
  };
}

/** Which of the round's checks a visit can prove: its index, or -1. A checkpoint may stand in a route twice. */
export function checkProvedBy({ round, rule }: KeptRound, visit: Visit): number {
  const { startsAt, endsAt } = round;
  const opensAt = startsAt - rule.toleranceMs;
  if (visit.at < opensAt || visit.at > endsAt) return -1;
  let found = -1;
  let nearestMs = Number.POSITIVE_INFINITY;
  round.checks.forEach((check, index) => {
    if (check.checkpoint !== visit.checkpoint) return;
    // Half-way between its due time in two rounds of a plan a visit passes from one to the other, but never to one not yet open.
    if (rule.previousStartsAt !== null) {
      const halfway = check.dueAt - (startsAt - rule.previousStartsAt) / 2;
      if (visit.at <= halfway) return;
    }
    if (rule.nextStartsAt !== null) {
      const halfway = check.dueAt + (rule.nextStartsAt - startsAt) / 2;
      if (visit.at > halfway && visit.at >= rule.nextStartsAt - rule.toleranceMs) return;
    }
    const distanceMs = Math.abs(visit.at - check.dueAt);
    if (distanceMs >= nearestMs) return;
    found = index;
    nearestMs = distanceMs;
  });
  return found;
}

/** The check that a visit proves, if it is the better proof; undefined when it changes nothing. */
function provedCheck(
  kept: KeptRound,
  visit: Visit,
): { index: number; check: Round['checks'][number] } | undefined {
  const index = checkProvedBy(kept, visit);
  const check = kept.round.checks[index];
  if (!check) return undefined;
  if (check.at !== null) {
    const gainMs = Math.abs(check.at - check.dueAt) - Math.abs(visit.at - check.dueAt);
    if (gainMs < 0 || (gainMs === 0 && visit.at >= check.at)) return undefined;
  }
  const { at, guard, reader } = visit;
  return { index, check: { ...check, at, guard, reader, lateEvidence: kept.round.state !== 'running' } };
}

/**
 * Enters visits. Of several at a check the one nearest to the due time counts, so that the outcome does not depend on the order in
 * which they become known; one that comes after the judgement is late evidence and judges the round anew.
 * @returns the same object when nothing changes
 */
export function enterVisits(kept: KeptRound, visits: Iterable<Visit>): KeptRound {
  let after = kept;
  for (const visit of visits) {
    const proved = provedCheck(after, visit);
    if (!proved) continue;
    const checks = after.round.checks.with(proved.index, proved.check);
    after = { ...after, round: { ...after.round, checks } };
  }
  return after === kept ? kept : assess(after);
}

export function enterVisit(kept: KeptRound, visit: Visit): KeptRound {
  return enterVisits(kept, [visit]);
}

/** The end of a round: what nobody has proved is missed. `done` is a round without a missed checkpoint. */
export function judgeRound(kept: KeptRound): KeptRound {
  return kept.round.state === 'running' ? assess({ ...kept, round: { ...kept.round, state: 'done' } }) : kept;
}

/**
 * The checks that whoever proved them cannot have walked to in the time since the one before: tags that were taken off the wall,
 * or photographed. Two guards who share a round are two walkers.
 */
function tooSoon({ round, rule }: KeptRound): Set<number> {
  const found = new Set<number>();
  const walkers = new Map<string, { index: number; at: number }>();
  const visited = round.checks
    .flatMap((check, index) => (check.at === null ? [] : [{ index, at: check.at, check }]))
    .sort((a, b) => a.at - b.at || a.index - b.index);
  for (const { index, at, check } of visited) {
    const walker = check.guard ?? `reader ${check.reader}`;
    const last = walkers.get(walker);
    walkers.set(walker, { index, at });
    if (!last || round.checks[last.index]?.checkpoint === check.checkpoint) continue;
    const leastMs = index === last.index + 1 ? (rule.walkMs[index] ?? rule.minWalkMs) : rule.minWalkMs;
    if (at - last.at < leastMs) found.add(index);
  }
  return found;
}

function assess(kept: KeptRound): KeptRound {
  const { round, rule } = kept;
  const soon = tooSoon(kept);
  const judged = round.state !== 'running';
  let earliestLater = Number.POSITIVE_INFINITY;
  const results = round.checks.map((): CheckResult => 'pending');
  for (let index = round.checks.length - 1; index >= 0; index--) {
    const check = round.checks[index];
    if (!check) continue;
    if (check.at === null) {
      if (judged) results[index] = 'missed';
      continue;
    }
    const deviationMs = check.at - check.dueAt;
    if (soon.has(index)) results[index] = 'impossible-speed';
    // Walked after a checkpoint that comes later on the route. A skipped one is missed and spoils no other.
    else if (rule.ordered && earliestLater < check.at) results[index] = 'out-of-order';
    else if (deviationMs < -rule.toleranceMs) results[index] = 'early';
    else if (deviationMs > rule.toleranceMs) results[index] = 'late';
    else results[index] = 'normal';
    earliestLater = Math.min(earliestLater, check.at);
  }
  const checks = round.checks.map((check, index) => ({ ...check, result: results[index] ?? check.result }));
  const state = judged ? (results.includes('missed') ? 'missed' : 'done') : 'running';
  return { ...kept, round: { ...round, state, checks } };
}

/** Marks a round that an outage touched, in words for people. */
export function markOutage(kept: KeptRound, outage: Outage, words: string): KeptRound {
  const { round, rule } = kept;
  if (outage.from >= round.endsAt || outage.to <= round.startsAt) return kept;
  return {
    round: { ...round, note: round.note === null ? words : `${round.note}; ${words}` },
    rule: { ...rule, outages: [...rule.outages, outage] },
  };
}

/**
 * Checkpoints of a judged round to raise an alarm for. One whose whole time fell into an outage is missed on record only: the
 * gateway could not have seen the guard, and the round says so.
 */
export function missedWhileWatching({ round, rule }: KeptRound): string[] {
  const missed = round.checks.filter(
    (check) =>
      check.result === 'missed' &&
      !rule.outages.some(
        (outage) =>
          outage.from <= check.dueAt - rule.toleranceMs && check.dueAt + rule.toleranceMs <= outage.to,
      ),
  );
  return [...new Set(missed.map((check) => check.checkpoint))];
}
