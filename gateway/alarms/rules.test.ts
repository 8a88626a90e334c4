import { describe, expect, test } from 'vitest';
import type { PointValue, Reading } from '../contract/reading.ts';
import { alarmed, createLive, definition, reading, tankKind } from './alarm-fixture.ts';
import { compileDevice } from './compile.ts';
import {
  type Condition,
  elapsedCondition,
  type Look,
  nextCondition,
  type PointRule,
  reloadedCondition,
} from './rules.ts';

function ruleOf(on: Record<string, unknown>, settings = {}): PointRule {
  const { byName, problems } = compileDevice(
    alarmed('tank-1', tankKind, { high: definition({ on }) }, settings),
  );
  const rule = byName.get('high');
  if (!rule) throw new Error(JSON.stringify(problems));
  return rule;
}

const nothing: Look = () => undefined;

type Step =
  | PointValue
  | { value?: PointValue; quality?: Reading['quality']; at?: number }
  | 'timer'
  | 'restart';

/** The phases a rule goes through, one word a step; readings come a second apart. */
function phases(rule: PointRule, steps: Step[]): string[] {
  let condition: Condition | undefined;
  let now = 0;
  return steps.map((one) => {
    now += 1_000;
    if (one === 'timer') condition = elapsedCondition(condition);
    else if (one === 'restart') condition = condition && reloadedCondition(condition);
    else {
      const given = typeof one === 'object' && one !== null ? one : { value: one };
      const next = reading(given.value === undefined ? 9 : given.value, {
        quality: given.quality,
        at: given.at ?? now,
        receivedAt: now,
      });
      condition = nextCondition(rule, condition, next, nothing, now);
    }
    return condition?.phase ?? 'normal';
  });
}

const above = { rule: 'above', point: 'level', limit: 2.5, deadband: 0.2 };
const below = { rule: 'below', point: 'level', limit: 1, deadband: 0.1 };
const delayed = { ...above, onDelayMs: 5_000, offDelayMs: 3_000 };

describe('limits', () => {
  test.each<[string, Record<string, unknown>, Step[], string[]]>([
    ['above: the limit itself is normal, beyond it is not', above, [2.5, 2.51], ['normal', 'active']],
    [
      'above: returns only beyond the deadband',
      above,
      [3, 2.4, 2.31, 2.3],
      ['active', 'active', 'active', 'normal'],
    ],
    ['below: the limit itself is normal, beneath it is not', below, [1, 0.99], ['normal', 'active']],
    ['below: returns only beyond the deadband', below, [0.5, 1.05, 1.1], ['active', 'active', 'normal']],
    [
      'without a deadband the limit itself is back',
      { rule: 'above', point: 'level', limit: 2.5 },
      [3, 2.5],
      ['active', 'normal'],
    ],
    [
      'a deadband of 0.1 under 0.3 is 0.2, in spite of binary fractions',
      { rule: 'above', point: 'level', limit: 0.3, deadband: 0.1 },
      [0.4, 0.2],
      ['active', 'normal'],
    ],
    [
      'is: equal is the alarm',
      { rule: 'is', point: 'running', value: true },
      [true, false],
      ['active', 'normal'],
    ],
    ['is: 1 is not true', { rule: 'is', point: 'running', value: true }, [1, 'true'], ['normal', 'normal']],
  ])('%s', (_title, on, steps, expected) => {
    expect(phases(ruleOf(on), steps)).toEqual(expected);
  });

  test('a limit named $highM is the setting of the device', () => {
    const rule = ruleOf({ rule: 'above', point: 'level', limit: '$highM' }, { highM: 4 });
    expect(rule.limit).toBe(4);
    expect(phases(rule, [3.9, 4.1])).toEqual(['normal', 'active']);
  });
});

describe('values that decide nothing', () => {
  const useless: Step[] = [
    { quality: 'bad' },
    { quality: 'uncertain' },
    { value: null },
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    '9',
    true,
  ];
  test.each(useless)('%j neither raises nor clears', (step) => {
    expect(phases(ruleOf(above), [step])).toEqual(['normal']);
    expect(phases(ruleOf(below), [0.5, step])).toEqual(['active', 'active']);
    expect(phases(ruleOf(above), [9, step, 2])).toEqual(['active', 'active', 'normal']);
  });
});

