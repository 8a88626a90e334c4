import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import type { SimulatedMeter } from '../../simulators/dlt645-meter.ts';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { floatWords, freePort, openPortTo, startCjt188Meters, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { openRs485Pair } from '../rs485-pair.ts';

// One pair of wires with DL/T 645 meters, Modbus meters, one of them by pymodbus, CJ/T 188 meters by a program of its own, and two
// that are dead.

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

function setFloats(registers: number[], floats: Record<number, number>): number[] {
  for (const [address, value] of Object.entries(floats))
    registers.splice(Number(address), 2, ...floatWords(value));
  return registers;
}

const threePhase: SimulatedMeter = {
  number: '202109180007',
  values: {
    '00010000': 123_456.78,
    '00020000': 12.5,
    '02030000': -2.534,
    '02060000': -0.998,
    '02800002': 49.98,
    '0201FF00': [231.4, 229.8, 230.6],
    '0202FF00': [-11.519, 4, 0],
  },
  // A meter that sends its blocks in pieces.
  frameBytes: 4,
};
/** Knows no power; its register is all it has beside voltage and current. */
const singlePhase: SimulatedMeter = {
  number: '000000000161',
  values: { '00010000': 0.26, '02010100': 220, '02020100': 1.5 },
};
const dead: SimulatedMeter = { number: '000000000999', values: {}, dead: true };

/** The wires with everything on them; pymodbus is unit 1 when `withPymodbus`, else a unit of ours. */
async function wireUp(withPymodbus: boolean) {
  const pair = await openRs485Pair();
  open.push(pair);
  const units = new Map([
    [
      2,
      {
        ...emptyUnit(),
        input: setFloats(Array<number>(400).fill(0), {
          0: 230.5,
          6: 3.25,
          12: 752.5,
          30: 0.999,
          70: 50.02,
          72: 1_234.5,
          74: 0,
        }),
      },
    ],
    [9, { ...emptyUnit(), dead: true }],
  ]);
  const registers = {
    0: 229.5,
    2: 230,
    4: 231.5,
    6: 4.25,
    8: 0,
    10: 12.5,
    52: -1_534.5,
    62: -0.5,
    70: 49.98,
    72: 18_302.5,
    74: 12.5,
  };
  if (withPymodbus) {
    const port = await freePort();
    const server = await startPymodbus('rtu', port);
    open.push({ close: server.stop });
    for (const [address, value] of Object.entries(registers))
      await server.set('input', Number(address), ...floatWords(value));
    await pair.join(port);
    const meters = await startCjt188Meters('tcp', await freePort());
    open.push({ close: meters.stop });
    await pair.join(meters.port);
  } else units.set(1, { ...emptyUnit(), input: setFloats(Array<number>(400).fill(0), registers) });
  const ours = await serveModbus('rtu', units, [threePhase, singlePhase, dead]);
  open.push(ours);
  await pair.join(ours.port);
  return pair;
}

const site = (link: string) => `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - ${link}
devices:
  - { id: main, type: dlt645-2007-meter, name: 总表, area: compound, link: rs485, address: "202109180007" }
  - { id: home, type: dlt645-2007-single-phase-meter, name: 户表, area: compound, link: rs485, address: "000000000161" }
  - { id: plant, type: eastron-sdm630, name: 水泵房, area: compound, link: rs485, address: 1 }
  - { id: shop, type: eastron-sdm230, name: 商铺, area: compound, link: rs485, address: 2 }
  - { id: water, type: cjt188-water-meter, name: 水表, area: compound, link: rs485, address: "78330011223344" }
  - { id: heat, type: cjt188-heat-meter-unit-first, name: 热量表, area: compound, link: rs485, address: "00000040314132" }
  - { id: gas, type: cjt188-gas-meter, name: 燃气表, area: compound, link: rs485, address: "00000020230915" }
  - { id: dead-meter, type: dlt645-2007-meter, name: 坏表, area: compound, link: rs485, address: "000000000999" }
  - { id: dead-unit, type: eastron-sdm230, name: 坏模块, area: compound, link: rs485, address: 9 }
`;

/** Newest values of a device that has all of them; null: bad. */
async function valuesOf(house: House, device: string): Promise<Record<string, unknown>> {
  const { body } = await house.api<{ items: { point: string; value: unknown; receivedAt: number }[] }>(
    'GET',
    `/devices/${device}/points`,
  );
  return Object.fromEntries(
    body.items.filter(({ receivedAt }) => receivedAt > 0).map(({ point, value }) => [point, value]),
  );
}

async function expectAllRead(house: House): Promise<void> {
  const live = await house.live();
  const wanted: Record<string, Record<string, unknown>> = {
    main: {
      energyImport: 123_456.78,
      energyExport: 12.5,
      power: -2.534,
      powerFactor: -0.998,
      frequency: 49.98,
      voltageA: 231.4,
      voltageB: 229.8,
      voltageC: 230.6,
      currentA: -11.519,
      currentB: 4,
      currentC: 0,
    },
    home: { energyImport: 0.26, power: null, voltageA: 220, currentA: 1.5 },
    plant: {
      energyImport: 18_302.5,
      energyExport: 12.5,
      power: -1.5345,
      powerFactor: -0.5,
      frequency: 49.98,
      voltageA: 229.5,
      voltageB: 230,
      voltageC: 231.5,
      currentA: 4.25,
      currentB: 0,
      currentC: 12.5,
    },
    water: { volume: 1_234.56, batteryLow: false },
    gas: { volume: 88.25, batteryLow: true },
    heat: {
      energy: 20,
      volume: 10.34,
      power: 12.5,
      flow: 1.25,
      supplyTemperature: 45.35,
      returnTemperature: 35.66,
      runHours: 123,
      batteryLow: false,
    },
    shop: {
      energyImport: 1_234.5,
      energyExport: 0,
      power: 0.7525,
      powerFactor: 0.999,
      frequency: 50.02,
      voltageA: 230.5,
      currentA: 3.25,
    },
  };
  for (const [id, values] of Object.entries(wanted)) {
    await live.change<DeviceState>('device-states', (state) => state.id === id && state.state === 'online');
    await eventually(
      `${id} is read`,
      async () => Object.keys(await valuesOf(house, id)).length >= Object.keys(values).length,
    );
    expect(await valuesOf(house, id), id).toEqual(values);
  }
  const meters = await house.api<{
    items: { id: string; kind: string; registers: { point: string; unit: string }[] }[];
  }>('GET', '/meters');
  expect(meters.body.items.find(({ id }) => id === 'gas')).toMatchObject({
    kind: 'gas-meter',
    registers: [{ point: 'volume', unit: 'm³' }],
  });
  // What the meter refuses is told once, in words.
  const letters = await house.api<{ items: { device: string; reason: string }[] }>(
    'GET',
    '/dead-letters?limit=50',
  );
  expect(letters.body.items.filter(({ device }) => device === 'home').map(({ reason }) => reason)).toEqual([
    'home.power: meter 000000000161 refuses 02030000: the meter has no such data (error word 02)',
  ]);
  const state = live.changes('link-states').at(-1)?.data as LinkState;
  expect(state).toMatchObject({ id: 'rs485', state: 'up' });
  expect(state.worstCycleMs).toBeGreaterThan(1_000);
  expect(live.changes('link-states').some(({ data }) => (data as LinkState).state === 'down')).toBe(false);
}

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('meters of three protocols on one bus', () => {
  test('behind a serial server are all read right, beside two that are dead', {
    timeout: 60_000,
  }, async () => {
    const pair = await wireUp(true);
    const house = await startHouse({
      site: site(
        `{ id: rs485, kind: bus, path: "tcp://127.0.0.1:${pair.port}", protocol: modbus-rtu, baudRate: 9600, timeoutMs: 300, also: { dlt645-2007: { baudRate: 9600, parity: none, timeoutMs: 400 }, cjt188: { baudRate: 9600, parity: none, timeoutMs: 400 } } }`,
      ),
    });
    open.push(house);
    await expectAllRead(house);
  });

  test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
    'on a serial port that is set anew for each of them are all read right',
    { timeout: 60_000 },
    async () => {
      const pair = await wireUp(true);
      const { path, close } = await openPortTo(pair.port);
      open.push({ close });
      const house = await startHouse({
        // A pseudo-terminal has no parity; two stop bits stand for it.
        site: site(
          `{ id: rs485, kind: bus, path: ${path}, protocol: modbus-rtu, baudRate: 9600, timeoutMs: 300, also: { dlt645-2007: { baudRate: 2400, parity: none, stopBits: 2, timeoutMs: 400 }, cjt188: { baudRate: 2400, parity: none, stopBits: 2, timeoutMs: 400 } } }`,
        ),
      });
      open.push(house);
      await expectAllRead(house);
    },
  );
});

