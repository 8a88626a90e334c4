import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Alarm, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { RunHours } from '../../gateway/contract/plant.ts';
import { type PlantHouse, startPlant, unhurried } from './plant-house.ts';
import { hour, min, sec } from './simulated-house.ts';

// Fire water, domestic water, drainage and water features: levels, a tank taken out for cleaning, pits, fountains that stop
// when their water is low, and how long everything has run.

const quiet = 'settings: { silenceS: 31536000 }';
const site = `
site: { id: water, name: 水务小区 }
areas:
  - { id: compound, name: 小区, kind: site }
  - { id: lift-3, name: 3号电梯, parent: compound, kind: plant-room }
devices:
  - { id: fire-tank, type: native-fire-tank, name: 消防水池, area: compound, settings: { silenceS: 31536000, lowM: 2.2, highM: 3.1, overflowM: 3.5 } }
  - { id: hydrant, type: native-pressure-sensor, name: 屋顶试验栓, area: compound, ${quiet} }
  - { id: tank-1, type: native-tank, name: 生活水箱1, area: compound, ${quiet} }
  - { id: tank-2, type: native-tank, name: 生活水箱2, area: compound, ${quiet} }
  - { id: booster, type: native-pump, name: 生活加压泵, area: compound, ${quiet} }
  - { id: garage-sump, type: native-sump, name: 车库集水井, area: compound, ${quiet} }
  - { id: ramp-sump, type: native-sump, name: 坡道集水井, area: compound, ${quiet} }
  - { id: lift-sump, type: native-sump, name: 3号梯基坑, area: lift-3, ${quiet} }
  - { id: barrier, type: native-parking-barrier, name: 西门道闸, area: compound, settings: { silenceS: 93600 } }
  - { id: fountain, type: native-water-feature, name: 中心喷泉, area: compound, ${quiet} }
  - { id: cascade, type: native-water-feature, name: 叠水, area: compound, ${quiet} }
schedules:
  - { id: fountain-hours, name: 喷泉时段, devices: [fountain], periods: [{ on: "09:00", off: "11:30" }, { on: "18:00", off: "21:00" }] }
  - { id: cascade-hours, name: 叠水时段, devices: [cascade], periods: [{ on: "10:00", off: "20:00" }] }
`;
/** Midnight of 1 June 2026 in Shanghai. */
const midnight = Date.UTC(2026, 4, 31, 16);
const features = ['fountain', 'cascade', 'booster'];

let plant: PlantHouse;
/** When the test began: all that is looked at is newer. */
let since = 0;
beforeAll(async () => {
  plant = await startPlant({ start: midnight, site, devices: features, ...unhurried });
});
afterAll(() => plant.house.close());

const send = (device: string, values: Record<string, number | boolean>) =>
  plant.house.send(device, 'readings', { values });

/** Everything at rest at midnight of the next day, and the alarms of the test before closed. */
beforeEach(async () => {
  plant.stubborn.clear();
  for (const tank of ['tank-1', 'tank-2']) await send(tank, { level: 1.6, isolated: false });
  await send('fire-tank', { level: 2.6 });
  await send('hydrant', { pressure: 450 });
  for (const pit of ['garage-sump', 'lift-sump'])
    await send(pit, { high: false, low: false, pumpRunning: false });
  // A transmitter in place of floats.
  await send('ramp-sump', { level: 0.4, pumpRunning: false });
  await send('booster', { fault: false, dryRun: false });
  for (const feature of ['fountain', 'cascade']) await send(feature, { levelLow: false, level: 0.6 });
  await send('barrier', { open: false, powered: true, fault: false });
  await plant.pass(1 * min);
  const days = Math.ceil((plant.house.now - midnight) / (24 * hour));
  await plant.goTo(midnight + days * 24 * hour);
  for (const feature of features) await plant.turn(feature, false);
  await send('barrier', { powered: true });
  for (const { id, state } of plant.house.alarms())
    if (state !== 'closed') await plant.house.ask('POST', `/alarms/${id}/acknowledge`, {});
  plant.obeyed.length = 0;
  since = plant.house.now;
});

