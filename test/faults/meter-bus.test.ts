import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from 'vitest';
import type { LinkState } from '../../gateway/contract/device-state.ts';
import type { LinkStatus } from '../../gateway/contract/link-status.ts';
import type { SimulatedCjt188Meter } from '../../simulators/cjt188-meter.ts';
import type { SimulatedMeter } from '../../simulators/dlt645-meter.ts';
import { emptyUnit, type SlaveUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { floatWords, openPortTo } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { openRs485Pair, type Rs485Pair } from '../rs485-pair.ts';

// Sixteen meters of three protocols and five makers' maps on one serial port that is set anew for each protocol, every byte as long on
// the wires as it takes. Two of the meters die. The long form has the types as they are shipped, at 9600 and 2400 bit/s; the short one
// has the same types and wires four times as fast.

const long = process.env.GATEHOUSE_FAULTS === 'long';
const pace = long ? 1 : 4;
const healthyMs = long ? 120_000 : 9_000;
const deadMs = long ? 480_000 : 18_000;

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const modbusBaud = 9_600 * pace;
const meterBaud = 2_400 * pace;
const timeouts = { modbus: 300, meter: long ? 1_000 : 400 };
/** Start, eight bits, stop; meters have a parity bit, for which a second stop bit stands on a pseudo-terminal. */
const msPerByte = { modbus: 10_000 / modbusBaud, meter: 11_000 / meterBaud };

const uint32 = (value: number): number[] => [value >>> 16, value & 0xffff];

function registers(size: number, values: Record<number, number[]>): number[] {
  const table = Array<number>(size).fill(0);
  for (const [address, words] of Object.entries(values))
    table.splice(Number(address), words.length, ...words);
  return table;
}

/** One meter: how it is installed, what it says, and its register as it is read. */
interface Meter {
  id: string;
  type: string;
  address: string | number;
  protocol: 'modbus' | 'dlt645' | 'cjt188';
  point: 'energyImport' | 'volume';
  value: number;
  unit?: SlaveUnit;
  meter?: SimulatedMeter | SimulatedCjt188Meter;
}

/** Each has a register of its own, so that no answer can be taken for another's. */
const shownBy = (number: number) => 1_000 + number;

function modbusMeter(type: string, address: number, tables: Partial<SlaveUnit>): Meter {
  const unit = { ...emptyUnit(), ...tables };
  return {
    id: `m${address}`,
    type,
    address,
    protocol: 'modbus',
    point: 'energyImport',
    value: shownBy(address),
    unit,
  };
}

const eastron = (address: number) =>
  modbusMeter('eastron-sdm630', address, {
    input: registers(80, { 0: floatWords(230), 72: floatWords(shownBy(address)) }),
  });
const acrel = (address: number) =>
  modbusMeter('acrel-adl3000', address, {
    holding: registers(340, { 10: uint32(100 * shownBy(address)), 97: [2_300], 331: uint32(1) }),
  });
const chint = (address: number) =>
  modbusMeter('chint-dtsu666', address, {
    holding: registers(0x2050, { 4126: floatWords(shownBy(address)), 8198: floatWords(2_300) }),
  });

function dlt645(number: number): Meter {
  const address = String(number).padStart(12, '0');
  const value = shownBy(number);
  const values = {
    '00010000': value,
    '00020000': 0,
    '02030000': 1.5,
    '02060000': 0.99,
    '02800002': 50,
    '0201FF00': [230, 231, 232],
    '0202FF00': [1, 2, 3],
  };
  return {
    id: `e${number}`,
    type: 'dlt645-2007-meter',
    address,
    protocol: 'dlt645',
    point: 'energyImport',
    value,
    meter: { number: address, values },
  };
}

function cjt188(number: number): Meter {
  const address = `7833${String(number).padStart(10, '0')}`;
  const value = shownBy(number);
  const meter = {
    meterType: '10',
    address,
    values: { measured: { total: [value, 'm3'], settlement: [0, 'm3'] } },
  } as const;
  return {
    id: `w${number}`,
    type: 'cjt188-water-meter',
    address,
    protocol: 'cjt188',
    point: 'volume',
    value,
    meter,
  };
}

const meters: readonly Meter[] = [
  ...[1, 2, 3, 4].map(eastron),
  ...[5, 6, 7].map(acrel),
  ...[8, 9, 10].map(chint),
  ...[101, 102, 103, 104].map(dlt645),
  ...[201, 202].map(cjt188),
];
const dying = ['m10', 'e104'];

/** The shipped types; in the short form under names of their own, asked more often. */
const idOf = (type: string) => (long ? type : `quick-${type}`);
const shipped = (type: string) =>
  readFileSync(new URL(`../../devices/${type}/type.yaml`, import.meta.url), 'utf8');
const periodOf = (type: string) => Number(/^pollMs: (\d+)$/m.exec(shipped(type))?.[1]) / pace;

function quickTypes(dataDir: string): void {
  for (const type of new Set(meters.map((meter) => meter.type))) {
    mkdirSync(join(dataDir, 'types', idOf(type)), { recursive: true });
    const text = shipped(type)
      .replace(/^id: .*$/m, `id: ${idOf(type)}`)
      .replace(/^pollMs: .*$/m, `pollMs: ${periodOf(type)}`);
    writeFileSync(join(dataDir, 'types', idOf(type), 'type.yaml'), text);
  }
}

/** The wires behind a serial port, and what dies on them. */
async function wireUp(): Promise<{ path: string; pair: Rs485Pair; kill(): void }> {
  const pair = await openRs485Pair((question) =>
    question[0] === 0xfe
      ? { msPerByte: msPerByte.meter, thinkMs: 40 / pace }
      : { msPerByte: msPerByte.modbus, thinkMs: 10 / pace },
  );
  open.push(pair);
  const units = new Map(
    meters.flatMap(({ address, unit }) => (unit ? [[Number(address), unit] as const] : [])),
  );
  const server = await serveModbus(
    'rtu',
    units,
    meters.flatMap(({ meter }) => meter ?? []),
  );
  open.push(server);
  await pair.join(server.port);
  const { path, close } = await openPortTo(pair.port);
  open.push({ close });
  return {
    path,
    pair,
    kill() {
      for (const { unit, meter } of meters.filter(({ id }) => dying.includes(id)))
        Object.assign(unit ?? meter ?? {}, { dead: true });
    },
  };
}

interface Polls {
  id: string;
  protocol: Meter['protocol'];
  count: number;
  periodMs: number;
  /** The longest time between two polls. */
  longestMs: number;
  /** How much later than its period a poll came, at the most and on the average. */
  latestMs: number;
  meanLateMs: number;
}

/** The polls of each meter between two moments; every value of theirs is the one that it shows. */
async function pollsOf(house: House, some: readonly Meter[], from: number, to: number): Promise<Polls[]> {
  return Promise.all(
    some.map(async ({ id, type, protocol, point, value }) => {
      const { body } = await house.api<{ items: { at: number; value: unknown }[] }>(
        'GET',
        `/history?point=${id}.${point}&from=${from}&to=${to}`,
      );
      for (const item of body.items) expect(item.value, id).toBeCloseTo(value, 2);
      const times = body.items.map(({ at }) => at);
      const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
      const periodMs = periodOf(type);
      const late = gaps.map((gap) => Math.max(0, gap - periodMs));
      return {
        ...{
          id,
          protocol,
          count: times.length,
          periodMs,
          longestMs: Math.max(0, ...gaps),
          latestMs: Math.max(0, ...late),
        },
        meanLateMs: late.reduce((sum, ms) => sum + ms, 0) / Math.max(1, late.length),
      };
    }),
  );
}

function figures(name: string, polls: readonly Polls[], busy: number, link: LinkStatus): void {
  for (const protocol of ['modbus', 'dlt645', 'cjt188'] as const) {
    const some = polls.filter((one) => one.protocol === protocol);
    const latest = Math.max(...some.map(({ latestMs }) => latestMs));
    const mean = some.reduce((sum, { meanLateMs }) => sum + meanLateMs, 0) / some.length;
    console.log(
      `${name}, ${protocol}: ${some.length} meters each ${some[0]?.periodMs} ms, ${some.reduce((sum, { count }) => sum + count, 0)} polls, late by ${Math.round(mean)} ms on the average, ${Math.round(latest)} ms at the most`,
    );
  }
  console.log(
    `${name}: wires busy ${Math.round(100 * busy)} %, last cycle ${Math.round(link.lastCycleMs ?? 0)} ms, reckoned worst cycle ${link.worstCycleMs} ms, ${link.counters.asked} questions, ${link.counters.timeouts} time-outs, ${link.counters.broken} broken`,
  );
}

describe.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
  'sixteen meters of three protocols on one serial line',
  () => {
    test('keep their periods, and two of them that die make none of the others later than their time-outs', {
      timeout: healthyMs + deadMs + 90_000,
    }, async () => {
      const { path, pair, kill } = await wireUp();
      const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-house-'));
      if (!long) quickTypes(dataDir);
      const meterLine = `{ baudRate: ${meterBaud}, parity: none, stopBits: 2, timeoutMs: ${timeouts.meter} }`;
      const house = await startHouse({
        dataDir,
        site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: rs485, kind: bus, path: ${path}, protocol: modbus-rtu, baudRate: ${modbusBaud}, timeoutMs: ${timeouts.modbus}, also: { dlt645-2007: ${meterLine}, cjt188: ${meterLine} } }
devices:
${meters.map(({ id, type, address }) => `  - { id: ${id}, type: ${idOf(type)}, name: ${id}, area: compound, link: rs485, address: ${JSON.stringify(address)} }`).join('\n')}
`,
      });
      open.push(house);
      const live = await house.live();
      const linkNow = async () => {
        const { body } = await house.api<{ links: LinkStatus[] }>('GET', '/links/status');
        const [link] = body.links;
        if (!link) throw new Error('there is no link');
        return link;
      };
      const online = () =>
        new Set(
          live
            .changes('device-states')
            .flatMap(({ id, data }) => ((data as { state: string }).state === 'online' ? [id] : [])),
        );
      await eventually('all are read', () => online().size === meters.length, 45_000);

      const stall = monitorEventLoopDelay({ resolution: 5 });
      async function watch(name: string, forMs: number, some: readonly Meter[]): Promise<Polls[]> {
        stall.reset();
        stall.enable();
        const [from, busyFrom] = [Date.now(), pair.busyMs()];
        await new Promise((resolve) => setTimeout(resolve, forMs));
        const to = Date.now();
        stall.disable();
        const polls = await pollsOf(house, some, from, to);
        figures(name, polls, (pair.busyMs() - busyFrom) / (to - from), await linkNow());
        return polls;
      }

      // The first rounds still read everything at once.
      await new Promise((resolve) => setTimeout(resolve, periodOf('dlt645-2007-meter')));
      const healthy = await watch('all alive', healthyMs, meters);
      const before = await linkNow();
      expect(before.counters).toMatchObject({ timeouts: 0, broken: 0, refused: 0 });
      kill();
      const living = meters.filter(({ id }) => !dying.includes(id));
      const beside = await watch('two dead', deadMs, living);
      const after = await linkNow();

      const latest = (polls: readonly Polls[]) => Math.max(...polls.map(({ latestMs }) => latestMs));
      // What the dead cost: the time-out of each, with its question on the wires.
      const costMs = timeouts.modbus + timeouts.meter + 16 * (msPerByte.modbus + msPerByte.meter);
      const stallMs = (2 * stall.max) / 1e6;
      // The others wait for whoever has the line: the longest is a meter with seven questions.
      const longestTurn = 7 * ((24 + 34) * msPerByte.meter + 40 / pace) + 100;
      for (const { id, count, periodMs, latestMs } of beside) {
        expect(count, id).toBeGreaterThanOrEqual(Math.floor(deadMs / (periodMs + longestTurn + costMs)));
        expect(latestMs, id).toBeLessThan(longestTurn + costMs + stallMs);
      }
      console.log(
        `latest poll of a living meter: ${Math.round(latest(healthy))} ms late with all alive, ${Math.round(latest(beside))} ms with two dead`,
      );
      expect(pair.collisions()).toBe(0);
      const deadAsked = (after.counters.timeouts ?? 0) - (before.counters.timeouts ?? 0);
      expect(deadAsked).toBeGreaterThanOrEqual(2);
      // Asked at growing pauses: each not nearly as often as if it lived.
      expect(deadAsked).toBeLessThanOrEqual(6 + (2 * deadMs) / 30_000);
      expect(after.counters.broken).toBe(0);
      const lost = (await house.openAlarms())
        .filter(({ definition }) => definition === 'offline')
        .map(({ device }) => device);
      expect(lost.filter((id) => !dying.includes(id))).toEqual([]);
      if (long) expect(lost.sort()).toEqual([...dying].sort());
      const states = live.changes('link-states').map(({ data }) => (data as LinkState).state);
      expect(states.filter((state) => state === 'down')).toEqual([]);
    });
  },
);
