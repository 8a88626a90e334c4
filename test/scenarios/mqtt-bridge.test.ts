import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import type { PointView } from '../../gateway/contract/device-view.ts';
import { mosquittoPublish, RunningPeer } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// Zigbee2MQTT and the like on the embedded broker: one credential for many devices, played by Mosquitto's clients.

const site = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: z2m, kind: mqtt-bridge, prefixes: [zigbee2mqtt] }
  - { id: plc, kind: modbus-tcp, host: 127.0.0.1, port: 1 }
devices:
  - { id: door-1, type: zigbee2mqtt-contact, name: 机房门, area: compound, link: z2m, address: hall/door }
  - { id: light-1, type: zigbee2mqtt-switch, name: 庭院灯, area: compound, link: z2m, address: garden/light }
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
`;

describe.skipIf(process.env.GATEHOUSE_SKIP_MOSQUITTO)('a bridge on the embedded broker', () => {
  let house: House;
  let live: LiveWatch;
  let secret: string;
  /** Zigbee2MQTT itself: it is connected all the time. */
  let bridge: RunningPeer;
  const peers: RunningPeer[] = [];

  beforeAll(async () => {
    house = await startHouse({ site });
    live = await house.live();
    secret = (await house.api<{ secret: string }>('POST', '/links/z2m/secret')).body.secret;
    bridge = await connect();
    await live.change<LinkState>('link-states', ({ id, state }) => id === 'z2m' && state === 'up');
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) await peer.stop();
  });
  afterAll(async () => {
    await bridge.stop();
    await house.close();
  });

  const publish = (topic: string, payload: object | string) =>
    mosquittoPublish(
      house.mqttPort,
      { user: 'z2m', secret, client: 'z2m~publisher' },
      topic,
      typeof payload === 'string' ? payload : JSON.stringify(payload),
    );

  /** A connection of the bridge, with its will as Zigbee2MQTT leaves it. */
  async function connect(filter = 'zigbee2mqtt/+/+/set', client = 'z2m'): Promise<RunningPeer> {
    const way = ['-h', '127.0.0.1', '-p', String(house.mqttPort), '-u', 'z2m', '-P', secret, '-i', client];
    const will = ['--will-topic', 'zigbee2mqtt/bridge/state', '--will-payload', '{"state":"offline"}'];
    const args = ['-oL', 'mosquitto_sub', '-d', '-v', ...way, ...will, '-q', '1', '-t', filter];
    const peer = new RunningPeer('stdbuf', args);
    await peer.line((line) => line.includes('SUBACK'), 'the bridge has subscribed');
    return peer;
  }

  async function pointOf(device: string, point: string): Promise<PointView | undefined> {
    const { body } = await house.api<{ items: PointView[] }>('GET', `/devices/${device}/points`);
    return body.items.find((view) => view.point === point);
  }
  const stateOf = async (device: string) =>
    (await house.api<{ state: DeviceState }>('GET', `/devices/${device}`)).body.state;

  test('gets a secret of its own, shown once; other links and names get none', async () => {
    expect(secret).toMatch(/^[\w-]{32}$/);
    const ofLine = await house.api('POST', '/links/plc/secret');
    expect(ofLine).toMatchObject({ status: 409, body: { code: 'state.conflict' } });
    expect((await house.api('POST', '/links/nobody/secret')).status).toBe(404);
    const wrong = await mosquittoPublish(
      house.mqttPort,
      { user: 'z2m', secret: `${secret}x` },
      'zigbee2mqtt/x',
      '1',
    );
    expect(wrong.output).toMatch(/Connection Refused/i);
    const audit = await house.api<{ items: { action: string; subject: string }[] }>('GET', '/audit?limit=20');
    expect(audit.body.items).toContainEqual(
      expect.objectContaining({ action: 'link.secret-issued', subject: 'link:z2m' }),
    );
    expect(JSON.stringify(audit.body)).not.toContain(secret);
  });

  test('brings its devices: a contact opens a door, and the link is up while it is connected', async () => {
    expect(
      await publish('zigbee2mqtt/hall/door', { battery: 88, contact: true, tamper: false }),
    ).toMatchObject({ code: 0 });
    await publish('zigbee2mqtt/hall/door', { battery: 88, contact: false, tamper: false });
    await eventually('it is open', async () => (await pointOf('door-1', 'opened'))?.value === true);
    // Its exit means PUBACK, and PUBACK means on disk.
    const { body } = await house.api<{ items: { type: string }[] }>('GET', '/events?device=door-1');
    expect(body.items).toMatchObject([{ type: 'access.opened' }]);
  });

  test('passes a command on and confirms it by what the device reports then', async () => {
    await publish('zigbee2mqtt/garden/light', { state: 'OFF' });
    const asked = await house.api<Command>('POST', '/devices/light-1/commands', { command: 'switchOn' });
    const line = await bridge.line((one) => one.startsWith('zigbee2mqtt/'), 'the command came');
    expect(line).toBe('zigbee2mqtt/garden/light/set {"state":"ON"}');
    await publish('zigbee2mqtt/garden/light', { state: 'ON' });
    await live.change<Command>('commands', ({ id, state }) => id === asked.body.id && state === 'confirmed');
  });

  test('is kept to its prefixes: no other tree, no native device, nothing of the broker', async () => {
    for (const topic of [
      'gatehouse/tank-1/readings',
      '$SYS/broker/load',
      'zigbee2mqttX/door',
      'homeassistant/x',
    ]) {
      const peer = new RunningPeer('stdbuf', [
        ...['-oL', 'mosquitto_pub', '-d', '-h', '127.0.0.1', '-p', String(house.mqttPort), '-q', '1'],
        ...['-u', 'z2m', '-P', secret, '-i', 'z2m~stray', '-t', topic, '-m', '{"values":{"level":9}}'],
      ]);
      peers.push(peer);
      await eventually(`${topic} was sent`, () =>
        peer.lines.some((line) => line.includes('sending PUBLISH')),
      );
      await eventually(
        'the connection was cut',
        () =>
          peer.child.exitCode !== null || peer.lines.filter((line) => line.includes('CONNACK')).length > 1,
      );
      expect(peer.lines.filter((line) => line.includes('PUBACK'))).toEqual([]);
      await peer.stop();
    }
    expect((await pointOf('tank-1', 'level'))?.value).toBeNull();
    for (const filter of ['#', 'gatehouse/#', '+/hall/door', '$SYS/#']) {
      const ears = await connect(filter, 'z2m~ears');
      peers.push(ears);
      // SUBACK 128 is a refusal, MQTT 3.1.1 §3.9.3.
      expect(ears.lines.find((line) => line.startsWith('Subscribed'))).toMatch(/: 128$/);
      await ears.stop();
    }
    const letters = await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters');
    expect(letters.body.items.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(
        /^z2m may not use the MQTT topic .*; it publishes and subscribes under zigbee2mqtt$/,
      ),
    );
  });

  test('that is lost takes its devices along under its own alarm, and brings them back', async () => {
    await publish('zigbee2mqtt/bridge/state', { state: 'online' });
    await publish('zigbee2mqtt/hall/door', { contact: true, tamper: false });
    await eventually('it is heard', async () => (await stateOf('door-1')).state === 'online');
    await bridge.stop('SIGKILL');
    await eventually('it is lost', async () => (await stateOf('door-1')).state === 'offline');
    expect(await stateOf('door-1')).toMatchObject({ cause: 'z2m' });
    expect((await stateOf('tank-1')).state).toBe('unknown');
    const alarms = await eventually('it is announced', async () => {
      const found = (await house.openAlarms()).filter(
        ({ definition, instance }) => definition === 'link-down' && instance?.startsWith('z2m'),
      );
      return found.length > 0 && found;
    });
    expect(alarms.map(({ state }: Alarm) => state)).toContain('unacknowledged');
    const ofDoor = (await house.openAlarms()).find(({ device }) => device === 'door-1');
    expect(ofDoor).toMatchObject({ definition: 'offline', suppressed: 'z2m' });

    bridge = await connect();
    await publish('zigbee2mqtt/bridge/state', { state: 'online' });
    await eventually('its devices are back', async () => (await stateOf('door-1')).state === 'online');
    await eventually('the alarms are over', async () =>
      (await house.openAlarms())
        .filter(({ instance }) => instance?.startsWith('z2m'))
        .every(({ state }) => state === 'returned'),
    );
  });

  test('with a new secret is put out, and comes back by it alone', async () => {
    const before = secret;
    const said = bridge.lines.length;
    secret = (await house.control<{ secret: string }>('link.secret', { link: 'z2m' })).secret;
    await eventually('it is put out', () =>
      bridge.lines.slice(said).some((line) => line.includes('sending CONNECT')),
    );
    await bridge.stop();
    const old = await mosquittoPublish(house.mqttPort, { user: 'z2m', secret: before }, 'zigbee2mqtt/x', '1');
    expect(old.output).toMatch(/Connection Refused/i);
    bridge = await connect();
    expect(await publish('zigbee2mqtt/hall/door', { contact: true })).toMatchObject({ code: 0 });
  });

  test('whose link is taken away has no secret and no devices any more', async () => {
    const gone = site
      .replace(/ {2}- \{ id: z2m.*\n/, '')
      .replace(/ {2}- \{ id: door-1.*\n/, '')
      .replace(/ {2}- \{ id: light-1.*\n/, '');
    await house.control('site.apply', { yaml: gone, file: 'site.yaml', prune: true });
    await house.gateway.turns.idle();
    expect((await publish('zigbee2mqtt/hall/door', { contact: true })).output).toMatch(/Connection Refused/i);
    expect(
      (await house.openAlarms()).filter(
        ({ instance, state }) => instance?.startsWith('z2m') && state !== 'returned',
      ),
    ).toEqual([]);
  });
});
