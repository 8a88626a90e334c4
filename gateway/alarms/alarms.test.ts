import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alarmSchema } from '../contract/alarm.ts';
import type { Supervised } from '../contract/device-state.ts';
import { deviceTimeBehindMs } from '../contract/reading.ts';
import { Fault } from '../lib/errors.ts';
import { testActor } from '../store/turn-fixture.ts';
import {
  alarmed,
  definition,
  event,
  panelKind,
  panicKind,
  reading,
  tankKind,
  zoneKind,
} from './alarm-fixture.ts';
import type { AlarmedDevice } from './compile.ts';
import { createHouse, type House, startMs } from './house-fixture.ts';
import { mostRestores } from './restores.ts';
import { findHistory } from './store.ts';

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.store.remove());
beforeEach(() => house.wipe());

const high = definition({
  title: { zh: '水位高', en: 'Level high' },
  on: { rule: 'above', point: 'level', limit: '$highM', deadband: 0.1 },
});
const slowHigh = definition({
  on: { rule: 'above', point: 'level', limit: 3, onDelayMs: 10_000, offDelayMs: 10_000 },
});
const offline = definition({ on: { rule: 'supervision', fault: 'offline' }, priority: 3 });
const tank = alarmed(
  'tank-1',
  tankKind,
  { high, offline },
  { highM: 2.5 },
  { name: '水箱', cameras: ['cam-1'] },
);
const slowTank = alarmed('tank-2', tankKind, { high: slowHigh });

const intrusion = definition({
  title: { zh: '入侵', en: 'Intrusion' },
  priority: 1,
  category: 'perimeter',
  on: { rule: 'event', event: 'zone.alarm', clearedBy: 'zone.restore', onlyArmed: true },
});
const tamper = definition({ on: { rule: 'event', event: 'zone.tamper', clearedBy: 'zone.restore' } });
const held = definition({ on: { rule: 'event', event: 'access.held' } });
const zone = alarmed('wall-1', zoneKind, { intrusion, tamper, held });

const panic = definition({
  priority: 1,
  category: 'emergency',
  shelvable: false,
  on: { rule: 'event', event: 'panic', clearedBy: 'panic.restore', latched: true },
});
const button = alarmed('panic-1', panicKind, { panic });

const burglary = definition({
  title: { zh: '防区报警', en: 'Zone alarm' },
  category: 'home-alarm',
  on: { rule: 'event', event: 'zone.alarm', clearedBy: 'zone.restore', instance: 'zone' },
});
const panel = alarmed(
  'home-0101',
  panelKind,
  { burglary },
  {},
  { household: 'h-0101', settings: { zones: { 3: '客厅红外' }, users: { 5: 'li-wei' } } },
);

const at = (ms: number) => ({ occurredAt: house.now + ms });
const happen = (device: string, type: string, fields = {}) =>
  house.turn((turn, alarms) =>
    alarms.onEvent(turn, event(device, type, { ...at(0), receivedAt: house.now, ...fields })),
  );
const level = (value: number) => house.read({ device: 'tank-1', point: 'level', value });
const act = <Answer>(run: Parameters<typeof house.turn<Answer>>[0]) => house.turn(run, testActor);

