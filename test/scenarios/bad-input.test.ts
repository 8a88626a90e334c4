import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { createGateway } from '../../gateway/gateway.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';
import { connectPacket, publishPacket, RawClient } from '../mqtt-peers.ts';

// What cannot be used gets an error that says what, where and how to mend it, and stops nothing else.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
  - { id: panic-1, type: native-panic-button, name: 紧急按钮, area: compound }
`;
const ownTank = (highestM: string) => `id: own-tank
label: { zh: 自编水箱, en: Own tank }
kind: tank
link: native
settings:
  overflowM: { label: { zh: 溢流液位, en: Overflow level }, unit: m, default: ${highestM}, min: 0, max: 20 }
`;

let house: House;
let live: LiveWatch;
let tank: MqttClient;
let presses = 0;

async function connectTank(): Promise<MqttClient> {
  const password = await house.secretOf('tank-1');
  return connectAsync({
    port: house.mqttPort,
    username: 'tank-1',
    password,
    clientId: 'tank-1',
    reconnectPeriod: 0,
  });
}

beforeAll(async () => {
  house = await startHouse({ site });
  live = await house.live();
  tank = await connectTank();
});
afterAll(async () => {
  await tank.endAsync(true);
  await house.close();
});
/** Whatever came before: a press of the button still rings. */
afterEach(async () => {
  const button = await connectAsync({
    port: house.mqttPort,
    username: 'panic-1',
    password: await house.secretOf('panic-1'),
    clientId: 'panic-1',
  });
  await button.publishAsync(
    'gatehouse/panic-1/events',
    JSON.stringify({ id: `p-${++presses}`, type: 'panic' }),
    {
      qos: 1,
    },
  );
  const panic = ({ device, count }: Alarm) => device === 'panic-1' && count === presses;
  await live.change<Alarm>('alarms', panic);
  await button.endAsync();
});

interface Letter {
  source: string;
  device: string | null;
  reason: string;
  text: string | null;
}
async function letters(): Promise<Letter[]> {
  return (await house.api<{ items: Letter[] }>('GET', '/dead-letters')).body.items;
}
async function level(): Promise<{ value: unknown; quality: string }> {
  const { body } = await house.api<{ items: { point: string; value: unknown; quality: string }[] }>(
    'GET',
    '/devices/tank-1/points',
  );
  const { value = null, quality = '' } = body.items.find(({ point }) => point === 'level') ?? {};
  return { value, quality };
}

describe('a message that cannot be used', () => {
  const readings = 'gatehouse/tank-1/readings';
  test.each([
    [
      'no JSON',
      readings,
      '{"values":',
      /tank-1\/readings: the payload is not JSON: .*; send for example \{"values"/,
    ],
    [
      'NaN',
      readings,
      '{"values":{"level":NaN}}',
      /NaN and Infinity are not JSON: send null with "quality": "bad"/,
    ],
    ['no object', readings, '[1,2]', /the payload must be a JSON object, for example/],
    ['no values', readings, '{"level":1}', /"values" is missing or no object; send for example/],
    ['a number as text', readings, '{"values":{"level":"1.5"}}', /tank-1\.level: .*"1\.5".*number/],
    ['more than can be', readings, '{"values":{"level":1e308}}', /tank-1\.level: 1e\+308 .*20/],
    ['beyond all numbers', readings, '{"values":{"level":1e999}}', /tank-1\.level: /],
    ['a misspelt point', readings, '{"values":{"levle":1.5}}', /a tank has no point "levle".*level/],
    ['an unknown event', 'gatehouse/tank-1/events', '{"id":"1","type":"boom"}', /a tank has no event "boom"/],
    ['an answer to nothing', 'gatehouse/tank-1/commands/ack', '{"ok":1}', /"id" must be the command's id/],
    ['a status of its own', 'gatehouse/tank-1/status', 'fine', /"fine" is no status; send online or offline/],
    ['bytes', readings, Buffer.from([0xff, 0xfe, 0, 1]), /the payload is not JSON/],
  ])('%s: is acknowledged and kept with what, where and the mend', async (_, topic, payload, reason) => {
    const before = await letters();
    // Acknowledged: to repeat it would not help.
    await tank.publishAsync(topic, payload, { qos: 1 });
    const [letter, ...rest] = await letters();
    expect(rest).toHaveLength(before.length);
    expect(letter).toMatchObject({
      source: `mqtt ${topic}`,
      device: 'tank-1',
      reason: expect.stringMatching(reason),
    });
    if (typeof payload === 'string') expect(letter?.text).toBe(payload);
    expect(tank.connected).toBe(true);
  });

  test('takes the value it cannot be away, so that nobody goes on trusting the one before', async () => {
    await tank.publishAsync(readings, '{"values":{"level":1.5}}', { qos: 1 });
    expect(await level()).toEqual({ value: 1.5, quality: 'good' });
    await tank.publishAsync(readings, '{"values":{"level":1e308}}', { qos: 1 });
    expect(await level()).toEqual({ value: null, quality: 'bad' });
    const { body } = await house.api<{ items: { value: unknown; quality: string }[] }>(
      'GET',
      `/history?point=tank-1.level&from=${Date.now() - 60_000}&to=${Date.now() + 1_000}`,
    );
    expect(body.items.at(-1)).toMatchObject({ value: null, quality: 'bad' });
    // Beyond every limit, and no alarm: it is no level.
    expect((await house.openAlarms()).filter(({ device }) => device === 'tank-1')).toEqual([]);
  });

  test.each([
    [
      'longer than 256 bytes',
      'tank-1',
      `gatehouse/tank-1/${'x'.repeat(300)}`,
      /it is longer than 256 bytes; it publishes on/,
    ],
    [
      'of another device',
      'panic-1',
      'gatehouse/tank-1/readings',
      /it is not its own; it publishes on gatehouse\/panic-1\//,
    ],
  ])('on a topic %s ends its connection, and the integrator is told why', async (_, device, topic, why) => {
    const password = await house.secretOf(device);
    const client = new RawClient(house.mqttPort);
    client.send(connectPacket({ username: device, password, clientId: `${device}~x` }));
    await client.expect(2);
    client.send(publishPacket(topic, '{"values":{"level":9}}', { qos: 1 }));
    await client.gone();
    // Not acknowledged: it was not taken.
    expect(client.of(4)).toEqual([]);
    const letter = await eventually('it is told', async () =>
      (await letters()).find(({ reason }) => why.test(reason)),
    );
    expect(letter.device).toBe(device);
    const hit = await live.change<Alarm>('alarms', ({ definition }) => definition === 'limit-hit');
    expect(hit.instance).toBe('topic');
    // A new secret has ended the device's other connection.
    tank = await connectTank();
  });
});

describe('a file that cannot be used', () => {
  const typeFile = () => join(house.dataDir, 'types', 'own-tank', 'type.yaml');
  interface Types {
    problems: { file: string; line: number; column: number; message: string }[];
  }
  const problems = async () => (await house.api<Types>('GET', '/device-types')).body.problems;

  test('a broken type.yaml is refused with file, line and column; the last good one goes on', async () => {
    mkdirSync(join(house.dataDir, 'types', 'own-tank'), { recursive: true });
    writeFileSync(typeFile(), ownTank('2'));
    await eventually('the type is known', async () => {
      const { body } = await house.api<{ items: { id: string }[] }>('GET', '/device-types');
      return body.items.some(({ id }) => id === 'own-tank');
    });
    await house.applySite(`${site}  - { id: tank-2, type: own-tank, name: 二号水箱, area: compound }\n`);
    const second = await connectAsync({
      port: house.mqttPort,
      username: 'tank-2',
      password: await house.secretOf('tank-2'),
      clientId: 'tank-2',
    });
    writeFileSync(typeFile(), ownTank('[').replace('kind: tank', 'kind: tonk'));
    const [first] = await eventually('the problem is told', async () => {
      const found = await problems();
      return found.length > 0 && found;
    });
    expect(first?.file).toMatch(/own-tank\/type\.yaml$/);
    expect([first?.line, first?.column].every((place) => Number(place) > 0)).toBe(true);
    writeFileSync(typeFile(), ownTank('2').replace('kind: tank', 'kind: tonk'));
    const wrongKind = await eventually('the next problem is told', async () =>
      (await problems()).find(({ message }) => message.includes('tonk')),
    );
    expect(wrongKind).toMatchObject({ line: 3, message: expect.stringContaining('tank') });
    await second.publishAsync('gatehouse/tank-2/readings', '{"values":{"level":2.4}}', { qos: 1 });
    const overflow = ({ device, definition }: Alarm) => device === 'tank-2' && definition === 'overflow';
    expect(await live.change<Alarm>('alarms', overflow)).toMatchObject({ limit: 2 });
    await second.endAsync();
  });

  test('a broken site file is refused with line, column and mend for each mistake, and nothing of it is applied', async () => {
    const broken = `${site}
  - { id: tank-7, type: natve-tank, name: 水箱, area: compound }
  - { id: tank-8, type: native-tank, name: 水箱, area: nowhere }
