import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { type House, startHouse } from '../house.ts';

let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: segment-1, type: native-perimeter-zone, name: 一防区, area: compound }
`;

test('another system follows the alarms over MQTT with a token of its own, also after a restart, and may publish nothing', async () => {
  house = await startHouse({ site });
  const made = await house.api<{ secret: string }>('POST', '/tokens', { name: 'scada', role: 'auditor' });
  expect(made.status).toBe(201);
  const device = await connectAsync({
    port: house.mqttPort,
    username: 'segment-1',
    password: await house.secretOf('segment-1'),
    clientId: 'segment-1',
  });
  await device.publishAsync('gatehouse/segment-1/events', '{"id":"1","type":"zone.alarm","data":{}}', {
    qos: 1,
  });
  await device.endAsync(true);

  const follow = async () => {
    const reader = await connectAsync({
      port: house?.mqttPort ?? 0,
      username: 'scada',
      password: made.body.secret,
      clientId: 'scada',
    });
    const heard = new Map<string, string>();
    reader.on('message', (topic, payload) => heard.set(topic, payload.toString()));
    await reader.subscribeAsync('gatehouse/$alarms/#', { qos: 1 });
    return { reader, heard };
  };
  const before = await follow();
  const [alarm] = (await house.openAlarms()).filter(({ definition }) => definition === 'intrusion');
  const topic = `gatehouse/$alarms/${alarm?.id}`;
  await expect.poll(() => before.heard.has(topic)).toBe(true);
  expect((JSON.parse(before.heard.get(topic) ?? '{}') as Alarm).device).toBe('segment-1');
  await before.reader.endAsync(true);

  await house.restart();
  const after = await follow();
  await expect.poll(() => after.heard.has(topic)).toBe(true);
  await house.api('POST', `/alarms/${alarm?.id}/acknowledge`, {});
  await expect.poll(() => (JSON.parse(after.heard.get(topic) ?? '{}') as Alarm).state).toBe('acknowledged');
  await after.reader.publishAsync(
    'gatehouse/segment-1/events',
    '{"id":"2","type":"zone.restore","data":{}}',
    { qos: 0 },
  );
  await after.reader.endAsync();
  await house.gateway.turns.idle();
  expect((await house.openAlarms()).some(({ id }) => id === alarm?.id)).toBe(true);
});

test('a token without the right to read alarms, or with a wrong secret, does not get in', async () => {
  house = await startHouse({ site });
  const made = await house.api<{ secret: string }>('POST', '/tokens', { name: 'walker', role: 'guard' });
  const enter = (username: string, password: string) =>
    connectAsync({ port: house?.mqttPort ?? 0, username, password, clientId: username, reconnectPeriod: 0 });
  await expect(enter('walker', made.body.secret)).rejects.toThrow();
  await expect(enter('segment-1', made.body.secret)).rejects.toThrow();
});
