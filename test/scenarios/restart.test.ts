import { afterEach, describe, expect, test } from 'vitest';
import type { Round } from '../../gateway/contract/patrol.ts';
import { day, hour, min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// What a restart changes: the two differences that DECISIONS (Time) names, and rounds that fell into the time without a gateway.
// That it changes nothing else is told by restart-stories.test.ts.

let house: SimulatedHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const tanks = ['never-fresh', 'fresh-in-time', 'fresh-later', 'bad-at-first', 'normal-then-high'];
const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
people:
  - { id: li-wei, name: 李伟, role: guard, cards: ["6547886"] }
devices:
${tanks.map((id) => `  - { id: ${id}, type: native-tank, name: 水箱, area: compound, settings: { silenceS: 31536000 } }`).join('\n')}
  - { id: panic-1, type: native-panic-button, name: 大堂紧急按钮, area: compound }
  - { id: segment-1, type: native-perimeter-zone, name: 一防区, area: compound, settings: { silenceS: 31536000 } }
  - { id: wand-1, type: native-patrol-reader, name: 巡更棒, area: compound, settings: { silenceS: 31536000 } }
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "0100000001" }
routes:
  - { id: short, name: 短线, checkpoints: [{ checkpoint: gate, dueMin: 5 }], toleranceMin: 3, graceMin: 5 }
plans:
  - { id: rounds, name: 巡逻, route: short, schedule: "*/30 * * * *" }
