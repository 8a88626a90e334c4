import { afterEach, describe, expect, test } from 'vitest';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import { uuidv7 } from '../lib/ids.ts';
import { startOfLocal } from '../lib/local-time.ts';
import type { MeterFinding } from './findings.ts';
import { createMetering, type Metering } from './metering.ts';
import { meterInput, moment } from './metering-fixture.ts';
import type { MeterInput } from './meters.ts';
import { meteringStatements } from './store.ts';

const hour = 3_600_000;
const minute = 60_000;
const day = 24 * hour;

const site: MeterInput[] = [
  meterInput('main', 'water'),
  meterInput('garden', 'water', { main: 'main', account: 'public' }),
  meterInput('power', 'electricity', { digits: 5 }),
];

let days: SimulatedDays<Metering>;
let found: (MeterFinding & { active: boolean })[] = [];
afterEach(() => days.remove());

async function open(
  options: { start?: number; restartAfterEachStep?: boolean; devices?: MeterInput[]; zone?: string } = {},
) {
  const {
    start = moment('00:00'),
    restartAfterEachStep = false,
    devices = site,
    zone = 'Asia/Shanghai',
  } = options;
  found = [];
  days = await createSimulatedDays<Metering>({
    start,
    restartAfterEachStep,
    statements: { metering: meteringStatements },
    async stand(memory, query, now) {
      const rooms = createMetering({
        ...{ memory, query },
        timeZone: () => zone,
        devices: () => devices,
        find: (_, finding) => found.push(finding),
      });
      await rooms.load(now);
      return { rooms, onTimer: (turn, _, name) => rooms.onTimer(turn, name) };
    },
  });
  await begin();
}

/** As after each start of the gateway. */
const begin = () =>
  days.act((turn) => {
    days.rooms.siteChanged(turn);
    days.rooms.start(turn);
  }, null);

/** Each start takes the site in again, since a restart may come after any input. */
async function read(
  meter: string,
  at: number,
  value: number,
  point = 'volume',
  quality: 'good' | 'bad' = 'good',
) {
  if (at > days.now) await days.goTo(at);
  await days.act((turn) => {
    days.rooms.siteChanged(turn);
    days.rooms.onReading(turn, { device: meter, point, value, quality, at, receivedAt: days.now });
  }, null);
}

interface Row {
  at: number;
  rank: number;
  slot: number | null;
  register: number;
  total: number;
  flag: string | null;
}
const rows = (meter: string, point = 'volume') =>
  days.query<Row>(
    'SELECT at, rank, slot, register, total, flag FROM meter_mark WHERE meter = ? AND point = ? ORDER BY at, rank',
    meter,
    point,
  );
const brief = async (meter: string) =>
  (await rows(meter)).map(({ slot, register, total, flag }) => [
    slot === null ? null : (slot - moment('00:00')) / hour,
    register,
    total,
    flag,
  ]);
const hoursOf = async (meter: string, from: number, to: number) => {
  const { items } = await days.rooms.views.consumption(meter, undefined, {
    by: 'hour',
    from,
    to,
    now: days.now,
  });
  return items.map(({ consumption }) => consumption);
};

async function enter(
  meter: string,
  body: { id?: string; at?: number; register: number; point?: string; note?: string; confirmed?: boolean },
) {
  const { id, at, point = 'volume' } = body;
  const stored = await days.rooms.storedFor({ meter, point, at, id });
  return days.act((turn) => {
    days.rooms.siteChanged(turn);
    return days.rooms.enterReading(turn, meter, body, stored);
  });
}
async function replace(
  meter: string,
  body: { id?: string; at?: number; final: number; initial: number; confirmed?: boolean },
) {
  const { id, at } = body;
  const stored = await days.rooms.storedFor({ meter, point: 'volume', at, id });
  return days.act((turn) => {
    days.rooms.siteChanged(turn);
    return days.rooms.enterReplacement(turn, meter, body, stored);
  });
}

