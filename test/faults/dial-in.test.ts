import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { startDialInUnit } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// What goes wrong with units that dial in: no value may ever be wrong, and nobody may hold up the others.

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const registrations = ['860000000000001', '860000000000002'];

/** A gateway with a line for each of both registrations, a level transmitter on each. */
async function startDialIn() {
  const house = await startHouse({
    dtu: { host: '127.0.0.1', port: 0 },
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
${registrations.map((registration, i) => `  - { id: line-${i + 1}, kind: dtu, registration: "${registration}", heartbeat: "beat", silenceS: 20, protocol: modbus-rtu, timeoutMs: 400 }`).join('\n')}
devices:
${[1, 2].map((n) => `  - { id: tank-${n}, type: generic-level-transmitter, name: 水箱 ${n}, area: compound, link: line-${n}, address: 1 }`).join('\n')}
`,
  });
  open.push(house);
  return { house, port: house.gateway.dtu ?? 0, live: await house.live() };
}

/** The serial side of a unit: a level transmitter at so many metres. */
async function transmitter(levelM: number): Promise<number> {
  const unit = { ...emptyUnit(), holding: [1, 3, 2, 3, levelM * 1_000, 0, 5_000] };
  const bus = await serveModbus('rtu', new Map([[1, unit]]));
  open.push(bus);
  return bus.port;
}

async function dialIn(gateway: number, registration: string, levelM: number) {
  const serial = await transmitter(levelM);
  const unit = await startDialInUnit({ gateway, registration, heartbeat: 'beat', serial });
  open.push({ close: unit.stop });
  return unit;
}

/** A connection as anybody may make one. */
async function stranger(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  open.push({ close: () => void socket.destroy() });
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

async function levels(house: House, device: string): Promise<unknown[]> {
  const { body } = await house.api<{ items: { value: unknown }[] }>(
    'GET',
    `/history?point=${device}.level&from=${Date.now() - 300_000}&to=${Date.now()}`,
  );
  return body.items.map(({ value }) => value).filter((value) => value !== null);
}

test('a unit that is cut in the midst of answers brings no wrong value, and its line is back each time', {
  timeout: 90_000,
}, async () => {
  const { house, port, live } = await startDialIn();
  const unit = await dialIn(port, '860000000000001', 1.24);
  await live.change<DeviceState>('device-states', ({ id, state }) => id === 'tank-1' && state === 'online');
  for (let n = 1; n <= 5; n++) {
    await unit.steer('cut');
    await eventually('it has dialled in again', () => unit.dialled() > n);
    const before = (await levels(house, 'tank-1')).length;
    await eventually('it is read again', async () => (await levels(house, 'tank-1')).length > before);
  }
  expect(new Set(await levels(house, 'tank-1'))).toEqual(new Set([1.24]));
});

test('noise before a registration, and strangers who say nothing or a byte now and then, keep nobody out', {
  timeout: 60_000,
}, async () => {
  const { house, port, live } = await startDialIn();
  const strangers = await Promise.all(Array.from({ length: 80 }, () => stranger(port)));
  // Of those that do not say who they are, the oldest are closed.
  await eventually('the oldest are closed', () => strangers.filter(({ closed }) => closed).length >= 16);
  const dripping = setInterval(() => {
    for (const socket of strangers) if (!socket.closed) socket.write('x');
  }, 50);
  open.push({ close: () => clearInterval(dripping) });
  await dialIn(port, '\r\n\r\nOK\r\n860000000000001', 0.5);
  await live.change<DeviceState>('device-states', ({ id, state }) => id === 'tank-1' && state === 'online');
  // History is written a moment after the reading.
  await eventually('its level is kept', async () => (await levels(house, 'tank-1')).length > 0);
  expect(new Set(await levels(house, 'tank-1'))).toEqual(new Set([0.5]));
  const other = live.changes('link-states').filter(({ id }) => id === 'line-2');
  expect(other.map(({ data }) => (data as LinkState).state)).not.toContain('up');
});

test('two units with one registration are told, and then neither is let in', {
  timeout: 60_000,
}, async () => {
  const { port, live } = await startDialIn();
  await dialIn(port, '860000000000002', 2);
  await live.change<LinkState>('link-states', ({ id, state }) => id === 'line-2' && state === 'up');
  await dialIn(port, '860000000000002', 1);
  // Each dials in again as soon as the other has taken its line.
  const told = await live.change<LinkState>(
    'link-states',
    ({ id, error }) => id === 'line-2' && error !== null && error.includes('two units'),
  );
  expect(told).toMatchObject({
    state: 'down',
    error: 'two units dial in with this registration: give each its own',
  });
  // And nobody is let in while that lasts, however often they dial.
  const upAfter = live
    .changes('link-states')
    .filter(({ data }) => (data as LinkState).since > told.since)
    .map(({ data }) => data as LinkState);
  expect(upAfter.filter(({ id, state }) => id === 'line-2' && state === 'up')).toEqual([]);
});
