import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls } from '../../app/alarm-list.ts';

/** Trips of an alarm at which its panel was closed by hand. */
export type Dismissed = ReadonlyMap<string, number>;

/**
 * Ids of the alarms whose definition opens the panel, most urgent first and among equals the one that came first, so that
 * what comes later stands behind the one on show. One that is answered elsewhere leaves the queue; the one on show stays until
 * it is closed by hand, for its guidance and household are needed most after the acknowledge.
 */
export function popupQueue(alarms: readonly Alarm[], dismissed: Dismissed, current: string | null): string[] {
  return alarms
    .filter(
      (alarm) =>
        alarm.popup && dismissed.get(alarm.id) !== alarm.count && (calls(alarm) || alarm.id === current),
    )
    .sort((a, b) => a.priority - b.priority || a.raisedAt - b.raisedAt || (a.id < b.id ? -1 : 1))
    .map((alarm) => alarm.id);
}