const alarms = () =>
  plant.house.alarms().filter(({ device, raisedAt }) => device !== 'gatehouse' && raisedAt >= since);
const standing = () => alarms().map(({ device, definition, state }) => `${device} ${definition} ${state}`);
interface AlarmRecord extends Alarm {
  transitions: AlarmTransition[];
  commands: Command[];
}
const recordOf = (alarm: Alarm | undefined) => plant.house.ask<AlarmRecord>('GET', `/alarms/${alarm?.id}`);
const words = ({ transitions }: AlarmRecord) =>
  transitions.flatMap(({ cause, comment }) => (cause === 'linked' ? [comment] : []));

describe('fire water', () => {
  test('a low reserve is critical, a high level is told, and so is the pressure at the hydrant', async () => {
    await send('fire-tank', { level: 2.1 });
    await send('hydrant', { pressure: 60 });
    await plant.pass(10 * sec);
    expect(alarms()).toMatchObject([
      { device: 'fire-tank', definition: 'low', priority: 1, category: 'fire', value: 2.1, limit: 2.2 },
      {
        device: 'hydrant',
        definition: 'low',
        priority: 2,
        category: 'fire',
        value: 60,
        limit: 100,
        unit: 'kPa',
      },
    ]);
    await send('fire-tank', { level: 3.2 });
    await send('hydrant', { pressure: 1_100 });
    await plant.pass(10 * sec);
    expect(standing()).toEqual([
      'fire-tank low returned',
      'hydrant low returned',
      'fire-tank high unacknowledged',
      'hydrant high unacknowledged',
    ]);
  });
});

/** An operator's word, as a command of the tank; answers what became of it. */
async function isolate(tank: string, command = 'isolate', role?: string): Promise<Command> {
  const path = `/devices/${tank}/commands`;
  const { id } = await plant.house.ask<Command>('POST', path, { command, reason: '季度清洗' }, role);
  return plant.house.ask<Command>('GET', `/commands/${id}`);
}

describe('a two-tank supply', () => {
  test('with one tank isolated for cleaning by an operator raises nothing of that tank, and all of the other', async () => {
    expect(await isolate('tank-1', 'isolate', 'operator')).toMatchObject({
      ...{ state: 'confirmed', requestedBy: 'token:operator', error: null },
    });
    await send('tank-1', { level: 0.1 });
    await send('tank-2', { level: 0.5 });
    await plant.pass(10 * sec);
    expect(standing()).toEqual(['tank-2 low unacknowledged']);
    const events = await plant.house.ask<{ items: { type: string; data: object }[] }>(
      'GET',
      '/events?device=tank-1&limit=1',
    );
    expect(events.items).toMatchObject([
      { type: 'tank.isolated', data: { by: 'token:operator', reason: '季度清洗' } },
    ]);
  });

  test('back in use with its level still low it is low again', async () => {
    await isolate('tank-1');
    await send('tank-1', { level: 0.5 });
    await plant.pass(10 * sec);
    expect(standing()).toEqual([]);
    await isolate('tank-1', 'restore');
    await plant.pass(5 * sec);
    expect(alarms()).toMatchObject([
      { device: 'tank-1', definition: 'low', value: 0.5, state: 'unacknowledged' },
    ]);
  });

  test('an alarm that stands returns when the tank is isolated, by its valve contact as well', async () => {
    await send('tank-1', { level: 0.2 });
    await plant.pass(10 * sec);
    expect(standing().sort()).toEqual(['tank-1 empty unacknowledged', 'tank-1 low unacknowledged']);
    await send('tank-1', { isolated: true });
    await plant.pass(5 * sec);
    expect(standing().sort()).toEqual(['tank-1 empty returned', 'tank-1 low returned']);
  });

  test('isolated while the delay of its alarm runs raises nothing', async () => {
    await send('tank-1', { level: 0.5 });
    await plant.pass(4 * sec);
    await isolate('tank-1');
    await plant.pass(10 * sec);
    expect(standing()).toEqual([]);
  });

  test('overflows are told of an isolated tank, too: its valve leaks', async () => {
    await isolate('tank-1');
    await send('tank-1', { level: 2.9 });
    await plant.pass(10 * sec);
    expect(standing()).toEqual(['tank-1 overflow unacknowledged']);
  });

  test('stays isolated over a restart of the gateway', async () => {
    await isolate('tank-1');
    await plant.house.restart(1 * min);
    await send('tank-1', { level: 0.1 });
    await plant.pass(10 * sec);
    expect(standing()).toEqual([]);
  });

  test('whose transmitter is switched off for the cleaning can be isolated as well', async () => {
    const off = site.replace(
      `name: 生活水箱2, area: compound, ${quiet}`,
      'name: 生活水箱2, area: compound, settings: { silenceS: 60 }',
    );
    await plant.house.gateway.control['site.apply']?.({ yaml: off, file: 'site.yaml' });
    await plant.pass(3 * min);
    expect(standing()).toEqual(['tank-2 stale unacknowledged']);
    expect(await isolate('tank-2')).toMatchObject({ state: 'confirmed' });
    await plant.house.gateway.control['site.apply']?.({ yaml: site, file: 'site.yaml' });
  });
});