describe('readings', () => {
  beforeEach(() => house.configure([tank, slowTank]));

  test('a normal reading writes nothing, changes nothing, tells nobody', async () => {
    const turn = await level(1);
    expect([turn.writes, turn.changes, turn.timers.size]).toEqual([[], [], 0]);
  });

  test('a value beyond its limit raises one alarm with all its facts, told live in the same turn', async () => {
    const turn = await level(2.8);
    const [alarm] = house.open();
    expect(alarmSchema.parse(alarm)).toMatchObject({
      device: 'tank-1',
      deviceName: '水箱',
      definition: 'high',
      point: 'level',
      value: 2.8,
      limit: 2.5,
      unit: 'm',
      area: 'garage',
      areaName: '车库',
      cameras: ['cam-1'],
      state: 'unacknowledged',
      occurredAt: house.now,
      title: { zh: '水位高' },
    });
    expect(turn.changes).toEqual([{ entity: 'alarms', id: alarm?.id, data: alarm }]);
    expect(house.told.map(({ transition }) => transition.cause)).toEqual(['raised']);
  });

  test('it stays one alarm while it stands, and a second reading writes nothing', async () => {
    await level(2.8);
    const turn = await level(2.9);
    expect(turn.writes).toEqual([]);
    expect(house.open()).toHaveLength(1);
  });

  test('a closed alarm leaves the live list', async () => {
    await level(2.8);
    const [alarm] = house.open();
    await act((turn, alarms) => alarms.acknowledge(turn, alarm?.id ?? '', null));
    const turn = await level(2);
    expect(turn.changes).toEqual([{ entity: 'alarms', id: alarm?.id, data: null }]);
    expect(house.open()).toEqual([]);
  });

  test('an on-delay raises when its durable timer fires, with the time at which it began', async () => {
    const began = house.now;
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    expect(house.open()).toEqual([]);
    await house.advance(9_999);
    expect(house.open()).toEqual([]);
    await house.advance(1);
    expect(house.open()).toMatchObject([
      { occurredAt: began, raisedAt: began + 10_000, value: 3.5, late: false },
    ]);
    const { latency } = await findHistory(house.store.query, house.open()[0]?.id ?? '');
    expect(latency).toMatchObject({ deviceAt: null, receivedAt: began + 10_000 });
  });

  test('an on-delay that was cut short leaves no timer and no row', async () => {
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    await house.read({ device: 'tank-2', point: 'level', value: 2 });
    expect(house.timers.size).toBe(0);
    expect(await house.store.query('SELECT * FROM alarm_condition')).toEqual([]);
  });

  test('after a restart a pending on-delay fires at the first fresh value that still holds', async () => {
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    const began = house.now;
    await house.restart();
    await house.advance(20_000);
    expect(house.open()).toEqual([]);
    await house.read({ device: 'tank-2', point: 'level', value: 3.6 });
    expect(house.open()).toMatchObject([{ occurredAt: began, value: 3.6 }]);
  });

  test('… and within the delay it waits for its end, counted from its beginning', async () => {
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    await house.restart();
    await house.advance(4_000);
    await house.read({ device: 'tank-2', point: 'level', value: 3.6 });
    await house.advance(5_999);
    expect(house.open()).toEqual([]);
    await house.advance(1);
    expect(house.open()).toHaveLength(1);
  });

  test('a reading taken long before it came is marked late', async () => {
    await house.read({ device: 'tank-1', point: 'level', value: 3, at: house.now - 3_600_000 });
    expect(house.open()).toMatchObject([{ late: true, occurredAt: house.now - 3_600_000 }]);
  });
});

