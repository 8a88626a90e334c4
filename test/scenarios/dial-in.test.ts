import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import { freePort, startCjt188Meters, startDialInUnit, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { openRs485Pair } from '../rs485-pair.ts';

// A 4G unit, a program of its own, dials in and carries a pair of wires with a Modbus meter (pymodbus) and a water meter (CJ/T 188).

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const imei = '861234567890123';
const silenceS = 10;
const link = `  - { id: far-away, kind: dtu, registration: "${imei}", heartbeat: "www.usr.cn", silenceS: ${silenceS}, protocol: modbus-rtu, timeoutMs: 500, also: { cjt188: { baudRate: 9600, parity: none, timeoutMs: 500 } } }`;
const site = (links: string, devices: string) => `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:${links === '' ? ' []' : `\n${links}`}
devices:${devices === '' ? ' []' : devices}
`;
const devices = `
  - { id: plant, type: eastron-sdm230, name: 水泵房, area: compound, link: far-away, address: 1 }
  - { id: water, type: cjt188-water-meter, name: 水表, area: compound, link: far-away, address: "78330011223344" }
`;

async function startDialIn(yaml: string): Promise<{ house: House; port: number }> {
  const house = await startHouse({ dtu: { host: '127.0.0.1', port: 0 }, site: yaml });
  open.push(house);
  return { house, port: house.gateway.dtu ?? 0 };
}

/** A pair of wires with both meters on it, and a unit that carries it. */
async function farSide(gateway: number, registration = imei) {
  const pair = await openRs485Pair();
  open.push(pair);
  const modbusPort = await freePort();
  const modbus = await startPymodbus('rtu', modbusPort);
  open.push({ close: modbus.stop });
  // 230.5 V, 1,234.5 kWh as float32.
  await modbus.set('input', 0, 0x4366, 0x8000);
  await modbus.set('input', 72, 0x449a, 0x5000);
  await pair.join(modbusPort);
  const water = await startCjt188Meters('tcp', await freePort());
  open.push({ close: water.stop });
  await pair.join(water.port);
  const unit = await startDialInUnit({
    ...{ gateway, registration, heartbeat: 'www.usr.cn', serial: pair.port },
  });
  open.push({ close: unit.stop });
  return { unit, water };
}

const pointOf = async (house: House, device: string, point: string) => {
  const { body } = await house.api<{ items: { point: string; value: unknown; quality: string }[] }>(
    'GET',
    `/devices/${device}/points`,
  );
  return body.items.find((item) => item.point === point);
};

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('a unit that dials in', () => {
  test('carries meters of two protocols, its heartbeats among their answers; silent, it is announced, and comes back', {
    timeout: 90_000,
  }, async () => {
    const { house, port } = await startDialIn(site(link, devices));
    const live = await house.live();
    const { unit } = await farSide(port);
    await live.change<LinkState>('link-states', ({ id, state }) => id === 'far-away' && state === 'up');
    for (const id of ['plant', 'water'])
      await live.change<DeviceState>('device-states', (state) => state.id === id && state.state === 'online');
    await eventually('both are read', async () => {
      const energy = await pointOf(house, 'plant', 'energyImport');
      const volume = await pointOf(house, 'water', 'volume');
      return energy?.value === 1_234.5 && volume?.value === 1_234.56;
    });
    expect(await pointOf(house, 'plant', 'voltageA')).toMatchObject({ value: 230.5, quality: 'good' });
    for (let i = 0; i < 3; i++) await unit.steer('beat');

    // The connection stands, but nothing comes any more: half-open.
    await unit.steer('mute');
    const down = await live.change<Alarm>(
      'alarms',
      ({ definition, state }) => definition === 'link-down' && state === 'unacknowledged',
    );
    expect(down).toMatchObject({ instance: 'far-away' });
    expect(live.changes('link-states').at(-1)?.data).toMatchObject({ error: `no byte for ${silenceS} s` });
    // The gateway has closed it: the unit dials in again by itself.
    await live.change<Alarm>('alarms', ({ id, state }) => id === down.id && state === 'returned');
    expect(unit.dialled()).toBe(2);
    await eventually('the meters are read again', async () =>
      (await house.openAlarms()).every(({ state }) => state === 'returned'),
    );
  });

  test('and that no link knows is told with what to write, and is live once that is written', {
    timeout: 60_000,
  }, async () => {
    const { house, port } = await startDialIn(site('', ''));
    await farSide(port);
    const letter = await eventually('it is told', async () => {
      const { body } = await house.api<{ items: { source: string; reason: string; bytes: string }[] }>(
        'GET',
        '/dead-letters?limit=50',
      );
      return body.items.find(({ source }) => source.startsWith('dial-in '));
    });
    expect(letter.reason).toBe(
      `a unit that dialled in from 127.0.0.1 says "${imei}", which no link has; if it is one of this site, add a link with kind: dtu and registration: "${imei}"`,
    );
    const live = await house.live();
    await house.applySite(site(link, devices));
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'water' && state === 'online');
  });

  test('again while its old connection still stands takes the line over', { timeout: 60_000 }, async () => {
    const { house, port } = await startDialIn(site(link, devices));
    const live = await house.live();
    const { unit, water } = await farSide(port);
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'water' && state === 'online');
    await unit.steer('redial');
    await water.set('water 77.5');
    await eventually(
      'it is read over the new connection',
      async () => (await pointOf(house, 'plant', 'voltageA'))?.quality === 'good',
    );
    const states = live.changes('link-states').map(({ data }) => (data as LinkState).state);
    expect(states).not.toContain('down');
  });
});

test('a dial-in link of a gateway without a port for it is down, and says what to set', async () => {
  const house = await startHouse({ site: site(link, devices) });
  open.push(house);
  const live = await house.live();
  const state = await live.change<LinkState>(
    'link-states',
    ({ id, state: at }) => id === 'far-away' && at === 'down',
  );
  expect(state.error).toContain('set GATEHOUSE_DTU_PORT');
});
