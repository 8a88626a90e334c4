import type { Alarm, AlarmRule, AlarmState } from '../../gateway/contract/alarm.ts';
import type { Priority } from '../../gateway/contract/names.ts';

/** Pure questions about alarms that banner, list, panel, wall and sound all ask in the same way. */

export const priorities: readonly Priority[] = [1, 2, 3, 4];

/** There or gone, nobody has answered it yet (ISA-18.2: unacknowledged, returned unacknowledged). */
export function isUnanswered(alarm: Pick<Alarm, 'state'>): boolean {
  return alarm.state === 'unacknowledged' || alarm.state === 'returned';
}

/** A moment: an event that nothing clears (a press, a swipe). It is raised as returned, and has no end of which to tell. */
export function isMomentary(
  { raisedAt, returnedAt }: Pick<Alarm, 'raisedAt' | 'returnedAt'>,
  rule: AlarmRule | undefined,
): boolean {
  if (rule === undefined) return returnedAt === raisedAt;
  return rule.rule === 'event' && rule.clearedBy === undefined;
}

/**
 * When the cause of an alarm was over in the field, UTC ms. Undefined while it stands or flutters, for one that was taken back by a
 * change of the site, and for what has no end.
 */
export function overSince(
  alarm: Pick<Alarm, 'raisedAt' | 'returnedAt' | 'returnedReason' | 'chattering'>,
  rule: AlarmRule | undefined,
): number | undefined {
  const { returnedAt } = alarm;
  if (returnedAt === undefined || alarm.returnedReason !== undefined || alarm.chattering === true)
    return undefined;
  return isMomentary(alarm, rule) ? undefined : returnedAt;
}

/** Put aside by a person (shelved) or by a rule (suppressed): listed apart, never rings or blinks. */
export function isAside(alarm: Pick<Alarm, 'shelved' | 'suppressed'>): boolean {
  return alarm.shelved !== undefined || alarm.suppressed !== undefined;
}

/** Calls for an answer now: blinks and sounds. */
export function calls(alarm: Pick<Alarm, 'state' | 'shelved' | 'suppressed'>): boolean {
  return isUnanswered(alarm) && !isAside(alarm);
}

const stateRank: Record<AlarmState, number> = {
  unacknowledged: 0,
  returned: 1,
  latched: 2,
  acknowledged: 3,
  closed: 5,
};

/** What the operator's order depends on. */
export interface SortKey {
  id: string;
  rank: number;
  priority: number;
  raisedAt: number;
}

export function sortKey(alarm: Alarm): SortKey {
  return {
    id: alarm.id,
    rank: isAside(alarm) && alarm.state !== 'closed' ? 4 : stateRank[alarm.state],
    priority: alarm.priority,
    raisedAt: alarm.raisedAt,
  };
}

/** The operator's order: state, then priority, then newest; the id decides a tie so that the order never flickers. */
export function compareKeys(a: SortKey, b: SortKey): number {
  return (
    a.rank - b.rank ||
    a.priority - b.priority ||
    b.raisedAt - a.raisedAt ||
    (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
  );
}

/**
 * Alarms in the operator's order. A `held` key stands for its alarm's own: the row that the operator is on keeps its place
 * when he acknowledges it, and moves only after he has left it.
 */
export function orderAlarms(alarms: readonly Alarm[], held?: SortKey): Alarm[] {
  const keyed = alarms.map((alarm) => ({ alarm, key: held?.id === alarm.id ? held : sortKey(alarm) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key));
  return keyed.map((entry) => entry.alarm);
}

/** The one for the banner: the first in order that still calls. */
export function highestCalling(alarms: readonly Alarm[]): Alarm | undefined {
  let best: Alarm | undefined;
  for (const alarm of alarms) {
    if (!calls(alarm)) continue;
    if (
      best === undefined ||
      alarm.priority < best.priority ||
      (alarm.priority === best.priority && compareKeys(sortKey(alarm), sortKey(best)) < 0)
    ) {
      best = alarm;
    }
  }
  return best;
}

export interface PriorityCount {
  /** Still to be answered. */
  calling: number;
  /** All that are open and not put aside. */
  open: number;
}

export interface AlarmCounts {
  byPriority: Record<Priority, PriorityCount>;
  shelved: number;
  suppressed: number;
}

export function countAlarms(alarms: readonly Alarm[]): AlarmCounts {
  const none = (): PriorityCount => ({ calling: 0, open: 0 });
  const counts: AlarmCounts = {
    byPriority: { 1: none(), 2: none(), 3: none(), 4: none() },
    shelved: 0,
    suppressed: 0,
  };
  for (const alarm of alarms) {
    if (alarm.state === 'closed') continue;
    if (alarm.shelved !== undefined) counts.shelved++;
    else if (alarm.suppressed !== undefined) counts.suppressed++;
    else {
      const entry = counts.byPriority[alarm.priority];
      entry.open++;
      if (isUnanswered(alarm)) entry.calling++;
    }
  }
  return counts;
}