describe('a sump', () => {
  test('high while no pump runs is told apart from high; a pump that starts in time is enough', async () => {
    await send('garage-sump', { high: true, pumpRunning: false });
    await plant.pass(10 * sec);
    expect(standing()).toEqual(['garage-sump highFloat unacknowledged']);
    await send('garage-sump', { pumpRunning: true });
    await plant.pass(1 * min);
    expect(standing()).toEqual(['garage-sump highFloat unacknowledged']);
    await send('garage-sump', { pumpRunning: false });
    await plant.pass(30 * sec);
    expect(standing()).toContain('garage-sump highNoPump unacknowledged');
  });

  test('with a level transmitter in place of the float is told as well while no pump runs, with the deadband of its level', async () => {
    await send('ramp-sump', { level: 1.3 });
    await plant.pass(29 * sec);
    expect(standing()).toEqual(['ramp-sump highLevel unacknowledged']);
    await plant.pass(1 * sec);
    expect(alarms()).toMatchObject([
      { device: 'ramp-sump', definition: 'highLevel', value: 1.3, limit: 1.2 },
      { device: 'ramp-sump', definition: 'highNoPump', priority: 2, state: 'unacknowledged' },
    ]);
    await send('ramp-sump', { level: 1.17 });
    await plant.pass(1 * min);
    expect(standing()).toContain('ramp-sump highNoPump unacknowledged');
    await send('ramp-sump', { level: 1.1 });
    await plant.pass(1 * sec);
    expect(standing()).toEqual(['ramp-sump highLevel returned', 'ramp-sump highNoPump returned']);
    await send('ramp-sump', { level: 1.3, pumpRunning: true });
    await plant.pass(1 * min);
    expect(standing()).toContain('ramp-sump highNoPump returned');
  });

  test('with both is one alarm, which returns when neither says high any more', async () => {
    const noPump = () => alarms().filter(({ definition }) => definition === 'highNoPump');
    await send('garage-sump', { level: 1.3 });
    await plant.pass(20 * sec);
    await send('garage-sump', { high: true });
    await plant.pass(10 * sec);
    expect(noPump()).toMatchObject([{ device: 'garage-sump', state: 'unacknowledged', count: 1 }]);
    await send('garage-sump', { level: 0.6 });
    await plant.pass(1 * min);
    expect(noPump()).toMatchObject([{ state: 'unacknowledged', count: 1 }]);
    await send('garage-sump', { high: false });
    await plant.pass(1 * sec);
    expect(noPump()).toMatchObject([{ state: 'returned', count: 1 }]);
  });

  test('whose pump runs on below its stop float runs dry', async () => {
    await send('garage-sump', { low: true, pumpRunning: true });
    await plant.pass(29 * sec);
    expect(standing()).toEqual([]);
    await plant.pass(1 * sec);
    expect(standing()).toEqual(['garage-sump dryRun unacknowledged']);
  });

  test('of a lift pit is told with the lift it belongs to', async () => {
    await send('lift-sump', { high: true });
    await plant.pass(30 * sec);
    expect(alarms()).toMatchObject([
      { device: 'lift-sump', definition: 'highFloat', area: 'lift-3', areaName: '3号电梯' },
      { device: 'lift-sump', definition: 'highNoPump', area: 'lift-3', priority: 2 },
    ]);
  });
});

