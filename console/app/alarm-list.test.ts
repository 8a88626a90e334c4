import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alarm, AlarmRule } from '../../gateway/contract/alarm.ts';
import { alarmRuleSchema, openStates } from '../../gateway/contract/alarm.ts';
import { alarmOf } from './alarm-fixture.ts';
import {
  calls,
  compareKeys,
  countAlarms,
  highestCalling,
  orderAlarms,
  overSince,
  sortKey,
} from './alarm-list.ts';

const shelved = { by: 'li', until: 9_000, reason: 'cleaning' };

test('the list is ordered by state, then priority, then newest', () => {
  const acknowledged = alarmOf({ state: 'acknowledged', priority: 1, raisedAt: 9 });
  const latched = alarmOf({ state: 'latched', priority: 1 });
  const returned = alarmOf({ state: 'returned', priority: 1 });
  const low = alarmOf({ priority: 4 });
  const old = alarmOf({ priority: 2, raisedAt: 1 });
  const young = alarmOf({ priority: 2, raisedAt: 2 });
  const aside = alarmOf({ priority: 1, shelved });
  const mixed = [aside, acknowledged, low, latched, old, returned, young];
  expect(orderAlarms(mixed)).toEqual([young, old, low, returned, latched, acknowledged, aside]);
});

test('states come in the order of the contract', () => {
  const alarms = openStates.map((state) => alarmOf({ state }));
  expect(orderAlarms(alarms.toReversed()).map((alarm) => alarm.state)).toEqual(openStates);
});

const anyAlarm = fc
  .record({
    state: fc.constantFrom<Alarm['state']>('unacknowledged', 'returned', 'latched', 'acknowledged'),
    priority: fc.constantFrom<Alarm['priority']>(1, 2, 3, 4),
    raisedAt: fc.integer({ min: 0, max: 20 }),
    shelved: fc.option(fc.constant(shelved), { nil: undefined }),
  })
  .map((fields) => alarmOf(fields));

test('the order depends on the alarms alone, not on the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(anyAlarm, { maxLength: 30 }), (alarms) => {
      expect(orderAlarms(alarms.toReversed())).toEqual(orderAlarms(alarms));
    }),
  );
});

test('no two alarms tie, or the list would flicker', () => {
  fc.assert(
    fc.property(anyAlarm, anyAlarm, (a, b) => {
      expect(compareKeys(sortKey(a), sortKey(b))).not.toBe(0);
    }),
  );
});

test('the held alarm keeps its place when it is acknowledged', () => {
  const first = alarmOf({ priority: 1 });
  const second = alarmOf({ priority: 2 });
  const third = alarmOf({ priority: 3 });
  const held = sortKey(second);
  const answered: Alarm = { ...second, state: 'acknowledged' };
  expect(orderAlarms([first, answered, third], held)).toEqual([first, answered, third]);
  expect(orderAlarms([first, answered, third])).toEqual([first, third, answered]);
});

test('shelved, suppressed and answered alarms do not call', () => {
  expect(calls(alarmOf())).toBe(true);
  expect(calls(alarmOf({ state: 'returned' }))).toBe(true);
  expect(calls(alarmOf({ shelved }))).toBe(false);
  expect(calls(alarmOf({ suppressed: 'parent lost' }))).toBe(false);
  expect(calls(alarmOf({ state: 'acknowledged' }))).toBe(false);
  expect(calls(alarmOf({ state: 'latched' }))).toBe(false);
});

test('the banner shows the most urgent priority even when it has returned', () => {
  const critical = alarmOf({ priority: 1, state: 'returned' });
  expect(highestCalling([alarmOf({ priority: 2 }), critical, alarmOf({ priority: 4 })])).toBe(critical);
  expect(highestCalling([alarmOf({ priority: 1, state: 'acknowledged' })])).toBeUndefined();
});

const below = alarmRuleSchema.parse({ rule: 'below', point: 'level', limit: 1 });
const moment = alarmRuleSchema.parse({ rule: 'event', event: 'duress' });
const spell = alarmRuleSchema.parse({ rule: 'event', event: 'tripped', clearedBy: 'restored' });

test.each<[string, Partial<Alarm>, AlarmRule | undefined, number | undefined]>([
  ['one that has returned is over', { returnedAt: 5_000 }, below, 5_000],
  ['one that stands is not', {}, below, undefined],
  ['a fluttering one is not', { returnedAt: 5_000, chattering: true }, below, undefined],
  ['one removed by configuration is not', { returnedAt: 5_000, returnedReason: 'removed' }, below, undefined],
  ['an event that is cleared is over', { returnedAt: 5_000 }, spell, 5_000],
  ['an event that nothing clears has no end', { returnedAt: 5_000, count: 2 }, moment, undefined],
  ['one of the gateway that came and went is over', { returnedAt: 5_000 }, undefined, 5_000],
  ['one of the gateway that was a moment has no end', { returnedAt: 1_000 }, undefined, undefined],
])('%s', (_, change, rule, since) => {
  expect(overSince(alarmOf(change), rule)).toBe(since);
});

test('counts tell unanswered from open, and put what is aside apart', () => {
  const counts = countAlarms([
    alarmOf({ priority: 1 }),
    alarmOf({ priority: 1, state: 'acknowledged' }),
    alarmOf({ priority: 3, state: 'returned' }),
    alarmOf({ priority: 1, shelved }),
    alarmOf({ priority: 2, suppressed: 'parent lost' }),
    alarmOf({ priority: 4, state: 'closed' }),
  ]);
  expect(counts.byPriority).toEqual({
    1: { calling: 1, open: 2 },
    2: { calling: 0, open: 0 },
    3: { calling: 1, open: 1 },
    4: { calling: 0, open: 0 },
  });
  expect(counts).toMatchObject({ shelved: 1, suppressed: 1 });
});
