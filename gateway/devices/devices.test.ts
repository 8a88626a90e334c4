import { beforeEach, describe, expect, test } from 'vitest';
import {
  catalogue,
  createHouse,
  createHouseInMemory,
  deviceDoc,
  eventWords,
  siteDevices,
  siteLinks,
  start,
  statesById,
} from '../../test/scenarios/device-house.ts';
import type { FieldEvent, StoredEvent } from '../contract/event.ts';
import { misreadText } from '../contract/misread.ts';
import { Memory } from '../store/table.ts';
import { createTurnFixture } from '../store/turn-fixture.ts';
import { createUnwiredDevices } from './unwired.ts';

let house: ReturnType<typeof createHouseInMemory>;
beforeEach(() => {
  house = createHouseInMemory();
});
const room = () => house.days.rooms;
const vain = { fault: { code: 'silent', timeoutMs: 500 }, words: 'no answer within 500 ms' } as const;

const stored = (event: FieldEvent): StoredEvent => ({
  id: '019b0000-0000-7000-8000-000000000001',
  ...event,
  occurredAt: event.at ?? event.receivedAt,
  deviceTimeUsed: event.at !== null,
  late: false,
});

describe('live values', () => {
  test('are the newest; an older one is told apart and changes nothing', async () => {
    await house.readings('tank-1', { level: 1.5 }, start - 1_000);
    const { readings: fresh, late } = await house.readings('tank-1', { level: 0.2 }, start - 5_000);
    expect(fresh).toEqual([]);
    expect(late).toMatchObject([{ point: 'level', value: 0.2 }]);
    expect(room().value('tank-1.level')?.value).toBe(1.5);
  });

  test('an undated value is never old, though the clock of the one before ran ahead', async () => {
    await house.readings('tank-1', { level: 1.5 }, start + 240_000);
    expect((await house.readings('tank-1', { level: 2.9 })).readings).toMatchObject([{ value: 2.9 }]);
  });

  test('an undated message that was overtaken by a later one is old by its counter; a device that starts anew is not', async () => {
    const send = (seq: number, level: number) =>
      house.native('tank-1', 'readings', { seq, values: { level } });
    await send(41, 1.1);
    await send(43, 1.3);
    expect((await send(42, 1.2)).late).toHaveLength(1);
    expect(room().value('tank-1.level')?.value).toBe(1.3);
    expect((await send(0, 1.4)).readings).toHaveLength(1);
    expect((await send(1, 1.5)).readings).toHaveLength(1);
  });

  test('a turn that is dropped leaves nothing, and its repeat does everything again', () => {
    const memory = new Memory();
    const devices = createUnwiredDevices({
      memory,
      clock: { now: () => ({ wallMs: start, monoMs: start }), wakeAfter: () => () => {} },
      catalogue,
    });
    devices.configure(siteDevices, siteLinks);
    const message = devices.decodeNative('tank-1', 'readings', Buffer.from('{"values":{"level":1}}'), start);
    const run = () => devices.receive(createTurnFixture(memory, { now: start }), message);
    const first = run();
    memory.drop();
    expect(devices.value('tank-1.level')).toBeUndefined();
    expect(run()).toEqual(first);
    memory.commit();
    expect(devices.value('tank-1.level')?.value).toBe(1);
    expect(first.states).toMatchObject([{ id: 'tank-1', state: 'online' }]);
  });
});