describe('events', () => {
  beforeEach(() => house.configure([zone, button, panel]));

  test('an event raises and the event that clears it returns', async () => {
    await happen('wall-1', 'zone.alarm');
    expect(house.of('intrusion')).toMatchObject([{ state: 'unacknowledged', priority: 1 }]);
    await happen('wall-1', 'zone.restore');
    expect(house.of('intrusion')).toMatchObject([{ state: 'returned' }]);
  });

  test('an event without one that clears it is momentary', async () => {
    await happen('wall-1', 'access.held');
    expect(house.of('held')).toMatchObject([{ state: 'returned' }]);
    await act((turn, alarms) => alarms.acknowledge(turn, house.of('held')[0]?.id ?? '', null));
    expect(house.of('held')).toEqual([]);
  });

  test('a panic call is latched: restore and acknowledge do not close it, reset does', async () => {
    await happen('panic-1', 'panic');
    const id = house.of('panic')[0]?.id ?? '';
    await happen('panic-1', 'panic.restore');
    await expect(act((turn, alarms) => alarms.reset(turn, id, null))).rejects.toBeInstanceOf(Fault);
    await act((turn, alarms) => alarms.acknowledge(turn, id, null));
    expect(house.of('panic')).toMatchObject([{ state: 'latched', acknowledgedBy: 'tester' }]);
    await act((turn, alarms) => alarms.reset(turn, id, null));
    expect(house.of('panic')).toEqual([]);
    const { transitions } = await findHistory(house.store.query, id);
    expect(transitions.map(({ cause, to }) => `${cause} ${to}`)).toEqual([
      'raised unacknowledged',
      'restored unacknowledged',
      'acknowledged latched',
      'reset closed',
    ]);
  });

  test('two zones of one panel are two alarms; a restore closes only its own; a known zone is named', async () => {
    await happen('home-0101', 'zone.alarm', { data: { zone: 3 } });
    await happen('home-0101', 'zone.alarm', { data: { zone: '4' } });
    await happen('home-0101', 'zone.restore', { data: { zone: 4 } });
    expect(house.of('burglary')).toMatchObject([
      { instance: '3', state: 'unacknowledged', household: 'h-0101', title: { zh: '防区报警（客厅红外）' } },
      { instance: '4', state: 'returned', title: { zh: '防区报警' } },
    ]);
  });

  describe('that its code and partition tell apart', () => {
    const apart = definition({
      ...burglary,
      on: {
        rule: 'event',
        event: 'zone.alarm',
        clearedBy: 'zone.restore',
        instance: 'zone',
        apart: ['partition', 'code'],
      },
    });
    const told = { ...panel, alarms: { burglary: apart } };
    const states = () => house.of('burglary').map((alarm) => `${alarm.apart} ${alarm.state}`);

    test('are alarms of their own, and each is ended by its own restore', async () => {
      await house.configure([told]);
      await happen('home-0101', 'zone.alarm', { data: { zone: 3, partition: 1, code: '130' } });
      await happen('home-0101', 'zone.alarm', { data: { zone: 3, partition: 2, code: '130' } });
      await happen('home-0101', 'zone.restore', { data: { zone: 3, partition: 2, code: '131' } });
      expect(states()).toEqual(['1 130 unacknowledged', '2 130 unacknowledged']);
      await happen('home-0101', 'zone.restore', { data: { zone: 3, partition: 2, code: '130' } });
      expect(states()).toEqual(['1 130 unacknowledged', '2 130 returned']);
    });

    test('a restore that does not say all of it ends what it does not contradict', async () => {
      await house.configure([told]);
      await happen('home-0101', 'zone.alarm', { data: { zone: 3, partition: 1, code: '130' } });
      await happen('home-0101', 'zone.alarm', { data: { zone: 4, partition: 1, code: '130' } });
      await happen('home-0101', 'zone.restore', { data: { zone: 3, code: '131' } });
      expect(states()).toEqual(['1 130 unacknowledged', '1 130 unacknowledged']);
      await happen('home-0101', 'zone.restore', { data: { zone: 3, code: '130' } });
      expect(states()).toEqual(['1 130 returned', '1 130 unacknowledged']);
    });

    test('one raised before they were told apart goes on over the upgrade, counts and ends', async () => {
      await happen('home-0101', 'zone.alarm', { data: { zone: 3, partition: 1, code: '130' } });
      const [raised] = house.of('burglary');
      await house.restart([told]);
      await happen('home-0101', 'zone.alarm', { data: { zone: 3, partition: 1, code: '130' } });
      expect(house.of('burglary')).toMatchObject([{ id: raised?.id, count: 2, state: 'unacknowledged' }]);
      await happen('home-0101', 'zone.restore', { data: { zone: 3, partition: 1, code: '130' } });
      expect(house.of('burglary')).toMatchObject([{ id: raised?.id, state: 'returned' }]);
    });
  });

  test('what a panel reports as still there never raises anew', async () => {
    await happen('home-0101', 'zone.alarm', { data: { zone: 3, still: true } });
    expect(house.open()).toEqual([]);
    await happen('home-0101', 'zone.alarm', { data: { zone: 3 } });
    await happen('home-0101', 'zone.alarm', { data: { zone: 3, still: true } });
    expect(house.of('burglary')).toMatchObject([{ count: 1 }]);
  });

  test('the latency record begins at arrival, with the time of the device where it is used', async () => {
    await happen('wall-1', 'zone.alarm', { ...at(-300), deviceTimeUsed: true });
    const read = async (id = house.of('intrusion')[0]?.id ?? '') =>
      (await findHistory(house.store.query, id)).latency;
    expect(await read()).toEqual({
      deviceAt: house.now - 300,
      receivedAt: house.now,
      committedAt: null,
      sentAt: null,
      shownAt: null,
      audible: null,
    });
  });
});

