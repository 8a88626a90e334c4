import type { Alarm } from '../../gateway/contract/alarm.ts';
import { calls, compareKeys, type SortKey, sortKey } from './alarm-list.ts';

/** What the open alarms of one thing come to. */
export interface AlarmSign {
  /** The one that matters most: the first in the operator's order. */
  top: Alarm;
  count: number;
  /** One of them waits for an answer. */
  calling: boolean;
}

/** Takes one more alarm into a sign. */
function joined(sign: AlarmSign | undefined, alarm: Alarm): AlarmSign {
  if (sign === undefined) return { top: alarm, count: 1, calling: calls(alarm) };
  return {
    top: compareKeys(sortKey(alarm), sortKey(sign.top)) < 0 ? alarm : sign.top,
    count: sign.count + 1,
    calling: sign.calling || calls(alarm),
  };
}

/** Open alarms by what `keyOf` says; those without a key, closed and suppressed ones are left out. */
export function signsBy(
  alarms: readonly Alarm[],
  keyOf: (alarm: Alarm) => string | undefined,
): Map<string, AlarmSign> {
  const signs = new Map<string, AlarmSign>();
  for (const alarm of alarms) {
    if (alarm.state === 'closed' || alarm.suppressed !== undefined) continue;
    const key = keyOf(alarm);
    if (key !== undefined) signs.set(key, joined(signs.get(key), alarm));
  }
  return signs;
}

/** The first `most` in the operator's order, without sorting the rest: in a flood there are ten thousand. */
export function firstAlarms(alarms: readonly Alarm[], most: number): Alarm[] {
  const first: { alarm: Alarm; key: SortKey }[] = [];
  for (const alarm of alarms) {
    const key = sortKey(alarm);
    const last = first.at(-1);
    if (first.length === most && last !== undefined && compareKeys(key, last.key) > 0) continue;
    const place = first.findIndex((each) => compareKeys(key, each.key) < 0);
    first.splice(place === -1 ? first.length : place, 0, { alarm, key });
    if (first.length > most) first.pop();
  }
  return first.map(({ alarm }) => alarm);
}

/** Signs that look the same are the same: a picture is drawn again only when what it shows has changed. */
export function sameSign(a: AlarmSign | undefined, b: AlarmSign | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.top === b.top && a.count === b.count && a.calling === b.calling;
}
