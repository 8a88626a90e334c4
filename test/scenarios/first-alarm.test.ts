import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { type House, startHouse, testPassword } from '../house.ts';

let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
  - { id: panic-1, type: native-panic-button, name: 大堂紧急按钮, area: compound }
  - { id: segment-1, type: native-perimeter-zone, name: 一防区, area: compound }
`;

test('a level above its limit becomes an alarm on every open console, and its latency is on the record', async () => {
  house = await startHouse({ site });
  const live = await house.live();
  const client = await connectAsync({
    port: house.mqttPort,
    username: 'tank-1',
    password: await house.secretOf('tank-1'),
    clientId: 'tank-1',
  });
  await client.publishAsync('gatehouse/tank-1/readings', '{"values":{"level":2.91}}', { qos: 1 });
  const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'overflow');
  expect(alarm).toMatchObject({
    device: 'tank-1',
    state: 'unacknowledged',
    value: 2.91,
    limit: 2.8,
    unit: 'm',
    recorded: true,
  });
  live.send({
    type: 'shown',
    alarms: [{ id: alarm.id, revision: alarm.revision }],
    audible: true,
    visible: true,
  });
  await expect
    .poll(
      async () =>
        (await house?.api<{ latency: { shownAt: number | null } }>('GET', `/alarms/${alarm.id}`))?.body
          .latency.shownAt,
    )
    .toBeGreaterThan(0);
  const { body } = await house.api<{ latency: Record<string, number> }>('GET', `/alarms/${alarm.id}`);
  const { receivedAt = 0, committedAt = 0, sentAt = 0, shownAt = 0 } = body.latency;
  expect([receivedAt, committedAt, sentAt, shownAt].toSorted((a, b) => a - b)).toEqual([
    receivedAt,
    committedAt,
    sentAt,
    shownAt,
  ]);
  expect(shownAt - receivedAt).toBeLessThan(2_000);
  await client.endAsync();
});

test('an acknowledged alarm that clears is closed and leaves the consoles; a panic stays until it is reset', async () => {
  house = await startHouse({ site });
  const live = await house.live();
  const publish = async (device: string, tail: string, payload: object) => {
    const client = await connectAsync({
      port: house?.mqttPort ?? 0,
      username: device,
      password: await house?.secretOf(device),
      clientId: device,
    });
    await client.publishAsync(`gatehouse/${device}/${tail}`, JSON.stringify(payload), { qos: 1 });
    await client.endAsync();
  };
  await publish('tank-1', 'readings', { values: { level: 2.91 } });
  const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'overflow');
  expect((await house.api('POST', `/alarms/${alarm.id}/acknowledge`, {})).status).toBe(200);
  expect((await house.api<Alarm>('POST', `/alarms/${alarm.id}/acknowledge`, {})).body.acknowledgedBy).toBe(
    'token:test',
  );
  await publish('tank-1', 'readings', { values: { level: 1.2 } });
  await expect
    .poll(() => live.changes('alarms').some(({ id, data }) => id === alarm.id && data === null))
    .toBe(true);

  await publish('panic-1', 'events', { id: 'p-1', type: 'panic', data: {} });
  const panic = await live.change<Alarm>('alarms', ({ device }) => device === 'panic-1');
  expect(panic).toMatchObject({ priority: 1, latched: true, popup: true });
  expect((await house.api('POST', `/alarms/${panic.id}/reset`, {})).status).toBe(409);
  await house.api('POST', `/alarms/${panic.id}/acknowledge`, {});
  expect((await house.api<Alarm>('GET', `/alarms/${panic.id}`)).body.state).toBe('latched');
  expect((await house.api<Alarm>('POST', `/alarms/${panic.id}/reset`, {})).body.state).toBe('closed');
});

test('who is signed in disarms with their own password only; a program with its token', async () => {
  const own = await startHouse({ site });
  house = own;
  const origin = own.base.replace('/api/v1', '');
  const post = (path: string, body: object, cookie = '') =>
    fetch(`${own.base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, cookie },
      body: JSON.stringify(body),
    });
  const signedIn = await post('/session', { user: 'admin', password: testPassword });
  const cookie = (signedIn.headers.getSetCookie() ?? []).map((one) => one.split(';')[0]).join('; ');
  const disarm = (body: object) => post('/zones/segment-1/disarm', body, cookie);
  const isArmed = async () =>
    (await own.api<{ items: { id: string; armed: boolean }[] }>('GET', '/zones')).body.items.find(
      ({ id }) => id === 'segment-1',
    )?.armed;

  const without = await disarm({});
  expect([without.status, await without.json()]).toMatchObject([
    400,
    { code: 'request.invalid', errors: [{ path: 'body.password' }] },
  ]);
  const wrong = await disarm({ password: 'not the password of admin' });
  expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'auth.refused' }]);
  expect(await isArmed()).toBe(true);

  expect((await disarm({ password: testPassword })).status).toBe(200);
  expect(await isArmed()).toBe(false);
  expect((await own.api('POST', '/zones/segment-1/arm', {})).status).toBe(200);
});

