import { expect, test } from 'vitest';
import { alarmOf } from '../../app/alarm-fixture.ts';
import { popupQueue } from './popup-queue.ts';

const none = new Map<string, number>();

test('alarms whose definition says so open the panel, the most urgent first', () => {
  const perimeter = alarmOf({ popup: true, priority: 2 });
  const panic = alarmOf({ popup: true, priority: 1 });
  expect(popupQueue([perimeter, panic, alarmOf()], none, null)).toEqual([panic.id, perimeter.id]);
});

test('of two equally urgent ones the one that came first stays in front', () => {
  const first = alarmOf({ popup: true, raisedAt: 1_000 });
  const second = alarmOf({ popup: true, raisedAt: 2_000 });
  expect(popupQueue([second, first], none, first.id)).toEqual([first.id, second.id]);
});

test('one that was answered elsewhere leaves the queue, the one on show stays', () => {
  const answered = alarmOf({ popup: true, state: 'acknowledged' });
  expect(popupQueue([answered], none, null)).toEqual([]);
  expect(popupQueue([answered], none, answered.id)).toEqual([answered.id]);
});

test('one that was closed by hand stays away until it trips again', () => {
  const alarm = alarmOf({ popup: true });
  const dismissed = new Map([[alarm.id, 1]]);
  expect(popupQueue([alarm], dismissed, alarm.id)).toEqual([]);
  expect(popupQueue([{ ...alarm, count: 2 }], dismissed, null)).toEqual([alarm.id]);
});

test('shelved alarms open nothing', () => {
  const alarm = alarmOf({ popup: true, shelved: { by: 'li', until: 1, reason: 'x' } });
  expect(popupQueue([alarm], none, null)).toEqual([]);
});
