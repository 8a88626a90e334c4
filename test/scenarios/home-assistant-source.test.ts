import { join } from 'node:path';
import Database from 'better-sqlite3';
import { connect } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import type { PointView } from '../../gateway/contract/device-view.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';
import { type Mosquitto, noMosquitto, startMosquitto } from '../mosquitto-peer.ts';

// Products that announce themselves for Home Assistant, as devices of the site.

interface Letter {
  id: string;
  reason: string;
  notAgain: string | null;
}

const start = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
`;

/** What a product announces, retained as it does. */
const thermometer = {
  '~': 'esp/roof',
  stat_t: '~/temperature',
  avty_t: '~/status',
  dev_cla: 'temperature',
  unit_of_meas: '°C',
  name: 'Temperature',
  dev: { name: 'Roof' },
};
const leak = {
  device_class: 'moisture',
  state_topic: 'esp/cellar',
  value_template: '{{ value_json.water_leak }}',
  payload_on: true,
  payload_off: false,
};
const lamp = {
  cmd_t: 'esp/lamp/set',
  stat_t: 'esp/lamp',
  val_tpl: '{{ value_json.state }}',
  pl_on: 'ON',
  pl_off: 'OFF',
};

async function pointsOf(house: House, device: string): Promise<Record<string, unknown>> {
  const { body } = await house.api<{ items: PointView[] }>('GET', `/devices/${device}/points`);
  return Object.fromEntries(body.items.map(({ point, value }) => [point, value]));
}
const reads = (house: House, device: string, point: string, value: unknown) =>
  eventually(
    `${device}.${point} reads ${String(value)}`,
    async () => (await pointsOf(house, device))[point] === value,
  );
const reasons = async (house: House) =>
  (await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters?limit=500')).body.items.map(
    ({ reason }) => reason,
  );
const told = (house: House, words: string) =>
  eventually(`it is told: ${words}`, async () =>
    (await reasons(house)).find((reason) => reason.includes(words)),
  );

describe.skipIf(noMosquitto)('what announces itself on Mosquitto', () => {
  let mosquitto: Mosquitto;
  let house: House;
  let live: LiveWatch;
  const roof = 'sensor/roof/temperature';
  const siteOf = (devices: string) => `${start}
