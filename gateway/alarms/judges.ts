import type { AlarmRule } from '../contract/alarm.ts';
import type { Kind } from '../contract/kind.ts';
import type { LivePoint, PointValue, Reading } from '../contract/reading.ts';
import type { Expression, ExpressionValue } from '../lib/expression.ts';
import type { Look, PointRule } from './rules.ts';

/** The value when it may decide anything: of good quality, not null, and finite when a number. */
function known(point: { value: PointValue; quality: string } | undefined): ExpressionValue | undefined {
  if (point === undefined || point.quality !== 'good') return undefined;
  const { value } = point;
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
  return value;
}

/** A point's values in an expression must be of its own type: CEL would throw, and a throw says nothing about the plant. */
function fits(value: ExpressionValue, kind: Kind, point: string): boolean {
  const type = kind.points[point]?.type;
  if (type === 'number') return typeof value === 'number';
  if (type === 'bool') return typeof value === 'boolean';
  return typeof value === 'string';
}

export type Judge = Pick<PointRule, 'trips' | 'back'>;

export function thresholdJudge(rule: 'above' | 'below', limit: number, deadband: number): Judge {
  const numberOf = (reading: Reading): number | undefined => {
    const value = known(reading);
    return typeof value === 'number' ? value : undefined;
  };
  const sign = rule === 'above' ? 1 : -1;
  // 0.3 − 0.2 is a little less than 0.1 in binary; who writes a deadband of 0.1 means that 0.2 is back.
  const back = -deadband + Math.min(deadband, Math.abs(limit) * 1e-12 + deadband * 1e-9);
  return {
    trips(reading) {
      const value = numberOf(reading);
      return value === undefined ? undefined : (value - limit) * sign > 0;
    },
    back(reading) {
      const value = numberOf(reading);
      return value === undefined ? undefined : (value - limit) * sign <= back;
    },
  };
}

export function equalityJudge(expected: PointValue): Judge {
  return {
    trips(reading) {
      const value = known(reading);
      return value === undefined ? undefined : value === expected;
    },
    back(reading) {
      const value = known(reading);
      return value === undefined ? undefined : value !== expected;
    },
  };
}

type Way = keyof Judge;
type Named = { point: string; value: PointValue };

/** The value that a point has once this reading is taken. */
function newest(point: string, reading: Reading, look: Look): Reading | undefined {
  if (point === reading.point) return reading;
  const known = look(reading.device, point);
  return known && { ...reading, ...known };
}

/** Judges the newest value of its point, whichever point the reading is of. */
function ofNewest(judge: Judge, point: string): Judge {
  const judged = (way: Way, reading: Reading, look: Look): boolean | undefined => {
    const value = newest(point, reading, look);
    return value && judge[way](value, look);
  };
  return {
    trips: (reading, look) => judged('trips', reading, look),
    back: (reading, look) => judged('back', reading, look),
  };
}

/** The same thing told by a second point, too: a float beside a transmitter. What was never heard is not wired, and says nothing. */
function either(judge: Judge, point: string, or: Named): Judge {
  const second = equalityJudge(or.value);
  const judged = (way: Way, reading: Reading, look: Look): boolean | undefined => {
    const first = newest(point, reading, look);
    const other = newest(or.point, reading, look);
    const answers = [
      ...(first ? [judge[way](first, look)] : []),
      ...(other ? [second[way](other, look)] : []),
    ];
    // One of them trips it; all of them must be back.
    const decisive = way === 'trips';
    if (answers.includes(decisive)) return decisive;
    return answers.length === 0 || answers.includes(undefined) ? undefined : !decisive;
  };
  return {
    trips: (reading, look) => judged('trips', reading, look),
    back: (reading, look) => judged('back', reading, look),
  };
}

/** Counts only while another point reads a value; as long as nobody knows that, it neither trips nor is back by it. */
function during(judge: Judge, condition: Named): Judge {
  const is = equalityJudge(condition.value);
  const holds = (reading: Reading, look: Look): boolean | undefined => {
    const value = newest(condition.point, reading, look);
    return value && is.trips(value, look);
  };
  return {
    trips(reading, look) {
      const held = holds(reading, look);
      const trips = held !== false && judge.trips(reading, look);
      return trips && held === undefined ? undefined : trips;
    },
    back(reading, look) {
      const held = holds(reading, look);
      const back = held === false || judge.back(reading, look);
      return back === false && held === undefined ? undefined : back;
    },
  };
}

/** Another value of the device that keeps the rule from saying anything. What an event told counts after a restart, too. */
function excused(judge: Judge, unless: Named): Judge {
  const isExcused = (reading: Reading, look: Look): boolean => {
    const excuse = newest(unless.point, reading, look);
    return excuse !== undefined && excuse.quality !== 'bad' && excuse.value === unless.value;
  };
  return {
    trips: (reading, look) => !isExcused(reading, look) && judge.trips(reading, look),
    back: (reading, look) => isExcused(reading, look) || judge.back(reading, look),
  };
}

/** A judge of the rule's own point, with what else the rule says of other points. */
export function conditionedJudge(
  own: Judge,
  on: Extract<AlarmRule, { rule: 'above' | 'below' | 'is' }>,
): Judge {
  if (!on.or && !on.while && !on.unless) return own;
  let judge = on.or ? either(own, on.point, on.or) : ofNewest(own, on.point);
  if (on.while) judge = during(judge, on.while);
  return on.unless ? excused(judge, on.unless) : judge;
}

/** Every named point is looked up before the expression runs; one that is absent or bad makes the result unknown. */
export function expressionJudge(expression: Expression, kind: Kind): Judge {
  const { names } = expression;
  const decide = (reading: Reading, look: Look): boolean | undefined => {
    const values: Record<string, ExpressionValue> = {};
    for (const name of names) {
      const point: LivePoint | Reading | undefined =
        name === reading.point ? reading : look(reading.device, name);
      const value = known(point);
      if (value === undefined || !fits(value, kind, name)) return undefined;
      values[name] = value;
    }
    try {
      return expression.run(values) === true;
    } catch {
      return undefined;
    }
  };
  return {
    trips: decide,
    back(reading, look) {
      const trips = decide(reading, look);
      return trips === undefined ? undefined : !trips;
    },
  };
}