test('a disarmed zone raises nothing, an armed one does, and a repeat of the same event is one', async () => {
  house = await startHouse({ site });
  const live = await house.live();
  const client = await connectAsync({
    port: house.mqttPort,
    username: 'segment-1',
    password: await house.secretOf('segment-1'),
    clientId: 'segment-1',
  });
  const trip = (id: string, type = 'zone.alarm') =>
    client.publishAsync('gatehouse/segment-1/events', JSON.stringify({ id, type, data: {} }), { qos: 1 });
  expect((await house.api('POST', '/zones/segment-1/disarm', {})).status).toBe(200);
  await trip('e-1');
  await trip('e-2', 'zone.restore');
  expect(await house.openAlarms()).toEqual([]);
  await house.api('POST', '/zones/segment-1/arm', {});
  await trip('e-3');
  await trip('e-3');
  const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'intrusion');
  expect(alarm.count).toBe(1);
  expect((await house.openAlarms()).map(({ count }) => count)).toEqual([1]);
  const events = await house.api<{ items: { externalId: string }[] }>('GET', '/events?device=segment-1');
  expect(events.body.items.map(({ externalId }) => externalId)).toEqual(['e-3', 'e-2', 'e-1']);
  await client.endAsync();
});

test('a restart keeps open alarms, users and arming, and a console that resumes gets a new snapshot', async () => {
  house = await startHouse({ site });
  const live = await house.live();
  const client = await connectAsync({
    port: house.mqttPort,
    username: 'segment-1',
    password: await house.secretOf('segment-1'),
    clientId: 'segment-1',
  });
  await client.publishAsync('gatehouse/segment-1/events', '{"id":"a","type":"zone.alarm","data":{}}', {
    qos: 1,
  });
  const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'intrusion');
  const place = live.place();
  await client.endAsync(true);
  await house.restart();
  expect((await house.openAlarms()).map(({ id }) => id)).toContain(alarm.id);
  const again = await house.live({ since: place });
  await again.message((message) => message.type === 'snapshot');
  expect(again.changes('alarms').map(({ id }) => id)).toContain(alarm.id);
});

test('a console that was cut off resumes where it was, without a hole or a repeat', async () => {
  house = await startHouse({ site });
  const first = await house.live();
  await first.message((message) => message.type === 'snapshot' && message.last);
  const place = first.place();
  first.close();
  for (const command of ['disarm', 'arm', 'disarm'])
    await house.api('POST', `/zones/segment-1/${command}`, {});
  const second = await house.live({ since: place });
  await expect.poll(() => second.changes('zones').length).toBe(3);
  expect(second.messages.some((message) => message.type === 'snapshot')).toBe(false);
  const seqs = second.messages.flatMap((message) =>
    message.type === 'change' ? [[message.prev, message.seq]] : [],
  );
  for (const [i, [prev]] of seqs.entries())
    expect(prev).toBe(i === 0 ? Number(place.split(':')[1]) : seqs[i - 1]?.[1]);
});
