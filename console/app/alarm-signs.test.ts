import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alarm, AlarmState } from '../../gateway/contract/alarm.ts';
import { orderAlarms } from './alarm-list.ts';
import { firstAlarms, sameSign, signsBy } from './alarm-signs.ts';

const alarm = (id: string, more: Partial<Alarm>) =>
  ({ id, device: 'd', state: 'acknowledged', priority: 3, raisedAt: 0, ...more }) as Alarm;

test('the sign of a thing is its most urgent alarm, with how many there are and whether one calls', () => {
  const shelved = { by: 'x', until: 1, reason: 'y' };
  const signs = signsBy(
    [
      alarm('a', { priority: 1, shelved }),
      alarm('b', { priority: 2 }),
      alarm('c', { priority: 4, state: 'unacknowledged' }),
      alarm('d', { device: 'other' }),
      alarm('e', { state: 'closed', priority: 1 }),
      alarm('f', { suppressed: 'by another', priority: 1 }),
    ],
    ({ device }) => device,
  );
  expect(signs.get('d')).toMatchObject({ top: { id: 'c' }, count: 3, calling: true });
  expect(signs.get('other')).toMatchObject({ top: { id: 'd' }, count: 1, calling: false });
});

test('an alarm without a place is left out', () => {
  expect(signsBy([alarm('a', {})], () => undefined).size).toBe(0);
});

test('a sign is the same as long as it shows the same', () => {
  const top = alarm('a', {});
  expect(sameSign({ top, count: 1, calling: false }, { top, count: 1, calling: false })).toBe(true);
  expect(sameSign({ top, count: 1, calling: false }, { top, count: 2, calling: false })).toBe(false);
  expect(sameSign(undefined, undefined)).toBe(true);
  expect(sameSign({ top, count: 1, calling: false }, undefined)).toBe(false);
});

test('the first alarms are those that the whole order begins with', () => {
  const states: AlarmState[] = ['unacknowledged', 'returned', 'latched', 'acknowledged'];
  const any = fc.record({
    state: fc.constantFrom(...states),
    priority: fc.constantFrom(1, 2, 3, 4),
    raisedAt: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), (made, most) => {
      const alarms = made.map((each, i) => alarm(`id-${i}`, each as Partial<Alarm>));
      expect(firstAlarms(alarms, most)).toEqual(orderAlarms(alarms).slice(0, most));
    }),
  );
});
