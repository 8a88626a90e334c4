import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls } from '../../app/alarm-list.ts';

/** Trips of an alarm at which its panel was closed by hand. */
export type Dismissed = ReadonlyMap<string, number>;

/** The alarm on show, and whether somebody turned to it. */
export interface Shown {
  id: string;
  byHand: boolean;
}

/** A latched one is never: that a panic button is at rest again says nothing of who pressed it. */
const isOver = ({ state }: Alarm) => state === 'returned';

/**
 * The alarms whose definition opens the panel: most urgent first, among equals what still stands before what is over, and of those
 * the newest. One that is answered elsewhere leaves the queue; the one on show stays until it is closed by hand, for its guidance
 * and household are needed most after the acknowledge.
 */
export function popupQueue(
  alarms: readonly Alarm[],
  dismissed: Dismissed,
  shown: Pick<Shown, 'id'> | null,
): Alarm[] {
  return alarms
    .filter(
      (alarm) =>
        alarm.popup && dismissed.get(alarm.id) !== alarm.count && (calls(alarm) || alarm.id === shown?.id),
    )
    .sort(
      (a, b) =>
        a.priority - b.priority ||
        Number(isOver(a)) - Number(isOver(b)) ||
        b.raisedAt - a.raisedAt ||
        (a.id < b.id ? 1 : -1),
    );
}

/**
 * The one to show: what comes later does not take the place of the one on show, but one that is over gives way to one that stands
 * and is as urgent, unless somebody has turned to it.
 */
export function nextShown(queue: readonly Alarm[], shown: Shown | null): Shown | null {
  const [first] = queue;
  if (first === undefined) return null;
  const now = queue.find(({ id }) => id === shown?.id);
  if (now === undefined || shown === null) return { id: first.id, byHand: false };
  const givesWay = !shown.byHand && isOver(now) && !isOver(first) && first.priority <= now.priority;
  return givesWay ? { id: first.id, byHand: false } : shown;
}
