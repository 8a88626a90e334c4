import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import type { PointView } from '../../gateway/contract/device-view.ts';
import { run } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';
import { type Mosquitto, noMosquitto, startMosquitto } from '../mosquitto-peer.ts';

// Devices behind Debian's Mosquitto, to which the gateway is a client: native ones, and Zigbee2MQTT's by their own topics.

const siteOn = (url: string, version: string, prefixes = 'zigbee2mqtt, gatehouse') => `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: mosquitto, kind: mqtt, url: "${url}", version: "${version}", prefixes: [${prefixes}] }]
devices:
  - { id: panic-1, type: native-panic-button, name: 大堂紧急按钮, area: compound, link: mosquitto }
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound, link: mosquitto }
  - { id: light-1, type: native-light-circuit, name: 围墙灯, area: compound, link: mosquitto }
  - { id: door-1, type: zigbee2mqtt-contact, name: 机房门, area: compound, link: mosquitto, address: hall/door }
  - { id: leak-1, type: zigbee2mqtt-water-leak, name: 水浸, area: compound, link: mosquitto, address: pit }
  - { id: light-2, type: zigbee2mqtt-switch, name: 庭院灯, area: compound, link: mosquitto, address: garden/light }
`;

const linkIs = (live: LiveWatch, state: LinkState['state'], after = 0) =>
  eventually(`the link is ${state}`, () =>
    live
      .changes('link-states')
      .slice(after)
      .find(({ data }) => (data as LinkState | null)?.state === state),
  );

async function pointOf(house: House, device: string, point: string): Promise<PointView | undefined> {
  const { body } = await house.api<{ items: PointView[] }>('GET', `/devices/${device}/points`);
  return body.items.find((view) => view.point === point);
}

const stateOf = async (house: House, device: string) =>
  (await house.api<{ state: DeviceState }>('GET', `/devices/${device}`)).body.state;

interface EventRow {
  type: string;
  externalId: string | null;
}

/** All stored events of a device, newest first. */
async function eventsOf(house: House, device: string): Promise<EventRow[]> {
  const events: EventRow[] = [];
  let cursor = '';
  for (;;) {
    const { body } = await house.api<{ items: EventRow[]; next: string | null }>(
      'GET',
      `/events?device=${device}&limit=500${cursor}`,
    );
    events.push(...body.items);
    if (body.next === null) return events;
    cursor = `&cursor=${body.next}`;
  }
}

const openAlarm = async (house: House, fits: (alarm: Alarm) => boolean) =>
  (await house.openAlarms()).find(fits);