describe('the register of an hour', () => {
  test('is the newest good one read in it; the very first of all stays beside it', async () => {
    await open();
    await read('garden', moment('08:10'), 100);
    await read('garden', moment('08:50'), 101);
    await read('garden', moment('08:58'), 0, 'volume', 'bad');
    await read('garden', moment('09:00'), 102);
    await read('garden', moment('09:30'), 103);
    expect(await brief('garden')).toEqual([
      [null, 100, 0, null],
      [9, 102, 2, null],
      [10, 103, 3, null],
    ]);
  });

  test('read every few seconds is on disk within a minute, and at the full hour to the last reading', async () => {
    await open();
    for (let second = 0; second <= 3_600; second += 10) {
      const at = moment('08:00') + second * 1_000;
      days.sleepTo(at);
      await read('garden', at, 100 + second / 100);
      if (second % 600 !== 590) continue;
      const [newest] = (await rows('garden')).toReversed();
      expect(at - (newest?.at ?? 0)).toBeLessThanOrEqual(minute);
      expect(await rows('garden')).toHaveLength(2);
    }
    await days.goTo(moment('09:06'));
    expect(await brief('garden')).toEqual([
      [null, 100, 0, null],
      [9, 136, 36, null],
    ]);
  });

  test('said twice is said once, and a second word for the same moment takes the place of the first', async () => {
    await open();
    for (const register of [100, 100, 101]) await read('garden', moment('08:10'), register);
    for (const register of [105, 105, 106]) await read('garden', moment('08:20'), register);
    await days.goTo(moment('09:05'));
    expect(await brief('garden')).toEqual([
      [null, 101, 0, null],
      [9, 106, 5, null],
    ]);
  });

  test('other points and other devices are passed over', async () => {
    await open();
    await read('garden', moment('08:10'), 3, 'flow');
    await read('tank-1', moment('08:10'), 3, 'volume');
    expect(await days.query('SELECT 1 FROM meter_mark')).toEqual([]);
  });

  test('read late is judged anew, with the hour after it; an older one of the hour changes nothing', async () => {
    await open();
    for (const [clock, register] of [
      ['08:55', 100],
      ['09:30', 110],
      ['10:55', 130],
      ['11:55', 140],
    ] as const)
      await read('garden', moment(clock), register);
    expect(await hoursOf('garden', moment('08:00'), moment('12:00'))).toEqual([0, 10, 20, 10]);
    await read('garden', moment('09:58'), 119);
    await read('garden', moment('09:10'), 103);
    expect(await hoursOf('garden', moment('08:00'), moment('12:00'))).toEqual([0, 19, 11, 10]);
    expect(await brief('garden')).toEqual([
      [null, 100, 0, null],
      [10, 119, 19, null],
      [11, 130, 30, null],
      [12, 140, 40, null],
    ]);
  });

  test('is that of the wall clock half an hour beside UTC', async () => {
    await open({ zone: 'Asia/Kolkata', start: Date.parse('2026-03-02T00:00Z') });
    const at = Date.parse('2026-03-02T04:20Z');
    await read('garden', at, 100);
    await read('garden', at + minute, 101);
    expect((await rows('garden')).map(({ slot }) => slot)).toEqual([null, Date.parse('2026-03-02T04:30Z')]);
  });
});

/** Ten days of everything that happens to meters. */
async function tenDays(options: { restartAfterEachStep: boolean }) {
  await open(options);
  for (let hours = 0; hours < 10 * 24; hours += 1) {
    const at = moment('00:00') + hours * hour;
    const weekday = Math.floor(hours / 24);
    // Away on the third day from noon to six; its readings come a day later.
    const away = weekday === 3 && hours % 24 >= 12 && hours % 24 < 18;
    if (!away) {
      await read('main', at + 50 * minute, 5_000 + hours * 2.5);
      await read('garden', at + 20 * minute, weekday < 6 ? 100 + hours : hours - 144);
      await read('power', at + 59 * minute, (99_500 + hours * 3) % 100_000, 'energyImport');
    }
    if (hours === 4 * 24 + 2)
      for (let late = 3 * 24 + 12; late < 3 * 24 + 18; late++)
        await read('main', moment('00:00') + late * hour + 50 * minute, 5_000 + late * 2.5);
    if (hours === 5 * 24) await enter('main', { at: at - 10 * minute, register: 5_000 + hours * 2.5 - 0.5 });
  }
  await replace('garden', { at: moment('00:00', 6), final: 243.5, initial: 0 });
  return Promise.all([rows('main'), rows('garden'), rows('power', 'energyImport')]);
}

