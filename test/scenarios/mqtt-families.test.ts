import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import type { PointView } from '../../gateway/contract/device-view.ts';
import { type RunningPeer, run } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';
import { type Mosquitto, noMosquitto, startMosquitto } from '../mosquitto-peer.ts';

// Products with topics of their own, behind Debian's Mosquitto: mosquitto_pub sends what they send.

const siteOn = (url: string) => `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: field, kind: mqtt, url: "${url}", prefixes: [zigbee2mqtt, tele, stat, cmnd, shelly, milesight, v1/gateway, king-pigeon, homie, spBv1.0] }
devices:
  - { id: panic-1, type: zigbee2mqtt-button, name: 紧急按钮, area: compound, link: field, address: flat 302/button }
  - { id: smoke-1, type: zigbee2mqtt-smoke, name: 大堂烟感, area: compound, link: field, address: lobby }
  - { id: lock-1, type: zigbee2mqtt-lock, name: 库房门锁, area: compound, link: field, address: store }
  - { id: pow-1, type: tasmota-energy-3p, name: 三相表, area: compound, link: field, address: pow3 }
  - { id: light-1, type: shelly-gen2-switch, name: 庭院灯, area: compound, link: field, address: shelly/lamp, settings: { channel: "2" } }
  - { id: hatch-1, type: milesight-ws301, name: 屋面门, area: compound, link: field, address: 24e124136b502217 }
  - { id: leak-1, type: milesight-em300-leak, name: 水浸, area: compound, link: field, address: 24e124136b502218 }
  - { id: light-3, type: thingsboard-switch, name: 车库灯, area: compound, link: field, address: Device A }
  - { id: temp-1, type: thingsboard-temperature, name: 机房温度, area: compound, link: field, address: Device A }
  - { id: io-1, type: king-pigeon-rtu, name: 采集模块, area: compound, link: field, address: king-pigeon/210010020 }
  - { id: light-2, type: homie-switch, name: 楼道灯, area: compound, link: field, address: stairs, settings: { root: hub } }
  - { id: leak-2, type: homie-water-sensor, name: 地下水浸, area: compound, link: field, address: cellar, settings: { root: hub } }
  - { id: temp-2, type: homie-temperature, name: 屋面温度, area: compound, link: field, address: roof }
  - { id: tank-1, type: sparkplug-tank, name: 生活水箱, area: compound, link: field, address: Plant/Edge1/PumpRoom }
`;

