import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { type House, startHouse } from '../house.ts';

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const pollMs = 250;
const timeoutMs = 200;
const watchedMs = 5_000;
/** Beside what the machine itself was late, which is measured. */
const slackMs = 150;

test('a dead slave is announced and costs its neighbours on the bus none of their polls', async () => {
  const units = new Map(
    [1, 2, 3, 4].map((unit) => [
      unit,
      { ...emptyUnit(), inputs: Array<number>(8).fill(0), coils: Array<number>(8).fill(0) },
    ]),
  );
  const bus = await serveModbus('rtu', units);
  open.push(bus);
  const modules = [1, 2, 3, 4].map(
    (unit) =>
      `  - { id: io-${unit}, type: generic-modbus-io-8, name: 模块 ${unit}, area: compound, link: rs485, address: ${unit} }`,
  );
  const house: House = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: rs485, kind: bus, path: "tcp://127.0.0.1:${bus.port}", protocol: modbus-rtu, baudRate: 38400, timeoutMs: ${timeoutMs} }
devices:
${modules.join('\n')}
`,
  });
  open.push(house);
  const live = await house.live();
  for (const module of ['io-1', 'io-2', 'io-3', 'io-4'])
    await live.change<DeviceState>('device-states', ({ id, state }) => id === module && state === 'online');

  const dead = units.get(3);
  if (dead) dead.dead = true;
  await live.change<Alarm>(
    'alarms',
    ({ device, definition }) => device === 'io-3' && definition === 'offline',
  );
  const stall = monitorEventLoopDelay({ resolution: 5 });
  stall.enable();
  const from = Date.now();
  await new Promise((resolve) => setTimeout(resolve, watchedMs));
  const to = Date.now();
  stall.disable();
  const stallMs = stall.max / 1e6;

  for (const id of ['io-1', 'io-2', 'io-4']) {
    const { body } = await house.api<{ items: { at: number }[] }>(
      'GET',
      `/history?point=${id}.in1&from=${from}&to=${to}`,
    );
    const times = body.items.map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(times.length).toBeGreaterThan(((to - from) / pollMs) * 0.9);
    expect(Math.max(...gaps)).toBeLessThan(pollMs + timeoutMs + slackMs + 2 * stallMs);
  }
  const lost = (await house.openAlarms()).filter(({ definition }) => definition === 'offline');
  expect(lost.map(({ device }) => device)).toEqual(['io-3']);
});