test('a barrier: power, fault and its controller’s silence are told; that it is open is no alarm', async () => {
  await send('barrier', { open: true });
  await plant.pass(5 * sec);
  expect(standing()).toEqual([]);
  await send('barrier', { powered: false, fault: true });
  await plant.pass(2 * sec);
  expect(standing().sort()).toEqual(['barrier fault unacknowledged', 'barrier powerLoss unacknowledged']);
  await plant.pass(27 * hour);
  expect(standing()).toContain('barrier offline unacknowledged');
});

describe('a pump', () => {
  test.each([
    ['a fault', 'fault'],
    ['that it runs dry', 'dryRun'],
  ] as const)('that tells %s is an alarm with its ticket until that is over', async (_, point) => {
    await send('booster', { [point]: true });
    await plant.pass(2 * sec);
    const [alarm, ...others] = alarms();
    expect(alarm).toMatchObject({
      ...{ device: 'booster', definition: point, priority: 2, category: 'water', state: 'unacknowledged' },
    });
    expect(others).toEqual([]);
    expect(plant.house.tickets().filter((ticket) => ticket.alarm === alarm?.id)).toHaveLength(1);
    await send('booster', { [point]: false });
    await plant.pass(1 * sec);
    expect(standing()).toEqual([`booster ${point} returned`]);
  });

  test('that trips for less than its delay is no alarm', async () => {
    await send('booster', { fault: true, dryRun: true });
    await plant.pass(400);
    await send('booster', { fault: false, dryRun: false });
    await plant.pass(10 * sec);
    expect(standing()).toEqual([]);
  });
});

