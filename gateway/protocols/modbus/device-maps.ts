import { decodeRegisters, type RegisterFormat, registerCount } from './registers.ts';

// Register maps of well-known devices, for the frame inspector: what a block read of them means. Addresses are PDU
// addresses (0-based); manuals often print one more, or 4xxxx.

/** Current and voltage transformer ratios that a meter leaves to the reader. */
export interface TransformerRatios {
  pt: number;
  ct: number;
}

interface MapPoint extends RegisterFormat {
  name: string;
  address: number;
  /** The value is to be divided by ten to the power of this other point of the same read. */
  decimalsIn?: string;
  /** Primary value = register × these ratios. */
  ratios?: readonly (keyof TransformerRatios)[];
}

export interface DeviceMap {
  fc: number | null;
  points: readonly MapPoint[];
  /** Words of a register that hold one alarm in each four bits, the highest first; only the active ones are told. */
  packedAlarms?: ReadonlyMap<number, string>;
}

function inARow(names: readonly string[], address: number, step: number, format: RegisterFormat): MapPoint[] {
  return names.map((name, i) => ({ name, address: address + step * i, ...format }));
}

const phases = ['l1', 'l2', 'l3'];
const named = (what: string) => phases.map((phase) => `${what}_${phase}`);
const float: RegisterFormat = { type: 'float32' };

// github.com/volkszaehler/mbmd meters/rs485/sdm.go: input registers, float32 ABCD.
const sdm630: DeviceMap = {
  fc: 4,
  points: [
    ...inARow(named('voltage'), 0x00, 2, float),
    ...inARow(named('current'), 0x06, 2, float),
    ...inARow(named('power'), 0x0c, 2, float),
    ...inARow(named('power_factor'), 0x1e, 2, float),
    { name: 'power', address: 0x34, ...float },
    { name: 'apparent_power', address: 0x38, ...float },
    { name: 'reactive_power', address: 0x3c, ...float },
    { name: 'power_factor', address: 0x3e, ...float },
    { name: 'freq_hz', address: 0x46, ...float },
    { name: 'import_kwh', address: 0x48, ...float },
    { name: 'export_kwh', address: 0x4a, ...float },
    { name: 'total_kwh', address: 0x156, ...float },
  ],
};

// easymanua.ls/acrel/adl3000-e p.14: energy = register × 0.01 × PT × CT. Three-phase words from the same table.
const acrelAdl3000: DeviceMap = {
  fc: 3,
  points: [
    { name: 'energy_total_kwh', address: 0x00, type: 'uint32', scale: 0.01, ratios: ['pt', 'ct'] },
    { name: 'import_kwh', address: 0x0a, type: 'uint32', scale: 0.01, ratios: ['pt', 'ct'] },
    { name: 'export_kwh', address: 0x14, type: 'uint32', scale: 0.01, ratios: ['pt', 'ct'] },
    ...['voltage_a', 'voltage_b', 'voltage_c'].map(
      (name, i): MapPoint => ({ name, address: 0x61 + i, type: 'uint16', scale: 0.1, ratios: ['pt'] }),
    ),
    ...['current_a', 'current_b', 'current_c'].map(
      (name, i): MapPoint => ({ name, address: 0x64 + i, type: 'uint16', scale: 0.01, ratios: ['ct'] }),
    ),
  ],
};

// github.com/volkszaehler/mbmd meters/rs485/iem3000.go; the manual's register numbers are one higher.
const iem3000: DeviceMap = {
  fc: 3,
  points: [
    ...inARow(named('current'), 0x0bb7, 2, float),
    ...inARow(named('power_kw'), 0x0bed, 2, float),
    { name: 'power_kw', address: 0x0bf3, ...float },
    { name: 'import_wh', address: 0x0c83, type: 'int64' },
    { name: 'import_kwh', address: 0x0c83, type: 'int64', scale: 0.001 },
  ],
};

// DSE GenComm: the eight highest values of a type are "not available" of various kinds.
const top8 = (highest: number) => Array.from({ length: 8 }, (_, i) => highest - i);
const genU16: RegisterFormat = { type: 'uint16', sentinels: top8(0xffff) };
const genS16: RegisterFormat = { type: 'int16', sentinels: top8(0x7fff) };
const genU32: RegisterFormat = { type: 'uint32', sentinels: top8(0xffff_ffff) };
const genS32: RegisterFormat = { type: 'int32', sentinels: top8(0x7fff_ffff) };

