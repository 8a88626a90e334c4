import { bytesToText } from '../bytes.ts';
import { reversedHex } from '../meter-frame.ts';
import { decodeNumber, formatBytes, type PackedFormat, packedFormat } from '../packed-number.ts';
import { dlt645Entry1997 } from './items-1997.ts';

// DL/T 645-2007 annex A: what the data identifiers (DI3 DI2 DI1 DI0, written high byte first) stand for and how their values are
// packed: BCD, low byte first; the top bit of the highest byte of a signed value is its direction or sign, not a digit.

export interface Dlt645Item {
  name: string;
  unit: string;
  format: PackedFormat;
}

/** What a data identifier holds: one value, or a block of values of one format. */
export interface Dlt645Entry {
  /** The value at a place of the block, 0 the first. */
  item(index: number): Dlt645Item;
  /** Values in a full block; null where the meter's number of tariffs decides. */
  count: number | null;
}

const format = packedFormat;
const energyFormat = format(8, 2);
const signedEnergyFormat = format(8, 2, true);

/** DI2 of the class 00 (table A.1). Combined energies may be below zero. */
const energies = new Map<number, [name: string, unit: string, format: PackedFormat]>([
  [0x00, ['energy_active_combined', 'kWh', signedEnergyFormat]],
  [0x01, ['energy_active_import', 'kWh', energyFormat]],
  [0x02, ['energy_active_export', 'kWh', energyFormat]],
  [0x03, ['energy_reactive_combined_1', 'kvarh', signedEnergyFormat]],
  [0x04, ['energy_reactive_combined_2', 'kvarh', signedEnergyFormat]],
  [0x05, ['energy_reactive_q1', 'kvarh', energyFormat]],
  [0x06, ['energy_reactive_q2', 'kvarh', energyFormat]],
  [0x07, ['energy_reactive_q3', 'kvarh', energyFormat]],
  [0x08, ['energy_reactive_q4', 'kvarh', energyFormat]],
  [0x09, ['energy_apparent_import', 'kVAh', energyFormat]],
  [0x0a, ['energy_apparent_export', 'kVAh', energyFormat]],
  [0x15, ['energy_active_import_a', 'kWh', energyFormat]],
  [0x16, ['energy_active_export_a', 'kWh', energyFormat]],
  [0x29, ['energy_active_import_b', 'kWh', energyFormat]],
  [0x2a, ['energy_active_export_b', 'kWh', energyFormat]],
  [0x3d, ['energy_active_import_c', 'kWh', energyFormat]],
  [0x3e, ['energy_active_export_c', 'kWh', energyFormat]],
]);

/** DI2 of the class 02 (table A.3): one value a phase, with or without a total before them. */
const measurements = new Map<number, { name: string; unit: string; format: PackedFormat; total: boolean }>([
  [0x01, { name: 'voltage', unit: 'V', format: format(4, 1), total: false }],
  [0x02, { name: 'current', unit: 'A', format: format(6, 3, true), total: false }],
  [0x03, { name: 'power_active', unit: 'kW', format: format(6, 4, true), total: true }],
  [0x04, { name: 'power_reactive', unit: 'kvar', format: format(6, 4, true), total: true }],
  [0x05, { name: 'power_apparent', unit: 'kVA', format: format(6, 4, true), total: true }],
  [0x06, { name: 'power_factor', unit: '', format: format(4, 3, true), total: true }],
  [0x07, { name: 'phase_angle', unit: 'deg', format: format(4, 1), total: false }],
  [0x08, { name: 'voltage_distortion', unit: '%', format: format(4, 2), total: false }],
  [0x09, { name: 'current_distortion', unit: '%', format: format(4, 2), total: false }],
]);

/** Single values of the class 02 that are not by phase, and parameters of the class 04. */
const singles = new Map<string, Dlt645Item>([
  ['02800001', { name: 'current_neutral', unit: 'A', format: format(6, 3, true) }],
  ['02800002', { name: 'frequency', unit: 'Hz', format: format(4, 2) }],
  ['02800003', { name: 'power_active_minute', unit: 'kW', format: format(6, 4, true) }],
  ['02800004', { name: 'demand_active', unit: 'kW', format: format(6, 4, true) }],
  ['02800005', { name: 'demand_reactive', unit: 'kvar', format: format(6, 4, true) }],
  ['02800006', { name: 'demand_apparent', unit: 'kVA', format: format(6, 4, true) }],
  ['02800007', { name: 'temperature_internal', unit: 'C', format: format(4, 1, true) }],
  ['02800008', { name: 'battery_clock', unit: 'V', format: format(4, 2) }],
  ['02800009', { name: 'battery_reading', unit: 'V', format: format(4, 2) }],
  ['0280000A', { name: 'battery_minutes', unit: 'min', format: format(8, 0) }],
  ['04000409', { name: 'constant_active', unit: 'imp/kWh', format: format(6, 0) }],
  ['0400040A', { name: 'constant_reactive', unit: 'imp/kvarh', format: format(6, 0) }],
]);

const phases = ['_a', '_b', '_c'];
const block = 0xff;
/** Most tariffs of a meter, and the total before them. */
const tariffs = 63;
const settlements = 12;