describe('water features', () => {
  test('start and stop by their own times, independently', async () => {
    await plant.pass(24 * hour - 1);
    expect(plant.obeyed).toEqual([
      '09:00 fountain start',
      '10:00 cascade start',
      '11:30 fountain stop',
      '18:00 fountain start',
      '20:00 cascade stop',
      '21:00 fountain stop',
    ]);
    expect(standing()).toEqual([]);
  });

  test('a low level stops the pump; the request and its confirmation stand on the alarm’s record', async () => {
    await plant.pass(9.5 * hour);
    plant.obeyed.length = 0;
    await send('fountain', { levelLow: true });
    await plant.pass(1.9 * sec);
    expect(plant.obeyed).toEqual([]);
    await plant.pass(1 * sec);
    expect(plant.obeyed).toEqual(['09:30 fountain stop']);
    const record = await recordOf(alarms()[0]);
    expect(record).toMatchObject({ device: 'fountain', definition: 'lowFloat', state: 'unacknowledged' });
    expect(record.commands).toMatchObject([
      { device: 'fountain', command: 'stop', requestedBy: 'interlock', state: 'confirmed' },
    ]);
    expect(words(record)).toEqual(['interlock: fountain stop', 'interlock: fountain stop ✓']);
    // Stopped for want of water, not against its plan; and the other one does not care.
    await plant.pass(1 * hour);
    expect(plant.obeyed).toEqual(['09:30 fountain stop', '10:00 cascade start']);
    expect(standing()).toEqual(['fountain lowFloat unacknowledged']);
    expect((await plant.state('fountain-hours')).devices[0]?.override).toMatchObject({
      on: false,
      by: 'interlock',
    });
  });

  test('it is not started while its level is low, by nobody', async () => {
    await send('fountain', { level: 0.2 });
    await plant.pass(3 * sec);
    const refused = await plant.house.call('POST', '/devices/fountain/commands', { command: 'start' });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'state.conflict', detail: expect.stringContaining('Water feature level low') },
    });
    await plant.pass(10 * hour);
    expect(plant.obeyed).toEqual(['10:00 cascade start']);
    expect(standing()).toEqual(['fountain low unacknowledged']);
  });

  test('full again within its time it is started: the switching was owed', async () => {
    await send('fountain', { levelLow: true });
    await plant.pass(10 * hour);
    expect((await plant.state('fountain-hours')).devices[0]).toMatchObject({ owed: true, on: false });
    expect(standing()).toEqual(['fountain lowFloat unacknowledged']);
    await send('fountain', { levelLow: false });
    await plant.pass(11 * sec);
    expect(plant.obeyed).toEqual(['10:00 cascade start', '10:00 fountain start']);
  });

  test('with its alarm shelved a low level stops it all the same', async () => {
    await send('fountain', { levelLow: true });
    await plant.pass(3 * sec);
    await plant.house.ask('POST', `/alarms/${alarms()[0]?.id}/shelve`, {
      ...{ reason: '浮球检修', until: plant.house.now + 12 * hour },
    });
    await send('fountain', { levelLow: false });
    await plant.pass(9.5 * hour);
    expect(plant.on.get('fountain')).toBe(true);
    await send('fountain', { levelLow: true });
    await plant.pass(3 * sec);
    expect(plant.on.get('fountain')).toBe(false);
  });

  test('started at its panel while the level is low it is stopped again', async () => {
    await send('fountain', { levelLow: true });
    await plant.pass(3 * sec);
    await plant.turn('fountain', true);
    await plant.pass(1 * sec);
    expect(plant.obeyed).toEqual(['00:00 fountain stop']);
    expect(words(await recordOf(alarms()[0]))).toEqual([
      'interlock: fountain stop ✓',
      'interlock: fountain stop',
      'interlock: fountain stop ✓',
    ]);
  });

  test('a pump that does not obey is told on the record, and not asked without end', async () => {
    await plant.turn('fountain', true);
    plant.stubborn.add('fountain');
    await send('fountain', { levelLow: true });
    await plant.pass(5 * min);
    expect(plant.obeyed).toEqual(['00:00 fountain stop']);
    expect(words(await recordOf(alarms()[0]))).toEqual([
      'interlock: fountain stop',
      'interlock: fountain stop ✗',
    ]);
  });

  test('a restart while the level is low: what runs then is stopped, and nothing is started', async () => {
    await send('fountain', { levelLow: true });
    await plant.pass(3 * sec);
    await plant.house.restart(9.2 * hour);
    await plant.turn('fountain', true);
    await plant.pass(1 * sec);
    expect(plant.obeyed).toEqual(['09:12 fountain stop']);
    await send('fountain', { levelLow: true });
    await plant.pass(30 * min);
    expect(plant.obeyed).toEqual(['09:12 fountain stop']);
  });
});

describe('run hours', () => {
  const hoursOf = async (device: string) => {
    const { items } = await plant.house.ask<{ items: (RunHours & { hours: number })[] }>(
      'GET',
      '/plant/run-hours',
    );
    const found = items.find(({ id }) => id === device);
    if (!found) throw new Error(`no run hours of ${device}`);
    return found;
  };

  test('and starts are counted from what is reported, over restarts', async () => {
    const before = await hoursOf('booster');
    await plant.turn('booster', true);
    await plant.pass(2 * hour);
    expect((await hoursOf('booster')).hours - before.hours).toBeCloseTo(2, 6);
    await plant.turn('booster', false);
    await plant.turn('booster', true);
    await plant.pass(30 * min);
    await plant.house.restart(5 * min);
    await plant.turn('booster', true);
    await plant.pass(25 * min);
    await plant.turn('booster', false);
    const after = await hoursOf('booster');
    expect(after.starts - before.starts).toBe(2);
    expect(after.hours - before.hours).toBeCloseTo(3, 6);
    expect(after).toMatchObject({ running: false, since: null, stoppedAt: plant.house.now });
  });

  test('of an outage of which nobody knows how long it ran are not made up', async () => {
    const before = await hoursOf('booster');
    await plant.turn('booster', true);
    await plant.pass(1 * hour);
    await plant.house.restart(3 * hour);
    await plant.turn('booster', false);
    const after = await hoursOf('booster');
    expect(after.hours - before.hours).toBeCloseTo(1, 6);
    expect(after.unknownMs - before.unknownMs).toBe(3 * hour);
  });
});