describe('what follows from a value', () => {
  test('a computed point follows its inputs once all are known, and is bad when one is', async () => {
    expect((await house.readings('sump-1', { level: 1.3 })).keys).toEqual(['sump-1.level']);
    expect((await house.readings('sump-1', { pumpFault: false })).readings).toMatchObject([
      { point: 'pumpFault', value: false },
      { point: 'high', value: true, quality: 'good' },
    ]);
    await house.native('sump-1', 'readings', '{"values":{"level":"x"}}');
    expect(room().value('sump-1.high')).toMatchObject({ value: null, quality: 'bad' });
  });

  test('a contact becomes the point and the event of the composed device, once for each change', async () => {
    expect(eventWords(await house.poll(2))).toEqual([]);
    const tripped = await house.poll(2, 1);
    expect(eventWords(tripped)).toEqual(['zone-1 zone.alarm']);
    expect(tripped.keys).toContain('zone-1.tripped');
    expect(eventWords(await house.poll(2, 1))).toEqual([]);
    expect(eventWords(await house.poll(2))).toEqual(['zone-1 zone.restore']);
  });

  test('a restart neither repeats a change nor misses one that fell into it', async () => {
    const lasting = await createHouse();
    try {
      await lasting.poll(2, 1);
      await lasting.days.restart();
      expect(eventWords(await lasting.poll(2, 1))).toEqual([]);
      await lasting.days.restart();
      expect(eventWords(await lasting.poll(2))).toEqual(['zone-1 zone.restore']);
    } finally {
      await lasting.days.remove();
    }
  });

  test('a contact that is tripped when it is first seen is an alarm; one at rest is no news', async () => {
    expect(eventWords(await house.poll(2, 1))).toEqual(['zone-1 zone.alarm']);
  });

  test('an event tells the points that it sets, without a second event', async () => {
    const { events } = await house.native('panel-1', 'events', {
      id: '1',
      type: 'panel.armed',
      data: { user: 5 },
    });
    const [event] = events;
    if (!event) throw new Error('no event');
    const set = await house.days.act((turn) => room().onEvent(turn, stored(event)), null);
    expect(set.readings).toMatchObject([{ device: 'panel-1', point: 'armed', value: true }]);
    expect(set.events).toEqual([]);
  });

  test('what an event has told stands after a restart, as uncertain', async () => {
    const lasting = await createHouse();
    try {
      const { events } = await lasting.native('panel-1', 'events', { id: '1', type: 'panel.armed' });
      for (const event of events)
        await lasting.days.act((turn) => lasting.days.rooms.onEvent(turn, stored(event)), null);
      expect(lasting.days.rooms.value('panel-1.armed')?.quality).toBe('good');
      await lasting.days.restart();
      expect(lasting.days.rooms.value('panel-1.armed')).toMatchObject({
        value: true,
        quality: 'uncertain',
        at: start,
      });
      await lasting.days.act((turn) => lasting.days.rooms.forget(turn, 'panel-1'), null);
      await lasting.days.restart();
      expect(lasting.days.rooms.value('panel-1.armed')).toBeUndefined();
    } finally {
      await lasting.days.remove();
    }
  });

  test('the same mistake of a polled device is told once', async () => {
    room().configure(
      [
        ...siteDevices,
        deviceDoc({
          id: 'level-1',
          type: 'generic-level-transmitter',
          name: 'l',
          area: 'site',
          link: 'rs485',
          address: 3,
        }),
      ],
      siteLinks,
    );
    const answer = [
      {
        read: { protocol: 'modbus' as const, unit: 3, fc: 3 as const, address: 4, quantity: 1 },
        words: [30_000],
      },
    ];
    const once = room().decodePoll('level-1', answer, house.days.now);
    expect(once.problems.map(misreadText)).toEqual([expect.stringContaining('lies outside of 0 … 20 m')]);
    await house.days.act((turn) => room().receive(turn, once), null);
    expect(room().decodePoll('level-1', answer, house.days.now).problems).toEqual([]);
  });
});