describe.skipIf(noMosquitto)('by MQTT', () => {
  let mosquitto: Mosquitto;
  let house: House;
  let live: LiveWatch;
  let node: RunningPeer;
  beforeAll(async () => {
    mosquitto = await startMosquitto();
    node = await mosquitto.watch('spBv1.0/Plant/NCMD/Edge1');
    house = await startHouse({ site: siteOn(mosquitto.url) });
    live = await house.live();
    await live.change<LinkState>('link-states', ({ state }) => state === 'up');
  });
  afterAll(async () => {
    await house.close();
    await mosquitto.close();
  });

  async function pointsOf(device: string): Promise<Record<string, unknown>> {
    const { body } = await house.api<{ items: PointView[] }>('GET', `/devices/${device}/points`);
    return Object.fromEntries(body.items.map(({ point, value }) => [point, value]));
  }
  const reads = (device: string, values: Record<string, unknown>) =>
    eventually(`${device} reads ${JSON.stringify(values)}`, async () => {
      const points = await pointsOf(device);
      return Object.entries(values).every(([point, value]) => points[point] === value);
    });
  const stateIs = (device: string, wanted: string) =>
    eventually(`${device} is ${wanted}`, async () => {
      const { state, why } = (await house.api<{ state: DeviceState }>('GET', `/devices/${device}`)).body
        .state;
      return `${state} ${why ?? ''}`.trim() === wanted;
    });
  const letters = async () =>
    (await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters')).body.items.map(
      ({ reason }) => reason,
    );

  /** Asks for a command and answers what the device got, once it is on its way. */
  async function ask(device: string, command: string, topic: string): Promise<{ id: string; sent: string }> {
    const watch = await mosquitto.watch(topic);
    const asked = await house.api<Command>('POST', `/devices/${device}/commands`, { command });
    expect(asked.status).toBe(200);
    const line = await watch.line((one) => one.startsWith(`${topic} `), 'the command came');
    return { id: asked.body.id, sent: line.slice(topic.length + 1) };
  }
  const confirmed = (command: string) =>
    live.change<Command>('commands', ({ id, state }) => id === command && state === 'confirmed');

  test('a Zigbee button calls for help with each press, and not with its release', async () => {
    const topic = 'zigbee2mqtt/flat 302/button';
    await mosquitto.publish(topic, { action: 'single', battery: 100, linkquality: 149, voltage: 3000 });
    const first = await live.change<Alarm>('alarms', ({ device }) => device === 'panic-1');
    expect(first).toMatchObject({ definition: 'panic', priority: 1, count: 1 });
    await mosquitto.publish(topic, { action: 'release', battery: 100, linkquality: 149, voltage: 3000 });
    await mosquitto.publish(topic, { action: 'single', battery: 99, linkquality: 149, voltage: 3000 });
    const again = await live.change<Alarm>('alarms', ({ id, count }) => id === first.id && count > 1);
    expect(again.count).toBe(2);
    await reads('panic-1', { battery: 99 });
  });

  test('smoke is a fire, and is not over when the detector says so', async () => {
    const smoke = (on: boolean) =>
      mosquitto.publish('zigbee2mqtt/lobby', { battery: 100, battery_low: false, smoke: on, test: false });
    await smoke(false);
    await smoke(true);
    await live.change<Alarm>(
      'alarms',
      ({ device, state }) => device === 'smoke-1' && state === 'unacknowledged',
    );
    await smoke(false);
    await reads('smoke-1', { fire: false, batteryLow: false, battery: 100 });
    expect((await house.openAlarms()).find(({ device }) => device === 'smoke-1')).toMatchObject({
      definition: 'fire',
      state: 'unacknowledged',
    });
  });

  test('a Zigbee lock locks when it says so', async () => {
    await mosquitto.publish('zigbee2mqtt/store', { battery: 70, lock_state: 'unlocked', state: 'UNLOCK' });
    await reads('lock-1', { locked: false });
    const { id, sent } = await ask('lock-1', 'lock', 'zigbee2mqtt/store/set');
    expect(sent).toBe('{"state":"LOCK"}');
    await mosquitto.publish('zigbee2mqtt/store', { battery: 70, lock_state: 'locked', state: 'LOCK' });
    await confirmed(id);
  });

  test('three phases of a Tasmota meter are summed, and its will is its loss', async () => {
    await mosquitto.publish('tele/pow3/LWT', 'Online', ['-r']);
    const ENERGY = {
      Total: 12.5,
      Power: [1200, 800, 500],
      Voltage: [230, 231, 229],
      Current: [5.2, 3.5, 2.2],
    };
    await mosquitto.publish('tele/pow3/SENSOR', { Time: '2026-02-16T21:28:28', ENERGY });
    await reads('pow-1', { energyImport: 12.5, power: 2.5, voltageB: 231, currentC: 2.2 });
    await stateIs('pow-1', 'online');
    await mosquitto.publish('tele/pow3/LWT', 'Offline', ['-r']);
    await stateIs('pow-1', 'offline availability');
  });

  test('a Shelly tells what has changed and nothing else; its output confirms a command', async () => {
    const status = { id: 2, source: 'init', output: false, apower: 0, voltage: 240.3, current: 0 };
    await mosquitto.publish('shelly/lamp/online', 'true', ['-r']);
    await mosquitto.publish('shelly/lamp/status/switch:2', status);
    await reads('light-1', { on: false, current: 0 });
    const notify = (params: object) =>
      mosquitto.publish('shelly/lamp/events/rpc', {
        src: 'shellypro4pm-f008d1d8b8b8',
        dst: 'shelly/lamp/events',
        method: 'NotifyStatus',
        params: { ts: Date.now() / 1_000, ...params },
      });
    await notify({ 'switch:0': { id: 0, output: true } });
    const { id, sent } = await ask('light-1', 'switchOn', 'shelly/lamp/rpc');
    const src = 'shelly/lamp/gatehouse';
    expect(JSON.parse(sent)).toEqual({ id, src, method: 'Switch.Set', params: { id: 2, on: true } });
    await mosquitto.publish(`${src}/rpc`, { id, src: 'shellypro4pm', dst: src, result: { was_on: false } });
    await notify({ 'switch:2': { id: 2, output: true, source: 'MQTT' } });
    await confirmed(id);
    const refused = await ask('light-1', 'switchOff', 'shelly/lamp/rpc');
    const error = { code: -114, message: 'Resource unavailable: Overpower!' };
    await mosquitto.publish(`${src}/rpc`, { id: refused.id, src: 'shellypro4pm', dst: src, error });
    expect(
      await live.change<Command>('commands', (one) => one.id === refused.id && one.endedAt !== null),
    ).toMatchObject({ state: 'failed', failure: { code: 'refused', words: error.message } });
    await notify({ 'switch:2': { id: 2, apower: 82, current: 0.35 } });
    await reads('light-1', { on: true, current: 0.35 });
    await mosquitto.publish('shelly/lamp/online', 'false', ['-r']);
    await stateIs('light-1', 'offline availability');
  });

  const uplink = (devEUI: string, hex: string) =>
    mosquitto.publish('milesight/uplink', {
      applicationID: '1',
      data: Buffer.from(hex, 'hex').toString('base64'),
      devEUI,
      fPort: 85,
      time: new Date().toISOString(),
    });

  test("bytes of LoRaWAN sensors reach the device that the gateway's message names", async () => {
    await uplink('24e124136b502217', '017564030000040000');
    await uplink('24e124136b502218', '01755C03673401046865050001');
    await reads('hatch-1', { opened: false, tamper: false, battery: 100 });
    await reads('leak-1', { wet: true, battery: 92 });
    await live.change<Alarm>('alarms', ({ device }) => device === 'leak-1');
    await uplink('24e124136b502217', '030001040000');
    await reads('hatch-1', { opened: true });
    await mosquitto.publish('milesight/notify', { devEUI: '24e124136b502217', status: 'offline' });
    await stateIs('hatch-1', 'offline availability');
    await stateIs('leak-1', 'online');
  });

  test('a sensor that the site does not have is told once, with the types that read it', async () => {
    await uplink('24e124ffffffffff', '0367EA00');
    await uplink('24e124ffffffffff', '0367EA00');
    const told = async () => (await letters()).filter((reason) => reason.includes('24e124ffffffffff'));
    await eventually('it is told', async () => (await told()).length > 0);
    await uplink('24e124136b502217', '030000');
    await reads('hatch-1', { opened: false });
    expect(await told()).toEqual([
      expect.stringMatching(
        /link: field and address: 24e124ffffffffff \(types that would read it: milesight-/,
      ),
    ]);
  });

  test("a gateway's devices come and go by its words, and what it had kept is history", async () => {
    const telemetry = (ts: number, temperature: number) =>
      mosquitto.publish('v1/gateway/telemetry', { 'Device A': [{ ts, values: { temperature } }] });
    const now = Date.now();
    await mosquitto.publish('v1/gateway/connect', { device: 'Device A' });
    await stateIs('temp-1', 'online');
    await telemetry(now, 24.5);
    await reads('temp-1', { temperature: 24.5 });
    await mosquitto.publish('v1/gateway/telemetry', {
      'Device A': [
        { ts: now - 60_000, values: { temperature: 19 } },
        { ts: now + 1_000, values: { temperature: 25, humidity: 61 } },
      ],
    });
    await reads('temp-1', { temperature: 25, humidity: 61 });
    await telemetry(now - 30_000, 18);
    await mosquitto.publish('v1/gateway/disconnect', { device: 'Device A' });
    await stateIs('temp-1', 'offline availability');
    await reads('temp-1', { temperature: 25 });
    const { body } = await house.api<{ items: { at: number; value: number }[] }>(
      'GET',
      `/history?point=temp-1.temperature&from=${now - 90_000}&to=${now + 5_000}`,
    );
    expect(body.items.map(({ value }) => value)).toEqual([19, 18, 24.5, 25]);
  });

  test("a gateway's device is switched by RPC, by a number, and its answer or its telemetry ends it", async () => {
    await mosquitto.publish('v1/gateway/connect', { device: 'Device A' });
    await stateIs('light-3', 'online');
    const { id, sent } = await ask('light-3', 'switchOn', 'v1/gateway/rpc');
    const asked = JSON.parse(sent) as { data: { id: number } };
    expect(asked).toEqual({
      device: 'Device A',
      data: { id: expect.any(Number), method: 'setValue', params: true },
    });
    await mosquitto.publish('v1/gateway/rpc', {
      device: 'Device A',
      id: asked.data.id,
      data: { success: true },
    });
    await mosquitto.publish('v1/gateway/telemetry', { 'Device A': { on: true } });
    await confirmed(id);
    const other = await ask('light-3', 'switchOff', 'v1/gateway/rpc');
    const number = (JSON.parse(other.sent) as { data: { id: number } }).data.id;
    expect(number).not.toBe(asked.data.id);
    await mosquitto.publish('v1/gateway/rpc', { device: 'Device A', id: number, data: { error: 'locked' } });
    const ended = await live.change<Command>(
      'commands',
      (one) => one.id === other.id && one.endedAt !== null,
    );
    expect(ended).toMatchObject({ state: 'failed', failure: { code: 'refused', words: 'locked' } });
  });

  test('an RTU switches a relay and says so', async () => {
    await mosquitto.publish('king-pigeon/210010020', {
      sensorDatas: [
        { switcher: '1', flag: 'DI1' },
        { switcher: '0', flag: 'DO2' },
        { value: '10.0', flag: 'AIN1' },
      ],
    });
    await reads('io-1', { in1: true, out2: false, ai1: 10 });
    const { id, sent } = await ask('io-1', 'out2On', 'king-pigeon/210010020/down');
    expect(JSON.parse(sent)).toEqual({
      sensorDatas: [{ sensorsId: 2, switcher: 1, flag: 'DO2' }],
      down: 'down',
    });
    await mosquitto.publish('king-pigeon/210010020', { sensorDatas: [{ switcher: 1, flag: 'DO2' }] });
    await confirmed(id);
  });

  test('what a Homie root carries is lost with it, as one alarm, and is back with it', async () => {
    for (const id of ['hub', 'stairs', 'cellar', 'roof'])
      await mosquitto.publish(`homie/5/${id}/$state`, 'ready', ['-r']);
    await mosquitto.publish('homie/5/stairs/switch/state', 'false', ['-r']);
    await mosquitto.publish('homie/5/roof/climate/temperature', '21.5', ['-r']);
    const { id, sent } = await ask('light-2', 'switchOn', 'homie/5/stairs/switch/state/set');
    expect(sent).toBe('true');
    await mosquitto.publish('homie/5/stairs/switch/state', 'true', ['-r']);
    await confirmed(id);
    await reads('temp-2', { temperature: 21.5 });
    await mosquitto.publish('homie/5/hub/$state', 'lost', ['-r']);
    await stateIs('light-2', 'offline bridge offline');
    await stateIs('leak-2', 'offline bridge offline');
    await stateIs('temp-2', 'online');
    const lost = (await house.openAlarms()).filter(
      ({ device, definition, suppressed }) =>
        ['gatehouse', 'light-2', 'leak-2'].includes(device) &&
        definition !== 'unseen' &&
        suppressed === undefined,
    );
    expect(lost.map(({ definition, instance }) => `${definition} ${instance}`)).toEqual([
      'link-down field homie/5/hub/$state',
    ]);
    await mosquitto.publish('homie/5/hub/$state', 'ready', ['-r']);
    await stateIs('light-2', 'online');
  });

  test('a Sparkplug node is asked for its births, and its death takes its devices along', async () => {
    const vectors = JSON.parse(
      readFileSync(new URL('../vectors/sparkplug-b.json', import.meta.url), 'utf8'),
    ) as { id: string; hex: string }[];
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sparkplug-'));
    const send = async (topic: string, id: string) => {
      const hex = vectors.find((vector) => vector.id === `sparkplug-${id}`)?.hex ?? '';
      writeFileSync(join(folder, id), Buffer.from(hex, 'hex'));
      const to = ['-h', '127.0.0.1', '-p', String(mosquitto.port), '-q', '1'];
      await run('mosquitto_pub', [...to, '-t', `spBv1.0/Plant/${topic}`, '-f', join(folder, id)]);
    };
    // It has said nothing since the gateway started.
    await node.line((line) => line.includes('Node Control/Rebirth'), 'it is asked');
    await send('NBIRTH/Edge1', 'nbirth');
    await send('DBIRTH/Edge1/PumpRoom', 'dbirth');
    await reads('tank-1', { level: 2.625 });
    await send('DDATA/Edge1/PumpRoom', 'ddata-by-alias');
    await reads('tank-1', { level: 2.5 });
    await stateIs('tank-1', 'online');
    await send('NDEATH/Edge1', 'ndeath');
    await stateIs('tank-1', 'offline availability');
    rmSync(folder, { recursive: true });
  });

  test('nothing of all that was a mistake but the stranger', async () => {
    expect((await letters()).filter((reason) => !reason.includes('24e124ffffffffff'))).toEqual([]);
  });
});
