import { expect, test } from 'vitest';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { alarmOf } from '../../app/alarm-fixture.ts';
import { nextShown, popupQueue } from './popup-queue.ts';

const none = new Map<string, number>();
const over: Partial<Alarm> = { popup: true, state: 'returned', returnedAt: 9_000 };

test('alarms whose definition says so open the panel, the most urgent first', () => {
  const perimeter = alarmOf({ popup: true, priority: 2 });
  const panic = alarmOf({ popup: true, priority: 1, state: 'returned', returnedAt: 9_000 });
  expect(popupQueue([perimeter, panic, alarmOf()], none, null)).toEqual([panic, perimeter]);
});

test('of equally urgent ones what stands or is latched comes before what is over, and then the newest', () => {
  const gone = alarmOf({ ...over, raisedAt: 4_000 });
  const first = alarmOf({ popup: true, raisedAt: 1_000 });
  const second = alarmOf({ popup: true, raisedAt: 2_000, latched: true, returnedAt: 9_000 });
  expect(popupQueue([gone, first, second], none, first)).toEqual([second, first, gone]);
});

test('one that was answered elsewhere leaves the queue, the one on show stays', () => {
  const answered = alarmOf({ popup: true, state: 'acknowledged' });
  expect(popupQueue([answered], none, null)).toEqual([]);
  expect(popupQueue([answered], none, answered)).toEqual([answered]);
});

test('one that was closed by hand stays away until it trips again', () => {
  const alarm = alarmOf({ popup: true });
  const dismissed = new Map([[alarm.id, 1]]);
  expect(popupQueue([alarm], dismissed, alarm)).toEqual([]);
  const again = { ...alarm, count: 2 };
  expect(popupQueue([again], dismissed, null)).toEqual([again]);
});

test('shelved alarms open nothing', () => {
  const alarm = alarmOf({ popup: true, shelved: { by: 'li', until: 1, reason: 'x' } });
  expect(popupQueue([alarm], none, null)).toEqual([]);
});

test.each<[string, Partial<Alarm>, boolean, Partial<Alarm>, 'old' | 'new']>([
  ['one that stands keeps its place', {}, false, {}, 'old'],
  ['one that is over gives way to one that stands', over, false, {}, 'new'],
  ['one that is over does not give way to another that is', over, false, over, 'old'],
  ['one that somebody turned to keeps its place', over, true, {}, 'old'],
  ['what is less urgent waits', { ...over, priority: 1 }, false, {}, 'old'],
])('%s', (_, change, byHand, newer, which) => {
  const old = alarmOf({ popup: true, ...change });
  const young = alarmOf({ popup: true, raisedAt: 8_000, ...newer });
  const shown = { id: old.id, byHand };
  const next = nextShown(popupQueue([old, young], none, shown), shown);
  expect(next?.id).toBe(which === 'old' ? old.id : young.id);
});