describe.skipIf(noMosquitto).each(['3.1.1', '5'])('by MQTT %s', (version) => {
  let mosquitto: Mosquitto;
  let house: House;
  let live: LiveWatch;
  beforeAll(async () => {
    mosquitto = await startMosquitto();
    house = await startHouse({ site: siteOn(mosquitto.url, version) });
    live = await house.live();
    await linkIs(live, 'up');
  });
  afterAll(async () => {
    await house.close();
    await mosquitto.close();
  });

  test('a native event raises its alarm, and is stored once however often it comes', async () => {
    const event = { id: 'p-1', type: 'panic' };
    await mosquitto.publish('gatehouse/panic-1/events', event);
    const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'panic-1');
    expect(alarm).toMatchObject({ definition: 'panic', priority: 1, recorded: true });
    await mosquitto.publish('gatehouse/panic-1/events', event);
    await mosquitto.publish('gatehouse/panic-1/events', { id: 'p-2', type: 'panic.restore' });
    await eventually('the restore is stored', async () => (await eventsOf(house, 'panic-1')).length > 1);
    expect((await eventsOf(house, 'panic-1')).map(({ externalId }) => externalId).sort()).toEqual([
      'p-1',
      'p-2',
    ]);
  });

  test('a native reading arrives, of QoS 1 and of QoS 0', async () => {
    await mosquitto.publish('gatehouse/tank-1/readings', { values: { level: 1.24 } });
    await eventually('it arrives', async () => (await pointOf(house, 'tank-1', 'level'))?.value === 1.24);
    const to = ['-h', '127.0.0.1', '-p', String(mosquitto.port), '-q', '0'];
    await run('mosquitto_pub', [...to, '-t', 'gatehouse/tank-1/readings', '-m', '{"values":{"level":1.5}}']);
    await eventually('it arrives, too', async () => (await pointOf(house, 'tank-1', 'level'))?.value === 1.5);
    expect(await stateOf(house, 'tank-1')).toMatchObject({ state: 'online' });
  });

  test("a contact of Zigbee2MQTT opens the door: `contact: false`, by the type's own topic", async () => {
    await mosquitto.publish('zigbee2mqtt/hall/door', { battery: 88, contact: true, tamper: false });
    await mosquitto.publish('zigbee2mqtt/hall/door', { battery: 88, contact: false, tamper: false });
    await eventually('it is open', async () => (await pointOf(house, 'door-1', 'opened'))?.value === true);
    expect(await pointOf(house, 'door-1', 'battery')).toMatchObject({
      value: 88,
      quality: 'good',
      unit: '%',
    });
    await eventually('it is told', async () => (await eventsOf(house, 'door-1')).length === 1);
    expect(await eventsOf(house, 'door-1')).toMatchObject([{ type: 'access.opened' }]);
    await mosquitto.publish('zigbee2mqtt/hall/door', { contact: true, tamper: true });
    const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'door-1');
    expect(alarm).toMatchObject({ definition: 'tamper', priority: 2 });
    await mosquitto.publish('zigbee2mqtt/hall/door', { contact: true, tamper: false });
  });

  test('a command goes out on the topic of the product and is confirmed by what it reports then', async () => {
    const plug = await mosquitto.watch('zigbee2mqtt/garden/light/set');
    await mosquitto.publish('zigbee2mqtt/garden/light', { state: 'OFF' });
    await eventually('it is off', async () => (await pointOf(house, 'light-2', 'on'))?.value === false);
    const asked = await house.api<Command>('POST', '/devices/light-2/commands', { command: 'switchOn' });
    expect(asked.status).toBe(200);
    const line = await plug.line((one) => one.startsWith('zigbee2mqtt/'), 'the command came');
    expect(line).toBe('zigbee2mqtt/garden/light/set {"state":"ON"}');
    await live.change<Command>('commands', ({ id, state }) => id === asked.body.id && state === 'sent');
    await mosquitto.publish('zigbee2mqtt/garden/light', { state: 'ON' });
    const done = await live.change<Command>(
      'commands',
      ({ id, state }) => id === asked.body.id && state === 'confirmed',
    );
    expect(done.error).toBeNull();
  });

  test('a native command goes out there, too, and the answer of the device confirms it', async () => {
    const lamp = await mosquitto.watch('gatehouse/light-1/commands');
    const asked = await house.api<Command>('POST', '/devices/light-1/commands', { command: 'switchOn' });
    const line = await lamp.line((one) => one.startsWith('gatehouse/'), 'the command came');
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({
      id: asked.body.id,
      command: 'switchOn',
    });
    await mosquitto.publish('gatehouse/light-1/readings', { values: { on: true } });
    await live.change<Command>('commands', ({ id, state }) => id === asked.body.id && state === 'confirmed');
  });

  test('the loss of a bridge takes its devices along under one alarm, and they come back with it', async () => {
    await mosquitto.publish('zigbee2mqtt/pit', { water_leak: false, battery: 90 });
    await eventually('it is heard', async () => (await stateOf(house, 'leak-1')).state === 'online');
    await mosquitto.publish('zigbee2mqtt/bridge/state', { state: 'offline' }, ['-r']);
    await eventually('it is lost', async () => (await stateOf(house, 'leak-1')).state === 'offline');
    expect(await stateOf(house, 'leak-1')).toMatchObject({ why: 'bridge offline', cause: 'mosquitto' });
    expect(await stateOf(house, 'tank-1')).toMatchObject({ state: 'online' });
    const ofLink = await eventually('it is announced', () =>
      openAlarm(house, ({ definition }) => definition === 'link-down'),
    );
    expect(ofLink).toMatchObject({ instance: 'mosquitto zigbee2mqtt/bridge/state', state: 'unacknowledged' });
    expect(await openAlarm(house, ({ device }) => device === 'leak-1')).toMatchObject({
      suppressed: 'mosquitto',
    });
    await mosquitto.publish('zigbee2mqtt/bridge/state', { state: 'online' }, ['-r']);
    await eventually('it is back', async () => (await stateOf(house, 'leak-1')).state === 'online');
    await eventually('the alarm is over', async () => {
      const alarm = await openAlarm(house, ({ definition }) => definition === 'link-down');
      return alarm?.state === 'returned';
    });
  });

  test('what a bridge says of one device counts for that one', async () => {
    await mosquitto.publish('zigbee2mqtt/pit/availability', { state: 'offline' });
    await eventually('it is lost', async () => (await stateOf(house, 'leak-1')).state === 'offline');
    expect(await stateOf(house, 'leak-1')).toMatchObject({ why: 'availability' });
    await mosquitto.publish('zigbee2mqtt/pit/availability', 'online');
    await eventually('it is back', async () => (await stateOf(house, 'leak-1')).state === 'online');
  });

  test('a topic that no device takes is told once with what to do; the rest of the talk is left alone', async () => {
    for (let i = 0; i < 3; i++) await mosquitto.publish('zigbee2mqtt/garage/leak', { water_leak: true });
    await mosquitto.publish('gatehouse/tank-9/readings', { values: { level: 1 } });
    await mosquitto.publish('zigbee2mqtt/hall/door', 'contact');
    for (const quiet of ['bridge/log', 'pit/battery', 'garden/light/get'])
      await mosquitto.publish(`zigbee2mqtt/${quiet}`, 'whatever');
    const letters = await eventually('they are kept', async () => {
      const { body } = await house.api<{ items: { source: string; reason: string }[] }>(
        'GET',
        '/dead-letters',
      );
      return body.items.length >= 3 && body.items;
    });
    expect(letters.map(({ source }) => source).sort()).toEqual([
      'mqtt mosquitto gatehouse/tank-9/readings',
      'mqtt mosquitto zigbee2mqtt/garage/leak',
      'mqtt mosquitto zigbee2mqtt/hall/door',
    ]);
    const reason = (topic: string) => letters.find(({ source }) => source.endsWith(topic))?.reason;
    expect(reason('garage/leak')).toContain('add it with link: mosquitto and address: garage/leak');
    expect(reason('garage/leak')).toContain('zigbee2mqtt-water-leak');
    expect(reason('tank-9/readings')).toContain('there is no device "tank-9"; add it to the site');
    expect(reason('hall/door')).toContain('the payload is not JSON');
    const metrics = await fetch(house.base.replace('/api/v1', '/metrics'), {
      headers: { authorization: `Bearer ${house.token}` },
    });
    expect(await metrics.text()).toContain('gatehouse_mqtt_stray_messages_total 4');
  });
});