describe('delays', () => {
  test.each<[string, Step[], string[]]>([
    ['an on-delay that runs out raises', [3, 3, 'timer'], ['pending', 'pending', 'active']],
    [
      'a value that comes back within the on-delay raises nothing',
      [3, 2.5, 'timer'],
      ['pending', 'normal', 'normal'],
    ],
    [
      'the on-delay of a value of unknown quality waits for the next good one that still holds',
      [3, { quality: 'bad' }, 'timer', 3],
      ['pending', 'pending', 'pending', 'active'],
    ],
    [
      '… and is over when the next good one does not hold',
      [3, { quality: 'bad' }, 'timer', 2],
      ['pending', 'pending', 'pending', 'normal'],
    ],
    [
      'a good value after a bad one goes on with the same on-delay',
      [3, { quality: 'bad' }, 3, 'timer'],
      ['pending', 'pending', 'pending', 'active'],
    ],
    [
      'an off-delay that runs out clears',
      [3, 'timer', 2, 2.1, 'timer'],
      ['pending', 'active', 'clearing', 'clearing', 'normal'],
    ],
    [
      'a value within the deadband during the off-delay is the alarm again, without a second raise',
      [3, 'timer', 2, 2.4, 'timer'],
      ['pending', 'active', 'clearing', 'active', 'active'],
    ],
    [
      'an off-delay of unknown quality waits for the next good value',
      [3, 'timer', 2, { quality: 'bad' }, 'timer', 2],
      ['pending', 'active', 'clearing', 'clearing', 'clearing', 'normal'],
    ],
    [
      'after a restart an on-delay fires at the first fresh value that still holds',
      [3, 'restart', 'timer', 3],
      ['pending', 'pending', 'pending', 'active'],
    ],
    [
      'after a restart a fresh value within the on-delay waits for its end',
      [3, 'restart', 3, 'timer'],
      ['pending', 'pending', 'pending', 'active'],
    ],
    [
      'after a restart a fresh value that does not hold ends the on-delay',
      [3, 'restart', 2, 'timer'],
      ['pending', 'pending', 'normal', 'normal'],
    ],
    [
      'an off-delay goes on over a restart',
      [3, 'timer', 2, 'restart', 'timer'],
      ['pending', 'active', 'clearing', 'clearing', 'normal'],
    ],
  ])('%s', (_title, steps, expected) => {
    expect(phases(ruleOf(delayed), steps)).toEqual(expected);
  });

  test('a delay counts from the first reading that held, by the clock of the gateway', () => {
    const condition = nextCondition(ruleOf(delayed), undefined, reading(3, { at: 400 }), nothing, 1_000);
    expect(condition).toEqual({
      phase: 'pending',
      since: 1_000,
      dueAt: 6_000,
      at: 400,
      confirmed: true,
      due: false,
    });
  });

  test('a reading that changes nothing gives the very same condition', () => {
    const rule = ruleOf(delayed);
    const pending = nextCondition(rule, undefined, reading(3), nothing, 0);
    expect(nextCondition(rule, pending, reading(3.1, { at: 5 }), nothing, 5)).toBe(pending);
    const active = elapsedCondition(pending);
    expect(nextCondition(rule, active, reading(3.2, { at: 9 }), nothing, 9)).toBe(active);
  });
});

describe('older readings', () => {
  const rule = ruleOf(above);
  test('one older than the live value raises nothing', () => {
    const live = createLive();
    live.put(reading(1, { at: 10 }));
    expect(
      nextCondition(rule, undefined, reading(9, { at: 9, receivedAt: 11 }), live.look, 11),
    ).toBeUndefined();
  });
  test('one older than the live value clears nothing', () => {
    const live = createLive();
    live.put(reading(9, { at: 10 }));
    const active: Condition = { phase: 'active', at: 1 };
    expect(nextCondition(rule, active, reading(1, { at: 9, receivedAt: 11 }), live.look, 11)).toBe(active);
  });
  test('one older than what raised the alarm clears nothing, though the live value is not known yet', () => {
    const active: Condition = { phase: 'active', at: 10 };
    expect(nextCondition(rule, active, reading(1, { at: 9, receivedAt: 11 }), nothing, 11)).toBe(active);
  });
  test('one without a time of its own is the newest, also when our clock was set back', () => {
    const active: Condition = { phase: 'active', at: 3_600_000 };
    expect(nextCondition(rule, active, reading(1, { at: 9, receivedAt: 9 }), nothing, 9)).toBeUndefined();
  });
});