function energyEntry(di2: number, tariff: number, settlement: number): Dlt645Entry | undefined {
  const known = energies.get(di2);
  if (!known || settlement > settlements || (tariff > tariffs && tariff !== block)) return undefined;
  const [name, unit, packed] = known;
  const ago = settlement === 0 ? '' : `_settled_${settlement}`;
  const suffix = (number: number) => (number === 0 ? '' : `_t${number}`);
  return {
    item: (index) => ({
      name: `${name}${suffix(tariff === block ? index : tariff)}${ago}`,
      unit,
      format: packed,
    }),
    count: tariff === block ? null : 1,
  };
}

function measurementEntry(di2: number, place: number, di0: number): Dlt645Entry | undefined {
  const known = measurements.get(di2);
  if (!known || di0 !== 0) return undefined;
  const { name, unit, format: packed, total } = known;
  // Voltage and current begin with phase A at 1; what has a total begins with it at 0.
  const suffixes = total ? ['_total', ...phases] : phases;
  const first = total ? 0 : 1;
  if (place === block)
    return {
      item: (index) => ({ name: `${name}${suffixes[index] ?? `_${index}`}`, unit, format: packed }),
      count: suffixes.length,
    };
  const suffix = suffixes[place - first];
  return suffix === undefined
    ? undefined
    : { item: () => ({ name: `${name}${suffix}`, unit, format: packed }), count: 1 };
}

/** What a data identifier of eight (edition of 1997: four) hex digits holds, where it is a number; undefined for all others. */
export function dlt645Entry(di: string): Dlt645Entry | undefined {
  if (di.length === 4) return dlt645Entry1997(di);
  const [di3 = -1, di2 = 0, di1 = 0, di0 = 0] = (di.match(/../g) ?? []).map((pair) =>
    Number.parseInt(pair, 16),
  );
  if (di3 === 0x00) return energyEntry(di2, di1, di0);
  const single = singles.get(di.toUpperCase());
  if (single) return { item: () => single, count: 1 };
  return di3 === 0x02 ? measurementEntry(di2, di1, di0) : undefined;
}

/** Fields that are digits, a date or a text (annex A, table A.4); for people, no points of a device. */
type Written = { name: string; bytes: number; read(data: Uint8Array): string | undefined };

/** Pairs of BCD digits, high byte first; undefined when they are not. */
function pairs(data: Uint8Array): string[] | undefined {
  const digits = reversedHex(data, 0, data.length);
  return /^\d*$/.test(digits) ? (digits.match(/../g) ?? []) : undefined;
}

function dateOf([year, month, day]: string[]): string {
  return `20${year}-${month}-${day}`;
}

function timeOf(parts: string[]): string {
  return parts.join(':');
}

const read = (data: Uint8Array, words: (parts: string[]) => string) => {
  const parts = pairs(data);
  return parts && words(parts);
};

const written = new Map<string, Written>([
  // YYMMDDWW: the last pair is the day of the week, 00 Sunday.
  ['C010', { name: 'date', bytes: 4, read: (data) => read(data, dateOf) }],
  ['C011', { name: 'time', bytes: 3, read: (data) => read(data, timeOf) }],
  ['C032', { name: 'meter_number', bytes: 6, read: (data) => read(data, (parts) => parts.join('')) }],
  ['04000101', { name: 'date', bytes: 4, read: (data) => read(data, dateOf) }],
  ['04000102', { name: 'time', bytes: 3, read: (data) => read(data, timeOf) }],
  [
    '0400010C',
    {
      name: 'clock',
      bytes: 7,
      read: (data) => read(data, (parts) => `${dateOf(parts)} ${timeOf(parts.slice(4))}`),
    },
  ],
  ['04000401', { name: 'address', bytes: 6, read: (data) => read(data, (parts) => parts.join('')) }],
  ['04000402', { name: 'meter_number', bytes: 6, read: (data) => read(data, (parts) => parts.join('')) }],
  [
    '04000403',
    {
      name: 'asset_number',
      bytes: 32,
      read: (data) => bytesToText(data.toReversed()).replace(/\0/g, '').trim(),
    },
  ],
]);

/** A value for people, under the names of the vectors. */
export interface ShownValue {
  name: string;
  value: number | string | null;
  unit: string;
}

/**
 * All values of an answer. Null: annex A does not say what the identifier holds.
 * @returns `length` when the data is no whole number of values, `bcd` when a byte holds no digits
 */
export function shownValues(di: string, data: Uint8Array): ShownValue[] | 'length' | 'bcd' | null {
  const text = written.get(di);
  if (text) {
    if (data.length !== text.bytes) return 'length';
    const value = text.read(data);
    return value === undefined ? 'bcd' : [{ name: text.name, value, unit: '' }];
  }
  const entry = dlt645Entry(di);
  if (!entry) return null;
  const step = formatBytes(entry.item(0).format);
  const count = data.length / step;
  if (!Number.isInteger(count) || count === 0 || (entry.count === 1 && count !== 1)) return 'length';
  const values: ShownValue[] = [];
  for (let index = 0; index < count; index++) {
    const { name, unit, format: packed } = entry.item(index);
    const value = decodeNumber(data, index * step, packed);
    if (value === undefined) return 'bcd';
    values.push({ name, value, unit });
  }
  return values;
}
