import { type Alarm, gatewayDevice } from '../contract/alarm.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { calls, type Occurrence } from './occurrence.ts';
import { loadUnshown } from './store.ts';

/** An urgent alarm that no console has confirmed to show after this long is told by other means, ms (CONSOLE, sound). */
export const unseenAfterMs = 5_000;
export const unseenTimer = 'unseen';

/** An open alarm that no console has confirmed to show. */
interface Unshown {
  id: string;
  /** When it counts as unseen, UTC ms; null when nobody has to look at it at once. */
  dueAt: number | null;
  overdue: boolean;
}

/** Where one alarm's two seconds began. `deviceAt` only when the device's own clock could be used. */
export interface Arrival {
  deviceAt: number | null;
  receivedAt: number;
}

/** Only what calls for an answer at once is watched, and never the alarm that tells of the watch itself. */
function urgent(alarm: Alarm): boolean {
  return (
    alarm.priority <= 2 && calls(alarm) && !(alarm.device === gatewayDevice && alarm.definition === 'unseen')
  );
}

/**
 * The latency record of every alarm, and the watch over alarms that no console shows: one durable timer for the site, not one
 * for each alarm, so that a flood costs nothing more.
 */
export function createLatency(deps: {
  memory: Memory;
  query: Query;
  /** At least one urgent alarm is unseen; called again when more are. */
  unseen(turn: Turn): void;
  /** All of them have been shown, answered or closed. */
  seen(turn: Turn): void;
}) {
  const unshown: Table<Unshown> = deps.memory.table('alarms-unshown');
  /** One row, `site`: when the timer fires (null: it does not run), and how many alarms are overdue. */
  const watch: Table<{ dueAt: number | null; overdue: number }> = deps.memory.table('alarms-unseen');
  const state = () => watch.get('site') ?? { dueAt: null, overdue: 0 };

  function runUntil(turn: Turn, dueAt: number | null, overdue: number): void {
    watch.set('site', { dueAt, overdue });
    if (dueAt !== null) turn.timer('alarms', unseenTimer, dueAt, 'duration');
  }

  /** Somebody has to look at it now. */
  function expect(turn: Turn, { alarm: { id }, track }: Occurrence): void {
    const dueAt = track.calledAt + unseenAfterMs;
    unshown.set(id, { id, dueAt, overdue: false });
    const { dueAt: running, overdue } = state();
    if (running === null) runUntil(turn, dueAt, overdue);
  }

  /** Nobody has to look at it any more. */
  function relieve(turn: Turn, row: Unshown, rest: Unshown | undefined): void {
    unshown.set(row.id, rest);
    if (!row.overdue) return;
    const { dueAt, overdue } = state();
    watch.set('site', { dueAt, overdue: overdue - 1 });
    if (overdue === 1) deps.seen(turn);
  }

  /** Which alarms are overdue by now, and when the next will be. */
  function judge(turn: Turn): void {
    const passed = Math.max(turn.now, state().dueAt ?? 0);
    let next: number | null = null;
    let overdue = 0;
    for (const row of [...unshown.values()]) {
      if (row.dueAt === null) continue;
      // It called before the wall clock was set back.
      const setBack = row.dueAt > turn.now + unseenAfterMs;
      if (row.overdue || row.dueAt <= passed || setBack) {
        overdue++;
        if (!row.overdue) unshown.set(row.id, { ...row, overdue: true });
      } else if (next === null || row.dueAt < next) next = row.dueAt;
    }
    runUntil(turn, next, overdue);
    if (overdue > 0) deps.unseen(turn);
    else deps.seen(turn);
  }

  return {
    raised(turn: Turn, occurrence: Occurrence, { deviceAt, receivedAt }: Arrival): void {
      const { alarm } = occurrence;
      turn.write('alarms.latency', alarm.id, deviceAt, receivedAt);
      if (urgent(alarm)) expect(turn, occurrence);
      else unshown.set(alarm.id, { id: alarm.id, dueAt: null, overdue: false });
    },

    /** After every later step of the alarm. */
    moved(turn: Turn, occurrence: Occurrence): void {
      const { alarm } = occurrence;
      const row = unshown.get(alarm.id);
      if (!row) return;
      if (alarm.state === 'closed') relieve(turn, row, undefined);
      else if (row.dueAt === null && urgent(alarm)) expect(turn, occurrence);
      else if (row.dueAt !== null && !urgent(alarm))
        relieve(turn, row, { ...row, dueAt: null, overdue: false });
    },

    /** When the turn that raised them was on disk, and when the live message left. The first sending counts. */
    sent(turn: Turn, alarms: Iterable<string>, committedAt: number, sentAt: number): void {
      for (const id of alarms) turn.write('alarms.sent', committedAt, sentAt, id);
    },

    /** A console has painted them, at `turn.now`. The first console counts; ids that are not open are passed over. */
    shown(turn: Turn, alarms: Iterable<string>, audible: boolean): void {
      for (const id of alarms) {
        const row = unshown.get(id);
        if (!row) continue;
        turn.write('alarms.shown', turn.now, audible ? 1 : 0, id);
        relieve(turn, row, undefined);
      }
    },

    onTimer: judge,

    /** In the first turn after a start: what was unseen before the stop still is. */
    resume(turn: Turn): void {
      if (watch.get('site') === undefined && unshown.committed.size > 0) judge(turn);
    },

    async load(open: ReadonlyMap<string, Occurrence>): Promise<void> {
      for (const id of await loadUnshown(deps.query)) {
        const occurrence = open.get(id);
        if (!occurrence) continue;
        const dueAt = urgent(occurrence.alarm) ? occurrence.track.calledAt + unseenAfterMs : null;
        unshown.load(id, { id, dueAt, overdue: false });
      }
    },
  };
}
export type Latency = ReturnType<typeof createLatency>;
