import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testActor } from '../store/turn-fixture.ts';
import { alarmed, definition, event, zoneKind } from './alarm-fixture.ts';
import { createHouse, type House } from './house-fixture.ts';
import { findHistory } from './store.ts';

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.store.remove());

const on = { rule: 'event', event: 'zone.alarm', clearedBy: 'zone.restore', instance: 'zone' };
const urgent = definition({ priority: 2, on });
const calm = definition({ priority: 3, on: { ...on, event: 'zone.tamper' } });
beforeEach(async () => {
  await house.wipe();
  await house.configure([alarmed('wall-1', zoneKind, { urgent, calm })]);
});

const trip = (zone: number, type = 'zone.alarm') =>
  house.turn((turn, alarms) =>
    alarms.onEvent(turn, event('wall-1', type, { occurredAt: house.now, data: { zone } })),
  );
const ids = () =>
  house
    .open()
    .filter(({ device }) => device === 'wall-1')
    .map(({ id }) => id);
const show = (alarms: string[], fields: { audible?: boolean; visible?: boolean } = {}) =>
  house.turn((turn, room) =>
    room.shown(turn, {
      type: 'shown',
      alarms: alarms.map((id) => ({ id, revision: 1 })),
      audible: true,
      visible: true,
      ...fields,
    }),
  );
const latencyOf = async (id = ids()[0] ?? '') => (await findHistory(house.store.query, id)).latency;

describe('the latency record', () => {
  test('keeps the first sending and the first console that showed it', async () => {
    await trip(1);
    const sent = (at: number) => house.turn((turn, alarms) => alarms.sent(turn, ids(), at, at + 1));
    await sent(house.now + 3);
    await sent(house.now + 900);
    await house.advance(40);
    await show(ids(), { audible: false });
    const first = house.now;
    await house.advance(40);
    await show(ids());
    expect(await latencyOf()).toMatchObject({
      receivedAt: first - 40,
      committedAt: first - 37,
      sentAt: first - 36,
      shownAt: first,
      audible: false,
    });
  });

  test('what is painted on a hidden page has not been shown', async () => {
    await trip(1);
    await show(ids(), { visible: false });
    expect((await latencyOf())?.shownAt).toBeNull();
  });

  test('ids that nobody knows are passed over', async () => {
    expect((await show(['01936f2a-0000-7000-8000-00000000000c'])).turn.writes).toEqual([]);
  });
});

describe('an urgent alarm that no console shows', () => {
  test('is one system alarm after 5 s, however many they are', async () => {
    await trip(1);
    await house.advance(1_000);
    await trip(2);
    await house.advance(3_999);
    expect(house.of('unseen')).toEqual([]);
    await house.advance(1);
    expect(house.of('unseen')).toMatchObject([
      { device: 'gatehouse', area: 'site', count: 1, state: 'unacknowledged' },
    ]);
    await house.advance(60_000);
    expect(house.of('unseen')).toMatchObject([{ count: 1 }]);
  });

  test('does not count itself as unseen', async () => {
    await trip(1);
    await house.advance(5_000);
    await show(ids());
    expect(house.of('unseen')).toMatchObject([{ state: 'returned' }]);
    await house.advance(60_000);
    expect(house.of('unseen')).toMatchObject([{ state: 'returned', count: 1 }]);
  });

  test('is over only when all of them were shown, answered or closed', async () => {
    await trip(1);
    await trip(2);
    await trip(3);
    await house.advance(5_000);
    const [one = '', two = '', three = ''] = ids();
    await show([one]);
    await house.turn((turn, alarms) => alarms.acknowledge(turn, two, null), testActor);
    expect(house.of('unseen')).toMatchObject([{ state: 'unacknowledged' }]);
    await house.turn(
      (turn, alarms) => alarms.shelve(turn, three, { reason: 'x', until: house.now + 60_000 }),
      testActor,
    );
    expect(house.of('unseen')).toMatchObject([{ state: 'returned' }]);
    await house.advance(65_000);
    // Off the shelf, and still unseen.
    expect(house.of('unseen')).toMatchObject([{ state: 'unacknowledged', count: 2 }]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['is of priority 3', () => trip(1, 'zone.tamper')],
    [
      'is shown in time',
      async () => {
        await trip(1);
        await show(ids());
      },
    ],
    [
      'is answered in time',
      async () => {
        await trip(1);
        await house.turn((turn, alarms) => alarms.acknowledge(turn, ids()[0] ?? '', null), testActor);
      },
    ],
  ])('is none when it %s', async (_title, happens) => {
    await happens();
    await house.advance(60_000);
    expect(house.of('unseen')).toEqual([]);
  });

  test('is watched over a restart', async () => {
    await trip(1);
    await house.advance(3_000);
    await house.restart();
    await house.advance(1_999);
    expect(house.of('unseen')).toEqual([]);
    await house.advance(1);
    expect(house.of('unseen')).toHaveLength(1);
    await house.restart();
    await house.advance(10_000);
    expect(house.of('unseen')).toMatchObject([{ count: 1, state: 'unacknowledged' }]);
    await show(ids());
    expect(house.of('unseen')).toMatchObject([{ state: 'returned' }]);
  });

  test('that was called before the clock was set back is unseen after a restart, not an hour later', async () => {
    await trip(1);
    await house.advance(10_000);
    await house.advance(-3_600_000);
    await house.restart();
    expect(house.of('unseen')).toMatchObject([{ count: 1, state: 'unacknowledged' }]);
  });

  test('a flood has one timer', async () => {
    for (let i = 0; i < 50; i++) await trip(i);
    expect([...house.timers.keys()].filter((key) => key.includes('unseen'))).toHaveLength(1);
  });
});
