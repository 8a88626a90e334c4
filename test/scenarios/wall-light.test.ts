import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// Two perimeter segments and their wall lights, composed from modules on one RS-485 bus behind a TCP serial server. The light
// of the second segment hangs on a module of its own.

const fence = { ...emptyUnit(), inputs: Array<number>(8).fill(0), coils: Array<number>(8).fill(0) };
const lamps = { ...emptyUnit(), coils: Array<number>(8).fill(0) };

let bus: Awaited<ReturnType<typeof serveModbus>>;
let house: House;
let live: LiveWatch;

beforeAll(async () => {
  bus = await serveModbus(
    'rtu',
    new Map([
      [1, fence],
      [2, lamps],
    ]),
  );
  house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: rs485, kind: bus, path: "tcp://127.0.0.1:${bus.port}", protocol: modbus-rtu, baudRate: 19200, timeoutMs: 200 }
devices:
  - { id: fence-io, type: generic-modbus-io-8, name: 周界模块, area: compound, link: rs485, address: 1 }
  - { id: lamp-io, type: waveshare-relay-8ch, name: 照明模块, area: compound, link: rs485, address: 2 }
  - { id: segment-1, type: composed-perimeter-zone, name: 一防区, area: compound, bind: { tripped: fence-io.in1 } }
  - { id: segment-2, type: composed-perimeter-zone, name: 二防区, area: compound, bind: { tripped: fence-io.in2 } }
  - id: light-1
    type: composed-light-circuit
    name: 一段围墙灯
    area: compound
    bind: { on: fence-io.out1, switchOn: fence-io.out1On, switchOff: fence-io.out1Off }
  - id: light-2
    type: composed-light-circuit
    name: 二段围墙灯
    area: compound
    bind: { on: lamp-io.out1, switchOn: lamp-io.out1On, switchOff: lamp-io.out1Off }
linkages:
  - { id: light-up-1, name: 一防区开灯, on: { device: segment-1, definition: intrusion }, do: [{ device: light-1, command: switchOn }] }
  - { id: light-up-2, name: 二防区开灯, on: { device: segment-2, definition: intrusion }, do: [{ device: light-2, command: switchOn }] }
`,
  });
  live = await house.live();
  for (const module of ['fence-io', 'lamp-io'])
    await live.change<DeviceState>('device-states', ({ id, state }) => id === module && state === 'online');
});
afterAll(async () => {
  await house.close();
  bus.close();
});

interface Record extends Alarm {
  transitions: AlarmTransition[];
  commands: Command[];
}
const recordOf = async (alarm: Alarm) => (await house.api<Record>('GET', `/alarms/${alarm.id}`)).body;
const intrusion = (device: string) =>
  live.change<Alarm>('alarms', (alarm) => alarm.device === device && alarm.definition === 'intrusion');
async function tripped(segment: string): Promise<boolean> {
  const { body } = await house.api<{ items: { point: string; value: unknown }[] }>(
    'GET',
    `/devices/${segment}/points`,
  );
  return body.items.some(({ point, value }) => point === 'tripped' && value === true);
}

test('a segment that is disarmed raises nothing and switches nothing when it trips', async () => {
  expect((await house.api('POST', '/zones/segment-1/disarm', {})).status).toBe(200);
  fence.inputs[0] = 1;
  await eventually('the trip is seen', () => tripped('segment-1'));
  fence.inputs[0] = 0;
  await eventually('it is over', async () => !(await tripped('segment-1')));
  const events = await house.api<{ items: { type: string }[] }>('GET', '/events?device=segment-1');
  expect(events.body.items.map(({ type }) => type)).toEqual(['zone.restore', 'zone.alarm']);
  expect(await house.openAlarms()).toEqual([]);
  expect(fence.coils[0]).toBe(0);
  expect((await house.api<{ items: Command[] }>('GET', '/commands')).body.items).toEqual([]);
});

test('an armed segment that trips switches its wall light on, read back at the module and kept on the alarm’s record', async () => {
  expect((await house.api('POST', '/zones/segment-1/arm', {})).status).toBe(200);
  fence.inputs[0] = 1;
  const alarm = await intrusion('segment-1');
  const done = await live.change<Command>(
    'commands',
    ({ device, state }) => device === 'light-1' && state === 'confirmed',
  );
  expect(done).toMatchObject({ command: 'switchOn', alarm: alarm.id, reason: '一防区开灯', error: null });
  expect(fence.coils[0]).toBe(1);
  const record = await recordOf(alarm);
  expect(record.commands).toMatchObject([{ id: done.id, state: 'confirmed' }]);
  expect(record.transitions.map(({ cause, comment }) => [cause, comment])).toEqual([
    ['raised', null],
    ['linked', '一防区开灯: light-1 switchOn'],
  ]);
});

test('a light whose module does not answer leaves the alarm as loud, with the failed command on its record', async () => {
  lamps.dead = true;
  fence.inputs[1] = 1;
  const alarm = await intrusion('segment-2');
  expect(alarm).toMatchObject({ state: 'unacknowledged' });
  await live.change<Command>('commands', ({ device, state }) => device === 'light-2' && state === 'failed');
  const record = await recordOf(alarm);
  // Silence of the wire, or, once that is known, that the module is lost.
  const error = expect.stringMatching(/no answer within 200 ms|lamp-io is offline/);
  expect(record.commands).toMatchObject([{ device: 'light-2', command: 'switchOn', state: 'failed', error }]);
  expect(record.transitions.map(({ cause }) => cause)).toEqual(['raised', 'linked']);
});

test('a light whose module refuses the write fails with the words of the wire', async () => {
  await live.change<DeviceState>('device-states', ({ id, state }) => id === 'light-2' && state === 'offline');
  const before = live.changes('device-states').length;
  lamps.dead = false;
  await eventually('it is back', () =>
    live
      .changes('device-states')
      .slice(before)
      .some(({ id, data }) => id === 'light-2' && (data as DeviceState).state === 'online'),
  );
  lamps.coils = [];
  fence.inputs[1] = 0;
  await eventually('the segment is at rest', async () => !(await tripped('segment-2')));
  fence.inputs[1] = 1;
  const failed = await live.change<Command>(
    'commands',
    ({ device, error }) => device === 'light-2' && error?.includes('exception') === true,
  );
  expect(failed).toMatchObject({ state: 'failed', error: expect.stringContaining('exception 02') });
});
