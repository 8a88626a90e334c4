import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { freePort, type ModbusServer, openSerialPair, run, startPymodbus } from '../field-peers.ts';
import { type House, startHouse } from '../house.ts';

// Modbus against pymodbus as the slave, and our simulator against mbpoll as the master: neither was written here.

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function startCompound(links: string, devices: string): Promise<House> {
  const house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
${links}
devices:
${devices}
`,
  });
  open.push(house);
  return house;
}

async function peer(...where: Parameters<typeof startPymodbus>): Promise<ModbusServer> {
  const server = await startPymodbus(...where);
  open.push({ close: server.stop });
  return server;
}

async function commandEnds(house: House, device: string, command: string): Promise<Command> {
  const live = await house.live();
  const asked = await house.api<Command>('POST', `/devices/${device}/commands`, { command });
  expect(asked.status).toBe(200);
  const ended = ({ id, endedAt }: Command) => id === asked.body.id && endedAt !== null;
  return live.change<Command>('commands', ended);
}

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('a pymodbus server', () => {
  test('over TCP as a level transmitter raises the overflow alarm, and its return is seen', async () => {
    const port = await freePort();
    const server = await peer('tcp', port);
    await server.set('holding', 4, 1_500);
    const house = await startCompound(
      `  - { id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }`,
      '  - { id: tank-1, type: generic-level-transmitter, name: 地下水池, area: compound, link: plant, address: 1 }',
    );
    const live = await house.live();
    await live.message(
      (message) =>
        message.type === 'values' && message.values.some(([id, , value]) => id === 'tank-1' && value === 1.5),
    );
    expect(await house.openAlarms()).toEqual([]);
    await server.set('holding', 4, 2_900);
    const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'overflow');
    expect(alarm).toMatchObject({
      device: 'tank-1',
      value: 2.9,
      limit: 2.8,
      unit: 'm',
      state: 'unacknowledged',
    });
    await server.set('holding', 4, 1_500);
    await live.change<Alarm>(
      'alarms',
      ({ definition, state }) => definition === 'overflow' && state === 'returned',
    );
  });

  test('over TCP as an I/O module gets its coil written and read back; when it dies that is told, and it comes back by itself', async () => {
    const port = await freePort();
    let server = await peer('tcp', port);
    const house = await startCompound(
      `  - { id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port}, timeoutMs: 900 }`,
      '  - { id: io-1, type: generic-modbus-io-8, name: 模块, area: compound, link: plant, address: 1 }',
    );
    const live = await house.live();
    const stateIs = (wanted: string, after: number) =>
      live.change<DeviceState>(
        'device-states',
        ({ id, state, since }) => id === 'io-1' && state === wanted && since >= after,
      );
    await stateIs('online', 0);
    const done = await commandEnds(house, 'io-1', 'out3On');
    expect(done).toMatchObject({ state: 'confirmed', error: null });
    expect(server.written()).toEqual([[5, 2, 1]]);
    // What is durable says the same.
    expect((await house.api<Command>('GET', `/commands/${done.id}`)).body.state).toBe('confirmed');

    await server.stop();
    const { since } = await stateIs('offline', 0);
    await live.change<Alarm>(
      'alarms',
      ({ device, definition }) => device === 'io-1' && definition === 'offline',
    );
    expect(await commandEnds(house, 'io-1', 'out1On')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('offline'),
    });
    server = await peer('tcp', port);
    await stateIs('online', since);
    expect(await commandEnds(house, 'io-1', 'out1On')).toMatchObject({ state: 'confirmed' });
  });

  test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
    'at the end of a serial line trips an armed zone and obeys a command',
    async () => {
      const pair = await openSerialPair();
      open.push(pair);
      const [ours, theirs] = pair.paths;
      const server = await peer('serial', theirs);
      const house = await startCompound(
        `  - { id: rs485, kind: bus, path: "${ours}", protocol: modbus-rtu, baudRate: 9600, timeoutMs: 700 }`,
        `  - { id: io-1, type: generic-modbus-io-8, name: 模块, area: compound, link: rs485, address: 1 }
  - { id: segment-1, type: composed-perimeter-zone, name: 一防区, area: compound, bind: { tripped: io-1.in1 } }`,
      );
      const live = await house.live();
      await live.change<DeviceState>('device-states', ({ id, state }) => id === 'io-1' && state === 'online');
      const trippedAt = performance.now();
      await server.set('inputs', 0, 1);
      const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'intrusion');
      const took = performance.now() - trippedAt;
      console.log(`contact of pymodbus at 9600 baud to alarm on /live: ${Math.round(took)} ms`);
      expect(took).toBeLessThan(2_000);
      expect(alarm).toMatchObject({ device: 'segment-1', state: 'unacknowledged', popup: true });
      expect(await commandEnds(house, 'io-1', 'out8On')).toMatchObject({ state: 'confirmed' });
      expect(server.written()).toEqual([[5, 7, 1]]);
    },
  );
});

describe.skipIf(process.env.GATEHOUSE_SKIP_MBPOLL)('mbpoll', () => {
  test('reads our simulated slave and writes its coil: the simulator speaks Modbus as others do', async () => {
    const unit = { ...emptyUnit(), coils: [0, 0, 0], inputs: [1, 0, 1], holding: [2, 3, 1, 3, 2_400] };
    const slave = await serveModbus('tcp', new Map([[1, unit]]));
    open.push(slave);
    const mbpoll = (...args: string[]) =>
      run('mbpoll', ['-m', 'tcp', '-0', '-1', '-p', String(slave.port), '127.0.0.1', ...args]);
    const valuesOf = (output: string) =>
      [...output.matchAll(/^\[\d+\]:\s+(\d+)/gm)].map(([, value]) => Number(value));
    const registers = await mbpoll('-a', '1', '-t', '4', '-r', '0', '-c', '5');
    expect(valuesOf(registers.output)).toEqual([2, 3, 1, 3, 2_400]);
    expect(valuesOf((await mbpoll('-a', '1', '-t', '1', '-r', '0', '-c', '3')).output)).toEqual([1, 0, 1]);
    expect((await mbpoll('-a', '1', '-t', '0', '-r', '2', '1')).code).toBe(0);
    expect(unit.coils).toEqual([0, 0, 1]);
    expect((await mbpoll('-a', '1', '-t', '4', '-r', '9', '-c', '1')).output).toMatch(
      /Illegal data address/i,
    );
    expect((await mbpoll('-a', '7', '-t', '4', '-r', '0', '-c', '1', '-o', '0.3')).output).toMatch(
      /timed out/i,
    );
  });
});
