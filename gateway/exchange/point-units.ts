import type { PointDefinition } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { SourceFields } from './point-columns.ts';
import * as told from './point-words.ts';

/** What is known of units: which become a point's, and how. */
export interface Units {
  /** What makes a number in one unit one in another; null when they do not measure the same. */
  conversion(from: string, to: string): { scale: number; offset: number } | null;
  /** The units that can be brought to this one. */
  from(unit: string): readonly string[];
}

/** As manuals and keyboards spell units. */
const spellings: Readonly<Record<string, string>> = {
  '℃': '°C',
  '℉': '°F',
  c: '°C',
  degc: '°C',
  摄氏度: '°C',
  m3: 'm³',
  'm^3': 'm³',
  立方米: 'm³',
  'm3/h': 'm³/h',
  'm^3/h': 'm³/h',
  度: 'kWh',
  千瓦时: 'kWh',
  千瓦: 'kW',
  瓦: 'W',
  伏: 'V',
  安: 'A',
  赫兹: 'Hz',
  千帕: 'kPa',
  帕: 'Pa',
  兆帕: 'MPa',
  米: 'm',
  厘米: 'cm',
  毫米: 'mm',
  小时: 'h',
  分钟: 'min',
  秒: 's',
  '转/分': 'rpm',
  'r/min': 'rpm',
  lux: 'lx',
  '％': '%',
};
const none = /^([-—–/]|无|none|n\/a)$/i;

function plainUnit(text: string, known: readonly string[]): string {
  const compact = text.replace(/\s+/g, '');
  if (known.includes(compact)) return compact;
  const spelled = spellings[compact] ?? spellings[compact.toLowerCase()];
  if (spelled !== undefined) return spelled;
  // KWH, hz, KPA: the case of letters tells mW from MW only.
  const fits = known.filter((unit) => unit.toLowerCase() === compact.toLowerCase());
  return fits.length === 1 && fits[0] !== undefined ? fits[0] : compact;
}

/**
 * Brings scale and offset from the unit that the sheet says to that of the point.
 * @param said whether the sheet has a column for it; without one the number is bare
 */
export function applyUnit(
  text: string,
  all: SourceFields,
  point: { name: string; definition: PointDefinition },
  units: Units,
  said: (field: 'scale' | 'offset') => boolean,
): { warning?: Label; problem?: Label } {
  const { name, definition } = point;
  if (text === '' || none.test(text) || definition.type !== 'number') return {};
  const { unit: to } = definition;
  if (to === undefined) return { problem: told.noUnit(name, text) };
  const known = [to, ...units.from(to)];
  const from = plainUnit(text, known);
  if (from === to) return {};
  const way = units.conversion(from, to);
  if (!way) return { problem: told.unknownUnit(text, to, units.from(to)) };
  if (all.has('map') || all.has('bands')) return { problem: told.notScaled(text, to) };
  const number = (field: 'scale' | 'offset', otherwise: number) => {
    const value = all.get(field);
    return said(field) && typeof value === 'number' ? value : otherwise;
  };
  const rounded = (value: number) => Number(value.toPrecision(12));
  const scale = rounded(number('scale', 1) * way.scale);
  const offset = rounded(number('offset', 0) * way.scale + way.offset);
  all.set('scale', scale);
  if (offset === 0) all.delete('offset');
  else all.set('offset', offset);
  return { warning: told.unitRead(from, to, scale, offset) };
}