describe.skipIf(noMosquitto).each(['3.1.1', '5'])('an outage, by MQTT %s', (version) => {
  let mosquitto: Mosquitto;
  let house: House;
  beforeEach(async () => {
    mosquitto = await startMosquitto();
    house = await startHouse({ site: siteOn(mosquitto.url, version) });
  });
  afterEach(async () => {
    await house.close();
    await mosquitto.close();
  });

  test('of the broker is one alarm, takes its devices along, and loses nothing that it had acknowledged', async () => {
    const live = await house.live();
    await linkIs(live, 'up');
    await mosquitto.publish('zigbee2mqtt/hall/door', { contact: true });
    await eventually('it is heard', async () => (await stateOf(house, 'door-1')).state === 'online');
    const sent = await mosquitto.publishLines(
      'gatehouse/panic-1/events',
      Array.from({ length: 200 }, (_, i) => ({
        id: `a-${i}`,
        type: i % 2 === 0 ? 'panic' : 'panic.restore',
      })),
    );
    expect(sent.code).toBe(0);
    const before = live.changes('link-states').length;
    await mosquitto.stop();
    await linkIs(live, 'down', before);
    await eventually(
      'its devices are lost',
      async () => (await stateOf(house, 'door-1')).state === 'offline',
    );
    expect(await stateOf(house, 'door-1')).toMatchObject({ why: 'link down', cause: 'mosquitto' });
    const down = await eventually('it is announced', () =>
      openAlarm(house, ({ definition }) => definition === 'link-down'),
    );
    expect(down).toMatchObject({ instance: 'mosquitto', priority: 2 });
    expect(await openAlarm(house, ({ device }) => device === 'door-1')).toMatchObject({
      suppressed: 'mosquitto',
    });
    const refused = await house.api<Command>('POST', '/devices/light-2/commands', { command: 'switchOn' });
    expect(refused.body).toMatchObject({ state: 'failed', error: 'light-2 is offline: link down' });

    await mosquitto.start();
    await linkIs(live, 'up', before + 1);
    await eventually('its devices are back', async () => (await stateOf(house, 'door-1')).state === 'online');
    await eventually('the alarm is over', async () => {
      const alarm = await openAlarm(house, ({ definition }) => definition === 'link-down');
      return alarm?.state === 'returned';
    });
    await mosquitto.publish('gatehouse/panic-1/events', { id: 'a-200', type: 'panic' });
    await eventually('all of it is stored', async () => (await eventsOf(house, 'panic-1')).length === 201);
    expect(await openAlarm(house, ({ definition }) => definition === 'session-lost')).toBeUndefined();
  });

  test('of the gateway is bridged by the broker: what came meanwhile is there after the start', async () => {
    await linkIs(await house.live(), 'up');
    await house.stop();
    const ids = Array.from({ length: 1_500 }, (_, i) => `b-${i}`);
    const sent = await mosquitto.publishLines(
      'gatehouse/panic-1/events',
      ids.map((id) => ({ id, type: 'panic.restore' })),
    );
    expect(sent.code).toBe(0);
    await mosquitto.publish('gatehouse/tank-1/readings', { values: { level: 2.5 } });
    await house.start();
    // More than Mosquitto keeps by its own presets.
    await eventually(
      'the last has arrived',
      async () => (await pointOf(house, 'tank-1', 'level'))?.value === 2.5,
    );
    const stored = (await eventsOf(house, 'panic-1')).map(({ externalId }) => externalId);
    expect(stored.sort()).toEqual(ids.toSorted());
  });
});

