import {
  type DeviceType,
  type ModbusRead,
  type PointSource,
  pointSourceSchema,
} from '../contract/device-type.ts';
import type { Kind } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { PointField } from '../contract/point-heads.ts';
import { issueProblems } from '../lib/zod-words.ts';
import { pointFieldOfPath, type SourceFields, sourceOf } from './point-columns.ts';
import type { Units } from './point-units.ts';
import * as told from './point-words.ts';
import * as words from './words.ts';

export interface PointTools {
  units: Units;
  /** How many registers a value takes. */
  registersOf(read: ModbusRead): number;
}

/** Where a point is read, by way: one of these columns must be there. */
export const places: Readonly<Partial<Record<DeviceType['link'], readonly PointField[]>>> = {
  modbus: ['address'],
  dlt645: ['di'],
  cjt188: ['field'],
  mqtt: ['topic', 'json', 'metric', 'entity'],
  native: ['json', 'topic'],
  child: ['json', 'topic'],
};
const examples: Readonly<Partial<Record<PointField, string>>> = {
  function: '3',
  address: '40001',
  type: 'uint16',
  di: '00010000',
  field: 'total',
  topic: 'plant/{address}/level',
  json: 'values.level',
  expression: 'in1 && !in2',
};
/** A point by its name, however its letters are written, or by one of its labels; spaces do not count. */
export function pointFinder({ points }: Kind): (text: string) => string | undefined {
  const byText = new Map<string, string | undefined>();
  const plain = (text: string) => text.normalize('NFKC').replace(/\s+/g, '').toLowerCase();
  for (const [name, { label }] of Object.entries(points))
    for (const text of [label.zh, label.en].map(plain)) byText.set(text, byText.has(text) ? undefined : name);
  for (const name of Object.keys(points)) byText.set(plain(name), name);
  return (text) => (Object.hasOwn(points, text) ? text : byText.get(plain(text)));
}

/** What follows from the columns together, and what is missing. */
export function settle(
  all: SourceFields,
  present: SourceFields,
  way: DeviceType['link'],
  tools: PointTools,
  tell: (field: PointField, message: Label) => void,
): void {
  const place = places[way] ?? [];
  if (all.has('expression')) {
    // A point that was read and is computed now, or the other way round.
    const kept = place.filter((field) => all.has(field));
    if (kept.length > 0) tell('expression', told.bothWays);
    for (const field of ['function', 'type', 'order', 'length', 'item']) all.delete(field);
    return;
  }
  const needs = (field: PointField) => {
    if (!all.has(field)) tell(field, told.lacks(field, examples[field] ?? ''));
  };
  if (place.length === 0) needs('expression');
  else if (place.length === 1) for (const field of place) needs(field);
  else if (!place.some((field) => all.has(field))) needs(way === 'mqtt' ? 'topic' : 'json');
  if (way !== 'modbus') return;
  needs('function');
  if (Number(all.get('function')) <= 2 && !all.has('type')) all.set('type', 'bool');
  needs('type');
  const type = String(all.get('type'));
  const length = all.get('length');
  if (length === undefined || length === present.get('length') || type === 'ascii' || type === 'nibbles')
    return;
  // Manuals say how many registers each value takes; it is known from the type.
  all.delete('length');
  const registers = tools.registersOf({ ...(Object.fromEntries(all) as ModbusRead) });
  if (all.has('type') && Number(all.get('function')) > 2 && length !== registers)
    tell('type', told.spanOf(Number(length), type, registers));
}

/** The source of a row; null where its form is wrong, which is told. */
export function sourceIn(
  way: DeviceType['link'],
  all: SourceFields,
  tell: (field: PointField, message: Label) => void,
): PointSource | null {
  const form = sourceOf(way, all);
  const checked = pointSourceSchema.safeParse(form);
  if (checked.success) return checked.data;
  for (const { path, key, message } of issueProblems(checked.error.issues, pointSourceSchema, form))
    tell(pointFieldOfPath(key === undefined ? path : [...path, key]) ?? 'point', words.plain(message));
  return null;
}