test('a restart after any step leaves the same registers', async () => {
  const straight = await tenDays({ restartAfterEachStep: false });
  await days.remove();
  const restarted = await tenDays({ restartAfterEachStep: true });
  expect(restarted).toEqual(straight);
  const [main, garden, power] = straight;
  expect(main.at(-1)?.total).toBe((10 * 24 - 1) * 2.5);
  expect(main.some(({ flag }) => flag !== null)).toBe(false);
  // To the old meter's last, then on from nothing.
  expect(garden.at(-1)?.total).toBe(143.5 + 10 * 24 - 1 - 144);
  expect(power.filter(({ flag }) => flag === 'rolled-over')).toHaveLength(1);
  expect(power.at(-1)?.total).toBe((10 * 24 - 1) * 3);
}, 120_000);

describe('a reading by hand', () => {
  async function someHours() {
    await open();
    for (let hours = 0; hours < 30; hours++)
      await read('garden', moment('00:30') + hours * hour, 100 + hours);
    await days.goTo(moment('12:00', 1));
  }

  test('fills a gap: its share of what went through is no guess any more', async () => {
    await someHours();
    await days.goTo(moment('15:30', 1));
    await read('garden', moment('15:30', 1), 150);
    expect(await hoursOf('garden', moment('05:00', 1), moment('16:00', 1))).toEqual([
      1,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    const entry = await enter('garden', { at: moment('14:59:59', 1), register: 146, note: '现场抄表' });
    expect(entry).toMatchObject({
      kind: 'reading',
      point: 'volume',
      register: 146,
      consumption: 17,
      who: 'tester',
    });
    expect((await hoursOf('garden', moment('15:00', 1), moment('16:00', 1)))[0]).toBe(4);
  });

  test('twice with the same id is the same answer, with other words a conflict; also after a restart', async () => {
    await someHours();
    const body = { id: uuidv7(days.now), at: moment('10:00', 1), register: 133, note: 'a' };
    const first = await enter('garden', body);
    expect(await enter('garden', body)).toEqual(first);
    await days.restart();
    await begin();
    expect(await enter('garden', body)).toEqual(first);
    await expect(enter('garden', { ...body, register: 134 })).rejects.toMatchObject({ code: 'id.conflict' });
    expect((await rows('garden')).filter(({ rank }) => rank === 1)).toHaveLength(1);
  });

  test.each([
    [
      'below what was read before',
      { register: 90 },
      'meter.implausible',
      'is below 129 m³, read at 2026-03-03 05:30',
    ],
    [
      'above what was read after',
      { at: moment('10:10'), register: 150 },
      'meter.implausible',
      'is above 110 m³, read later',
    ],
    [
      'with a digit too many',
      { register: 1_290 },
      'meter.unusual',
      'would be 1161.0 m³, where 6.5 m³ is usual',
    ],
    [
      'with more digits than the meter has',
      { register: 1_290_000 },
      'meter.implausible',
      'more than the 6 whole digits',
    ],
    ['in the future', { at: moment('13:00', 1), register: 140 }, 'request.invalid', 'lies in the future'],
    ['long ago', { at: moment('00:00', -800), register: 1 }, 'request.invalid', 'two years'],
    [
      'of a register that it has not',
      { register: 140, point: 'energyImport' },
      'request.invalid',
      'it has volume',
    ],
  ])('%s is refused in words, and nothing is kept', async (_, body, code, words) => {
    await someHours();
    const before = await rows('garden');
    await expect(enter('garden', body)).rejects.toMatchObject({
      code,
      detail: expect.stringContaining(words),
    });
    expect(await rows('garden')).toEqual(before);
  });

  test('that is unusual is taken when it is confirmed', async () => {
    await someHours();
    await expect(enter('garden', { register: 1_290, confirmed: true })).resolves.toMatchObject({
      consumption: 1_161,
    });
  });

  test('that was wrong is withdrawn: it counts no more and stays on the record', async () => {
    await someHours();
    const before = await rows('garden');
    const { id } = await enter('garden', { at: moment('11:00', 1), register: 135 });
    const withdraw = async (reason: string) => {
      const stored = await days.rooms.storedFor({ meter: 'garden', point: undefined, at: undefined, id });
      return days.act((turn) => days.rooms.withdraw(turn, 'garden', id, reason, stored));
    };
    expect((await withdraw('抄错表')).withdrawn).toMatchObject({ reason: '抄错表', who: 'tester' });
    expect((await withdraw('again')).withdrawn?.reason).toBe('抄错表');
    expect(await rows('garden')).toEqual(before);
  });
});

describe('a replaced meter', () => {
  async function replacedAtTen() {
    await open();
    for (let hours = 0; hours < 24; hours++)
      await read('garden', moment('00:30') + hours * hour, hours < 10 ? 500 + hours : 2 + hours - 10);
  }

  test('that nobody entered is kept backwards and not counted, and goes on', async () => {
    await replacedAtTen();
    const flags = (await rows('garden')).filter(({ flag }) => flag !== null);
    expect(flags).toMatchObject([{ register: 2, flag: 'backwards' }]);
    expect((await rows('garden')).at(-1)?.total).toBe(9 + 13);
  });

  test('is counted to its last register and on from the first of the new one', async () => {
    await replacedAtTen();
    const entry = await replace('garden', { at: moment('10:00'), final: 510.5, initial: 1.5 });
    expect(entry).toMatchObject({ kind: 'replacement', final: 510.5, initial: 1.5, consumption: 1.5 });
    const marks = await rows('garden');
    expect(marks.filter(({ flag }) => flag !== null)).toEqual([]);
    expect(marks.at(-1)?.total).toBe(10.5 + 13.5);
    const { items } = await days.rooms.views.consumption('garden', undefined, {
      by: 'day',
      from: moment('00:00'),
      to: moment('12:00'),
      now: days.now,
    });
    expect(items).toMatchObject([{ consumption: 24, events: ['replaced'] }]);
  });

  test.each([
    [
      'the old register is too small',
      { at: moment('10:00'), final: 400, initial: 0 },
      'meter.implausible',
      "old meter's last register 400 m³ is below 509 m³",
    ],
    [
      'the new register is too large',
      { at: moment('10:00'), final: 510, initial: 5 },
      'meter.implausible',
      "new meter's first register 5 m³ is above 2 m³",
    ],
    [
      'the old meter still counted',
      { at: moment('06:00'), final: 505.5, initial: 0 },
      'meter.unusual',
      'at 2026-03-02 06:30 the meter still showed 506 m³',
    ],
  ])('is refused in words when %s', async (_, body, code, words) => {
    await replacedAtTen();
    await expect(replace('garden', body)).rejects.toMatchObject({
      code,
      detail: expect.stringContaining(words),
    });
  });
});

test('an entry for long ago is judged with what the disk holds, and moves all that came after', async () => {
  await open();
  const start = moment('00:00');
  for (let each = 0; each < 40; each++)
    await read('garden', start + each * day + 30 * minute, each < 15 ? 100 + each : each - 15);
  for (let each = 0; each < 40; each++) await read('garden', start + 40 * day + each * hour, 25 + each / 10);
  const before = (await rows('garden')).at(-1)?.total ?? 0;
  await replace('garden', { at: start + 14.5 * day, final: 114.5, initial: 0 });
  const marks = await rows('garden');
  expect((marks.at(-1)?.total ?? 0) - before).toBeCloseTo(0.5, 6);
  expect(marks.filter(({ flag }) => flag !== null)).toEqual([]);
  marks.forEach(({ total }, i) => {
    expect(total).toBeGreaterThanOrEqual(marks[i - 1]?.total ?? 0);
  });
  // Memory and disk agree: a restart changes nothing of what follows.
  await days.restart();
  await begin();
  await read('garden', start + 42 * day, 30);
  expect((await rows('garden')).at(-1)?.total).toBeCloseTo((marks.at(-1)?.total ?? 0) + 30 - 28.9, 6);
});

test('days and months are the local ones; a gap within is right, one over midnight is shared', async () => {
  await open({ zone: 'Europe/Berlin', start: Date.parse('2026-03-27T23:00Z') });
  const start = Date.parse('2026-03-28T23:00Z');
  for (let hours = -24; hours <= 72; hours++) {
    // Silent from 10 to 14 on the short day, and over its end.
    if ((hours > 10 && hours < 14) || (hours > 20 && hours < 26)) continue;
    await read('garden', start + hours * hour, 200 + hours);
  }
  const { items } = await days.rooms.views.consumption('garden', undefined, {
    by: 'day',
    from: start,
    to: start + 48 * hour,
    now: days.now,
  });
  expect(items.map(({ from, to }) => (to - from) / hour)).toEqual([23, 24, 24]);
  expect(items.map(({ consumption, knowledge }) => [consumption, knowledge])).toEqual([
    [23, 'estimated'],
    [24, 'estimated'],
    [24, 'measured'],
  ]);
  const month = await days.rooms.views.consumption('garden', undefined, {
    by: 'month',
    from: start,
    to: start + 1,
    now: days.now,
  });
  expect(month.items).toMatchObject([
    {
      from: startOfLocal('Europe/Berlin', 'month', start),
      to: Date.parse('2026-03-31T22:00Z'),
      consumption: 95,
      knowledge: 'partial',
    },
  ]);
});

test('what is found is told each hour, when its readings are in', async () => {
  await open();
  for (let hours = 0; hours <= 24; hours++) {
    await read('main', moment('00:00') + hours * hour, 10 * hours);
    await read('garden', moment('00:00') + hours * hour, 7 * hours);
  }
  await days.goTo(moment('00:04', 1));
  const lossOf = () => found.findLast(({ device, instance }) => device === 'main' && instance === 'day');
  expect(lossOf()).toBeUndefined();
  await days.goTo(moment('00:05', 1));
  expect(lossOf()).toMatchObject({ active: true, value: 30, detail: { en: 'yesterday 72 m³' } });
  expect(found.findLast(({ finding }) => finding === 'night-flow')).toMatchObject({
    device: 'garden',
    active: true,
  });
});

test('hours older than two years are let go, the ends of days stay, and with them every total', async () => {
  await open();
  for (let hours = 0; hours <= 48; hours++) await read('garden', moment('00:00') + hours * hour, hours);
  days.sleepTo(moment('03:00', 731));
  await days.goTo(moment('04:30', 731));
  await days.goTo(moment('05:30', 731));
  expect((await rows('garden')).map(({ register }) => register)).toEqual([
    0,
    24,
    ...Array.from({ length: 24 }, (_, i) => 25 + i),
  ]);
});

test('the clock is set back: the hour that comes again has the newest registers in the end', async () => {
  await open();
  await read('garden', moment('10:30'), 100);
  await read('garden', moment('11:20'), 101);
  days.sleepTo(moment('10:25'));
  await days.act((turn) => {
    days.rooms.onReading(turn, {
      device: 'garden',
      point: 'volume',
      value: 101.2,
      quality: 'good',
      at: moment('10:40'),
      receivedAt: moment('10:40'),
    });
  }, null);
  expect((await brief('garden')).at(-1)).toEqual([12, 101, 1.2, 'backwards']);
  await read('garden', moment('11:50'), 103);
  expect(await brief('garden')).toEqual([
    [null, 100, 0, null],
    [11, 101.2, 1.2, null],
    [12, 103, 3, null],
  ]);
});

test('the clock is set back an hour: the hour under way is closed at its own end, not an hour later', async () => {
  await open();
  await read('garden', moment('11:20'), 100);
  days.sleepTo(moment('10:20'));
  await days.act((turn) => days.rooms.onClockStep(turn), null);
  const [timer] = await days.query<{ due_at: number }>("SELECT due_at FROM timer WHERE name = 'hour'");
  expect(timer?.due_at).toBeGreaterThan(moment('11:00'));
  expect(timer?.due_at).toBeLessThan(moment('11:30'));
});