describe('late events', () => {
  beforeEach(() => house.configure([zone, button]));
  const late = { late: true, occurredAt: startMs - 10_800_000 };

  test('a zone that tripped three hours ago rings, with both times', async () => {
    await happen('wall-1', 'zone.alarm', late);
    expect(house.of('intrusion')).toMatchObject([
      { state: 'unacknowledged', late: true, occurredAt: late.occurredAt, raisedAt: house.now },
    ]);
  });

  test('one that was restored before it arrived is raised as returned', async () => {
    await happen('wall-1', 'zone.restore', { ...late, occurredAt: late.occurredAt + 60_000 });
    await house.restart();
    await happen('wall-1', 'zone.alarm', late);
    expect(house.of('intrusion')).toMatchObject([{ state: 'returned', late: true }]);
  });

  describe('whose restores somebody makes up by the thousand', () => {
    const kept = async () =>
      (await house.store.query<{ cause: string }>('SELECT cause FROM alarm_condition')).map(
        ({ cause }) => cause,
      );
    const trip = (zone: number | string) =>
      happen('home-0101', 'zone.alarm', { ...late, data: { zone } }).then(
        () => house.of('burglary').find(({ instance }) => instance === String(zone))?.state,
      );
    beforeEach(async () => {
      await house.configure([zone, panel]);
      await happen('wall-1', 'zone.restore');
      // All in one turn, as a flood comes.
      await house.turn((turn, alarms) => {
        for (let n = 0; n < mostRestores + 3; n++)
          alarms.onEvent(turn, event('home-0101', 'zone.restore', { ...at(n), data: { zone: `z${n}` } }));
      });
    });

    test('are kept up to a bound, and told when one is let go: its late trip rings, it is not taken for over', async () => {
      expect(house.limited).toEqual(Array(3).fill('restoresPerDevice'));
      for (const restarted of [false, true]) {
        if (restarted) await house.restart();
        const causes = (await kept()).filter((cause) => cause.startsWith('home-0101/burglary/'));
        expect(causes).toHaveLength(mostRestores);
        expect(causes).not.toContain('home-0101/burglary/z2');
      }
      expect([await trip('z2'), await trip('z3')]).toEqual(['unacknowledged', 'returned']);
      // Nobody else's went for them.
      await happen('wall-1', 'zone.alarm', late);
      expect(house.of('intrusion')).toMatchObject([{ state: 'returned' }]);
      // A restore that comes again is the newest: it makes no room and takes none.
      await happen('home-0101', 'zone.restore', { ...at(60_000), data: { zone: 'z3' } });
      await happen('home-0101', 'zone.restore', { ...at(60_000), data: { zone: 'new' } });
      expect(await kept()).toContain('home-0101/burglary/z3');
      expect(await kept()).not.toContain('home-0101/burglary/z4');
    });

    test('are let go without a word when no device time can be from before them', async () => {
      house.limited.length = 0;
      await house.advance(deviceTimeBehindMs + mostRestores + 4);
      await happen('home-0101', 'zone.restore', { data: { zone: 1 } });
      expect((await kept()).filter((cause) => cause.startsWith('home-0101/'))).toEqual([
        'home-0101/burglary/1',
      ]);
      expect(house.limited).toEqual([]);
    });

    test('go with their definition', async () => {
      await house.configure([zone, { ...panel, alarms: {} }]);
      expect((await kept()).filter((cause) => cause.startsWith('home-0101/'))).toEqual([]);
    });
  });

  test('a late restore from before the trip clears nothing', async () => {
    await happen('wall-1', 'zone.alarm');
    await happen('wall-1', 'zone.restore', late);
    expect(house.of('intrusion')).toMatchObject([{ state: 'unacknowledged' }]);
  });

  test('a restore that is not late clears, even when the two clocks disagree', async () => {
    await happen('wall-1', 'zone.alarm', { occurredAt: house.now + 200_000 });
    await happen('wall-1', 'zone.restore');
    expect(house.of('intrusion')).toMatchObject([{ state: 'returned' }]);
  });

  test('a late panic call rings though it was restored', async () => {
    await happen('panic-1', 'panic.restore', { ...late, occurredAt: late.occurredAt + 60_000 });
    await happen('panic-1', 'panic', late);
    expect(house.of('panic')).toMatchObject([{ state: 'unacknowledged', late: true }]);
  });

  test('a late record (a door held, a swipe) raises nothing', async () => {
    await happen('wall-1', 'access.held', late);
    expect(house.open()).toEqual([]);
  });

  test('a late intrusion is judged by the arming of its time', async () => {
    await act((turn, alarms) => alarms.zones.disarm(turn, 'wall-1'));
    await happen('wall-1', 'zone.alarm', late);
    expect(house.of('intrusion')).toHaveLength(1);
    await house.advance(7_200_000);
    await happen('wall-1', 'zone.tamper', { late: true, occurredAt: house.now - 3_600_000 });
    await happen('wall-1', 'zone.alarm', { late: true, occurredAt: house.now - 3_600_000 });
    expect(house.of('intrusion')).toMatchObject([{ count: 1 }]);
    expect(house.of('tamper')).toHaveLength(1);
  });
});