const pollMs = 500;
const timeoutMs = 150;
const watchedMs = 5_000;
/** Beside what the machine itself was late, which is measured. */
const slackMs = 150;

/** Types of the site's own that are read often, so that a period can be watched. */
function quickTypes(dataDir: string): void {
  const type = (id: string, link: string, read: string) => {
    mkdirSync(join(dataDir, 'types', id), { recursive: true });
    writeFileSync(
      join(dataDir, 'types', id, 'type.yaml'),
      `id: ${id}
label: { zh: 电表, en: Meter }
kind: electricity-meter
link: ${link}
pollMs: ${pollMs}
points: { energyImport: { ${read} } }
`,
    );
  };
  type('quick-meter', 'dlt645', 'dlt645: { di: "00010000" }');
  type('quick-unit', 'modbus', 'modbus: { function: 4, address: 72, type: float32 }');
}

test('dead meters and units are announced and cost their neighbours on the bus none of their polls', {
  timeout: 60_000,
}, async () => {
  const pair = await wireUp(false);
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-house-'));
  quickTypes(dataDir);
  const house = await startHouse({
    dataDir,
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: rs485, kind: bus, path: "tcp://127.0.0.1:${pair.port}", protocol: dlt645-2007, baudRate: 38400, parity: none, timeoutMs: ${timeoutMs}, also: { modbus-rtu: { baudRate: 38400, timeoutMs: ${timeoutMs} } } }
devices:
  - { id: meter-1, type: quick-meter, name: 表一, area: compound, link: rs485, address: "202109180007" }
  - { id: meter-2, type: quick-meter, name: 表二, area: compound, link: rs485, address: "000000000161" }
  - { id: unit-1, type: quick-unit, name: 表三, area: compound, link: rs485, address: 1 }
  - { id: unit-2, type: quick-unit, name: 表四, area: compound, link: rs485, address: 2 }
  - { id: dead-meter, type: quick-meter, name: 坏表, area: compound, link: rs485, address: "000000000999" }
  - { id: dead-unit, type: quick-unit, name: 坏模块, area: compound, link: rs485, address: 9 }
`,
  });
  open.push(house);
  const live = await house.live();
  for (const id of ['dead-meter', 'dead-unit'])
    await live.change<Alarm>('alarms', (alarm) => alarm.device === id && alarm.definition === 'offline');
  const stall = monitorEventLoopDelay({ resolution: 5 });
  stall.enable();
  const from = Date.now();
  await new Promise((resolve) => setTimeout(resolve, watchedMs));
  const to = Date.now();
  stall.disable();
  for (const id of ['meter-1', 'meter-2', 'unit-1', 'unit-2']) {
    const { body } = await house.api<{ items: { at: number }[] }>(
      'GET',
      `/history?point=${id}.energyImport&from=${from}&to=${to}`,
    );
    const times = body.items.map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(times.length, id).toBeGreaterThan(((to - from) / pollMs) * 0.9 - 1);
    // Both dead ones may be asked in between.
    expect(Math.max(...gaps), id).toBeLessThan(pollMs + 2 * timeoutMs + slackMs + (2 * stall.max) / 1e6);
  }
  const state = (await house.live()).changes('link-states').at(-1)?.data as LinkState;
  console.log(
    `round of the bus: ${Math.round(state.lastCycleMs ?? 0)} ms, at worst ${state.worstCycleMs} ms`,
  );
  expect(state.lastCycleMs).toBeGreaterThan(pollMs / 2);
  expect(state.lastCycleMs).toBeLessThan(pollMs + 2 * timeoutMs + slackMs + (2 * stall.max) / 1e6);
  const lost = (await house.openAlarms()).filter(({ definition }) => definition === 'offline');
  expect(lost.map(({ device }) => device).sort()).toEqual(['dead-meter', 'dead-unit']);
});
