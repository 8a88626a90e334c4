import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinkStatus, PortStatus } from '../../gateway/contract/link-status.ts';
import { misread } from '../../gateway/contract/misread.ts';
import type { Stranger } from '../../gateway/contract/stranger.ts';
import { eventually, type House, startHouse } from '../house.ts';

// What an integrator finds on a site that is not set up yet: somebody speaks whom nobody knows, messages are not understood. A bridge
// on the embedded broker, and a receiver's line whose frames come by the gateway's own way in.

const head = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: z2m, kind: mqtt-bridge, prefixes: [zigbee2mqtt] }
  - { id: alarm-line, kind: bus, path: "tcp://127.0.0.1:1", protocol: surgard-mlr2 }
  - { id: tag-line, kind: bus, path: "tcp://127.0.0.1:2", protocol: rfid-em4100-serial }
`;
const leak =
  '  - { id: leak-1, type: zigbee2mqtt-water-leak, name: 泵房水浸, area: compound, link: z2m, address: garage/leak }\n';
const receiver = `
  - { id: receiver, type: surgard-receiver, name: 接警机, area: compound, link: alarm-line }
  - { id: panel-302, type: contact-id-account, name: 1-302 主机, area: compound, parent: receiver, address: "0302" }
  - { id: reader-1, type: em4100-reader, name: 巡更点, area: compound, link: tag-line }
