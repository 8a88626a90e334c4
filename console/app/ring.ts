import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Priority } from '../../gateway/contract/names.ts';
import { calls } from './alarm-list.ts';

/** Silence is not acknowledge: what is still unanswered sounds again after this. */
export const silenceMs = 30_000;

interface Silenced {
  /** Trips when it was silenced: one more, and it rings at once. */
  count: number;
  until: number;
}
export type Silences = ReadonlyMap<string, Silenced>;

type Ringing = Pick<Alarm, 'id' | 'priority' | 'count' | 'state' | 'shelved' | 'suppressed'>;

export interface Ring {
  /** The most urgent of those that ring; null: quiet. */
  priority: Priority | null;
  /** Some call for an answer, but all of them are silenced. */
  silenced: boolean;
  /** When a silence ends; null when none runs. */
  wakeAt: number | null;
}

/** What must be heard at `now` (any steady clock, ms). */
export function ring(alarms: readonly Ringing[], silences: Silences, now: number): Ring {
  let priority: Priority | null = null;
  let wakeAt: number | null = null;
  for (const alarm of alarms) {
    if (!calls(alarm)) continue;
    const quiet = silences.get(alarm.id);
    if (quiet !== undefined && quiet.count === alarm.count && now < quiet.until) {
      wakeAt = Math.min(wakeAt ?? quiet.until, quiet.until);
    } else if (priority === null || alarm.priority < priority) {
      priority = alarm.priority;
    }
  }
  return { priority, silenced: priority === null && wakeAt !== null, wakeAt };
}

/** Silences everything that calls now; an alarm that comes afterwards rings. */
export function silenceAll(alarms: readonly Ringing[], now: number): Silences {
  return new Map(
    alarms.filter(calls).map((alarm) => [alarm.id, { count: alarm.count, until: now + silenceMs }] as const),
  );
}