// github.com/victronenergy/dbus-modbus-client dse.py; page 4 begins at 4 × 256.
const genCommPage4: DeviceMap = {
  fc: 3,
  points: [
    { name: 'oil_pressure_kpa', address: 1024, ...genU16 },
    { name: 'coolant_c', address: 1025, ...genS16 },
    { name: 'oil_temp_c', address: 1026, ...genS16 },
    { name: 'fuel_pct', address: 1027, ...genU16 },
    { name: 'charge_alt_v', address: 1028, ...genU16, scale: 0.1 },
    { name: 'battery_v', address: 1029, ...genU16, scale: 0.1 },
    { name: 'rpm', address: 1030, ...genU16 },
    { name: 'freq_hz', address: 1031, ...genU16, scale: 0.1 },
    ...inARow(named('voltage'), 1032, 2, { ...genU32, scale: 0.1 }),
    ...inARow(['voltage_l1_l2', 'voltage_l2_l3', 'voltage_l3_l1'], 1038, 2, { ...genU32, scale: 0.1 }),
    ...inARow(named('current'), 1044, 2, { ...genU32, scale: 0.1 }),
    ...inARow(named('power'), 1052, 2, genS32),
  ],
};

// Same source, `alarm_level`: 0 disabled, 1 inactive, 8 and 9 inactive indications, 15 not implemented.
const genCommAlarms: DeviceMap = {
  fc: null,
  points: [],
  packedAlarms: new Map([
    [2, 'warning'],
    [3, 'shutdown'],
    [4, 'trip'],
    [5, 'controlled_shutdown'],
    [10, 'indication'],
  ]),
};

// easymanua.ls/abb/acs355 p.313 and acs320 p.350, status word of the ABB Drives profile; 20000 is 100 %.
const abbDrives: DeviceMap = {
  fc: 3,
  points: [
    ...[
      'ready_on',
      'ready_run',
      'ready_ref',
      'tripped',
      'off2_inactive',
      'off3_inactive',
      'switch_on_inhibited',
      'alarm',
      'at_setpoint',
      'remote',
      'above_limit',
    ].map((name, bit): MapPoint => ({ name, address: 3, type: 'uint16', bit })),
    { name: 'speed_pct', address: 4, type: 'int16', scale: 0.005 },
  ],
};

// doc.lobaro.com (unit, decimals) and the maker's sheet scribd 832008489 (value −32768 … 32767).
const levelTransmitter: DeviceMap = {
  fc: 3,
  points: [
    { name: 'unit_code', address: 2, type: 'uint16' },
    { name: 'decimals', address: 3, type: 'uint16' },
    { name: 'value', address: 4, type: 'int16', decimalsIn: 'decimals' },
    { name: 'zero', address: 5, type: 'int16', decimalsIn: 'decimals' },
    { name: 'full', address: 6, type: 'int16', decimalsIn: 'decimals' },
  ],
};

/** By the model names that the vectors use. */
export const deviceMaps: ReadonlyMap<string, DeviceMap> = new Map([
  ['Eastron SDM630', sdm630],
  ['Acrel ADL3000-E', acrelAdl3000],
  ['Schneider iEM3000', iem3000],
  ['DSE GenComm page 4', genCommPage4],
  ['DSE GenComm alarm page', genCommAlarms],
  ['ABB ACS/ACH ABB-Drives profile', abbDrives],
  ['RS-485 submersible level transmitter (投入式液位)', levelTransmitter],
]);

/**
 * Every point of the map that lies wholly in the registers read from `start` on. Null where the device says that it has
 * no value, or where the number of decimals was not read along.
 */
export function decodeDevice(
  map: DeviceMap,
  start: number,
  bytes: Uint8Array,
  ratios: TransformerRatios = { pt: 1, ct: 1 },
): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const point of map.points) {
    const from = 2 * (point.address - start);
    if (from < 0 || from + 2 * registerCount(point) > bytes.length) continue;
    const result = decodeRegisters(bytes.subarray(from), point);
    let value = result.ok ? result.value : null;
    if (typeof value === 'number') {
      for (const ratio of point.ratios ?? []) value *= ratios[ratio];
      if (point.decimalsIn) {
        const decimals = values.get(point.decimalsIn);
        value = typeof decimals === 'number' && decimals <= 9 ? value / 10 ** decimals : null;
      }
    }
    values.set(point.name, value);
  }
  const { packedAlarms } = map;
  if (packedAlarms) {
    const active: [number, string][] = [];
    bytes.forEach((byte, i) => {
      for (const [at, code] of [byte >> 4, byte & 0x0f].entries()) {
        const word = packedAlarms.get(code);
        if (word) active.push([2 * i + at, word]);
      }
    });
    values.set('active', active);
  }
  return Object.fromEntries(values);
}