describe.skipIf(noMosquitto)('an outside broker', () => {
  let mosquitto: Mosquitto;
  let house: House | undefined;
  afterEach(async () => {
    await house?.close();
    house = undefined;
    await mosquitto.close();
  });

  test('that has kept states tells them at each start: they are so, and nothing has happened', async () => {
    mosquitto = await startMosquitto();
    await mosquitto.publish('zigbee2mqtt/hall/door', { battery: 88, contact: false }, ['-r']);
    await mosquitto.publish('zigbee2mqtt/pit', { water_leak: true }, ['-r']);
    await mosquitto.publish('gatehouse/panic-1/events', { id: 'old', type: 'panic' }, ['-r']);
    const mine = await startHouse({ site: siteOn(mosquitto.url, '5') });
    house = mine;
    const told = async () => {
      await eventually('it is open', async () => (await pointOf(mine, 'door-1', 'opened'))?.value === true);
      expect(await pointOf(mine, 'door-1', 'battery')).toMatchObject({ value: 88, quality: 'uncertain' });
      expect(await eventsOf(mine, 'door-1')).toEqual([]);
      expect(await eventsOf(mine, 'panic-1')).toEqual([]);
      expect((await stateOf(mine, 'door-1')).state).toBe('unknown');
    };
    await told();
    // Water that stands there stands there, whenever it came.
    await eventually('the leak is an alarm', () => openAlarm(mine, ({ device }) => device === 'leak-1'));
    const { body } = await mine.api<{ items: { reason: string }[] }>('GET', '/dead-letters');
    expect(body.items).toMatchObject([{ reason: expect.stringContaining('publish it without retain') }]);
    await mine.restart();
    await told();
    const leaks = (await mine.openAlarms()).filter(({ device }) => device === 'leak-1');
    expect(leaks).toMatchObject([{ count: 1 }]);
    await mosquitto.publish('zigbee2mqtt/hall/door', { battery: 88, contact: true }, ['-r']);
    await eventually('it is told', async () => (await eventsOf(mine, 'door-1')).length === 1);
    expect(await eventsOf(mine, 'door-1')).toMatchObject([{ type: 'access.closed' }]);
  });

  test('is signed in to with the secret that the environment holds, and works as soon as it is applied', async () => {
    const passwords = join(mkdtempSync(join(tmpdir(), 'gatehouse-passwords-')), 'passwords');
    await run('mosquitto_passwd', ['-c', '-b', passwords, 'gatehouse', 'four-grey-cranes']);
    mosquitto = await startMosquitto(['allow_anonymous false', `password_file ${passwords}`]);
    const bare = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
`;
    const full = siteOn(mosquitto.url, '5').replace(
      'prefixes:',
      'username: gatehouse, password: "env:GATEHOUSE_TEST_BROKER", prefixes:',
    );
    const mine = await startHouse({ site: bare });
    house = mine;
    const live = await mine.live();
    await expect(mine.applySite(full)).rejects.toThrow('has no GATEHOUSE_TEST_BROKER');
    process.env.GATEHOUSE_TEST_BROKER = 'four-grey-herons';
    await mine.applySite(full);
    await linkIs(live, 'down');
    const down = await eventually('it is announced', () =>
      openAlarm(mine, ({ definition }) => definition === 'link-down'),
    );
    expect(down.title.en).toContain('the broker refuses the name or password');
    process.env.GATEHOUSE_TEST_BROKER = 'four-grey-cranes';
    await mine.restart();
    await linkIs(await mine.live(), 'up');
    const who = ['-u', 'gatehouse', '-P', 'four-grey-cranes'];
    await mosquitto.publish('gatehouse/tank-1/readings', { values: { level: 1.24 } }, who);
    await eventually('it arrives', async () => (await pointOf(mine, 'tank-1', 'level'))?.value === 1.24);
    const links = await mine.api('GET', '/links');
    expect(JSON.stringify(links.body)).toContain('env:GATEHOUSE_TEST_BROKER');
    expect(JSON.stringify(links.body)).not.toContain('four-grey');
    // Taken away it is neither down nor anywhere.
    await mine.control('site.apply', { yaml: bare, file: 'site.yaml', prune: true });
    await mine.gateway.turns.idle();
    expect((await mine.api<{ items: unknown[] }>('GET', '/links')).body.items).toEqual([]);
    const health = await fetch(mine.base.replace('/api/v1', '/health'));
    expect(await health.json()).toMatchObject({ status: 'ok', reasons: [] });
    delete process.env.GATEHOUSE_TEST_BROKER;
  });
});