`;
    const refused = await house.api<{ code: string; errors: { path: string; message: string }[] }>(
      'POST',
      '/site/apply',
      { yaml: broken, file: 'site.yaml' },
    );
    expect(refused).toMatchObject({ status: 422, body: { code: 'site.invalid' } });
    expect(refused.body.errors.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^site\.yaml:8:\d+$/),
      expect.stringMatching(/^site\.yaml:9:\d+$/),
    ]);
    expect(refused.body.errors[0]?.message).toMatch(/native-tank/);
    expect((await house.api('GET', '/devices/tank-7')).status).toBe(404);
    const torn = await house.api<{ detail: string }>('POST', '/site/apply', {
      yaml: 'site: [',
      file: 'site.yaml',
    });
    expect(torn.status).toBe(422);
    expect(torn.body.detail).toMatch(/site\.yaml:1:\d+/);
  });
});

describe('a request that cannot be met', () => {
  test('names the unknown device and the nearest one', async () => {
    const refused = await house.api<{ code: string; detail: string }>('POST', '/devices/tank-11/commands', {
      command: 'open',
    });
    expect(refused).toMatchObject({ status: 404, body: { code: 'not.found' } });
    expect(refused.body.detail).toMatch(/no device "tank-11".*tank-1/);
  });

  test('of a gateway on a busy port names the port, and leaves nothing open behind it', async () => {
    const port = Number(new URL(house.base).port);
    const dataDir = join(house.dataDir, 'second');
    const options = { dataDir, mqtt: null, log: silentLog, unusable: () => {} };
    const start = (httpPort: number) =>
      createGateway({ ...options, http: { host: '127.0.0.1', port: httpPort } });
    await expect(start(port)).rejects.toMatchObject({
      code: 'port.busy',
      detail: expect.stringContaining(String(port)),
    });
    // The same data directory can be used at once: no worker holds it.
    const second = await start(0);
    await second.close();
  });
});
