import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { floatWords, freePort, openSerialPair } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';
import { startLibmodbus } from '../libmodbus-peer.ts';

// Modbus against libmodbus, which most C programs and many converters are made with: every function that a type uses.

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function server(...where: Parameters<typeof startLibmodbus>) {
  const peer = await startLibmodbus(...where);
  open.push({ close: peer.stop });
  return peer;
}

async function startSite(link: string, ...devices: string[]): Promise<{ house: House; live: LiveWatch }> {
  const house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [${link}]
devices:
${devices.map((device) => `  - { area: compound, link: line, ${device} }`).join('\n')}
`,
  });
  open.push(house);
  return { house, live: await house.live() };
}

const isOnline = (live: LiveWatch, device: string) =>
  live.change<DeviceState>('device-states', ({ id, state }) => id === device && state === 'online');

const hasValue = (live: LiveWatch, device: string, point: string, wanted: unknown) =>
  live.message(
    (message) =>
      message.type === 'values' &&
      message.values.some(([id, name, value]) => id === device && name === point && value === wanted),
  );

async function ask(house: House, device: string, command: string): Promise<string> {
  const { status, body } = await house.api<Command>('POST', `/devices/${device}/commands`, { command });
  expect(status).toBe(200);
  return body.id;
}

const ends = (live: LiveWatch, command: string) =>
  live.change<Command>('commands', ({ id, endedAt }) => id === command && endedAt !== null);

describe.skipIf(process.env.GATEHOUSE_SKIP_LIBMODBUS)('a libmodbus server', () => {
  test('over TCP is read by functions 1 to 4 and written by 5, 6 and 16, each write proved by what is read back', async () => {
    const port = await freePort();
    const peer = await server('tcp', port);
    await peer.set('input', 0, ...floatWords(230.5));
    await peer.set('input', 72, ...floatWords(18_302.5));
    await peer.set('inputs', 2, 1);
    await peer.set('holding', 1027, 64);
    // Ready to be switched on.
    await peer.set('holding', 3, 0x0001);
    const { house, live } = await startSite(
      `{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }`,
      'id: meter, type: eastron-sdm630, name: 电表, address: 1',
      'id: io-1, type: generic-modbus-io-8, name: 模块, address: 2',
      'id: gen-1, type: dse-gencomm, name: 发电机, address: 3',
      'id: fan-1, type: abb-acs-drive, name: 风机, address: 4',
    );
    for (const device of ['meter', 'io-1', 'gen-1', 'fan-1']) await isOnline(live, device);
    await hasValue(live, 'meter', 'voltageA', 230.5);
    await hasValue(live, 'meter', 'energyImport', 18_302.5);
    await hasValue(live, 'io-1', 'in3', true);
    await hasValue(live, 'gen-1', 'fuelLevel', 64);

    const coil = await ask(house, 'io-1', 'out7On');
    expect(await ends(live, coil)).toMatchObject({ state: 'confirmed', error: null });
    const start = await ask(house, 'gen-1', 'start');
    await eventually('the generator is told to start', () => peer.written().length >= 2);
    await peer.set('holding', 1408, 3);
    expect(await ends(live, start)).toMatchObject({ state: 'confirmed' });
    const run = await ask(house, 'fan-1', 'start');
    await eventually('the drive is told to start', () => peer.written().length >= 3);
    await peer.set('holding', 3, 0x0007);
    expect(await ends(live, run)).toMatchObject({ state: 'confirmed' });
    expect(peer.written()).toEqual([
      [5, 6, 1],
      [16, 4_104, 35_732, 29_803],
      [6, 0, 1_151],
    ]);
  });

  test('over TCP refuses registers that it has not, which is told in words, and what it has counts', async () => {
    const port = await freePort();
    // Voltages and currents, and no energy.
    const peer = await server('tcp', port, 40);
    await peer.set('input', 2, ...floatWords(229.25));
    const { house, live } = await startSite(
      `{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }`,
      'id: meter, type: eastron-sdm630, name: 电表, address: 1',
    );
    await hasValue(live, 'meter', 'voltageB', 229.25);
    await isOnline(live, 'meter');
    const reason = await eventually('the refusal is told', async () => {
      const { body } = await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters?limit=50');
      return body.items.map(({ reason }) => reason).find((words) => words.includes('exception 02'));
    });
    expect(reason).toMatch(/meter\.energyImport: exception 02: the device has no register for function 4/);
    expect(await house.openAlarms()).toEqual([]);
  });

  test('that is gone is announced, and read again when it is back', async () => {
    const port = await freePort();
    const peer = await server('tcp', port);
    await peer.set('holding', 4, 1_500);
    const { live } = await startSite(
      `{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${port}, timeoutMs: 300 }`,
      'id: tank-1, type: generic-level-transmitter, name: 地下水池, address: 1',
    );
    await hasValue(live, 'tank-1', 'level', 1.5);
    await peer.stop();
    await live.change<Alarm>(
      'alarms',
      ({ device, definition }) => device === 'tank-1' && definition === 'offline',
    );
    const again = await server('tcp', port);
    await again.set('holding', 4, 2_900);
    const overflow = await live.change<Alarm>('alarms', ({ definition }) => definition === 'overflow');
    expect(overflow).toMatchObject({ device: 'tank-1', value: 2.9, state: 'unacknowledged' });
  });

  test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)('at the end of a serial line is read and obeys', async () => {
    const pair = await openSerialPair();
    open.push(pair);
    const [ours, theirs] = pair.paths;
    const peer = await server('serial', theirs, 7);
    await peer.set('inputs', 2, 1);
    const { house, live } = await startSite(
      `{ id: line, kind: bus, path: "${ours}", protocol: modbus-rtu, baudRate: 9600, timeoutMs: 400 }`,
      'id: io-1, type: generic-modbus-io-8, name: 模块, address: 7',
    );
    await hasValue(live, 'io-1', 'in3', true);
    const coil = await ask(house, 'io-1', 'out8On');
    expect(await ends(live, coil)).toMatchObject({ state: 'confirmed' });
    expect(peer.written()).toEqual([[5, 7, 1]]);
  });
});
