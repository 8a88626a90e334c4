import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import { hour, min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// QUALITY, reliability: a step of the wall clock by an hour, and both changes of summer time. Durations keep their length,
// every scheduled round takes place exactly once, the step is on the record.

let house: SimulatedHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const site = `
site: { id: test, name: 测试小区, timeZone: Europe/Berlin }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound, settings: { silenceS: 31536000 } }
  - { id: tank-2, type: native-tank, name: 消防水箱, area: compound }
  - { id: segment-1, type: native-perimeter-zone, name: 一防区, area: compound, settings: { silenceS: 31536000 } }
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "0100000001" }
routes:
  - { id: short, name: 短线, checkpoints: [{ checkpoint: gate, dueMin: 5 }] }
plans:
  - { id: rounds, name: 巡逻, route: short, schedule: "30 2 * * *" }
  - { id: half-hourly, name: 每半小时, route: short, schedule: "*/30 * * * *" }
`;
const start = Date.UTC(2026, 5, 1, 10, 10);
/** Where the second of an alarm does not matter, a look a minute is enough. */
const unhurried = { stepCheckMs: min, pace: 120 };

describe.each([
  ['forward', hour],
  ['back', -hour],
])('a wall clock that is set %s by an hour', (_, step) => {
  test('is logged, is an alarm that says by how much, and leaves on- and off-delays their length', async () => {
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (fields: object, message: string) => logged.push([message, fields]) };
    house = await startSimulation({ start, site, log });
    await house.send('tank-1', 'readings', { values: { level: 2.6 } });
    await house.pass(2 * sec);
    house.clock.stepWall(step);
    await house.pass(3 * sec - 1);
    expect(house.alarms('high')).toEqual([]);
    expect(house.alarms('clock-step').map(({ title }) => title.en)).toEqual([
      `The wall clock was stepped: ${step / sec} s`,
    ]);
    expect(logged).toEqual([['the wall clock stepped; running delays keep their length', { deltaMs: step }]]);
    await house.pass(1);
    expect(house.alarms('high')).toMatchObject([{ state: 'unacknowledged', raisedAt: house.now }]);
    await house.send('tank-1', 'readings', { values: { level: 2 } });
    await house.pass(2 * sec);
    house.clock.stepWall(-step);
    await house.pass(3 * sec - 1);
    expect(house.alarms('high')[0]?.state).toBe('unacknowledged');
    await house.pass(1);
    expect(house.alarms('high')).toMatchObject([{ state: 'returned', returnedAt: house.now }]);
  });

  test('does not make later readings of a device without a clock older than what is known', async () => {
    house = await startSimulation({ start, site });
    await house.send('tank-1', 'readings', { values: { level: 2.9 } });
    await house.pass(10 * sec);
    await house.send('tank-1', 'readings', { values: { level: 2.6 } });
    house.clock.stepWall(step);
    await house.pass(1 * sec);
    await house.send('tank-1', 'readings', { values: { level: 2 } });
    await house.pass(10 * sec);
    expect(house.alarms('overflow')).toMatchObject([{ state: 'returned' }]);
    expect(house.alarms('high')).toMatchObject([{ state: 'returned' }]);
    await house.send('tank-1', 'readings', { values: { level: 2.6 } });
    await house.pass(2 * sec);
    house.clock.stepWall(-step);
    await house.send('tank-1', 'readings', { values: { level: 2 } });
    await house.pass(10 * sec);
    expect(house.alarms('high')).toMatchObject([{ state: 'returned', count: 1 }]);
  });

  test('leaves escalations and the deadlines that people see their length', async () => {
    house = await startSimulation({ start, site });
    await house.send('tank-1', 'readings', { values: { level: 2.9 } });
    await house.pass(sec);
    const open = () => house?.tickets()[0] as Ticket;
    expect(open()).toMatchObject({ state: 'registered', dueAt: house.now + 10 * min });
    await house.pass(min);
    house.clock.stepWall(step);
    await house.pass(sec);
    expect(open().dueAt).toBe(house.now + 9 * min - sec);
    await house.pass(9 * min - sec - 1);
    expect(open().escalation).toBe(0);
    await house.pass(1);
    expect(open()).toMatchObject({ escalation: 1, dueAt: house.now });
    await house.pass(5 * min);
    house.clock.stepWall(-step);
    await house.pass(10 * min - 1);
    expect(open().escalation).toBe(1);
    await house.pass(1);
    expect(open().escalation).toBe(2);
    expect(open().steps.map(({ action, at }) => [action, at])).toEqual([
      ['register', start + sec],
      ['escalate', start + sec + 10 * min + step],
      ['escalate', start + sec + 25 * min],
    ]);
  });

  test('leaves the interval of supervision its length', async () => {
    house = await startSimulation({ start, site });
    await house.send('tank-2', 'readings', { values: { level: 1 } });
    await house.pass(min);
    house.clock.stepWall(step);
    await house.pass(29 * sec);
    expect(house.alarms('stale')).toEqual([]);
    await house.pass(2 * sec);
    expect(house.alarms('stale')).toMatchObject([{ device: 'tank-2', state: 'unacknowledged' }]);
  });

  test('keeps the time at which a shelf and a bypass end as people were told it', async () => {
    house = await startSimulation({ start, site, ...unhurried });
    await house.send('tank-1', 'readings', { values: { level: 2.9 } });
    await house.pass(10 * sec);
    const [alarm] = house.alarms('high');
    const until = start + 3 * hour;
    await house.ask('POST', `/alarms/${alarm?.id}/shelve`, { reason: '检修', until });
    await house.ask('POST', '/zones/segment-1/bypass', { reason: '施工', until });
    house.clock.stepWall(step);
    await house.goTo(until - 1);
    const shelved = () => house?.alarms('high').map((one: Alarm) => one.shelved?.until);
    const bypassed = async () =>
      (await house?.ask<{ items: { bypass: { until: number } | null }[] }>('GET', '/zones'))?.items.map(
        ({ bypass }) => bypass?.until,
      );
    expect(shelved()).toEqual([until]);
    expect(await bypassed()).toEqual([until]);
    await house.pass(1);
    expect(shelved()).toEqual([undefined]);
    expect(await bypassed()).toEqual([undefined]);
  });

  test('repeats no round and leaves none out', async () => {
    house = await startSimulation({ start, site, ...unhurried });
    await house.pass(25 * min);
    house.clock.stepWall(step);
    await house.pass(3 * hour);
    house.clock.stepWall(-step);
    await house.goTo(start + 8 * hour);
    const rounds = house.rounds('half-hourly');
    expect(rounds.map(({ startsAt }) => startsAt)).toEqual(
      Array.from({ length: 16 }, (_, n) => start + 20 * min + n * 30 * min),
    );
    // Judged once, at their end or, when the clock had passed it, at once.
    expect(
      rounds.every(({ state, endsAt }) => state === (endsAt <= start + 8 * hour ? 'missed' : 'running')),
    ).toBe(true);
  });
});