`;
/** 10:00 on the site's walls. */
const ten = Date.UTC(2026, 5, 1, 2);

async function stand(start: number): Promise<SimulatedHouse> {
  house = await startSimulation({ start, site });
  return house;
}

/** For hours in which nothing hangs on the second of a silence or of a step of the clock. */
async function standUnhurried(start = ten - min): Promise<SimulatedHouse> {
  house = await startSimulation({ start, site, stepCheckMs: min, pace: 120 });
  return house;
}

describe('an on-delay of 5 s that a restart interrupts after 2 s', () => {
  const level = (tank: string, value: number, quality = 'good') =>
    house?.send(tank, 'readings', { values: { level: value }, quality });
  /** Seconds at which the alarm was raised, and at which the value had gone beyond its limit. */
  const raised = (tank: string) =>
    house
      ?.alarms('high')
      .filter(({ device }) => device === tank)
      .map(({ raisedAt, occurredAt }) => [(raisedAt - ten) / sec, (occurredAt - ten) / sec]);

  test('fires at the first fresh value that still holds, counted from when it began', async () => {
    const standing = await stand(ten);
    for (const tank of tanks) await level(tank, 2.6);
    await standing.pass(2 * sec);
    await standing.restart();
    await level('normal-then-high', 2);
    await standing.pass(sec);
    await level('fresh-in-time', 2.7);
    await level('normal-then-high', 2.6);
    await standing.goTo(ten + 20 * sec);
    expect(tanks.flatMap(raised)).toEqual([
      [5, 0],
      [8, 3],
    ]);
    await level('fresh-later', 2.7);
    await level('bad-at-first', 2.7, 'bad');
    await standing.pass(sec);
    await level('bad-at-first', 2.7);
    await standing.pass(10 * min);
    expect(raised('never-fresh')).toEqual([]);
    expect(raised('fresh-in-time')).toEqual([[5, 0]]);
    expect(raised('fresh-later')).toEqual([[20, 0]]);
    expect(raised('bad-at-first')).toEqual([[21, 0]]);
    expect(raised('normal-then-high')).toEqual([[8, 3]]);
  });

  test('fires at it also when the delay ran out while the gateway was down', async () => {
    const standing = await stand(ten);
    await level('fresh-later', 2.6);
    await standing.pass(2 * sec);
    await standing.restart(min);
    await standing.pass(sec);
    expect(raised('fresh-later')).toEqual([]);
    await level('fresh-later', 2.6);
    expect(raised('fresh-later')).toEqual([[63, 0]]);
  });
});

describe('the supervision of a device that may be silent for 90 s', () => {
  const offline = () =>
    house?.alarms('offline').map(({ raisedAt, count, state }) => [raisedAt - ten, count, state]);

  test('finds it silent after 90 s without a restart', async () => {
    const standing = await stand(ten);
    await standing.send('panic-1', 'readings', { values: { battery: 90 } });
    await standing.pass(10 * min);
    expect(offline()).toEqual([[90 * sec, 1, 'unacknowledged']]);
  });
  test('starts one full interval anew with a restart', async () => {
    const standing = await stand(ten);
    await standing.send('panic-1', 'readings', { values: { battery: 90 } });
    await standing.pass(80 * sec);
    await standing.restart();
    await standing.pass(10 * min);
    expect(offline()).toEqual([[170 * sec, 1, 'unacknowledged']]);
  });
  test('raises nothing anew for one that was silent before, and lets it return when it is heard', async () => {
    const standing = await stand(ten);
    await standing.pass(2 * min);
    await standing.restart();
    await standing.pass(2 * min);
    expect(offline()).toEqual([[90 * sec, 1, 'unacknowledged']]);
    await standing.send('panic-1', 'readings', { values: { battery: 90 } });
    expect(offline()).toEqual([[90 * sec, 1, 'returned']]);
    expect(house?.transitions('offline').map(({ cause }) => cause)).toEqual([
      'raised',
      'ticketed',
      'returned',
    ]);
  });
});

describe('rounds that fall into a time without a gateway', () => {
  const line = ({ startsAt, state, checks, note }: Round) =>
    [(startsAt - ten) / min, state, checks[0]?.result, note] as const;
  const missed = () =>
    house?.transitions('checkpoint-missed').map(({ at, cause }) => [(at - ten) / min, cause]);
  const visit = (minutes: number) =>
    house?.send('wand-1', 'events', {
      id: `v-${minutes}`,
      type: 'checkin',
      at: ten + minutes * min,
      data: { tag: '0100000001' },
    });
  const down = 'gateway down 10:07–12:36';

  test('are judged once, with the mark of when it was down, and raise nothing that it could not have seen', async () => {
    const standing = await standUnhurried();
    await standing.goTo(ten + 4 * min);
    await visit(4);
    await standing.goTo(ten + 7 * min);
    await standing.restart(2 * hour + 29 * min);
    await standing.pass(min);
    await visit(157);
    await standing.goTo(ten + 3 * hour + 20 * min);
    const told = [
      [0, 'done', 'normal', down],
      [30, 'missed', 'missed', down],
      [60, 'missed', 'missed', down],
      [90, 'missed', 'missed', down],
      [120, 'missed', 'missed', down],
      [150, 'done', 'normal', down],
      [180, 'missed', 'missed', null],
    ];
    expect(standing.rounds().map(line)).toEqual(told);
    expect(missed()).toEqual([[190, 'raised']]);
    await standing.restart();
    await standing.restart();
    expect(standing.rounds().map(line)).toEqual(told);
    expect(missed()).toEqual([[190, 'raised']]);
  });

  test('raise what could have been seen before it went down', async () => {
    const standing = await standUnhurried();
    await standing.goTo(ten + 9 * min);
    await standing.restart(2 * hour);
    expect(standing.rounds().map(line)[0]).toEqual([0, 'missed', 'missed', 'gateway down 10:09–12:09']);
    expect(missed()).toEqual([[129, 'raised']]);
  });

  test('are judged anew when the wand is read out, and keep the mark', async () => {
    const standing = await standUnhurried();
    await standing.goTo(ten + 20 * min);
    await standing.restart(2 * hour);
    await visit(36);
    await visit(70);
    const rounds = standing.rounds().map(line);
    expect(rounds[1]).toEqual([30, 'done', 'normal', 'gateway down 10:20–12:20']);
    expect(rounds[2]).toEqual([60, 'done', 'late', 'gateway down 10:20–12:20']);
    expect(standing.rounds()[1]?.checks[0]).toMatchObject({ at: ten + 36 * min, lateEvidence: true });
    expect(missed()).toEqual([[10, 'raised']]);
  });

  test('carry no mark when it was down for less than a minute', async () => {
    const standing = await standUnhurried();
    await standing.goTo(ten + 4 * min);
    await standing.restart(59 * sec);
    await visit(5);
    await standing.goTo(ten + 12 * min);
    expect(standing.rounds().map(line)).toEqual([[0, 'done', 'normal', null]]);
  });

  test('take place once each after a day without it, in their order', async () => {
    const standing = await standUnhurried();
    await standing.goTo(ten + 15 * min);
    await standing.restart(day);
    const rounds = standing.rounds();
    expect(rounds.map(({ startsAt }) => (startsAt - ten) / min)).toEqual(
      Array.from({ length: 49 }, (_, n) => n * 30),
    );
    expect(new Set(rounds.map(({ id }) => id)).size).toBe(49);
    expect(rounds.map(({ id }) => id)).toEqual(rounds.map(({ id }) => id).sort());
  });

  test('escalations, shelves and bypasses that came due meanwhile are done at its return, once', async () => {
    const standing = await standUnhurried(ten);
    await standing.send('fresh-later', 'readings', { values: { level: 2.9 } });
    await standing.pass(6 * sec);
    const [high] = standing.alarms('high');
    const until = ten + hour;
    await standing.ask('POST', `/alarms/${high?.id}/shelve`, { reason: '检修', until });
    await standing.ask('POST', '/zones/segment-1/bypass', { reason: '施工', until });
    await standing.pass(min);
    await standing.restart(2 * hour);
    const back = standing.now;
    expect(standing.tickets().map(({ escalation }) => escalation)).toEqual([1]);
    expect(standing.alarms('high').map(({ shelved }) => shelved)).toEqual([undefined]);
    expect(standing.transitions('high').map(({ cause }) => cause)).toEqual([
      'raised',
      'shelved',
      'unshelved',
    ]);
    expect(standing.rows("SELECT at FROM audit WHERE action = 'zone.unbypassed'")).toEqual([{ at: back }]);
    await standing.restart();
    await standing.pass(hour);
    expect(
      standing
        .tickets()[0]
        ?.steps.flatMap(({ action, at }) => (action === 'escalate' ? [(at - back) / min] : [])),
    ).toEqual([0, 15]);
  });
});