describe('supervision', () => {
  beforeEach(() => house.configure([tank]));
  const both: AlarmedDevice = {
    ...tank,
    alarms: { ...tank.alarms, stale: definition({ on: { rule: 'supervision', fault: 'stale' } }) },
  };
  const well: Supervised = { state: 'online', why: null };
  const find = (supervised: Supervised) =>
    house.turn((turn, alarms) => alarms.onSupervision(turn, 'tank-1', supervised));
  const lose = (active: boolean, cause?: string) =>
    find(active ? { state: 'offline', why: cause ? 'parent lost' : 'poll timeout', cause } : well);

  test('not to know how a device is ends nothing that stands', async () => {
    await lose(true);
    await find({ state: 'unknown', why: null });
    expect(house.of('offline')).toMatchObject([{ state: 'unacknowledged' }]);
    await find(well);
    expect(house.of('offline')).toMatchObject([{ state: 'returned' }]);
  });

  test('loss raises once, also over a restart; return returns', async () => {
    await lose(true);
    await house.restart();
    await lose(true);
    expect(house.of('offline')).toMatchObject([{ state: 'unacknowledged', count: 1 }]);
    await lose(false);
    expect(house.of('offline')).toMatchObject([{ state: 'returned' }]);
    await lose(true);
    expect(house.of('offline')).toMatchObject([{ state: 'unacknowledged', count: 2 }]);
  });

  test('why it is lost stands in words behind the title, and follows without another ring', async () => {
    await lose(true);
    expect(house.of('offline')).toMatchObject([
      {
        why: 'poll timeout',
        title: { zh: '报警：轮询无应答', en: 'Alarm: does not answer polls' },
      },
    ]);
    const rung = house.told.length;
    await find({ state: 'offline', why: 'poll garbled' });
    await find({ state: 'offline', why: 'link down' });
    expect(house.told).toHaveLength(rung);
    await house.restart();
    expect(house.of('offline')).toMatchObject([
      { why: 'link down', title: { zh: '报警：链路中断' }, state: 'unacknowledged', count: 1 },
    ]);
  });

  test('lost again after it was back, it says why it is lost now', async () => {
    await lose(true);
    await lose(false);
    await find({ state: 'offline', why: 'will' });
    expect(house.told.at(-1)?.alarm).toMatchObject({ why: 'will', title: { zh: '报警：遗嘱报告断线' } });
  });

  test('a reason that nobody has words for stays as it is', async () => {
    await find({ state: 'offline', why: 'toString' });
    expect(house.of('offline')).toMatchObject([{ title: { zh: '报警：toString' } }]);
  });

  test('from lost to stale and back one alarm gives way to the other in the same moment', async () => {
    await house.configure([both]);
    const standing = () =>
      house.open().flatMap(({ definition, returnedAt }) => (returnedAt === undefined ? [definition] : []));
    await lose(true);
    const from = house.told.length;
    await find({ state: 'stale', why: 'no change: level' });
    expect(standing()).toEqual(['stale']);
    expect(house.of('stale')).toMatchObject([{ title: { zh: '报警：点长时间不变' } }]);
    await lose(true);
    expect(standing()).toEqual(['offline']);
    // Whoever follows the steps one by one never sees that nothing stands.
    expect(
      house.told.slice(from).map(({ alarm, transition }) => [alarm.definition, transition.cause]),
    ).toEqual([
      ['stale', 'raised'],
      ['offline', 'returned'],
      ['offline', 'retripped'],
      ['stale', 'returned'],
    ]);
    await find(well);
    expect(standing()).toEqual([]);
  });

  test('a device that has no alarm for stale values is as good as lost when it delivers none', async () => {
    await find({ state: 'stale', why: 'poll refused' });
    expect(house.of('offline')).toMatchObject([{ title: { zh: '报警：拒绝读取' }, state: 'unacknowledged' }]);
    await find(well);
    expect(house.of('offline')).toMatchObject([{ state: 'returned' }]);
  });

  test('loss along with the parent is recorded, suppressed, and gone with its return', async () => {
    await lose(true, 'receiver-1');
    expect(house.of('offline')).toMatchObject([{ suppressed: 'receiver-1' }]);
    await lose(false);
    expect(house.of('offline')).toEqual([]);
  });

  test('a child that stays lost when its parent is back rings', async () => {
    await lose(true, 'receiver-1');
    await lose(true);
    expect(house.of('offline')).toMatchObject([{ state: 'unacknowledged', count: 1 }]);
    expect(house.of('offline')[0]?.suppressed).toBeUndefined();
  });
});

