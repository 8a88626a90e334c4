import type { StoredEvent } from '../contract/event.ts';
import type { Change } from '../contract/live.ts';
import type { Checkin, Round } from '../contract/patrol.ts';
import type { Checkpoint, PatrolPlan, Route } from '../contract/site.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { createCheckins, readOfEvent, type TagSite } from './checkins.ts';
import type { KeptRound, Outage, Visit } from './machine.ts';
import { createPlans } from './plans.ts';
import { createRounds } from './rounds.ts';
import { createUploads, type Uploads } from './uploads.ts';

/** Device time is believed for 7 days (DECISIONS, Time): so long a round can be judged anew; a day more for its length. */
const keepMs = 8 * 86_400_000;
const tidyMs = 6 * 3_600_000;
/** A restart shorter than this leaves no mark on rounds: it is over before a guard has walked on. */
export const shortestOutageMs = 60_000;

/** A checkpoint that nobody proved to have walked by; the alarm `checkpoint-missed`, instance = checkpoint. */
export interface MissedCheckpoint {
  checkpoint: Checkpoint;
  round: Round;
  /** The end of the round; UTC ms. */
  occurredAt: number;
}

/** The missed checkpoint has been visited after all: by late evidence for the round itself, or by somebody since. */
export interface VisitedCheckpoint {
  checkpoint: string;
  guard: string | null;
  at: number;
  how: 'late-evidence' | 'visited-since';
}

/** How far a wand's clock was off at its read-out; positive: it is fast. ms. */
export interface ClockDrift {
  reader: string;
  driftMs: number;
}

/** What exists on the site, as the running turn sees it. */
export interface PatrolSite extends TagSite {
  timeZone(): string;
  checkpoint(id: string): Checkpoint | undefined;
  route(id: string): Route | undefined;
  plans(): Iterable<PatrolPlan>;
  plan(id: string): PatrolPlan | undefined;
}

export interface Patrol {
  load(now: number): Promise<void>;
  /**
   * The first input after a start, before any timer: starts and judges, once, every round that fell into the outage.
   * @param outage when the gateway was down, or null at the very first start
   */
  start(turn: Turn, outage: Outage | null): void;
  /** Plans or the time zone may have changed in this turn. */
  siteChanged(turn: Turn): void;
  /** @throws message.invalid for a check-in without a sound tag */
  onEvent(turn: Turn, event: StoredEvent): void;
  onTimer(turn: Turn, name: string): void;
  /** What wands bring home in one go. */
  uploads: Uploads;
  /** When a plan starts next, UTC ms. */
  nextStartOf(plan: string): number | null;
  /** A round of the last days, as committed. */
  round(id: string): Round | undefined;
  snapshot(): Change[];
}

/**
 * @param deps.raiseMissed raises the alarm of a missed checkpoint
 * @param deps.clearMissed returns it; called also when there is none
 * @param deps.clockMeasured called with each measurement of a wand's clock
 */
