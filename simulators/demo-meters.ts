import type { SimulatedMeter } from './dlt645-meter.ts';
import { emptyUnit, type SlaveUnit } from './modbus-slave.ts';

/** A float32 in two registers of a table, high word first unless `lowFirst`. */
export function setFloat(registers: number[], address: number, value: number, lowFirst = false): void {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  const words = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  registers.splice(address, 2, ...(lowFirst ? words.reverse() : words));
}

function threePhase(number: string, energyKwh: number): SimulatedMeter {
  return { number, values: { '00010000': energyKwh, '00020000': 0, '02800002': 50 } };
}

const phaseVolts = [231.4, 229.8, 230.6];

/** Lets a meter run for a second at a power, kW. */
function run(meter: SimulatedMeter, powerKw: number): void {
  const { values } = meter;
  const factor = 0.96;
  const amps = (powerKw * 1_000) / (3 * 230 * factor);
  // The register has two decimals; what is less is kept in the meter.
  values['00010000'] = Number(values['00010000'] ?? 0) + powerKw / 3_600;
  values['02030000'] = powerKw;
  values['02060000'] = factor;
  values['0201FF00'] = phaseVolts;
  values['0202FF00'] = phaseVolts.map((_, phase) => amps * (0.97 + 0.03 * phase));
}

/** Unit ids of the Modbus meters on the demo's meter bus. */
export const demoUnits = { pumps: 11, water: 12 };

/** The meters of the demo compound: a main meter and its branches by DL/T 645, the pumps and the water main by Modbus, on one pair of wires. */
export function createDemoMeters() {
  const main = threePhase('202611280001', 48_213.6);
  const buildings = [threePhase('202611280002', 18_302.44), threePhase('202611280003', 16_988.07)];
  const pumps: SlaveUnit = { ...emptyUnit(), input: Array<number>(80).fill(0) };
  const water: SlaveUnit = { ...emptyUnit(), holding: Array<number>(120).fill(0) };
  let pumpsKwh = 9_321.5;
  let waterM3 = 5_210.4;
  let seconds = 0;

  return {
    meters: [main, ...buildings],
    units: new Map([
      [demoUnits.pumps, pumps],
      [demoUnits.water, water],
    ]),
    /** One second goes by. */
    tick(pumping: boolean): void {
      seconds++;
      const swing = Math.sin(seconds / 300);
      // Together below 80 kW: more does not fit the two digits that the standard has for power.
      const homesKw = [24 + 6 * swing, 22 - 5 * swing];
      const pumpsKw = pumping ? 7.5 : 0.2;
      const lightsKw = 3.1;
      buildings.forEach((meter, i) => {
        run(meter, homesKw[i] ?? 0);
      });
      run(main, pumpsKw + lightsKw + homesKw.reduce((sum, kw) => sum + kw, 0));
      pumpsKwh += pumpsKw / 3_600;
      const flow = 6 + 2.5 * swing;
      waterM3 += flow / 3_600;
      for (const phase of [0, 1, 2]) {
        setFloat(pumps.input, 2 * phase, phaseVolts[phase] ?? 0);
        setFloat(pumps.input, 6 + 2 * phase, (pumpsKw * 1_000) / (3 * 230));
      }
      setFloat(pumps.input, 52, pumpsKw * 1_000);
      setFloat(pumps.input, 62, 0.91);
      setFloat(pumps.input, 70, 50);
      setFloat(pumps.input, 72, pumpsKwh);
      setFloat(water.holding, 0, flow, true);
      setFloat(water.holding, 114, waterM3, true);
    },
  };
}