describe('findings', () => {
  const stepMissed = definition({
    title: { zh: '步骤未完成', en: 'A step was missed' },
    on: { rule: 'finding', finding: 'step-missed' },
  });
  beforeEach(() => house.configure([alarmed('tank-1', tankKind, { stepMissed })]));
  const find = (instance: string, active: boolean) =>
    house.turn((turn, alarms) =>
      alarms.onFinding(turn, {
        device: 'tank-1',
        finding: 'step-missed',
        instance,
        active,
        detail: { zh: instance, en: instance },
        value: 4,
        limit: 3,
        unit: 's',
      }),
    );

  test('each instance is an alarm of its own, raised once, also over a restart', async () => {
    await find('start', true);
    await house.restart();
    await house.configure([alarmed('tank-1', tankKind, { stepMissed })]);
    await find('start', true);
    await find('stop', true);
    expect(house.of('stepMissed')).toMatchObject([
      {
        instance: 'start',
        count: 1,
        value: 4,
        limit: 3,
        unit: 's',
        title: { en: 'A step was missed: start' },
      },
      { instance: 'stop', count: 1 },
    ]);
    await find('start', false);
    expect(house.of('stepMissed').map(({ state }) => state)).toEqual(['returned', 'unacknowledged']);
  });

  test('a standing one takes the words of what is found now, and neither counts nor rings again', async () => {
    const find = (names: string, value: number) =>
      house.turn((turn, alarms) => {
        const detail = { zh: names, en: names };
        alarms.onFinding(turn, { device: 'tank-1', finding: 'step-missed', active: true, detail, value });
      });
    await find('door-1, door-2', 2);
    const id = house.of('stepMissed')[0]?.id ?? '';
    await act((turn, alarms) => alarms.acknowledge(turn, id, null));
    await find('door-2', 1);
    expect(house.of('stepMissed')).toMatchObject([
      { id, state: 'acknowledged', count: 1, value: 1, title: { en: 'A step was missed: door-2' } },
    ]);
  });

  test('one that is no alarm of the device raises nothing', async () => {
    await house.turn((turn, alarms) =>
      alarms.onFinding(turn, { device: 'tank-1', finding: 'loss', active: true }),
    );
    expect(house.open()).toEqual([]);
  });
});

describe('configuration', () => {
  test('alarms of a removed device return with the reason, its delays end, and they still want an answer', async () => {
    await house.configure([tank, slowTank]);
    await level(3);
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    await house.configure([]);
    expect(house.open()).toMatchObject([{ state: 'returned', returnedReason: 'removed by configuration' }]);
    expect([...house.timers.keys()].filter((key) => key.includes('delay'))).toEqual([]);
    expect(await house.store.query('SELECT * FROM alarm_condition')).toEqual([]);
    await act((turn, alarms) => alarms.acknowledge(turn, house.open()[0]?.id ?? '', null));
    expect(house.open()).toEqual([]);
  });

  test('a definition that now tells of something else ends the alarm of the old one', async () => {
    await house.configure([tank]);
    await level(3);
    const other = definition({ on: { rule: 'below', point: 'level', limit: 1 } });
    await house.configure([{ ...tank, alarms: { ...tank.alarms, high: other } }]);
    expect(house.of('high')).toMatchObject([{ returnedReason: 'removed by configuration' }]);
  });

  test('a new limit leaves the alarm and judges the next reading', async () => {
    await house.configure([tank]);
    await level(3);
    await house.configure([{ ...tank, settings: { highM: 4 } }]);
    expect(house.of('high')).toMatchObject([{ state: 'unacknowledged' }]);
    await level(3.01);
    expect(house.of('high')).toMatchObject([{ state: 'returned' }]);
  });

  test('a latched alarm that was raised before its restore had a name stays open, and then shows that it is over', async () => {
    const before = definition({ ...panic, on: { rule: 'event', event: 'panic', latched: true } });
    await house.configure([{ ...button, alarms: { panic: before } }]);
    await happen('panic-1', 'panic');
    const raised = house.of('panic')[0];
    await house.restart([button]);
    expect(house.of('panic')).toMatchObject([{ id: raised?.id, state: 'unacknowledged' }]);
    expect(house.of('panic')[0]?.returnedAt).toBeUndefined();
    await happen('panic-1', 'panic.restore');
    expect(house.of('panic')).toMatchObject([
      { id: raised?.id, state: 'unacknowledged', returnedAt: house.now },
    ]);
    await act((turn, alarms) => alarms.acknowledge(turn, raised?.id ?? '', null));
    expect(house.of('panic')).toMatchObject([{ state: 'latched', returnedAt: house.now }]);
    await act((turn, alarms) => alarms.reset(turn, raised?.id ?? '', null));
    expect(house.open()).toEqual([]);
  });

  test('what was removed while the gateway stood still is found at the start', async () => {
    await house.configure([tank, slowTank]);
    await level(3);
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    await house.restart([]);
    expect(house.open()).toMatchObject([{ returnedReason: 'removed by configuration' }]);
    expect([...house.timers.keys()].filter((key) => key.includes('delay'))).toEqual([]);
  });

  test('a delay that ends while its rule is broken waits for the first good value after it is mended', async () => {
    const broken = definition({
      on: { rule: 'above', point: 'level', limit: '$none', onDelayMs: 10_000 },
    });
    await house.configure([slowTank]);
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    await house.configure([{ ...slowTank, alarms: { high: broken } }]);
    await house.advance(20_000);
    expect(house.of('high')).toEqual([]);
    await house.configure([slowTank]);
    await house.read({ device: 'tank-2', point: 'level', value: 3.5 });
    expect(house.of('high')).toHaveLength(1);
  });

  test('a rule that cannot be judged is an alarm of the gateway until it is mended', async () => {
    await house.configure([{ ...tank, settings: {} }]);
    expect(house.of('rule-broken')).toMatchObject([
      { device: 'gatehouse', instance: 'tank-1/high', area: 'garage', state: 'unacknowledged' },
    ]);
    await house.configure([tank]);
    expect(house.of('rule-broken')).toMatchObject([{ state: 'returned' }]);
  });
});