/** The first minute of each date in Berlin at which a clock on the wall there shows `time` or, left out in spring, more. */
function wallStarts(from: number, to: number, time: string): number[] {
  const wall = new Intl.DateTimeFormat('sv', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const starts = new Map<string, number>();
  for (let at = from - 24 * hour; at <= to; at += min) {
    const [date = '', shown = ''] = wall.format(at).split(' ');
    if (shown >= time && !starts.has(date)) starts.set(date, at);
  }
  return [...starts.values()].filter((at) => at > from);
}

describe.each([
  ['summer time begins', Date.UTC(2026, 2, 27, 12), Date.UTC(2026, 2, 29, 0, 55)],
  ['summer time ends', Date.UTC(2026, 9, 23, 12), Date.UTC(2026, 9, 25, 0, 55)],
])('when %s', (_, from, shortlyBefore) => {
  test('every round of each plan takes place once, and deadlines keep their length', async () => {
    house = await startSimulation({ start: from, site, ...unhurried });
    const to = from + 4 * 24 * hour;
    await house.goTo(shortlyBefore);
    await house.send('tank-1', 'readings', { values: { level: 2.9 } });
    await house.goTo(to);
    expect(house.rounds('rounds').map(({ startsAt }) => startsAt)).toEqual(wallStarts(from, to, '02:30'));
    expect(house.rounds('half-hourly').map(({ startsAt }) => startsAt)).toEqual(
      Array.from({ length: 4 * 48 }, (_, n) => from + (n + 1) * 30 * min),
    );
    const [ticket] = house.tickets();
    expect(ticket?.steps.map(({ at }) => at - shortlyBefore)).toEqual([sec, sec + 10 * min, sec + 25 * min]);
    expect(house.alarms('clock-step')).toEqual([]);
  });
});
