import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { createManualClock } from '../../gateway/lib/clock.ts';
import { eventually, type House, startHouse } from '../house.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: reader-1, type: native-patrol-reader, name: 巡更读头, area: compound }
  - { id: panic-1, type: native-panic-button, name: 紧急按钮, area: compound }
  - { id: segment-1, type: native-perimeter-zone, name: 一防区, area: compound }
  - { id: tank-1, type: native-tank, name: 水箱, area: compound }
`;

async function start(...options: Parameters<typeof startHouse>): Promise<House> {
  const house = await startHouse({ site, ...options[0] });
  open.push(() => house.close());
  return house;
}

/** Sends by QoS 1; resolves when it is acknowledged. */
async function enter(house: House, device: string) {
  const password = await house.secretOf(device);
  const client = await connectAsync({
    port: house.mqttPort,
    username: device,
    password,
    clientId: device,
    keepalive: 0,
  });
  open.push(() => client.endAsync(true));
  return {
    send: (tail: string, message: object) =>
      client.publishAsync(`gatehouse/${device}/${tail}`, JSON.stringify(message), { qos: 1 }),
    leave: () => client.endAsync(true),
  };
}

async function eventsOf(house: House, device: string): Promise<string[]> {
  const { body } = await house.api<{ items: { externalId: string }[] }>(
    'GET',
    `/events?device=${device}&limit=500`,
  );
  return body.items.map(({ externalId }) => externalId);
}

test('one message in 500 that a machine fails on costs nobody but itself: set aside with its bytes, acknowledged, and told', async () => {
  const house = await start();
  const live = await house.live();
  const reader = await enter(house, 'reader-1');
  // A check-in must have a tag: who has none gets as far as the patrol, which cannot do anything with it.
  const messages = Array.from({ length: 500 }, (_, n) => ({
    id: `c-${n}`,
    type: 'checkin',
    data: n === 137 ? {} : { tag: `01000000${(0x10 + (n % 200)).toString(16).toUpperCase()}` },
  }));
  await Promise.all(messages.map((message) => reader.send('events', message)));
  expect(new Set(await eventsOf(house, 'reader-1'))).toEqual(
    new Set(messages.filter(({ id }) => id !== 'c-137').map(({ id }) => id)),
  );
  const { body } = await house.api<{ items: { reason: string; text: string }[] }>('GET', '/dead-letters');
  expect(body.items).toHaveLength(1);
  expect(body.items[0]?.reason).toMatch(/the check-in of reader reader-1 has no usable tag: send \{"type"/);
  expect(JSON.parse(body.items[0]?.text ?? '')).toEqual(messages[137]);
  // A check-in is no alarm: the integrator is told, and no siren sounds.
  const told = await live.change<Alarm>('alarms', ({ definition }) => definition === 'dead-letter');
  expect(told).toMatchObject({ instance: 'reader-1', priority: 3, state: 'returned' });
  expect((await house.openAlarms()).map(({ definition }) => definition)).toEqual(['dead-letter']);
  expect(house.gateway.turns.stats().condemned).toBe(1);
  const health = await fetch(`http://127.0.0.1:${new URL(house.base).port}/health`);
  expect(await health.json()).toMatchObject({ status: 'ok' });
});

test('an event that is sent again and again, also after a restart, is stored once and rings once', async () => {
  const house = await start();
  const press = { id: 'p-1', type: 'panic', data: {} };
  const before = await enter(house, 'panic-1');
  // At once, so that some wait in the queue together, and one by one.
  await Promise.all(Array.from({ length: 10 }, () => before.send('events', press)));
  await before.send('events', press);
  await before.leave();
  await house.restart();
  const live = await house.live();
  const after = await enter(house, 'panic-1');
  await Promise.all(Array.from({ length: 5 }, () => after.send('events', press)));
  await after.send('events', press);
  expect(await eventsOf(house, 'panic-1')).toEqual(['p-1']);
  const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'panic-1');
  expect(alarm).toMatchObject({ count: 1, state: 'unacknowledged' });
  // Another press is another one.
  await after.send('events', { ...press, id: 'p-2' });
  await live.change<Alarm>('alarms', ({ id, count }) => id === alarm.id && count === 2);
});

test('a reading that arrives late changes history, not the value, and raises nothing', async () => {
  const house = await start();
  const tank = await enter(house, 'tank-1');
  const now = Date.now();
  await tank.send('readings', { at: now - 1_000, values: { level: 1.5 } });
  await tank.send('readings', { at: now - 60_000, values: { level: 3.5 } });
  const points = await house.api<{ items: { point: string; value: unknown }[] }>(
    'GET',
    '/devices/tank-1/points',
  );
  expect(points.body.items.find(({ point }) => point === 'level')?.value).toBe(1.5);
  const history = await house.api<{ items: { value: number }[] }>(
    'GET',
    `/history?point=tank-1.level&from=${now - 120_000}&to=${now}`,
  );
  expect(history.body.items.map(({ value }) => value)).toEqual([3.5, 1.5]);
  expect(await house.openAlarms()).toEqual([]);
});

test('a contact that flaps ten times a second for a minute is one alarm with its count, told as chattering, and settles when it rests', async () => {
  const clock = createManualClock(Date.UTC(2026, 2, 2, 8));
  const house = await start({ clock });
  const live = await house.live();
  const zone = await enter(house, 'segment-1');
  const pass = (ms: number) => clock.advance(ms, () => house.gateway.turns.idle());
  const trips = 600;
  for (let n = 0; n < trips; n++) {
    await zone.send('events', { id: `a-${n}`, type: 'zone.alarm', data: {} });
    await pass(50);
    await zone.send('events', { id: `r-${n}`, type: 'zone.restore', data: {} });
    await pass(50);
  }
  const intrusions = (await house.openAlarms()).filter(({ definition }) => definition === 'intrusion');
  expect(intrusions).toMatchObject([{ device: 'segment-1', count: trips, chattering: true }]);
  const [alarm] = intrusions;
  const told = await live.change<Alarm>('alarms', ({ definition }) => definition === 'chatter');
  expect(told.title.zh).toContain('一防区');
  // It does not ring at every trip: what is stored of its life is a handful of steps, not a thousand.
  const record = await house.api<{ transitions: unknown[] }>('GET', `/alarms/${alarm?.id}`);
  expect(record.body.transitions.length).toBeLessThan(15);
  await pass(5 * 60_000);
  const settled = await eventually('it has settled', async () =>
    (await house.openAlarms()).find(({ id, chattering }) => id === alarm?.id && !chattering),
  );
  expect(settled).toMatchObject({ state: 'returned', count: trips });
});
