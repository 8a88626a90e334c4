import { expect, test } from 'vitest';
import { alarmOf } from './alarm-fixture.ts';
import { ring, silenceAll, silenceMs } from './ring.ts';

const none = new Map();

test('the most urgent of the unanswered rings', () => {
  const alarms = [
    alarmOf({ priority: 3 }),
    alarmOf({ priority: 1, state: 'acknowledged' }),
    alarmOf({ priority: 2 }),
  ];
  expect(ring(alarms, none, 0)).toEqual({ priority: 2, silenced: false, wakeAt: null });
});

test('one that is gone but unanswered still rings', () => {
  expect(ring([alarmOf({ priority: 1, state: 'returned' })], none, 0).priority).toBe(1);
});

test('acknowledged, latched, shelved and suppressed ones are quiet', () => {
  const alarms = [
    alarmOf({ state: 'acknowledged' }),
    alarmOf({ state: 'latched' }),
    alarmOf({ shelved: { by: 'li', until: 1, reason: 'x' } }),
    alarmOf({ suppressed: 'flood' }),
  ];
  expect(ring(alarms, none, 0)).toEqual({ priority: null, silenced: false, wakeAt: null });
});

test('silence is quiet for 30 s and then sounds again', () => {
  const alarms = [alarmOf({ priority: 2 })];
  const silences = silenceAll(alarms, 1_000);
  expect(ring(alarms, silences, 1_000)).toEqual({
    priority: null,
    silenced: true,
    wakeAt: 1_000 + silenceMs,
  });
  expect(ring(alarms, silences, 1_000 + silenceMs - 1).priority).toBeNull();
  expect(ring(alarms, silences, 1_000 + silenceMs).priority).toBe(2);
  expect(silenceMs).toBe(30_000);
});

test('an alarm that comes after the silence rings at once', () => {
  const old = alarmOf({ priority: 1 });
  const silences = silenceAll([old], 0);
  expect(ring([old, alarmOf({ priority: 4 })], silences, 10).priority).toBe(4);
});

test('one more trip of a silenced alarm rings at once; a comment on it does not', () => {
  const alarm = alarmOf({ priority: 2 });
  const silences = silenceAll([alarm], 0);
  const commented = { ...alarm, revision: 5 };
  expect(ring([commented], silences, 10).priority).toBeNull();
  expect(ring([{ ...alarm, count: 2 }], silences, 10).priority).toBe(2);
});