links: [{ id: field, kind: mqtt, url: "${mosquitto.url}", prefixes: [esp, homeassistant, gatehouse], homeAssistant: homeassistant }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
${devices}`;
  const roofDevice = `  - { id: temp-1, type: home-assistant-temperature, name: 屋面温度, area: compound, link: field, address: ${roof} }`;
  const others = `
  - { id: leak-1, type: home-assistant-water-leak, name: 水浸, area: compound, link: field, address: binary_sensor/cellar }
  - { id: light-1, type: home-assistant-switch, name: 庭院灯, area: compound, link: field, address: switch/lamp }`;
  const announce = (address: string, config: object | string) =>
    mosquitto.publish(`homeassistant/${address}/config`, config, ['-r']);
  const stateIs = (device: string, wanted: string) =>
    eventually(`${device} is ${wanted}`, async () => {
      const { state, why } = (await house.api<{ state: DeviceState }>('GET', `/devices/${device}`)).body
        .state;
      return `${state} ${why ?? ''}`.trim() === wanted;
    });

  beforeAll(async () => {
    mosquitto = await startMosquitto();
    await announce(roof, thermometer);
    await mosquitto.publish('esp/roof/status', 'online', ['-r']);
    await mosquitto.publish('esp/roof/temperature', '21.5', ['-r']);
    house = await startHouse({ site: siteOf(roofDevice) });
    live = await house.live();
    await live.change<LinkState>('link-states', ({ state }) => state === 'up');
  });
  afterAll(async () => {
    await house.close();
    await mosquitto.close();
  });

  test('is there with what the broker has kept, though that came before its announcement', async () => {
    await stateIs('temp-1', 'online');
    await reads(house, 'temp-1', 'temperature', 21.5);
    await mosquitto.publish('esp/roof/temperature', '22.5');
    await reads(house, 'temp-1', 'temperature', 22.5);
  });

  test('is offered with type and address when the site does not have it, and what is not read is told in words', async () => {
    await announce('binary_sensor/cellar', leak);
    await announce('switch/lamp', lamp);
    await announce('button/identify', { cmd_t: 'esp/identify' });
    await announce('sensor/odd', { stat_t: 'esp/odd', val_tpl: '{{ (value_json.a + 1) * 2 }}' });
    await told(house, 'link: field, address: binary_sensor/cellar and type: home-assistant-water-leak');
    await told(house, 'link: field, address: switch/lamp and type: home-assistant-switch');
    await told(house, 'announces a button, button/identify');
    await told(house, 'sensor/odd, announced on link field, cannot be read: its value template is');
  });

  test('becomes a device of the site without being announced again, and is switched', async () => {
    await mosquitto.publish('esp/lamp', { state: 'OFF' }, ['-r']);
    await house.applySite(siteOf(`${roofDevice}${others}`));
    await mosquitto.publish('esp/cellar', { water_leak: false });
    await reads(house, 'light-1', 'on', false);
    await eventually('the leak sensor is known', async () => {
      await mosquitto.publish('esp/cellar', { water_leak: true });
      return (await pointsOf(house, 'leak-1')).wet === true;
    });
    const watch = await mosquitto.watch('esp/lamp/set');
    const { body } = await house.api<Command>('POST', '/devices/light-1/commands', { command: 'switchOn' });
    await watch.line((line) => line === 'esp/lamp/set ON', 'it was asked');
    await mosquitto.publish('esp/lamp', { state: 'ON' });
    await live.change<Command>('commands', ({ id, state }) => id === body.id && state === 'confirmed');
  });

  test('is read on other topics when it is announced with others, and is lost when it is taken away', async () => {
    await announce(roof, {
      ...thermometer,
      '~': 'esp/attic',
      unit_of_meas: '°F',
      avty_t: 'esp/attic/status',
    });
    await mosquitto.publish('esp/attic/status', 'offline', ['-r']);
    await stateIs('temp-1', 'offline availability');
    await mosquitto.publish('esp/attic/status', 'online', ['-r']);
    await mosquitto.publish('esp/attic/temperature', '212');
    await reads(house, 'temp-1', 'temperature', 100);
    await mosquitto.publish('esp/roof/temperature', '1');
    await announce(roof, '');
    await stateIs('temp-1', 'offline availability');
    await told(house, `${roof} is announced no more on link field`);
    expect((await pointsOf(house, 'temp-1')).temperature).toBe(100);
    await announce(roof, thermometer);
    await stateIs('temp-1', 'online');
  });

  test('of the site itself never comes back as a stranger, whoever announces it', async () => {
    const topic = 'homeassistant/device/gatehouse-garden-tank-1/config';
    const watch = await mosquitto.watch(topic);
    await watch.line((line) => line.startsWith(topic), 'the site announces its tank');
    const { o, stat_t } = JSON.parse(
      watch.lines.find((line) => line.startsWith(topic))?.slice(topic.length + 1) ?? '{}',
    ) as { o: object; stat_t: string };
    // As another release, or a converter of device announcements, might say it one by one.
    await announce('sensor/tank/level', { o, stat_t, unit_of_meas: 'm' });
    await announce('binary_sensor/marker', { stat_t: 'esp/marker', dev_cla: 'door' });
    await told(house, 'binary_sensor/marker');
    await house.restart();
    await reads(house, 'temp-1', 'temperature', 21.5);
    expect(
      (await reasons(house)).filter((reason) => /gatehouse-garden|sensor\/tank\/level/.test(reason)),
    ).toEqual([]);
  });

  test('ten thousand announcements of others are told within bounds, and do not keep a device from being read', async () => {
    const client = connect(mosquitto.url);
    const config = (n: number) =>
      JSON.stringify({
        stat_t: `esp/s${n}`,
        dev_cla: 'temperature',
        unit_of_meas: '°C',
        name: `Sensor ${n}`,
      });
    await Promise.all(
      Array.from({ length: 10_000 }, (_, n) =>
        client.publishAsync(`homeassistant/sensor/many/s${n}/config`, config(n), { qos: 1, retain: true }),
      ),
    );
    await client.endAsync();
    await mosquitto.publish('esp/roof/temperature', '23');
    await reads(house, 'temp-1', 'temperature', 23);
    await house.restart();
    await mosquitto.publish('esp/roof/temperature', '24');
    await reads(house, 'temp-1', 'temperature', 24);
    const db = new Database(join(house.dataDir, 'gatehouse.db'), { readonly: true });
    const count = db
      .prepare("SELECT count(*) FROM dead_letter WHERE reason LIKE 'no device takes sensor/many/%'")
      .pluck();
    await eventually('strangers were offered', () => Number(count.get()) > 0);
    expect(count.get()).toBeLessThanOrEqual(2_000);
    db.close();
    // What strays is still told: announcements have bounds of their own.
    await mosquitto.publish('esp/stray', '1');
    await told(house, 'no device takes the topic esp/stray');
  });
});

describe.skipIf(noMosquitto)('what announces itself on the built-in broker', () => {
  let house: House;
  const siteOf = (devices: string) => `${start}
links: [{ id: esp, kind: mqtt-bridge, prefixes: [esp, homeassistant] }]
devices: [${devices}]`;
  const device =
    '{ id: leak-1, type: home-assistant-water-leak, name: 水浸, area: compound, link: esp, address: binary_sensor/cellar }';

  beforeAll(async () => {
    house = await startHouse({ site: siteOf('') });
  });
  afterAll(() => house.close());

  test('is offered, becomes a device, and is known by what it had retained', async () => {
    const client = connect(`mqtt://127.0.0.1:${house.mqttPort}`, {
      username: 'esp',
      password: (await house.api<{ secret: string }>('POST', '/links/esp/secret')).body.secret,
      clientId: 'esp',
    });
    await client.publishAsync('homeassistant/binary_sensor/cellar/config', JSON.stringify(leak), {
      qos: 1,
      retain: true,
    });
    await client.publishAsync('esp/cellar', JSON.stringify({ water_leak: true }), { qos: 1, retain: true });
    await told(house, 'link: esp, address: binary_sensor/cellar and type: home-assistant-water-leak');
    await house.applySite(siteOf(device));
    await reads(house, 'leak-1', 'wet', true);
    await client.publishAsync('esp/cellar', JSON.stringify({ water_leak: false }), { qos: 1, retain: true });
    await reads(house, 'leak-1', 'wet', false);

    // The letter of its announcement says nothing that the broker does not tell, and read again it would silence the device.
    const announcement = async () =>
      (await house.api<{ items: Letter[] }>('GET', '/dead-letters')).body.items.find(({ reason }) =>
        reason.includes('binary_sensor/cellar'),
      );
    const letter = await announcement();
    expect(letter?.notAgain).toBe('kept');
    // As an earlier release noted it.
    const db = new Database(join(house.dataDir, 'gatehouse.db'));
    db.prepare("UPDATE dead_letter SET way = 'topic' WHERE id = ?").run(letter?.id);
    db.close();
    expect(await house.api('POST', `/dead-letters/${letter?.id}/rerun`)).toMatchObject({ status: 409 });
    expect(await announcement()).toBeDefined();
    await client.endAsync();
  });
});
