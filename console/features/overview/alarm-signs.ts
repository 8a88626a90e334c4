import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls, compareKeys, sortKey } from '../../app/alarm-list.ts';

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

/** Signs that look the same are the same: a picture is drawn again only when what it shows has changed. */
export function sameSign(a: AlarmSign | undefined, b: AlarmSign | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.top === b.top && a.count === b.count && a.calling === b.calling;
}
