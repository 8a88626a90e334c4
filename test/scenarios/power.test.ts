import { afterAll, beforeAll, expect, test } from 'vitest';
import { min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// What stands by when the mains is out, and the rooms it stands in: a UPS whose run time is compared with what its doors are
// owed, temperature and water on the floor.

const site = `
site: { id: power, name: 供电小区 }
areas:
  - { id: plant-room, name: 配电房, kind: plant-room }
  - { id: lift-room, name: 1号电梯机房, parent: plant-room, kind: plant-room }
devices:
  - { id: door-ups, type: native-ups, name: 门禁UPS, area: plant-room, settings: { requiredMin: 1260, silenceS: 86400 } }
  - { id: lift-room-t, type: native-temperature-sensor, name: 机房温度, area: lift-room, settings: { silenceS: 86400 } }
  - { id: switch-floor, type: native-water-sensor, name: 配电房水浸, area: plant-room, settings: { silenceS: 86400 } }
  - { id: io-1, type: native-io-module, name: 采集模块, area: plant-room, settings: { silenceS: 86400 } }
  - { id: video-ups, type: composed-ups, name: 监控UPS, area: plant-room, bind: { onBattery: io-1.in1, batteryLow: io-1.in2 } }
`;

let house: SimulatedHouse;
beforeAll(async () => {
  house = await startSimulation({ start: Date.UTC(2026, 5, 1, 8), site });
});
afterAll(() => house.close());

const standing = (device: string) =>
  house
    .alarms()
    .filter((alarm) => alarm.device === device)
    .map(({ definition, state }) => `${definition} ${state}`);

test('a UPS whose run time is less than the 21 h that access control is owed says so, with the mains there as well', async () => {
  const values = { onMains: true, onBattery: false, bypass: false, batteryLow: false, charge: 100, load: 30 };
  await house.send('door-ups', 'readings', { values: { ...values, runtimeMin: 1_290 } });
  await house.pass(2 * min);
  expect(standing('door-ups')).toEqual([]);
  await house.send('door-ups', 'readings', { values: { ...values, load: 41, runtimeMin: 1_100 } });
  await house.pass(61 * sec);
  expect(house.alarms('autonomy')).toMatchObject([{ value: 1_100, limit: 1_260, unit: 'min', priority: 2 }]);
  await house.send('door-ups', 'readings', { values: { ...values, runtimeMin: 1_300 } });
  expect(standing('door-ups')).toEqual(['autonomy returned']);
});

test('on battery, on bypass, and near its end each have their own words', async () => {
  await house.send('door-ups', 'readings', { values: { onMains: false, onBattery: true } });
  await house.pass(2 * sec);
  await house.send('door-ups', 'readings', { values: { batteryLow: true, charge: 12 } });
  await house.pass(1 * sec);
  await house.send('door-ups', 'readings', { values: { bypass: true } });
  await house.pass(5 * sec);
  expect(standing('door-ups').slice(1)).toEqual([
    'onBattery unacknowledged',
    'batteryLow unacknowledged',
    'bypass unacknowledged',
  ]);
  expect(house.alarms('batteryLow')[0]).toMatchObject({ priority: 1, popup: true });
});

test('a UPS with a relay card does as well, as far as its contacts tell', async () => {
  await house.send('io-1', 'readings', { values: { in1: true, in2: false } });
  await house.pass(2 * sec);
  expect(standing('video-ups')).toEqual(['onBattery unacknowledged']);
});

test('a warm lift machine room and water on the floor of the switch room', async () => {
  await house.send('lift-room-t', 'readings', { values: { temperature: 41.5 } });
  await house.send('switch-floor', 'readings', { values: { wet: true } });
  await house.pass(30 * sec);
  expect(standing('switch-floor')).toEqual(['leak unacknowledged']);
  expect(house.alarms('high')).toMatchObject([
    { device: 'lift-room-t', areaName: '1号电梯机房', value: 41.5, limit: 40, unit: '°C' },
  ]);
  await house.send('lift-room-t', 'readings', { values: { temperature: 39 } });
  await house.pass(1 * min);
  // Within the deadband it is not over yet.
  expect(standing('lift-room-t')).toEqual(['high unacknowledged']);
  await house.send('lift-room-t', 'readings', { values: { temperature: 37.9 } });
  await house.pass(30 * sec);
  expect(standing('lift-room-t')).toEqual(['high returned']);
});
