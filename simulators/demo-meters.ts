import type { SimulatedCjt188Meter } from './cjt188-meter.ts';
import type { SimulatedMeter } from './dlt645-meter.ts';
import { emptyUnit, type SlaveUnit } from './modbus-slave.ts';
import { type DemoMeter, demoMeters, type Load } from './site/demo-meters.ts';

/** A float32 in two registers of a table, high word first unless `lowFirst`. */
export function setFloat(registers: number[], address: number, value: number, lowFirst = false): void {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  const words = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  registers.splice(address, 2, ...(lowFirst ? words.reverse() : words));
}

/** What is going on in the compound, as far as meters count it; shares of full load, 0 to 1. */
export type Loads = Record<Exclude<Load, 'steady'>, number>;

/** A meter as it stands. */
interface Standing {
  meter: DemoMeter;
  /** kWh, or m³. */
  register: number;
  /** kW, or m³/h. */
  rate: number;
}

const phaseVolts = [231.4, 229.8, 230.6];
/** Wires and joints take their part between a main meter and those behind it. */
const lossShare = 0.015;

const isCjt188 = ({ way }: DemoMeter): boolean => way === 'cjt188-water-meter';
const isWater = (meter: DemoMeter): boolean => meter.way === 'tuf-2000m' || isCjt188(meter);

/** The side that a DL/T 645 meter shows: its values by identifier. */
function showDlt645({ values }: SimulatedMeter, { meter, register, rate }: Standing): void {
  values['00010000'] = register;
  values['02030000'] = rate;
  if (meter.way === 'dlt645-2007-single-phase-meter') {
    values['02010100'] = phaseVolts[0] ?? 0;
    values['02020100'] = (rate * 1_000) / 230;
    return;
  }
  const amps = (rate * 1_000) / (3 * 230 * 0.96);
  values['00020000'] = 0;
  values['02060000'] = 0.96;
  values['02800002'] = 50;
  values['0201FF00'] = phaseVolts;
  values['0202FF00'] = phaseVolts.map((_, phase) => amps * (0.97 + 0.03 * phase));
}

/** Registers of an SDM630 or SDM230. */
function showEastron(table: number[], { meter, register, rate }: Standing): void {
  const phases = meter.way === 'eastron-sdm630' ? [0, 1, 2] : [0];
  for (const phase of phases) {
    setFloat(table, 2 * phase, phaseVolts[phase] ?? 0);
    setFloat(table, 6 + 2 * phase, (rate * 1_000) / (phases.length * 230));
  }
  setFloat(table, phases.length === 3 ? 52 : 12, rate * 1_000);
  setFloat(table, phases.length === 3 ? 62 : 30, 0.91);
  setFloat(table, 70, 50);
  setFloat(table, 72, register);
}

/** The meters of the demo compound: DL/T 645, CJ/T 188 and Modbus ones on one pair of wires. */
export function createDemoMeters() {
  const standings: Standing[] = demoMeters.map((meter) => ({ meter, register: meter.register, rate: 0 }));
  const byId = new Map(standings.map((standing) => [standing.meter.id, standing]));
  const meters = new Map<Standing, SimulatedMeter>();
  const cjt188 = new Map<Standing, SimulatedCjt188Meter>();
  const units = new Map<number, SlaveUnit>();
  for (const standing of standings) {
    const { address } = standing.meter;
    if (isCjt188(standing.meter))
      cjt188.set(standing, { meterType: '10', address: String(address), values: { measured: {} } });
    else if (typeof address === 'string') meters.set(standing, { number: address, values: {} });
    else units.set(address, { ...emptyUnit(), input: Array(80).fill(0), holding: Array(120).fill(0) });
  }
  let seconds = 0;

  function rateOf({ meter }: Standing, loads: Loads): number {
    if (meter.load !== 'steady') return meter.full * (0.03 + 0.97 * loads[meter.load]);
    // Each at its own pace, between two thirds and full.
    return meter.full * (0.83 + 0.17 * Math.sin(seconds / 300 + meter.register));
  }

  function show(standing: Standing): void {
    const { meter, register, rate } = standing;
    const wired = meters.get(standing);
    if (wired) showDlt645(wired, standing);
    const counted = cjt188.get(standing);
    if (counted) counted.values.measured.total = [register, 'm3'];
    const unit = typeof meter.address === 'number' ? units.get(meter.address) : undefined;
    if (!unit) return;
    if (isWater(meter)) {
      setFloat(unit.holding, 0, rate, true);
      setFloat(unit.holding, 114, register, true);
    } else showEastron(unit.input, standing);
  }

  function tick(loads: Loads): void {
    seconds++;
    const behind = new Map<string, number>();
    for (const standing of standings) {
      const { meter } = standing;
      if (meter.main === undefined) continue;
      standing.rate = rateOf(standing, loads);
      behind.set(meter.main, (behind.get(meter.main) ?? 0) + standing.rate);
    }
    for (const [main, rate] of behind) {
      const standing = byId.get(main);
      if (standing) standing.rate = rate * (1 + lossShare);
    }
    for (const standing of standings) {
      standing.register += standing.rate / 3_600;
      show(standing);
    }
  }

  // They may be asked before the first second has gone by: a meter that then has no register refuses, and its answer is a dead letter.
  for (const standing of standings) show(standing);

  return {
    meters: [...meters.values(), ...cjt188.values()],
    units,
    /** One second goes by. */
    tick,
    registers: (): [id: string, register: number][] =>
      standings.map(({ meter, register }) => [meter.id, register]),
  };
}