describe('expressions', () => {
  const when = { rule: 'when', when: 'running && level * 2 > 3' };
  function judged(running: Reading | undefined, level: Reading): boolean | undefined {
    const live = createLive();
    if (running) live.put(running);
    return ruleOf(when).trips(level, live.look);
  }
  const runs = (quality: Reading['quality'] = 'good', value: PointValue = true) =>
    reading(value, { point: 'running', quality });

  test.each<[string, Reading | undefined, Reading, boolean | undefined]>([
    ['holds', runs(), reading(2), true],
    ['does not hold', runs(), reading(1.5), false],
    ['a point never heard: unknown', undefined, reading(2), undefined],
    ['a point of bad quality: unknown', runs('bad'), reading(2), undefined],
    ['the reading itself bad: unknown', runs(), reading(2, { quality: 'bad' }), undefined],
    ['a value of another type: unknown', runs(), reading('2'), undefined],
    ['a null: unknown', runs('good', null), reading(2), undefined],
    ['NaN: unknown', runs(), reading(Number.NaN), undefined],
  ])('%s', (_title, running, level, expected) => {
    expect(judged(running, level)).toBe(expected);
  });

  test('an unknown point makes it unknown whatever || says', () => {
    const rule = ruleOf({ rule: 'when', when: 'running || level > 1' });
    expect(rule.trips(reading(true, { point: 'running' }), nothing)).toBeUndefined();
  });

  test('it is judged by each of the points that it names, and by no other', () => {
    const { byPoint } = compileDevice(alarmed('tank-1', tankKind, { dry: definition({ on: when }) }));
    expect([...byPoint.keys()].sort()).toEqual(['level', 'running']);
  });

  test('it is back exactly when it no longer holds; unknown is not back', () => {
    const rule = ruleOf({ rule: 'when', when: 'level > 1' });
    expect(rule.back(reading(1), nothing)).toBe(true);
    expect(rule.back(reading(2), nothing)).toBe(false);
    expect(rule.back(reading(1, { quality: 'bad' }), nothing)).toBeUndefined();
  });
});

describe('a rule with an excuse', () => {
  const rule = ruleOf({ ...above, unless: { point: 'running', value: false } });
  const excuse = (value: PointValue, quality: Reading['quality'] = 'good') =>
    reading(value, { point: 'running', quality });
  /** What the rule makes of a reading of the level (3 trips it) while `running` reads this. */
  const trips = (running: Reading | undefined, level: Reading = reading(3)) => {
    const live = createLive();
    if (running) live.put(running);
    return rule.trips(level, live.look);
  };

  test('trips while the excuse does not hold, and while nobody knows whether it does', () => {
    expect(trips(excuse(true))).toBe(true);
    expect(trips(undefined)).toBe(true);
    expect(trips(excuse(false, 'bad'))).toBe(true);
  });

  test('does not trip while it holds; what an event told before a restart still counts', () => {
    expect(trips(excuse(false))).toBe(false);
    expect(trips(excuse(false, 'uncertain'))).toBe(false);
  });

  test('an excuse that comes ends a running delay and an alarm; one that goes lets the level be judged anew', () => {
    const live = createLive();
    const pending: Condition = {
      phase: 'pending',
      since: 0,
      dueAt: 5_000,
      at: 0,
      confirmed: true,
      due: false,
    };
    const active: Condition = { phase: 'active', at: 0 };
    live.put(reading(3));
    const comes = live.put(excuse(false));
    expect(nextCondition(rule, pending, comes, live.look, 1)).toBeUndefined();
    expect(nextCondition(rule, active, comes, live.look, 1)).toBeUndefined();
    const goes = live.put(excuse(true));
    expect(nextCondition(rule, undefined, goes, live.look, 2)).toMatchObject({ phase: 'active' });
    live.put(reading(1));
    expect(nextCondition(rule, undefined, goes, live.look, 2)).toBeUndefined();
  });

  test('a bad level says nothing, with or without it', () => {
    expect(trips(excuse(true), reading(3, { quality: 'bad' }))).toBeUndefined();
    expect(rule.point).toBe('level');
  });
});