describe('who is there', () => {
  test('a device is unknown, online when heard, offline by its will, online when heard again', async () => {
    expect(room().state('tank-1')).toMatchObject({ state: 'unknown' });
    expect(statesById((await house.readings('tank-1', { level: 1 })).states)).toEqual({ 'tank-1': 'online' });
    expect((await house.readings('tank-1', { level: 1 })).states).toEqual([]);
    expect((await house.native('tank-1', 'status', 'offline')).states).toMatchObject([
      { id: 'tank-1', state: 'offline', why: 'will' },
    ]);
    expect(statesById((await house.native('tank-1', 'status', 'online')).states)).toEqual({
      'tank-1': 'online',
    });
  });

  test('silence is found when it is due, once, and not while storage fails', async () => {
    await house.readings('tank-1', { level: 1 });
    house.days.sleepTo(start + 89_000);
    await house.readings('door-1', { locked: true });
    expect(room().supervisionDue(house.days.now)).toBe(true);
    await house.days.act((turn) => room().onSupervision(turn), null);
    room().onStorage(true);
    house.days.sleepTo(start + 91_000);
    expect(room().supervisionDue(house.days.now)).toBe(false);
    room().onStorage(false);
    house.days.sleepTo(start + 180_000);
    expect(statesById(await house.days.act((turn) => room().onSupervision(turn), null))).not.toHaveProperty(
      'tank-1',
    );
    house.days.sleepTo(start + 181_000);
    expect(statesById(await house.days.act((turn) => room().onSupervision(turn), null))).toMatchObject({
      'tank-1': 'stale',
    });
    expect(await house.days.act((turn) => room().onSupervision(turn), null)).toEqual([]);
  });

  test('silence is loss, also of a kind that has an alarm for stale values; a tank alone has to send', async () => {
    expect(house.days.rooms.alarmInput('door-1')?.alarms).toHaveProperty('stale');
    await house.readings('door-1', { locked: true });
    await house.readings('tank-1', { level: 1 });
    house.days.sleepTo(house.days.now + 90_000);
    const states = await house.days.act((turn) => room().onSupervision(turn), null);
    expect(states).toContainEqual(
      expect.objectContaining({ id: 'door-1', state: 'offline', why: 'silence' }),
    );
    expect(states).toContainEqual(expect.objectContaining({ id: 'tank-1', state: 'stale', why: 'silence' }));
  });

  test('a level that does not move for the hours of its setting is stale, though it is sent all the time', async () => {
    room().configure([deviceDoc({ id: 'tank-s', type: 'native-tank', settings: { stuckAfterH: 2 } })], []);
    for (let minute = 0; minute <= 120; minute++) {
      house.days.sleepTo(start + minute * 60_000);
      await house.readings('tank-s', { level: 1.5 });
    }
    expect(await house.days.act((turn) => room().onSupervision(turn), null)).toMatchObject([
      { id: 'tank-s', state: 'stale', why: 'no change: level' },
    ]);
    expect(statesById((await house.readings('tank-s', { level: 1.51 })).states)).toEqual({
      'tank-s': 'online',
    });
  });

  test('an MQTT connection that breaks off is loss; one that is closed in order is not', async () => {
    const connection = (online: boolean, why: 'connect' | 'disconnect' | 'lost') =>
      house.days.act((turn) => room().onConnection(turn, 'door-1', online, why, false), null);
    expect(statesById(await connection(true, 'connect'))).toEqual({ 'door-1': 'online' });
    house.days.sleepTo(start + 3_600_000);
    expect(statesById(await house.days.act((turn) => room().onSupervision(turn), null))).not.toHaveProperty(
      'door-1',
    );
    expect(await connection(false, 'disconnect')).toEqual([]);
    await connection(true, 'connect');
    expect(await connection(false, 'lost')).toMatchObject([{ state: 'offline', why: 'connection lost' }]);
  });

  test('three missed polls are the loss of the module and of all that is bound to it; its values are bad', async () => {
    await house.poll(2, 4);
    await house.poll(1);
    const fail = (failures: number) =>
      house.days.act((turn) => room().onPollFailed(turn, 'io-1', failures, 'silent', vain), null);
    expect(await fail(2)).toMatchObject({ readings: [], states: [] });
    const lost = await fail(3);
    expect(statesById(lost.states)).toEqual({
      'io-1': 'offline',
      'zone-1': 'offline',
      'light-1': 'offline',
      'pump-1': 'offline',
    });
    expect(lost.states.find(({ id }) => id === 'pump-1')).toMatchObject({
      why: 'source lost',
      cause: 'io-1',
    });
    expect(room().value('pump-1.running')).toMatchObject({ value: null, quality: 'bad' });
    expect((await fail(4)).readings).toEqual([]);
    const back = await house.poll(2, 4);
    expect(statesById(back.states)).toEqual({
      'io-1': 'online',
      'zone-1': 'online',
      // What it is bound to has not been read yet.
      'light-1': 'unknown',
      'pump-1': 'online',
    });
    expect(room().value('pump-1.running')).toMatchObject({ value: true, quality: 'good' });
  });

  test('answers that cannot be read are another loss than none', async () => {
    await house.poll(2, 4);
    const lost = await house.days.act((turn) => room().onPollFailed(turn, 'io-1', 3, 'broken', vain), null);
    expect(lost.states.find(({ id }) => id === 'io-1')).toMatchObject({
      state: 'offline',
      why: 'poll garbled',
    });
  });

  test('a read that the device refuses makes its points bad and no others, and is told once', async () => {
    await house.poll(2, 4);
    await house.poll(1, 1);
    const read = { protocol: 'modbus' as const, unit: 1, fc: 2 as const, address: 0, quantity: 8 };
    const refused = room().decodePoll('io-1', [{ read, refused: 'exception 02' }], house.days.now);
    expect(refused.problems.map(misreadText)[0]).toBe('io-1.in1: exception 02');
    await house.days.act((turn) => room().receive(turn, refused), null);
    expect(room().value('io-1.in4')).toMatchObject({ value: null, quality: 'bad' });
    expect(room().value('io-1.out1')).toMatchObject({ value: true, quality: 'good' });
    expect(room().decodePoll('io-1', [{ read, refused: 'exception 02' }], house.days.now).problems).toEqual(
      [],
    );
  });

  test('a device that refuses a poll lives, but has no values', async () => {
    await house.poll(2, 4);
    const refused = await house.days.act(
      (turn) => room().onPollFailed(turn, 'io-1', 1, 'refused', vain),
      null,
    );
    expect(refused.states).toEqual([]);
    expect(room().value('io-1.in4')?.quality).toBe('bad');
  });

  describe('a module that refuses to be read', () => {
    const refuse = () =>
      house.days.act((turn) => room().onPollFailed(turn, 'io-1', 1, 'refused', vain), null);
    const look = () => house.days.act((turn) => room().onSupervision(turn), null);
    // Three polls of 250 ms with a patience of half a second each.
    const limitMs = 3 * (250 + 500);

    test('is stale within its limit, and so is all that is bound to it; one answer ends it', async () => {
      await house.poll(2, 4);
      const at = house.days.now;
      for (let ms = 250; ms < 250 + limitMs; ms += 250) {
        house.days.sleepTo(at + ms);
        expect((await refuse()).states).toEqual([]);
        expect(await look()).toEqual([]);
      }
      house.days.sleepTo(at + 250 + limitMs);
      const states = await look();
      expect(states).toContainEqual(
        expect.objectContaining({ id: 'io-1', state: 'stale', why: 'poll refused' }),
      );
      for (const id of ['zone-1', 'light-1', 'pump-1'])
        expect(states).toContainEqual(
          expect.objectContaining({ id, state: 'stale', why: 'source stale', cause: 'io-1' }),
        );
      expect(statesById((await house.poll(2, 4)).states)).toMatchObject({
        'io-1': 'online',
        'zone-1': 'online',
        'pump-1': 'online',
      });
    });

    test('after it was lost is stale in the same moment in which it is not lost any more', async () => {
      await house.poll(2, 4);
      for (let round = 0; round < 3; round++) {
        await house.days.act((turn) => room().onPollFailed(turn, 'io-1', 3, 'silent', vain), null);
        expect(room().state('zone-1')).toMatchObject({ state: 'offline' });
        const { states } = await refuse();
        expect(statesById(states)).toMatchObject({ 'io-1': 'stale', 'zone-1': 'stale', 'pump-1': 'stale' });
      }
    });

    test('in part blinds what is bound to that part: it alone is stale', async () => {
      await house.poll(2, 4);
      await house.poll(1, 1);
      const read = { protocol: 'modbus' as const, unit: 1, fc: 2 as const, address: 0, quantity: 8 };
      const inputs = { read, refused: 'exception 02' };
      const outputs = { read: { ...read, fc: 1 as const }, words: [1, 0, 0, 0, 0, 0, 0, 0] };
      const at = house.days.now;
      for (let ms = 250; ms <= 250 + limitMs; ms += 250) {
        house.days.sleepTo(at + ms);
        const message = room().decodePoll('io-1', [inputs, outputs], house.days.now);
        await house.days.act((turn) => room().receive(turn, message), null);
      }
      expect(await look()).toEqual([
        expect.objectContaining({ id: 'zone-1', state: 'stale', why: 'no value: tripped' }),
        expect.objectContaining({ id: 'pump-1', state: 'stale', why: 'no value: running' }),
      ]);
      await house.poll(2, 4);
      expect(statesById(await look())).toEqual({ 'zone-1': 'online', 'pump-1': 'online' });
    });
  });

  test('a line that falls takes its devices with it; a silent reader is back with its line', async () => {
    const line = (link: string, up: boolean) => house.days.act((turn) => room().onLink(turn, link, up), null);
    expect(statesById(await line('tag-line', true))).toEqual({ reader: 'online' });
    expect(await line('tag-line', false)).toMatchObject([
      { id: 'reader', state: 'offline', why: 'link down' },
    ]);
    expect(statesById(await line('alarm-line', false))).toEqual({ receiver: 'offline', 'home-1': 'offline' });
    expect(statesById(await line('tag-line', true))).toEqual({ reader: 'online' });
  });

  test('a device that is taken out of the site leaves nothing behind', async () => {
    await house.readings('tank-1', { level: 1 });
    await house.days.act((turn) => room().forget(turn, 'tank-1'));
    expect(room().value('tank-1.level')).toBeUndefined();
    expect(house.days.changes.at(-1)).toEqual({ entity: 'device-states', id: 'tank-1', data: null });
  });
});