`;
const burglary = Buffer.from('5011 180302E13001003\x14');
const tag = Buffer.from('0230313030363345394145323503', 'hex');

interface Letter {
  id: string;
  at: number;
  source: string;
  reason: string;
  text: string | null;
  notAgain: string | null;
}

describe('what nobody knows and nobody understood', () => {
  let house: House;
  let bridge: MqttClient;

  beforeAll(async () => {
    house = await startHouse({ site: head });
    const { secret } = (await house.api<{ secret: string }>('POST', '/links/z2m/secret')).body;
    bridge = await connectAsync(`mqtt://127.0.0.1:${house.mqttPort}`, {
      username: 'z2m',
      password: secret,
      clientId: 'z2m',
      reconnectPeriod: 0,
    });
  });
  afterAll(async () => {
    await bridge.endAsync(true);
    await house.close();
  });

  const say = (topic: string, payload: object | string) =>
    bridge.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 });
  const letters = async (source?: string) =>
    (
      await house.api<{ items: Letter[] }>(
        'GET',
        `/dead-letters${source === undefined ? '' : `?source=${encodeURIComponent(source)}`}`,
      )
    ).body.items;
  const strangers = async () => (await house.api<{ items: Stranger[] }>('GET', '/strangers')).body.items;
  const rerun = (id: string) =>
    house.api<{ outcome: string; reason?: string; detail?: string }>('POST', `/dead-letters/${id}/rerun`);
  const history = async (point: string, around: number) =>
    (
      await house.api<{ items: { at: number; value: unknown }[] }>(
        'GET',
        `/history?point=${point}&from=${around - 60_000}&to=${Date.now() + 60_000}`,
      )
    ).body.items;

  test('a topic that no device takes is a stranger, counted, with the types that would read it', async () => {
    for (const linkquality of [90, 91, 92])
      await say('zigbee2mqtt/garage/leak', { water_leak: true, battery: 80, linkquality });
    const [stranger, ...more] = await strangers();
    expect(more).toEqual([]);
    expect(stranger).toMatchObject({
      ...{ kind: 'topic', link: 'z2m', what: 'zigbee2mqtt/garage/leak', count: 3 },
      ...{ types: ['zigbee2mqtt-water-leak'], address: 'garage/leak', by: 'topic-and-values' },
      ...{ words: expect.stringContaining('address: garage/leak'), why: { code: 'stray-topic-typed' } },
    });
    expect(Buffer.from(stranger?.sample ?? '', 'hex').toString()).toContain('"linkquality":90');
    expect(await letters()).toMatchObject([{ source: 'mqtt z2m zigbee2mqtt/garage/leak', notAgain: null }]);
  });

  test('its letter, read again before anything is mended, stays; after the device is added it becomes history and does not overtake what is known since', async () => {
    const [letter] = await letters();
    if (!letter) throw new Error('no letter');
    const early = await rerun(letter.id);
    expect(early).toMatchObject({ status: 200, body: { outcome: 'kept' } });
    expect(early.body.reason).toContain('address: garage/leak');

    await house.applySite(`${head}devices:\n${leak}`);
    expect(await strangers()).toEqual([]);
    await say('zigbee2mqtt/garage/leak', { water_leak: false, battery: 79 });
    const value = async () =>
      (
        await house.api<{ items: { point: string; value: unknown }[] }>('GET', '/devices/leak-1/points')
      ).body.items.find(({ point }) => point === 'wet')?.value;
    await eventually('it is dry', async () => (await value()) === false);

    expect(await rerun(letter.id)).toEqual({ status: 200, body: { outcome: 'taken' } });
    expect(await value()).toBe(false);
    await eventually('the wet moment is in history, at its own time', async () =>
      (await history('leak-1.wet', letter.at)).some(({ at, value: was }) => at === letter.at && was === true),
    );
    expect(await letters()).toEqual([]);
    expect((await rerun(letter.id)).status).toBe(404);
    // A message of the past is no alarm of today when a newer one says otherwise.
    expect((await house.openAlarms()).filter(({ device }) => device === 'leak-1')).toEqual([]);
    const { body } = await house.api<{ items: { action: string; subject: string }[] }>(
      'GET',
      '/audit?limit=10',
    );
    expect(body.items.map(({ action }) => action)).toContain('letter.reread');
  });

  const hear = (id: string, protocol: string, frame: Buffer) =>
    new Promise<boolean>((done) =>
      house.gateway.field.frame(
        { id, protocol } as Parameters<House['gateway']['field']['frame']>[0],
        frame,
        Date.now(),
        done,
      ),
    );
  const eventsOf = async (device: string) =>
    (await house.api<{ items: { type: string }[] }>('GET', `/events?device=${device}`)).body.items.map(
      ({ type }) => type,
    );

  test('a tag and its repeats that nobody took become one event, all of a source at once; two who ask for it take none twice', async () => {
    for (let n = 0; n < 20; n++) expect(await hear('tag-line', 'rfid-em4100-serial', tag)).toBe(false);
    expect(await hear('alarm-line', 'surgard-mlr2', burglary)).toBe(false);
    const source = 'bus tag-line';
    expect(await letters(source)).toHaveLength(20);
    await house.applySite(`${head}devices:\n${leak}${receiver}`);
    const all = () => house.api<{ taken: number; kept: number }>('POST', '/dead-letters/rerun', { source });
    const counts = (await Promise.all([all(), all()])).map(({ body }) => body);
    expect(counts.reduce((sum, { taken }) => sum + taken, 0)).toBe(20);
    expect(counts).toMatchObject([
      { kept: 0, next: null },
      { kept: 0, next: null },
    ]);
    expect(await eventsOf('reader-1')).toEqual(['checkin']);
    expect(await letters(source)).toEqual([]);
  });

  test('an alarm that a receiver repeats because it was refused is not taken from its letter as well', async () => {
    const source = 'bus alarm-line';
    expect(await letters(source)).toMatchObject([{ notAgain: 'repeated' }]);
    expect(await hear('alarm-line', 'surgard-mlr2', burglary)).toBe(true);
    expect(await house.api('POST', '/dead-letters/rerun', { source })).toMatchObject({
      body: { taken: 0, kept: 0, passed: 1, next: null },
    });
    expect(await eventsOf('panel-302')).toEqual(['zone.alarm']);
    const alarms = (await house.openAlarms()).filter(({ device }) => device === 'panel-302');
    expect(alarms.map(({ count }) => count)).toEqual([1]);
  });

  test('of a message that was taken in part the good part is not taken twice', async () => {
    await say('zigbee2mqtt/garage/leak', { water_leak: false, battery: 'full' });
    const [letter] = await letters();
    expect(letter?.reason).toContain('leak-1.battery');
    const again = await rerun(letter?.id ?? '');
    expect(again).toMatchObject({ body: { outcome: 'kept' } });
    expect(again.body.reason).toContain('leak-1.battery');
    const rows = (await history('leak-1.wet', letter?.at ?? 0)).filter(({ at }) => at === letter?.at);
    expect(rows).toMatchObject([{ value: false }]);
  });

  test('a letter is discarded, alone or with all of its source; that is in the audit trail', async () => {
    const [letter] = await letters();
    expect(await house.api('DELETE', `/dead-letters/${letter?.id}`)).toMatchObject({
      body: { discarded: 1 },
    });
    expect((await house.api('DELETE', `/dead-letters/${letter?.id}`)).status).toBe(404);
    // It is told once, until it has been good again.
    for (const battery of ['low', 50, 'lower']) await say('zigbee2mqtt/garage/leak', { battery });
    const source = 'mqtt z2m zigbee2mqtt/garage/leak';
    const count = (await letters(source)).length;
    expect(count).toBeGreaterThan(0);
    expect(await house.api('DELETE', `/dead-letters?source=${encodeURIComponent(source)}`)).toMatchObject({
      body: { discarded: count },
    });
    expect(await letters(source)).toEqual([]);
    const { body } = await house.api<{ items: { action: string }[] }>('GET', '/audit?limit=5');
    expect(body.items.filter(({ action }) => action === 'letter.discarded')).toHaveLength(2);
  });

  test('what is no message of a device cannot be read again, and says why', async () => {
    house.gateway.field.denied(
      { source: 'mqtt elsewhere', device: null, bytes: Buffer.from('elsewhere') },
      misread('topic-none', { topic: 'elsewhere' }),
    );
    const letter = await eventually('it is kept', async () => (await letters('mqtt elsewhere'))[0]);
    expect(letter.notAgain).toBe('no-message');
    expect(await rerun(letter.id)).toMatchObject({ status: 409, body: { code: 'state.conflict' } });
  });

  test('a client that the broker does not let in is a stranger, known or not; its password is nowhere', async () => {
    const signIn = (username: string) =>
      connectAsync(`mqtt://127.0.0.1:${house.mqttPort}`, {
        username,
        password: 'hush-hush-hush',
        clientId: `${username}~1`,
        reconnectPeriod: 0,
      }).then(
        () => 'in',
        () => 'refused',
      );
    expect(await Promise.all([signIn('leak-1'), signIn('tasmota-9')])).toEqual(['refused', 'refused']);
    const found = (await strangers()).filter(({ kind }) => kind === 'sign-in');
    expect(found.map(({ what, by, why }) => [what, by, why.code]).sort()).toEqual([
      ['leak-1', 'known-name', 'sign-in-password'],
      ['tasmota-9', null, 'sign-in-unknown'],
    ]);
    expect(JSON.stringify(found)).not.toContain('hush');
  });

  test('each link is counted, with the bytes that went over it last; one that is down says why in a code', async () => {
    const { body } = await house.api<{ links: LinkStatus[]; ports: PortStatus[] }>('GET', '/links/status');
    const z2m = body.links.find(({ id }) => id === 'z2m');
    expect(z2m).toMatchObject({ state: 'up', trouble: null, last: { topic: 'zigbee2mqtt/garage/leak' } });
    expect(z2m?.counters.received).toBeGreaterThanOrEqual(7);
    expect(Buffer.from(z2m?.last?.received ?? '', 'hex').toString()).toBe('{"battery":"lower"}');
    const line = await eventually('the line is down', async () =>
      (await house.api<{ links: LinkStatus[] }>('GET', '/links/status')).body.links.find(
        ({ id, state }) => id === 'alarm-line' && state === 'down',
      ),
    );
    expect(line).toMatchObject({ trouble: { code: 'refused' }, last: null, counters: { frames: 0 } });
    expect(line.error).toContain('ECONNREFUSED');
    const alarm = (await house.openAlarms()).find(
      ({ definition, title }) => definition === 'link-down' && title.en.includes('alarm-line'),
    );
    expect(alarm?.title.zh).toContain('alarm-line：对端拒绝连接');
    expect(alarm?.title.en).toContain('alarm-line: nothing listens at its address');
    expect(body.ports).toMatchObject([
      {
        id: 'mqtt-broker',
        port: house.mqttPort,
        counters: { connections: 1, principals: 1, refusedSignIns: 2 },
      },
    ]);
  });
});
