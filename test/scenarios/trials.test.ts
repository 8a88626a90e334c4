import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PointView } from '../../gateway/contract/device-view.ts';
import type { Trial } from '../../gateway/contract/trial.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import {
  mosquittoPublish,
  openSerialPair,
  peerPath,
  RunningPeer,
  startOsdpReaders,
  startPanel,
  startTransmitter,
  type TransmitterPeer,
} from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// Devices with a conversation of their own, and those that others speak for, are tried before they are saved. The far sides are
// programs that share no code with the gateway.

const key = '4765E9B10C2B3DF2A1D0C39F5A6B7C8D';
const panelKey = '0123456789ABCDEF0123456789ABCDEF';
const open: { close?(): unknown; stop?(): unknown }[] = [];
let house: House;
let controller: RunningPeer;
let controllerPort: number;
let farPair: string;
let tank: NativeDevice;
let transmitter: TransmitterPeer;

async function startController(serial: number): Promise<{ peer: RunningPeer; port: number }> {
  const peer = new RunningPeer('python3', [peerPath('uhppote-controller.py'), String(serial), '0']);
  open.push(peer);
  const ready = await peer.line((line) => line.startsWith('ready '), 'the controller is ready');
  return { peer, port: Number(ready.split(' ')[1]) };
}

async function tryOut(draft: object): Promise<Trial> {
  const { status, body } = await house.api<Trial>('POST', '/trials', draft);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

/** Tries a device that speaks first, and has it speak until it has been heard. */
async function tryHearing(draft: object, speak: () => unknown): Promise<Trial> {
  let heard = false;
  const trying = tryOut(draft).finally(() => {
    heard = true;
  });
  await eventually('the trial hears it', async () => {
    await speak();
    return heard;
  });
  return trying;
}

const pointOf = ({ points }: Trial, name: string) => points.find(({ point }) => point === name)?.value;
const factsOf = ({ facts }: Trial) =>
  Object.fromEntries(facts.map(({ fact, door, value }) => [door === null ? fact : `${fact} ${door}`, value]));
const fieldsOf = (trial: Trial, exchange = 0) =>
  Object.fromEntries((trial.exchanges[exchange]?.fields ?? []).map(({ name, value }) => [name, value]));
const state = async (id: string) =>
  (await house.api<{ state: { state: string } }>('GET', `/devices/${id}`)).body.state.state;

async function reasonOf(device: string, name: string): Promise<PointView['why'] | undefined> {
  const { body } = await house.api<{ items: PointView[] }>('GET', `/devices/${device}/points`);
  return body.items.find(({ point, receivedAt }) => point === name && receivedAt > 0)?.why;
}

describe.skipIf(
  process.env.GATEHOUSE_SKIP_CONTROLLER ||
    process.env.GATEHOUSE_SKIP_PANELS ||
    process.env.GATEHOUSE_SKIP_SOCAT ||
    process.env.GATEHOUSE_SKIP_MOSQUITTO,
)('before it is saved', () => {
  beforeAll(async () => {
    process.env.TRIAL_READER_KEY = key;
    process.env.TRIAL_WRONG_KEY = key.replaceAll('4', '5');
    process.env.TRIAL_PANEL_KEY = panelKey;
    const pair = await openSerialPair();
    open.push(pair);
    open.push(await startOsdpReaders(pair.paths[1], '1', '2', `3=${key}`));
    const other = await openSerialPair();
    open.push(other);
    farPair = other.paths[0];
    open.push(await startOsdpReaders(other.paths[1], '5'));
    ({ peer: controller, port: controllerPort } = await startController(423_187_757));
    const { port: savedPort } = await startController(223_000_002);
    house = await startHouse({
      alarmReceiver: { host: '127.0.0.1', port: 0 },
      fireReceiver: { host: '127.0.0.1', port: 0 },
      site: `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: reader-bus, kind: bus, path: ${pair.paths[0]}, protocol: osdp }
  - { id: door-net, kind: uhppote, broadcast: "127.0.0.1:${savedPort}", listen: "127.0.0.1:0" }
  - { id: hub, kind: mqtt-bridge, prefixes: [homeassistant, sensors] }
devices:
  - { id: lobby, type: osdp-reader, name: 大堂, area: compound, link: reader-bus, address: 1 }
  - { id: controller-1, type: uhppote-controller, name: 控制器, area: compound, link: door-net, address: 223000002 }
  - { id: fire-1, type: gbt26875-transmitter, name: 传输装置, area: compound, address: 890 }
  - { id: tank-1, type: native-tank, name: 水箱, area: compound }
  - { id: door-1, type: controller-door, name: 大门, area: compound, parent: controller-1, address: "1" }
  - { id: home-1, type: dc09-panel, name: 户内主机, area: compound, address: "1309" }
  - { id: light-1, type: composed-light-sensor, name: 光照, area: compound, bind: { illuminance: { from: tank-1.level, scale: 100 } } }
  - { id: tank-2, type: native-tank, name: 备用水箱, area: compound }
`,
    });
    open.push(house);
    tank = connectNative(house.mqttPort, 'tank-1', await house.secretOf('tank-1'));
    open.push(tank);
    transmitter = await startTransmitter(house.gateway.fireReceiver ?? 0, 889);
    open.push(transmitter);
    await eventually('the reader and the controller of the site are there', async () => {
      const states = await Promise.all(['lobby', 'controller-1'].map(state));
      return states.every((one) => one === 'online');
    });
  });
  afterAll(async () => {
    for (const one of open.splice(0).reverse()) await (one.close ?? one.stop)?.call(one);
    for (const name of ['TRIAL_READER_KEY', 'TRIAL_WRONG_KEY', 'TRIAL_PANEL_KEY']) delete process.env[name];
  });

  test('a door controller is asked who and how it is, and told nothing', async () => {
    const draft = {
      ...{ type: 'uhppote-controller', link: 'controllers-1', address: 423_187_757 },
      newLink: { id: 'controllers-1', kind: 'uhppote', broadcast: `127.0.0.1:${controllerPort}` },
    };
    const trial = await tryOut(draft);
    expect(trial).toMatchObject({ way: 'asked', failures: [] });
    expect(trial.exchanges.map(({ about, outcome }) => `${about} ${outcome}`)).toEqual([
      'status answered',
      'find answered',
      'countCards answered',
    ]);
    expect(trial.exchanges[0]?.sent).toMatch(/^17200000/);
    expect(fieldsOf(trial)).toMatchObject({ name: 'status', serial: 423_187_757 });
    expect(factsOf(trial)).toMatchObject({
      ...{ serial: 423_187_757, 'opened 1': expect.any(Boolean), 'locked 4': expect.any(Boolean) },
      ...{ firmware: expect.stringMatching(/\d/), mac: expect.stringMatching(/:/) },
    });
    expect(factsOf(trial)).toHaveProperty('clock-off-s');
    expect(pointOf(trial, 'cards')).toBe(0);
    const silent = await tryOut({ ...draft, address: 423_187_758 });
    expect(silent.failures).toMatchObject([{ fault: { code: 'silent' } }]);
    // Nobody was asked to push here.
    expect(controller.lines.filter((line) => line.startsWith('got '))).toEqual([]);
  });

  test('a door shows what its controller says of it', async () => {
    const trial = await tryOut({ type: 'controller-door', parent: 'controller-1', address: '2' });
    expect(trial).toMatchObject({ way: 'asked', failures: [] });
    expect(pointOf(trial, 'opened')).toBe(false);
    expect(pointOf(trial, 'locked')).toBe(true);
  });

  test('a card reader is spoken with between its neighbours, in plain and by its key', async () => {
    const draft = { type: 'osdp-reader', link: 'reader-bus' };
    const plain = await tryOut({ ...draft, address: 2 });
    expect(plain).toMatchObject({ way: 'asked', failures: [], line: { neighbours: 1, answering: 1 } });
    expect(plain.exchanges.map(({ about }) => about).slice(0, 2)).toEqual(['ID', 'CAP']);
    expect(pointOf(plain, 'channel')).toBe('plain');
    expect(pointOf(plain, 'identity')).toEqual(expect.stringContaining('#'));
    expect(pointOf(plain, 'tamper')).toBe(false);
    const secure = await tryOut({ ...draft, address: 3, settings: { key: 'env:TRIAL_READER_KEY' } });
    expect(secure.failures).toEqual([]);
    expect(pointOf(secure, 'channel')).toBe('secure');
    const asks = await tryOut({ ...draft, address: 3 });
    expect(asks.failures).toMatchObject([
      { fault: { code: 'channel', channel: 'key-required' }, words: expect.stringContaining('env:NAME') },
    ]);
    const wrong = await tryOut({ ...draft, address: 3, settings: { key: 'env:TRIAL_WRONG_KEY' } });
    expect(wrong.failures).toMatchObject([{ fault: { code: 'channel', channel: 'wrong-key' } }]);
    const silent = await tryOut({ ...draft, address: 9 });
    expect(silent.failures).toMatchObject([
      { fault: { code: 'silent' }, words: expect.stringContaining('the line works') },
    ]);
    expect(await state('lobby')).toBe('online');
    // On a pair to which the site has no link, too.
    const newLink = { id: 'bus-9', kind: 'bus', path: farPair, protocol: 'osdp' };
    const far = await tryOut({ type: 'osdp-reader', link: 'bus-9', address: 5, newLink });
    expect(far.failures).toEqual([]);
    expect(pointOf(far, 'channel')).toBe('plain');
  });

  test('a fire transmission device shows what it said last, and another address that reports is named', async () => {
    await transmitter.ask('part 40 10 2 0x0002 走廊烟感');
    const trial = await tryOut({ type: 'gbt26875-transmitter', address: 889 });
    expect(trial).toMatchObject({
      way: 'listened',
      exchanges: [{ outcome: 'taken', about: '790300000000' }],
    });
    expect(trial.failures).toMatchObject([{ fault: { code: 'taken-once-saved' } }]);
    expect(trial.events).toContainEqual({
      type: 'fire',
      data: expect.objectContaining({ part: '1-3-10-2' }),
    });
    expect(fieldsOf(trial)).toMatchObject({ source: '790300000000', command: 'send' });
    expect(trial.setup).toContainEqual({ item: 'fire-port', value: String(house.gateway.fireReceiver) });
    // What it said last is shown once; after that its next message counts.
    const { at } = trial.exchanges[0] ?? {};
    const next = await tryHearing({ type: 'gbt26875-transmitter', address: 889, after: at }, () =>
      transmitter.say('beat'),
    );
    expect(next.exchanges[0]?.at).toBeGreaterThan(at ?? 0);
    const other = await tryOut({ type: 'gbt26875-transmitter', address: 891, listenS: 1 });
    expect(other.failures).toMatchObject([
      { fault: { code: 'nothing-heard' } },
      { fault: { code: 'other-sender', what: '790300000000' } },
    ]);
  });

  test('a detector shows what its transmission device said of it', async () => {
    const second = await startTransmitter(house.gateway.fireReceiver ?? 0, 890);
    open.push(second);
    await second.ask('part 40 10 7 0x0002 走廊烟感');
    const trial = await tryOut({ type: 'gbt26875-part', parent: 'fire-1', address: '1-3-10-7' });
    expect(trial).toMatchObject({ way: 'listened', failures: [] });
    expect(pointOf(trial, 'fire')).toBe(true);
    const other = await tryOut({ type: 'gbt26875-part', parent: 'fire-1', address: '1-3-10-8', listenS: 1 });
    expect(other.failures).toMatchObject([{ fault: { code: 'nothing-heard' } }]);
  });

  test('a panel is decoded as it is set, and its key is tried', async () => {
    const panel = await startPanel(house.gateway.alarmReceiver ?? 0, '1307', 'tcp', panelKey);
    open.push(panel);
    const draft = { type: 'dc09-panel', address: '1307', settings: { key: 'env:TRIAL_PANEL_KEY' } };
    const trial = await tryHearing(draft, () => panel.say('ADM-CID 0021 1131 01 015'));
    expect(trial.failures).toMatchObject([{ fault: { code: 'taken-once-saved' } }]);
    expect(trial.events).toMatchObject([{ type: 'zone.alarm', data: { zone: 15 } }]);
    // What came is kept, so that neither of these has to wait.
    const plain = await tryOut({ ...draft, settings: {} });
    expect(plain.failures).toMatchObject([
      { fault: { code: 'unusable-value' }, words: expect.stringContaining('no key is set') },
    ]);
    const other = await tryOut({ type: 'dc09-panel', address: '1308', listenS: 1 });
    expect(other.failures).toMatchObject([
      { fault: { code: 'nothing-heard' } },
      { fault: { code: 'other-sender', what: '1307' } },
    ]);
  });

  test('what Home Assistant is told of is read by its announcement', async () => {
    const { body } = await house.api<{ secret: string }>('POST', '/links/hub/secret');
    const publish = (topic: string, payload: object | string) =>
      mosquittoPublish(
        house.mqttPort,
        { user: 'hub', secret: body.secret },
        topic,
        typeof payload === 'string' ? payload : JSON.stringify(payload),
      );
    const draft = { type: 'home-assistant-temperature', link: 'hub', address: 'sensor/cellar/t' };
    const trial = await tryHearing(draft, async () => {
      await publish('homeassistant/sensor/cellar/t/config', {
        ...{
          name: 'Cellar',
          unique_id: 'cellar-t',
          state_topic: 'sensors/cellar',
          device_class: 'temperature',
        },
        ...{ unit_of_measurement: '°C', value_template: '{{ value_json.t }}' },
      });
      await publish('sensors/cellar', { t: 17.5 });
    });
    expect(trial).toMatchObject({ way: 'listened', failures: [] });
    expect(pointOf(trial, 'temperature')).toBe(17.5);
    expect(trial.exchanges.map(({ about }) => about)).toContain('sensors/cellar');
    const before = await tryOut({ ...draft, listenS: 0 });
    expect(before.setup).toContainEqual({ item: 'topic', value: 'homeassistant/sensor/cellar/t/config' });
  });

  test('a composed device shows its inputs and what it would be; what has no line says why', async () => {
    const bind = { illuminance: 'tank-1.level' };
    const unknown = await tryOut({ type: 'composed-light-sensor', bind: { illuminance: 'tank-2.level' } });
    expect(unknown.inputs).toEqual([
      { name: 'illuminance', from: 'tank-2.level', value: null, quality: 'bad', at: null },
    ]);
    const known = await eventually('the tank tells its level', async () => {
      tank.readings({ level: 2.5 });
      const trial = await tryOut({ type: 'composed-light-sensor', bind });
      return trial.failures.length === 0 && trial;
    });
    expect(known.inputs).toMatchObject([
      { name: 'illuminance', from: 'tank-1.level', value: 2.5, quality: 'good', at: expect.any(Number) },
    ]);
    expect(pointOf(known, 'illuminance')).toBe(2.5);
    // What the tank's level is bad for, and what is taken from it.
    tank.readings({ level: 1e9 });
    const why = await eventually('the light has no value', async () => {
      const [source, taken] = await Promise.all([
        reasonOf('tank-1', 'level'),
        reasonOf('light-1', 'illuminance'),
      ]);
      return source && taken ? [source, taken] : false;
    });
    expect(why).toEqual([
      {
        code: 'unusable',
        label: {
          zh: expect.stringContaining('1000000000 超出'),
          en: expect.stringContaining('1000000000 lies outside'),
        },
      },
      { code: 'source', from: 'tank-1.level' },
    ]);
    tank.readings({ level: 2.5 });
    await eventually('it has one again', async () => (await reasonOf('light-1', 'illuminance')) === null);
    const camera = await tryOut({ type: 'camera' });
    expect(camera.failures).toMatchObject([{ fault: { code: 'no-line', kind: 'camera' } }]);
  });

  test('an unsaved text of each of their types is tried on what they say, as it would be read', async () => {
    const own = [
      ['controller-1', 'uhppote-controller', 'link: door-net, address: 223000002'],
      ['door-1', 'controller-door', 'parent: controller-1, address: "1"'],
      ['lobby', 'osdp-reader', 'link: reader-bus, address: 1'],
      ['fire-1', 'gbt26875-transmitter', 'address: 890'],
      ['home-1', 'dc09-panel', 'address: "1309"'],
      ['light-1', 'composed-light-sensor', 'bind: { illuminance: { from: tank-1.level, scale: 100 } }'],
    ] as const;
    for (const [, type] of own) await house.api('POST', `/device-types/${type}/copy`, { id: `own-${type}` });
    const docs = own.map(
      ([id, type, way]) => `  - { id: ${id}, type: own-${type}, name: ${id}, area: compound, ${way} }`,
    );
    await house.applySite(`site: { id: test, name: 测试小区 }\ndevices:\n${docs.join('\n')}\n`);
    const tryText = async (device: string) => {
      const type = `own-${own.find(([id]) => id === device)?.[1]}`;
      const { body: source } = await house.api<{ text: string }>('GET', `/device-types/${type}`);
      const { status, body } = await house.api<{
        raw: string[];
        reading: { readings: { point: string; value: unknown }[]; events: { type: string }[] } | null;
        failures: string[];
      }>('POST', `/device-types/${type}/try`, { device, text: `${source.text}# changed\n` });
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body.failures).toEqual([]);
      const values = body.reading?.readings.map(({ point, value }) => [point, value]) ?? [];
      return { values: Object.fromEntries(values), events: body.reading?.events.map(({ type: one }) => one) };
    };
    expect((await tryText('controller-1')).values).toMatchObject({ cards: 0 });
    expect((await tryText('door-1')).values).toMatchObject({
      opened: false,
      locked: true,
    });
    expect((await tryText('lobby')).values).toMatchObject({ channel: 'plain', tamper: false });
    const second = await startTransmitter(house.gateway.fireReceiver ?? 0, 890);
    open.push(second);
    await second.ask('part 40 10 2 0x0002 走廊烟感');
    expect((await tryText('fire-1')).events).toContain('fire');
    const panel = await startPanel(house.gateway.alarmReceiver ?? 0, '1309', 'tcp');
    open.push(panel);
    await panel.ask('ADM-CID 0021 1131 01 015');
    expect((await tryText('home-1')).events).toContain('zone.alarm');
    expect((await tryText('light-1')).values).toMatchObject({ illuminance: 250 });
  });
});
