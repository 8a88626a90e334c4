import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { RunHours, ScheduleState, Sequence } from '../../gateway/contract/plant.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { type House, type LiveWatch, startHouse } from '../house.ts';

// The plant over the real wire: devices on the embedded broker, a console on /live, time as it passes.

const site = `
site: { id: plant, name: 设备小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: mains-1, type: native-mains-supply, name: 市电, area: compound }
  - id: gen-1
    type: native-generator
    name: 发电机
    area: compound
    settings: { mains: mains-1, startWithinS: 20, loadWithinS: 20, stopAfterS: 2, stopToleranceS: 1 }
  - { id: fountain, type: native-water-feature, name: 喷泉, area: compound }
schedules:
  - { id: all-day, name: 全天喷泉, devices: [fountain], periods: [{ on: "00:00", off: "24:00" }] }
`;

let house: House;
let live: LiveWatch;
const devices = new Map<string, NativeDevice>();
const unit = (id: string): NativeDevice => {
  const device = devices.get(id);
  if (!device) throw new Error(`no simulator ${id}`);
  return device;
};

/** Connected, and so listening: what it is told from now on arrives. */
const online = (device: string) =>
  live.change<DeviceState>('device-states', ({ id, state }) => id === device && state === 'online');

beforeAll(async () => {
  house = await startHouse({ site });
  live = await house.live();
  for (const id of ['mains-1', 'gen-1', 'fountain'])
    devices.set(id, connectNative(house.mqttPort, id, await house.secretOf(id)));
  unit('fountain').onCommand(({ command }) => {
    unit('fountain').readings({ running: command === 'start' });
    return true;
  });
});
afterAll(async () => {
  for (const device of devices.values()) device.close();
  await house.close();
});

test('a schedule that was added starts its fountain; low water stops it, and the console sees both', async () => {
  await online('fountain');
  unit('fountain').readings({ running: false, levelLow: false });
  const started = await live.change<Command>('commands', ({ state }) => state === 'confirmed');
  expect(started).toMatchObject({ device: 'fountain', command: 'start', requestedBy: 'schedule:all-day' });
  await live.change<ScheduleState>('schedule-states', ({ devices: [first] }) => first?.on === true);
  unit('fountain').readings({ levelLow: true });
  const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'lowFloat');
  await live.change<Command>('commands', ({ command, state }) => command === 'stop' && state === 'confirmed');
  const { body } = await house.api<{ transitions: AlarmTransition[] }>('GET', `/alarms/${alarm.id}`);
  expect(body.transitions.map(({ comment }) => comment)).toContain('interlock: fountain stop ✓');
  const hours = await live.change<RunHours>('run-hours', ({ id, running }) => id === 'fountain' && !running);
  expect(hours).toMatchObject({ starts: expect.any(Number) });
});

test('the steps of a take-over come to the console one by one', async () => {
  await online('gen-1');
  await online('mains-1');
  unit('gen-1').readings({ running: false, onLoad: false });
  unit('mains-1').readings({ present: true });
  unit('mains-1').readings({ present: false });
  const step = (fits: (sequence: Sequence) => boolean) => live.change<Sequence>('sequences', fits);
  await step(({ state, steps }) => state === 'outage' && steps[0]?.result === 'waiting');
  unit('gen-1').readings({ running: true });
  await step(({ steps }) => steps[0]?.result === 'done');
  unit('gen-1').readings({ onLoad: true });
  await step(({ steps }) => steps[1]?.result === 'done');
  unit('mains-1').readings({ present: true });
  await step(({ state }) => state === 'return');
  // Nobody stops it: after three seconds that is an alarm.
  const alarm = await live.change<Alarm>(
    'alarms',
    ({ definition, instance }) => definition === 'stepMissed' && instance === 'stop',
  );
  expect(alarm).toMatchObject({ device: 'gen-1', state: 'unacknowledged', popup: true });
  unit('gen-1').readings({ running: false, onLoad: false });
  const ended = await step(({ state }) => state === 'ended');
  expect(ended).toMatchObject({
    outcome: 'faulty',
    steps: [{}, {}, {}, { result: 'late' }, { result: 'late' }],
  });
  const stored = await house.api<{ items: Sequence[] }>('GET', '/plant/sequences?generator=gen-1');
  expect(stored.body.items).toEqual([ended]);
});
