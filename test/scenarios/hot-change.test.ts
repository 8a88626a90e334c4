import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// Types and site change under a running gateway.

const typeOf = (overflowM: string) => `id: own-tank
label: { zh: 自编水箱, en: Own tank }
kind: tank
link: native
settings:
  overflowM: { label: { zh: 溢流液位, en: Overflow level }, unit: m, default: ${overflowM}, min: 0, max: 20 }
`;
const siteOf = (...devices: string[]) => `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
${devices.map((device) => `  - ${device}`).join('\n')}
`;
const own = '{ id: own-1, type: own-tank, name: 自编水箱, area: compound }';
const plain = (settings = '{}') =>
  `{ id: tank-1, type: native-tank, name: 生活水箱, area: compound, settings: ${settings} }`;

let house: House;
let live: LiveWatch;
const clients = new Map<string, MqttClient>();

function writeType(overflowM: string): void {
  const folder = join(house.dataDir, 'types', 'own-tank');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'type.yaml'), typeOf(overflowM));
}

async function enter(device: string): Promise<void> {
  const password = await house.secretOf(device);
  const port = house.mqttPort;
  clients.set(
    device,
    await connectAsync({ port, username: device, password, clientId: device, reconnectPeriod: 0 }),
  );
}
const level = (device: string, metres: number) =>
  clients
    .get(device)
    ?.publishAsync(`gatehouse/${device}/readings`, JSON.stringify({ values: { level: metres } }), {
      qos: 1,
    });
const overflowOf = (device: string, fits: Partial<Alarm>) =>
  live.change<Alarm>('alarms', (alarm) => {
    if (alarm.device !== device || alarm.definition !== 'overflow') return false;
    return Object.entries(fits).every(([name, value]) => alarm[name as keyof Alarm] === value);
  });
const openOverflows = async (device: string) =>
  (await house.openAlarms()).filter((alarm) => alarm.device === device && alarm.definition === 'overflow');
const defaultIs = (overflowM: number) =>
  eventually(`the type's limit is ${overflowM}`, async () => {
    const { body } = await house.api<{
      items: { id: string; settings: Record<string, { default?: unknown }> }[];
    }>('GET', '/device-types');
    return body.items.some(
      ({ id, settings }) => id === 'own-tank' && settings.overflowM?.default === overflowM,
    );
  });

beforeAll(async () => {
  house = await startHouse();
  writeType('2');
  await defaultIs(2);
  await house.applySite(siteOf(own, plain()));
  live = await house.live();
  await enter('own-1');
  await enter('tank-1');
});
afterAll(async () => {
  for (const client of clients.values()) await client.endAsync(true);
  await house.close();
});

test('a type that is edited on disk changes the limit of its devices without a restart', async () => {
  await level('own-1', 2.4);
  const raised = await overflowOf('own-1', { state: 'unacknowledged' });
  expect(raised).toMatchObject({ value: 2.4, limit: 2 });
  await house.api('POST', `/alarms/${raised.id}/acknowledge`, {});
  writeType('3');
  await defaultIs(3);
  await level('own-1', 2.4);
  await eventually('2.4 m is normal now', async () => (await openOverflows('own-1')).length === 0);
});

test('a type that is broken on disk leaves the last good one in force, also over a restart', async () => {
  writeType('three');
  await eventually('the problem is told', async () => {
    const { body } = await house.api<{ problems: { file: string; line: number; message: string }[] }>(
      'GET',
      '/device-types',
    );
    return body.problems.some(({ file, line }) => file.endsWith('own-tank/type.yaml') && line === 6);
  });
  await level('own-1', 2.4);
  expect(await openOverflows('own-1')).toEqual([]);
  await house.restart();
  live = await house.live();
  await enter('own-1');
  await enter('tank-1');
  await level('own-1', 3.4);
  expect(await overflowOf('own-1', { state: 'unacknowledged' })).toMatchObject({ limit: 3 });
  writeType('2.5');
  await defaultIs(2.5);
  await level('own-1', 2);
  await overflowOf('own-1', { state: 'returned' });
});

test('a site file that is applied changes limits at once, and the plan says beforehand what will change', async () => {
  await level('tank-1', 2.4);
  expect(await openOverflows('tank-1')).toEqual([]);
  const yaml = siteOf(own, plain('{ overflowM: 2.2 }'));
  const plan = await house.api<{
    change: { id: string; fields: unknown[] }[];
    add: unknown[];
    remove: unknown[];
  }>('POST', '/site/plan', { yaml });
  expect(plan.body).toMatchObject({
    add: [],
    remove: [],
    change: [{ id: 'tank-1', fields: [{ field: 'settings.overflowM', from: null, to: 2.2 }] }],
  });
  expect((await house.api('POST', '/site/apply', { yaml })).status).toBe(200);
  await level('tank-1', 2.4);
  expect(await overflowOf('tank-1', { state: 'unacknowledged' })).toMatchObject({ value: 2.4, limit: 2.2 });
});

test('a device that is taken out of the site is cut off; its alarm returns and still waits for its answer', async () => {
  const [alarm] = await openOverflows('tank-1');
  const removed = await house.api('POST', '/site/apply', { yaml: siteOf(own), prune: true });
  expect(removed.status).toBe(200);
  const returned = await overflowOf('tank-1', { state: 'returned' });
  expect(returned).toMatchObject({ id: alarm?.id, returnedReason: 'removed by configuration' });
  await eventually('its connection is ended', () => clients.get('tank-1')?.connected === false);
  expect((await house.api('GET', '/devices/tank-1')).status).toBe(404);
  const answered = await house.api<Alarm>('POST', `/alarms/${alarm?.id}/acknowledge`, {});
  expect(answered.body.state).toBe('closed');
  // The rest of the site has noticed nothing.
  await level('own-1', 2.9);
  expect(await overflowOf('own-1', { state: 'unacknowledged', value: 2.9 })).toMatchObject({ limit: 2.5 });
});