export function createPatrol(deps: {
  memory: Memory;
  query: Query;
  site: PatrolSite;
  raiseMissed(turn: Turn, missed: MissedCheckpoint): void;
  clearMissed(turn: Turn, visited: VisitedCheckpoint): void;
  clockMeasured(turn: Turn, drift: ClockDrift): void;
}): Patrol {
  const { site } = deps;
  const plans = createPlans({ ...deps, plans: site.plans, timeZone: site.timeZone });
  const checkins = createCheckins(deps);
  const rounds = createRounds(deps);
  const uploads = createUploads({
    memory: deps.memory,
    query: deps.query,
    keepMs,
    sort: checkins.sort,
    isReversed: site.isReversed,
    provedBy: (fresh) => rounds.provedBy(visitsIn(fresh)),
    missedNow: (id) => rounds.get(id)?.checks.filter(({ result }) => result === 'missed').length ?? 0,
    keep,
    measured: (turn, reader, driftMs) => deps.clockMeasured(turn, { reader, driftMs }),
  });

  function begin(turn: Turn, planId: string, outage: { outage: Outage; words: string } | null): void {
    const planned = plans.take(turn, planId);
    const plan = site.plan(planId);
    const route = plan && site.route(plan.route);
    if (!planned || !plan || !route) return;
    const { round } = rounds.begin(turn, planned, plan, route, visitsIn(checkins.values()), outage);
    if (round.endsAt <= turn.now) judge(turn, round.id);
  }

  /** Keeps new check-ins with the rounds that they change; a missed checkpoint that is proved by them is one no more. */
  function keep(turn: Turn, fresh: readonly Checkin[], changed: readonly KeptRound[]): void {
    const newest = new Map<string, Visit>();
    for (const visit of visitsIn(fresh))
      if ((newest.get(visit.checkpoint)?.at ?? 0) < visit.at) newest.set(visit.checkpoint, visit);
    const before = new Map([...newest.keys()].map((id) => [id, rounds.missesOf(id)]));
    checkins.keep(turn, fresh);
    rounds.keep(turn, changed);
    for (const { checkpoint, guard, at } of newest.values()) {
      const missedBefore = before.get(checkpoint) ?? [];
      if (missedBefore.length === 0) continue;
      const stillMissed = rounds.missesOf(checkpoint);
      // A later round that missed it too keeps the alarm standing.
      if (stillMissed.some((endsAt) => at <= endsAt)) continue;
      const how = stillMissed.length < missedBefore.length ? 'late-evidence' : 'visited-since';
      deps.clearMissed(turn, { checkpoint, guard, at, how });
    }
  }

  function judge(turn: Turn, id: string): void {
    const judged = rounds.judge(turn, id);
    if (!judged) return;
    for (const key of judged.missed) {
      const checkpoint = site.checkpoint(key);
      if (checkpoint)
        deps.raiseMissed(turn, { checkpoint, round: judged.round, occurredAt: judged.round.endsAt });
    }
  }

  function tidy(turn: Turn): void {
    rounds.forget(turn, turn.now - keepMs);
    checkins.forget(turn.now - keepMs);
    uploads.forget(turn.now - keepMs);
    turn.timer('patrol', 'tidy', turn.now + tidyMs, 'duration');
  }

  return {
    async load(now) {
      await plans.load();
      await checkins.load(now - keepMs);
      await rounds.load(now, now - keepMs);
    },
    start(turn, outage) {
      plans.follow(turn);
      const mark =
        outage && outage.to - outage.from >= shortestOutageMs
          ? { outage, words: outageWords(outage, site.timeZone()) }
          : null;
      if (mark) rounds.markOutage(turn, mark.outage, mark.words);
      for (let due = plans.due(turn.now); due.length > 0; due = plans.due(turn.now))
        for (const plan of due) begin(turn, plan, mark);
      for (const id of rounds.ended(turn.now)) judge(turn, id);
      tidy(turn);
    },
    siteChanged: plans.follow,
    onEvent(turn, event) {
      if (event.type !== 'checkin') return;
      const { fresh } = checkins.sort([readOfEvent(event, site.isReversed(event.device))]);
      if (fresh.length > 0) keep(turn, fresh, rounds.provedBy(visitsIn(fresh)));
    },
    onTimer(turn, name) {
      const [what, id = ''] = name.split('/');
      if (what === 'start') begin(turn, id, null);
      else if (what === 'judge') judge(turn, id);
      else tidy(turn);
    },
    uploads,
    nextStartOf: plans.nextOf,
    round: rounds.committed,
    snapshot: rounds.snapshot,
  };
}

/** What check-ins prove: where somebody was, unless the time is in doubt. */
function* visitsIn(checkins: Iterable<Checkin>): Generator<Visit> {
  for (const { checkpoint, at, guard, reader, doubt } of checkins)
    if (checkpoint !== null && doubt === null) yield { checkpoint, at, guard, reader };
}

/** "gateway down 02:10–03:45", in the site's own time. */
function outageWords({ from, to }: Outage, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return `gateway down ${clock.format(from)}–${clock.format(to)}`;
}