describe('chattering', () => {
  test('a contact that flaps at 10 Hz for a minute is one alarm with a count, and a chatter fault until it settles', async () => {
    await house.configure([zone]);
    for (let i = 0; i < 600; i++) {
      await happen('wall-1', i % 2 === 0 ? 'zone.alarm' : 'zone.restore');
      if (i % 100 === 50)
        await act((turn, alarms) => alarms.acknowledge(turn, house.of('intrusion')[0]?.id ?? '', null));
      await house.advance(100);
    }
    const rows = await house.store.query<{ total: number }>(
      `SELECT count(*) AS total FROM alarm WHERE device = 'wall-1'`,
    );
    expect(rows).toEqual([{ total: 1 }]);
    expect(house.of('intrusion')).toMatchObject([{ chattering: true, count: 300 }]);
    expect(house.of('chatter')).toMatchObject([
      { device: 'gatehouse', instance: 'wall-1/intrusion/', state: 'unacknowledged', count: 1 },
    ]);
    await house.restart();
    await house.advance(120_000);
    // Answered at 55 s, tripped since: somebody has yet to hear of it.
    expect(house.of('intrusion')).toMatchObject([{ state: 'returned', count: 300 }]);
    expect(house.of('intrusion')[0]?.chattering).toBeUndefined();
    expect(house.of('chatter')).toMatchObject([{ state: 'returned' }]);
    expect([...house.timers.keys()].filter((key) => key.includes('settle'))).toEqual([]);
  });

  test('answering each trip at once does not hide that it chatters', async () => {
    await house.configure([zone]);
    for (let i = 0; i < 10; i++) {
      await happen('wall-1', 'zone.alarm');
      await act((turn, alarms) => alarms.acknowledge(turn, house.of('intrusion')[0]?.id ?? '', null));
      if (i === 2) await house.restart();
      await happen('wall-1', 'zone.restore');
      await house.advance(1_000);
    }
    expect(house.of('intrusion')).toMatchObject([{ chattering: true, count: 6 }]);
    expect(house.of('chatter')).toHaveLength(1);
  });
});