describe('a receiver line', () => {
  const frame = (text: string) =>
    room().decodeFrame('alarm-line', Buffer.from(`${text}\x14`), house.days.now);

  test('an account speaks through its receiver, which is heard with it', async () => {
    const [message] = frame('5011 180012E40101005');
    if (!message) throw new Error('no message');
    const received = await house.days.act((turn) => room().receive(turn, message), null);
    expect(received.events).toMatchObject([
      { device: 'home-1', type: 'panel.disarmed', data: { user: 5, person: 'li-wei', partition: 1 } },
    ]);
    expect(statesById(received.states)).toEqual({ 'home-1': 'online', receiver: 'online' });
  });

  test('an account that nobody registered rings at the receiver', () => {
    expect(frame('5011 189999E13001003')[0]?.events).toMatchObject([
      { device: 'receiver', type: 'account.unknownAlarm', data: { account: '9999', report: 'zone.alarm' } },
    ]);
    expect(frame('5011 189999E60200000')[0]?.events).toMatchObject([{ type: 'account.unknown' }]);
  });

  test('a broken frame is refused, a line without a receiver as well', () => {
    expect(() => frame('5011 18XX')).toThrow(/baud rate/);
    expect(() => room().decodeFrame('nowhere', Buffer.from('x'), house.days.now)).toThrow(
      /no device is on link/,
    );
  });
});

