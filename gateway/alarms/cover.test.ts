import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Alarm, gatewayDevice } from '../contract/alarm.ts';
import { alarmed, definition, kind } from './alarm-fixture.ts';
import { graceMs } from './cover.ts';
import { createHouse } from './house-fixture.ts';

// A fault that explains those behind it: a riser, two floors of it, two stations on the first one.

const label = { zh: '点', en: 'Point' };
const lineKind = kind({
  id: 'line',
  category: 'intercom',
  points: { fault: { label, type: 'bool' }, tamper: { label, type: 'bool' } },
});
const is = (point: string) => ({ rule: 'is', point, value: true });
const alarms = {
  fault: definition({ on: is('fault'), covers: true, ticket: true }),
  tamper: definition({ on: is('tamper') }),
  offline: definition({ on: { rule: 'supervision', fault: 'offline' } }),
};
const site = [
  alarmed('riser', lineKind, alarms),
  alarmed('floor-1', lineKind, alarms, {}, { parent: 'riser' }),
  alarmed('floor-2', lineKind, alarms, {}, { parent: 'riser' }),
  alarmed('station-1', lineKind, alarms, {}, { parent: 'floor-1' }),
  alarmed('station-2', lineKind, alarms, {}, { parent: 'floor-1' }),
];

let house: Awaited<ReturnType<typeof createHouse>>;
beforeEach(async () => {
  house = await createHouse();
  await house.configure(site);
});
afterEach(() => house.store.close());

const fault = (device: string, value: boolean, point = 'fault') => house.read({ device, point, value });
const loss = (device: string, lost: boolean, cause?: string) =>
  house.turn((turn, room) =>
    room.onSupervision(
      turn,
      device,
      lost ? { state: 'offline', why: 'silence', cause } : { state: 'online', why: null },
    ),
  );
/** What stands, and of what is suppressed by which device. */
const standing = () =>
  Object.fromEntries(
    house
      .open()
      .filter(({ device, returnedAt }: Alarm) => device !== gatewayDevice && returnedAt === undefined)
      .map(({ device, definition: name, suppressed }) => [`${device} ${name}`, suppressed ?? 'rings']),
  );

test('while it stands such faults and the loss of what is behind it are recorded under it, and ring no more', async () => {
  await fault('station-1', true);
  expect(standing()).toEqual({ 'station-1 fault': 'rings' });
  await fault('floor-1', true);
  await fault('station-2', true);
  await loss('station-2', true);
  // Somebody who opens a lid is no consequence of a short.
  await fault('station-2', true, 'tamper');
  // The other floor has a fault of its own.
  await fault('floor-2', true);
  expect(standing()).toEqual({
    'floor-1 fault': 'rings',
    'station-1 fault': 'floor-1',
    'station-2 fault': 'floor-1',
    'station-2 offline': 'floor-1',
    'station-2 tamper': 'rings',
    'floor-2 fault': 'rings',
  });
});

test('the farthest fault is the cause of all; when it ends the nearer one rings, and still explains what is behind it', async () => {
  await fault('floor-1', true);
  await fault('station-1', true);
  await fault('riser', true);
  expect(standing()).toEqual({
    'riser fault': 'rings',
    'floor-1 fault': 'riser',
    'station-1 fault': 'riser',
  });
  await fault('riser', false);
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'floor-1 fault': 'rings', 'station-1 fault': 'floor-1' });
});

test('when it is over what recovers behind it closes by itself, and what does not rings after its grace', async () => {
  await fault('floor-1', true);
  await fault('station-1', true);
  await fault('station-2', true);
  await loss('station-2', true);
  await fault('floor-1', false);
  await house.advance(graceMs / 2);
  await fault('station-1', false);
  await loss('station-2', false);
  expect(standing()).toEqual({ 'station-2 fault': 'floor-1' });
  await house.restart();
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'station-2 fault': 'rings' });
  const mine = house.open().filter(({ device }) => device.startsWith('station'));
  expect(mine.map(({ device, state }) => `${device} ${state}`)).toEqual(['station-2 unacknowledged']);
});

