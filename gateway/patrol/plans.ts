import type { PatrolPlan } from '../contract/site.ts';
import { nextStart } from '../lib/schedule.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { readSchedules, type Schedule, writeSchedule } from './store.ts';

/** One start of a plan, with its neighbours. UTC ms. */
export interface PlannedStart {
  plan: string;
  startsAt: number;
  previousStartsAt: number | null;
  nextStartsAt: number | null;
}

/**
 * Keeps for every plan how far its rounds have been started. The next start is always computed from the last one, never from
 * "now": a clock that is set back repeats none, one that is set forward leaves none out.
 */
export function createPlans(deps: {
  memory: Memory;
  query: Query;
  plans(): Iterable<PatrolPlan>;
  timeZone(): string;
}) {
  const schedules = deps.memory.table<Schedule>('patrol-schedules');

  function keep(turn: Turn, schedule: Schedule): void {
    schedules.set(schedule.plan, schedule);
    writeSchedule(turn, schedule);
    if (schedule.nextAt === null) turn.clearTimer('patrol', `start/${schedule.plan}`);
    else turn.timer('patrol', `start/${schedule.plan}`, schedule.nextAt, 'schedule');
  }

  return {
    async load(): Promise<void> {
      for (const schedule of await readSchedules(deps.query)) schedules.load(schedule.plan, schedule);
    },

    /** Follows plans that were added, changed, switched off or removed, and the site's time zone. */
    follow(turn: Turn): void {
      const zone = deps.timeZone();
      const removed = new Set([...schedules.values()].map((schedule) => schedule.plan));
      for (const plan of deps.plans()) {
        removed.delete(plan.id);
        const schedule = schedules.get(plan.id);
        const pattern = plan.enabled ? plan.schedule : '';
        if (schedule?.pattern === pattern && schedule.zone === zone) continue;
        const lastAt = schedule?.lastAt ?? null;
        const after = Math.max(turn.now, lastAt ?? 0);
        const nextAt = plan.enabled ? nextStart(pattern, zone, after) : null;
        keep(turn, { plan: plan.id, pattern, zone, lastAt, nextAt });
      }
      for (const plan of removed) {
        schedules.set(plan, undefined);
        turn.write('patrol.unschedule', plan);
        turn.clearTimer('patrol', `start/${plan}`);
      }
    },

    /** Plans with a start that is due, in the order of their starts. */
    due(now: number): string[] {
      return [...schedules.values()]
        .filter((schedule) => schedule.nextAt !== null && schedule.nextAt <= now)
        .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0))
        .map((schedule) => schedule.plan);
    },

    /** Takes the plan's due start and sets its timer to the one after; null when none is due. */
    take(turn: Turn, plan: string): PlannedStart | null {
      const schedule = schedules.get(plan);
      if (schedule?.nextAt === undefined || schedule.nextAt === null) return null;
      if (schedule.nextAt > turn.now) {
        // The wall clock was set back since the timer was due.
        keep(turn, schedule);
        return null;
      }
      const { nextAt: startsAt, lastAt: previousStartsAt } = schedule;
      const nextStartsAt = nextStart(schedule.pattern, schedule.zone, startsAt);
      keep(turn, { ...schedule, lastAt: startsAt, nextAt: nextStartsAt });
      return { plan, startsAt, previousStartsAt, nextStartsAt };
    },

    /** When a plan starts next, as committed; UTC ms. */
    nextOf: (plan: string): number | null => schedules.committed.get(plan)?.nextAt ?? null,
  };
}