describe('the configuration', () => {
  test('what leads nowhere is told, and the rest works', () => {
    room().configure(
      [
        ...siteDevices,
        deviceDoc({ id: 'lost', type: 'no-such-type', name: 'x', area: 'site' }),
        deviceDoc({
          id: 'loose',
          type: 'composed-pump',
          name: 'x',
          area: 'site',
          bind: { running: 'io-1.in5', fault: 'io-9.in1', start: 'tank-1.level', x: 'io-1.in1' },
        }),
      ],
      siteLinks,
    );
    expect(room().views.device('lost')).toMatchObject({
      kind: null,
      problem: expect.stringContaining('no-such-type'),
    });
    const problem = room().views.device('loose')?.problem;
    for (const words of ['no device "io-9"', 'takes no command "level"', 'no point, event or command "x"'])
      expect(problem).toContain(words);
    expect(room().views.device('tank-1')?.problem).toBeNull();
  });

  test('the links room gets few reads, each point once', () => {
    expect(room().polledOn('rs485')).toMatchObject([
      {
        id: 'io-1',
        periodMs: 250,
        reads: [
          { protocol: 'modbus', unit: 7, fc: 1, address: 0, quantity: 8 },
          { protocol: 'modbus', unit: 7, fc: 2, address: 0, quantity: 8 },
        ],
      },
    ]);
    expect(room().polledOn('alarm-line')).toEqual([]);
  });

  test('the alarms room gets rules and settings of kind, type and device together', () => {
    room().configure(
      [
        deviceDoc({
          id: 'tank-f',
          type: 'native-fire-tank',
          name: 'x',
          area: 'site',
          settings: { highM: 3, lowM: 'x', other: 1 },
        }),
      ],
      [],
    );
    const input = room().alarmInput('tank-f');
    expect(input?.settings).toEqual({ overflowM: 2.8, highM: 3, lowM: 2, emptyM: 0.3, batteryLow: 15 });
    expect(input?.alarms.low?.priority).toBe(1);
    expect(input?.alarms.empty?.priority).toBe(2);
  });
});