describe('a rule told by a second point that counts only while a third reads a value', () => {
  const rule = ruleOf({
    ...{ rule: 'above', point: 'level', limit: 1.2, deadband: 0.1 },
    or: { point: 'float', value: true },
    while: { point: 'running', value: false },
  });
  type Told = Record<string, PointValue | [PointValue, Reading['quality']]>;
  /** What the rule makes of these points, told in their order; the last one is the reading that it judges. */
  function judged(told: Told): [boolean | undefined, boolean | undefined] {
    const live = createLive();
    let last = reading(0, { point: 'level' });
    for (const [point, told1] of Object.entries(told)) {
      const [value, quality] = Array.isArray(told1) ? told1 : ([told1, 'good'] as const);
      last = live.put(reading(value, { point, quality }));
    }
    return [rule.trips(last, live.look), rule.back(last, live.look)];
  }
  const bad = (value: PointValue): [PointValue, 'bad'] => [value, 'bad'];
  const unknown = undefined;

  test.each<[string, Told, trips: boolean | undefined, back: boolean | undefined]>([
    ['a level alone, high', { running: false, level: 1.3 }, true, false],
    ['a level alone, within its deadband', { running: false, level: 1.15 }, false, false],
    ['a level alone, low', { running: false, level: 1 }, false, true],
    ['a float alone, up', { running: false, float: true }, true, false],
    ['a float alone, down', { running: false, float: false }, false, true],
    ['both, the level high', { running: false, float: false, level: 1.3 }, true, false],
    ['both, the float up', { running: false, level: 1, float: true }, true, false],
    [
      'both, the one down and the other within its deadband',
      { running: false, level: 1.15, float: false },
      false,
      false,
    ],
    ['both down', { running: false, level: 1, float: false }, false, true],
    ['the float up and the level lost', { running: false, level: bad(1), float: true }, true, false],
    ['the float down and the level lost', { running: false, level: bad(1), float: false }, unknown, unknown],
    ['high, and it runs', { level: 1.3, float: true, running: true }, false, true],
    ['high, and nobody knows whether it runs', { level: 1.3 }, unknown, unknown],
    ['high, and whether it runs is lost', { running: bad(false), level: 1.3 }, unknown, unknown],
    ['low, and nobody knows whether it runs', { level: 1 }, false, true],
    ['nothing but that it does not run', { running: false }, unknown, unknown],
  ])('%s', (_title, told, trips, back) => {
    expect(judged(told)).toEqual([trips, back]);
  });

  test('shows neither value nor limit, since either may have raised it', () => {
    expect(rule).toMatchObject({ point: undefined, limit: undefined, unit: undefined });
  });
});

describe('definitions that cannot be judged', () => {
  test.each<[Record<string, unknown>, RegExp]>([
    [{ rule: 'above', point: 'depth', limit: 1 }, /kind tank has no point depth/],
    [{ rule: 'above', point: 'running', limit: 1 }, /no number/],
    [{ rule: 'above', point: 'level', limit: '$highM' }, /setting highM/],
    [{ rule: 'is', point: 'depth', value: 1 }, /no point depth/],
    [{ ...above, unless: { point: 'depth', value: 1 } }, /no point depth, which its "unless" names/],
    [{ ...above, or: { point: 'depth', value: true } }, /no point depth, which its "or" names/],
    [{ ...above, while: { point: 'depth', value: 1 } }, /no point depth, which its "while" names/],
    [{ rule: 'when', when: 'level >' }, /character/],
    [{ rule: 'when', when: 'level + 1' }, /not true or false/],
    [{ rule: 'when', when: '1 > 2' }, /reads no point/],
  ])('%j is named with its mend, and the others still work', (on, message) => {
    const { problems, byName } = compileDevice(
      alarmed('tank-1', tankKind, { broken: definition({ on }), good: definition({ on: above }) }),
    );
    expect(problems).toEqual([{ definition: 'broken', message: expect.stringMatching(message) }]);
    expect([...byName.keys()]).toEqual(['good']);
  });

  test('a limit whose setting is no number is named', () => {
    const on = { rule: 'above', point: 'level', limit: '$highM' };
    const { problems } = compileDevice(
      alarmed('t', tankKind, { high: definition({ on }) }, { highM: 'three' }),
    );
    expect(problems[0]?.message).toContain('"three", not a number');
  });
});