test('a new fault within the grace of the one before finds what is behind it still suppressed', async () => {
  await fault('floor-1', true);
  await fault('station-1', true);
  await fault('floor-1', false);
  await house.advance(graceMs / 2);
  await fault('floor-1', true);
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'floor-1 fault': 'rings', 'station-1 fault': 'floor-1' });
});

test('an unanswered fault that comes again under it does not ring again', async () => {
  await fault('station-1', true);
  await fault('station-1', false);
  await fault('floor-1', true);
  await fault('station-1', true);
  expect(standing()).toEqual({ 'floor-1 fault': 'rings', 'station-1 fault': 'floor-1' });
});

test('it outlasts a restart, and its removal from the site frees what was behind it', async () => {
  await fault('floor-1', true);
  await house.restart();
  await fault('station-1', true);
  expect(standing()).toEqual({ 'floor-1 fault': 'rings', 'station-1 fault': 'floor-1' });
  await house.configure([alarmed('station-1', lineKind, alarms)]);
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'station-1 fault': 'rings' });
});

test('a loss along with the parent stays under the parent when a fault of it ends', async () => {
  await fault('floor-1', true);
  await house.turn((turn, room) =>
    room.onSupervision(turn, 'station-1', { state: 'offline', why: 'parent lost', cause: 'floor-1' }),
  );
  await fault('floor-1', false);
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'station-1 offline': 'floor-1' });
});

test('what has got another cause within its grace keeps that', async () => {
  await fault('floor-1', true);
  await loss('station-1', true);
  await loss('station-2', true);
  await fault('floor-1', false);
  const told = (device: string, why: string, cause: string) =>
    house.turn((turn, room) => room.onSupervision(turn, device, { state: 'offline', why, cause }));
  await told('station-1', 'parent lost', 'floor-1');
  await told('station-2', 'source lost', 'io-1');
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'station-1 offline': 'floor-1', 'station-2 offline': 'io-1' });
});

test('a fault that covers no more, or nothing of what it did, frees what was behind it, though it stands', async () => {
  await fault('riser', true);
  await fault('floor-1', true);
  await fault('floor-2', true);
  await loss('station-2', true);
  await house.turn((turn, room) =>
    room.onSupervision(turn, 'station-1', { state: 'offline', why: 'parent lost', cause: 'floor-1' }),
  );
  expect(standing()).toMatchObject({ 'floor-1 fault': 'riser', 'floor-2 fault': 'riser' });
  const [riser, , floor2, ...stations] = site;
  if (!riser || !floor2) throw new Error('they are there');
  // The type of the riser is another one, and the first floor is fed from elsewhere.
  const plain = { ...alarms, fault: definition({ on: is('fault'), ticket: true }) };
  await house.configure([
    alarmed('riser', lineKind, plain),
    alarmed('floor-1', lineKind, alarms),
    floor2,
    ...stations,
  ]);
  await house.advance(graceMs);
  expect(standing()).toEqual({
    'riser fault': 'rings',
    'floor-1 fault': 'rings',
    'floor-2 fault': 'rings',
    'station-1 offline': 'floor-1',
    'station-2 offline': 'floor-1',
  });
});

test('what covers no more since a change while the gateway was away is found at its start', async () => {
  await fault('floor-1', true);
  await fault('station-1', true);
  const plain = { ...alarms, fault: definition({ on: is('fault'), ticket: true }) };
  await house.restart(site.map((one) => (one.device.id === 'floor-1' ? { ...one, alarms: plain } : one)));
  expect(standing()).toEqual({ 'floor-1 fault': 'rings', 'station-1 fault': 'floor-1' });
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'floor-1 fault': 'rings', 'station-1 fault': 'rings' });
});

test('what is stale along with its parent stays under it when a fault of the parent ends', async () => {
  await fault('floor-1', true);
  await house.turn((turn, room) =>
    room.onSupervision(turn, 'station-1', { state: 'offline', why: 'parent stale', cause: 'floor-1' }),
  );
  await fault('floor-1', false);
  await house.advance(graceMs);
  expect(standing()).toEqual({ 'station-1 offline': 'floor-1' });
});
