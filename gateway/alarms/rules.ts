import type { AlarmDefinition } from '../contract/alarm.ts';
import type { LivePoint, Reading } from '../contract/reading.ts';

/** The newest value of a point as the running turn sees it; undefined until it is first heard. */
export type Look = (device: string, point: string) => LivePoint | undefined;

/** One alarm definition of one device, ready to be judged by readings. */
export interface PointRule {
  /** Cause key: device/definition/instance (DECISIONS, Alarms). */
  cause: string;
  device: string;
  name: string;
  definition: AlarmDefinition;
  /** The point whose value the alarm shows; undefined when the rule reads several. */
  point: string | undefined;
  limit: number | undefined;
  unit: string | undefined;
  onDelayMs: number;
  offDelayMs: number;
  /** Whether the reading is beyond the limit; undefined when that cannot be told. */
  trips(reading: Reading, look: Look): boolean | undefined;
  /** Whether it is back far enough for the alarm to return: beyond the deadband. */
  back(reading: Reading, look: Look): boolean | undefined;
}

/**
 * How far a rule's condition has left normal (which is `undefined`, kept nowhere). Delays end by a durable timer at `dueAt`,
 * never by comparing clocks, so that a step of the wall clock neither shortens nor lengthens them.
 */
export type Condition =
  /** Beyond the limit, the on-delay runs. */
  | ({ phase: 'pending' } & Delay)
  /** The alarm is raised. */
  | { phase: 'active'; at: number }
  /** Back, the off-delay runs. */
  | ({ phase: 'clearing' } & Delay);

interface Delay {
  /** UTC ms by the gateway's clock. */
  since: number;
  dueAt: number;
  /** Field time of the reading that began it. */
  at: number;
  /** The newest value is good, known since the last start, and still says so. */
  confirmed: boolean;
  /** The delay has run out, but the value is unknown: the next good value decides. */
  due: boolean;
}

function delay(reading: Reading, now: number, lengthMs: number): Delay {
  return { since: now, dueAt: now + lengthMs, at: reading.at, confirmed: true, due: false };
}

/** A value that does not get into it again confirms a running delay; an unknown one takes the confirmation back. */
function confirm<D extends Condition & Delay>(condition: D, confirmed: boolean): D {
  return condition.confirmed === confirmed ? condition : { ...condition, confirmed };
}

/** An older reading than what is known only belongs to the record. An undated one never is: our own clock may have been set back. */
function isOlder(rule: PointRule, condition: Condition | undefined, reading: Reading, look: Look): boolean {
  if (reading.at === reading.receivedAt) return false;
  const newest = look(reading.device, reading.point);
  if (newest && reading.at < newest.at) return true;
  return rule.point === reading.point && condition !== undefined && reading.at < condition.at;
}

/**
 * What a reading makes of a rule's condition: the very same object when it changes nothing. Bad or uncertain quality, and an
 * expression with an unknown point, neither raise nor clear. `now` is UTC ms of the reading's turn.
 */
export function nextCondition(
  rule: PointRule,
  condition: Condition | undefined,
  reading: Reading,
  look: Look,
  now: number,
): Condition | undefined {
  if (condition === undefined) {
    // The hot path: a normal reading in a normal state ends here.
    if (rule.trips(reading, look) !== true || isOlder(rule, condition, reading, look)) return undefined;
    if (rule.onDelayMs === 0) return { phase: 'active', at: reading.at };
    return { phase: 'pending', ...delay(reading, now, rule.onDelayMs) };
  }
  if (isOlder(rule, condition, reading, look)) return condition;
  switch (condition.phase) {
    case 'pending': {
      const trips = rule.trips(reading, look);
      if (trips === undefined) return confirm(condition, false);
      if (!trips) return undefined;
      return condition.due ? { phase: 'active', at: condition.at } : confirm(condition, true);
    }
    case 'active': {
      if (rule.back(reading, look) !== true) return condition;
      if (rule.offDelayMs === 0) return undefined;
      return { phase: 'clearing', ...delay(reading, now, rule.offDelayMs) };
    }
    case 'clearing': {
      const back = rule.back(reading, look);
      if (back === undefined) return confirm(condition, false);
      if (!back) return { phase: 'active', at: reading.at };
      return condition.due ? undefined : confirm(condition, true);
    }
  }
}

/** The delay's timer has fired. */
export function elapsedCondition(condition: Condition | undefined): Condition | undefined {
  if (condition === undefined || condition.phase === 'active') return condition;
  if (!condition.confirmed) return condition.due ? condition : { ...condition, due: true };
  return condition.phase === 'pending' ? { phase: 'active', at: condition.at } : undefined;
}

/** Nothing is known of the value for now. */
export function unconfirmedCondition(condition: Condition | undefined): Condition | undefined {
  return condition === undefined || condition.phase === 'active' ? condition : confirm(condition, false);
}

/** After a restart a pending on-delay waits for a fresh value that still holds; an off-delay goes on. */
export function reloadedCondition(condition: Condition): Condition {
  return condition.phase === 'pending' ? confirm(condition, false) : condition;
}

export function isRaised(condition: Condition | undefined): boolean {
  return condition !== undefined && condition.phase !== 'pending';
}
