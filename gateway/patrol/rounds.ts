import type { Change } from '../contract/live.ts';
import type { Round } from '../contract/patrol.ts';
import type { PatrolPlan, Route } from '../contract/site.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import {
  checkProvedBy,
  enterVisit,
  enterVisits,
  judgeRound,
  type KeptRound,
  markOutage,
  missedWhileWatching,
  type Outage,
  startRound,
  type Visit,
} from './machine.ts';
import type { PlannedStart } from './plans.ts';
import { readRoundsSince, writeRound } from './store.ts';

/** A round stays on the consoles' board for a day after its end. */
export const boardMs = 86_400_000;

/** A look-up of the rounds that may be open at a moment: a wand brings thousands of reads, and memory holds a week of rounds. */
function roundsNear(all: KeptRound[]): (at: number) => KeptRound[] {
  all.sort((a, b) => a.round.startsAt - b.round.startsAt);
  const reachMs = all.reduce(
    (most, { round, rule }) => Math.max(most, round.endsAt - round.startsAt, rule.toleranceMs),
    0,
  );
  /** The first round that starts at `at` or later. */
  const firstFrom = (at: number) => {
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.round.startsAt ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (at) => all.slice(firstFrom(at - reachMs), firstFrom(at + reachMs + 1));
}

/** Rounds in memory: those under way, and those that a late upload may still concern. */
export function createRounds(deps: { memory: Memory; query: Query }) {
  const rounds = deps.memory.table<KeptRound>('patrol-rounds');
  /** What consoles have been told of. */
  const board = deps.memory.table<{ id: string; endsAt: number }>('patrol-board');

  function keep(turn: Turn, kept: KeptRound): void {
    const { round } = kept;
    rounds.set(round.id, kept);
    writeRound(turn, kept);
    if (round.endsAt < turn.now - boardMs) return;
    board.set(round.id, { id: round.id, endsAt: round.endsAt });
    turn.change('rounds', round.id, round);
  }

  /** The rounds that a visit proves something of. Where one of them is meant for this guard, those meant for others are not. */
  function claimants(visit: Visit, among: Iterable<KeptRound>): KeptRound[] {
    const claiming: KeptRound[] = [];
    for (const kept of among) if (checkProvedBy(kept, visit) >= 0) claiming.push(kept);
    const isMeant = ({ rule }: KeptRound) => visit.guard !== null && rule.guards.includes(visit.guard);
    if (!claiming.some(isMeant)) return claiming;
    return claiming.filter((kept) => isMeant(kept) || kept.rule.guards.length === 0);
  }

  return {
    async load(now: number, since: number): Promise<void> {
      for (const kept of await readRoundsSince(deps.query, since)) {
        const { id, endsAt } = kept.round;
        rounds.load(id, kept);
        if (endsAt >= now - boardMs) board.load(id, { id, endsAt });
      }
    },

    /** Begins the round of a planned start, with what is known of it already; sets the timer of its judgement. */
    begin(
      turn: Turn,
      planned: PlannedStart,
      plan: PatrolPlan,
      route: Route,
      visits: Iterable<Visit>,
      outage: { outage: Outage; words: string } | null,
    ): KeptRound {
      let kept = startRound(plan, route, { ...planned, id: turn.id() });
      if (outage) kept = markOutage(kept, outage.outage, outage.words);
      const { id } = kept.round;
      rounds.set(id, kept);
      for (const visit of visits) {
        if (
          checkProvedBy(kept, visit) < 0 ||
          !claimants(visit, rounds.values()).some(({ round }) => round.id === id)
        )
          continue;
        kept = enterVisit(kept, visit);
        rounds.set(id, kept);
      }
      keep(turn, kept);
      turn.timer('patrol', `judge/${id}`, kept.round.endsAt, 'schedule');
      return kept;
    },

    /** The rounds that these visits change, as they stand afterwards. Keeps nothing. */
    provedBy(visits: Iterable<Visit>): KeptRound[] {
      const near = roundsNear([...rounds.values()]);
      const proofs = new Map<KeptRound, Visit[]>();
      for (const visit of visits)
        for (const kept of claimants(visit, near(visit.at))) {
          const known = proofs.get(kept);
          if (known) known.push(visit);
          else proofs.set(kept, [visit]);
        }
      return [...proofs].flatMap(([before, proving]) => {
        const after = enterVisits(before, proving);
        return after === before ? [] : [after];
      });
    },

    keep(turn: Turn, changed: Iterable<KeptRound>): void {
      for (const kept of changed) keep(turn, kept);
    },

    /**
     * Judges a round that has ended, once.
     * @returns the checkpoints to raise an alarm for
     */
    judge(turn: Turn, id: string): { round: Round; missed: string[] } | null {
      const kept = rounds.get(id);
      if (kept?.round.state !== 'running') return null;
      if (kept.round.endsAt > turn.now) {
        // The wall clock was set back since the timer was due.
        turn.timer('patrol', `judge/${id}`, kept.round.endsAt, 'schedule');
        return null;
      }
      turn.clearTimer('patrol', `judge/${id}`);
      const judged = judgeRound(kept);
      keep(turn, judged);
      return { round: judged.round, missed: missedWhileWatching(judged) };
    },

    /** Running rounds that have ended, in the order of their ends. */
    ended(now: number): string[] {
      return [...rounds.values()]
        .filter(({ round }) => round.state === 'running' && round.endsAt <= now)
        .sort((a, b) => a.round.endsAt - b.round.endsAt)
        .map(({ round }) => round.id);
    },

    markOutage(turn: Turn, outage: Outage, words: string): void {
      for (const kept of [...rounds.values()]) {
        if (kept.round.state !== 'running') continue;
        const marked = markOutage(kept, outage, words);
        if (marked !== kept) keep(turn, marked);
      }
    },

    /** Ends of the judged rounds that miss this checkpoint. UTC ms. */
    missesOf(checkpoint: string): number[] {
      const ends: number[] = [];
      for (const { round } of rounds.values())
        if (
          round.state === 'missed' &&
          round.checks.some((check) => check.checkpoint === checkpoint && check.result === 'missed')
        )
          ends.push(round.endsAt);
      return ends;
    },

    /** Takes old rounds off the board, and out of memory what ended before `before`. */
    forget(turn: Turn, before: number): void {
      for (const { id, endsAt } of [...board.values()])
        if (endsAt < turn.now - boardMs) {
          board.set(id, undefined);
          turn.change('rounds', id, null);
        }
      for (const { round } of [...rounds.values()])
        if (round.state !== 'running' && round.endsAt < before) rounds.set(round.id, undefined);
    },

    get: (id: string): Round | undefined => rounds.get(id)?.round,
    /** As committed. */
    committed: (id: string): Round | undefined => rounds.committed.get(id)?.round,
    snapshot(): Change[] {
      return [...board.committed.keys()].flatMap((id) => {
        const kept = rounds.committed.get(id);
        return kept ? [{ entity: 'rounds', id, data: kept.round } as const] : [];
      });
    },
  };
}