describe('shelves', () => {
  const until = () => house.now + 3_600_000;
  beforeEach(async () => {
    await house.configure([tank]);
    await level(3);
    await act((turn, alarms) =>
      alarms.shelve(turn, house.of('high')[0]?.id ?? '', { reason: '清洗水箱', until: until() }),
    );
  });

  test('shelving is audited with reason and expiry, and ends by itself', async () => {
    expect(house.of('high')).toMatchObject([
      { shelved: { by: 'tester', reason: '清洗水箱' }, owner: 'tester' },
    ]);
    await house.restart();
    await house.advance(3_600_000);
    expect(house.of('high')[0]?.shelved).toBeUndefined();
    expect(house.told.at(-1)?.transition).toMatchObject({
      cause: 'unshelved',
      comment: 'expired',
      who: null,
    });
    expect(await house.store.query('SELECT * FROM alarm_shelf')).toEqual([]);
  });

  test('it holds for the cause: the next alarm of it is raised shelved', async () => {
    await act((turn, alarms) => alarms.acknowledge(turn, house.of('high')[0]?.id ?? '', null));
    await level(2);
    expect(house.open()).toEqual([]);
    await house.restart();
    await level(3);
    expect(house.of('high')).toMatchObject([{ count: 1, shelved: { reason: '清洗水箱' } }]);
  });

  test('taken off by hand it stays off', async () => {
    const { turn } = await act((turn, alarms) => alarms.unshelve(turn, house.of('high')[0]?.id ?? '', null));
    expect(turn.audits).toMatchObject([{ action: 'alarm.unshelved' }]);
    expect(house.of('high')[0]?.shelved).toBeUndefined();
    expect([...house.timers.keys()].filter((key) => key.includes('shelf'))).toEqual([]);
  });
});

describe('acts of people', () => {
  beforeEach(async () => {
    await house.configure([tank]);
    await level(3);
  });
  const id = () => house.of('high')[0]?.id ?? '';

  test('an acknowledge is audited once; the second gets the first one’s answer', async () => {
    const first = await act((turn, alarms) => alarms.acknowledge(turn, id(), '已派人'));
    expect(first.turn.audits).toMatchObject([
      { action: 'alarm.acknowledged', detail: { comment: '已派人' } },
    ]);
    const second = await house.turn((turn, alarms) => alarms.acknowledge(turn, id(), null), {
      ...testActor,
      who: 'other',
    });
    expect(second.answer).toEqual(first.answer);
    expect([second.turn.audits, second.turn.writes]).toEqual([[], []]);
  });

  test('an alarm that is not open has no answer here', async () => {
    const { answer, turn } = await act((turn, alarms) => alarms.acknowledge(turn, 'nothing', null));
    expect([answer, turn.writes]).toEqual([undefined, []]);
  });

  test('the same comment twice is one; another with its id is refused', async () => {
    const commentId = '01936f2a-0000-7000-8000-00000000000c';
    await act((turn, alarms) => alarms.comment(turn, id(), '误报', commentId));
    const again = await act((turn, alarms) => alarms.comment(turn, id(), '误报', commentId));
    expect(again.turn.writes).toEqual([]);
    await expect(act((turn, alarms) => alarms.comment(turn, id(), '真', commentId))).rejects.toMatchObject({
      code: 'id.conflict',
    });
    const { transitions } = await findHistory(house.store.query, id());
    expect(transitions.filter(({ cause }) => cause === 'commented')).toMatchObject([
      { comment: '误报', who: 'tester' },
    ]);
  });

  test('tickets and linkages are on its record, by alarm and after its end', async () => {
    const ticket = '01936f2a-0000-7000-8000-00000000000d';
    const alarm = id();
    await act((turn, alarms) => alarms.ticketed(turn, alarm, ticket));
    await act((turn, alarms) => alarms.linked(turn, alarm, '墙灯'));
    expect(house.of('high')).toMatchObject([{ ticket, revision: 3 }]);
    await act((turn, alarms) => alarms.acknowledge(turn, alarm, null));
    await level(1);
    const later = '01936f2a-0000-7000-8000-00000000000e';
    await act((turn, alarms) => alarms.ticketed(turn, alarm, later));
    expect(
      await house.store.query(
        `SELECT json_extract(doc, '$.ticket') AS ticket FROM alarm WHERE id = ?`,
        alarm,
      ),
    ).toEqual([{ ticket: later }]);
  });
});

describe('a turn that is dropped', () => {
  test('leaves no trace: the repeated input raises as if for the first time', async () => {
    await house.configure([tank]);
    const before = house.open();
    await expect(
      house.turn((turn, alarms) => {
        alarms.onReading(turn, 'tank-1', 'level', reading(3, { at: house.now }));
        turn.write('alarms.transition', 'x', 1, 1, null, 'closed', 'raised', null, null, null, null);
        turn.write('alarms.transition', 'x', 1, 1, null, 'closed', 'raised', null, null, null, null);
      }),
    ).rejects.toThrow('constraint');
    expect(house.open()).toEqual(before);
    await level(3);
    expect(house.of('high')).toMatchObject([{ count: 1 }]);
  });
});
