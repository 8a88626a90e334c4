import { packedFormat as format, type PackedFormat } from '../packed-number.ts';
import type { Dlt645Entry } from './items.ts';

// DL/T 645-1997 annex A: data identifiers of two bytes (DI1 DI0). Its numbers have no sign; a meter that marks the direction in the
// top bit all the same is told so by its type. Which of them is which of the edition of 2007 stands in
// github.com/coyool/XXOO_000, platform/plc/dd645_2007.c.

const energyFormat = format(8, 2);

/** DI1 and the high digit of DI0. */
const energies = new Map<string, [name: string, unit: string]>([
  ['01', ['energy_active_import', 'kWh']],
  ['02', ['energy_active_export', 'kWh']],
  ['11', ['energy_reactive_import', 'kvarh']],
  ['12', ['energy_reactive_export', 'kvarh']],
  ['13', ['energy_reactive_q1', 'kvarh']],
  ['14', ['energy_reactive_q4', 'kvarh']],
  ['15', ['energy_reactive_q2', 'kvarh']],
  ['16', ['energy_reactive_q3', 'kvarh']],
]);

/** Low digit of DI0 of a block: the total and all tariffs, or all phases. */
const block = 'F';

interface Measurement {
  name: string;
  unit: string;
  format: PackedFormat;
  total: boolean;
}

/** High digit of DI0 under B6. */
const measurements = new Map<string, Measurement>([
  ['1', { name: 'voltage', unit: 'V', format: format(4, 0), total: false }],
  ['2', { name: 'current', unit: 'A', format: format(4, 2), total: false }],
  ['3', { name: 'power_active', unit: 'kW', format: format(6, 4), total: true }],
  ['4', { name: 'power_reactive', unit: 'kvar', format: format(4, 2), total: true }],
  ['5', { name: 'power_factor', unit: '', format: format(4, 3), total: true }],
]);
const suffixes = ['_total', '_a', '_b', '_c'];

/** 90 and 91 are of now, 94 and 95 of the month before, 98 and 99 of the one before that. */
function energyEntry(di: string): Dlt645Entry | undefined {
  const [, group = '', kind = '', tariff = ''] = di;
  const monthsAgo = Math.floor(Number.parseInt(group, 16) / 4);
  const known = energies.get(`${Number.parseInt(group, 16) % 4}${kind}`);
  if (!known || monthsAgo > 2) return undefined;
  const [name, unit] = known;
  const ago = monthsAgo === 0 ? '' : `_settled_${monthsAgo}`;
  const named = (number: number) => `${name}${number === 0 ? '' : `_t${number}`}${ago}`;
  const number = Number.parseInt(tariff, 16);
  return {
    item: (index) => ({ name: named(tariff === block ? index : number), unit, format: energyFormat }),
    count: tariff === block ? null : 1,
  };
}

function measurementEntry(di: string): Dlt645Entry | undefined {
  const [, , kind = '', place = ''] = di;
  const known = measurements.get(kind);
  if (!known) return undefined;
  const { name, unit, format: packed, total } = known;
  // A block of powers holds limits as well, in a format of their own: not known here.
  if (place === block)
    return total
      ? undefined
      : { item: (index) => ({ name: `${name}${suffixes[index + 1]}`, unit, format: packed }), count: 3 };
  const suffix = suffixes[Number(place)];
  if (suffix === undefined || (!total && place === '0')) return undefined;
  return { item: () => ({ name: `${name}${suffix}`, unit, format: packed }), count: 1 };
}

/** What a data identifier of four hex digits holds, where it is a number; undefined for all others. */
export function dlt645Entry1997(di: string): Dlt645Entry | undefined {
  const upper = di.toUpperCase();
  if (/^9[0-9A-F]{3}$/.test(upper)) return energyEntry(upper);
  return upper.startsWith('B6') ? measurementEntry(upper) : undefined;
}
