import type { DeviceType, PointSource } from '../contract/device-type.ts';
import { type PointField, pointHeads } from '../contract/point-heads.ts';
import { type Language, plainHead } from './columns.ts';

type Way = DeviceType['link'];

interface PointColumn {
  /** Further heads by which it is known. */
  aliases?: readonly string[];
  /** In characters. */
  width: number;
  /** Types with these ways have it; without it all have it. */
  ways?: readonly Way[];
  /** Written only where a point has it. */
  seldom?: boolean;
}

const mqtt = ['mqtt'] as const;
const spoken = ['mqtt', 'native', 'child'] as const;

const columns: Readonly<Record<PointField, PointColumn>> = {
  action: { aliases: ['动作'], width: 8 },
  point: { aliases: ['点', '点位', 'point id', 'tag'], width: 18 },
  'label.zh': { aliases: ['中文名称', 'label'], width: 22 },
  'label.en': { aliases: ['name'], width: 26 },
  unit: { width: 8 },
  function: {
    aliases: ['功能', '寄存器类型', 'fc', 'function code', 'register type'],
    width: 8,
    ways: ['modbus'],
  },
  address: {
    aliases: ['寄存器地址', '寄存器', '起始地址', 'register', 'register address'],
    width: 10,
    ways: ['modbus'],
  },
  type: { aliases: ['类型', '数据格式', 'data type', 'format'], width: 10, ways: ['modbus'] },
  order: { aliases: ['字序', 'word order', 'byte order'], width: 9, ways: ['modbus'] },
  bit: { aliases: ['bits'], width: 8, ways: ['modbus'] },
  byteOffset: { width: 10, ways: ['modbus'], seldom: true },
  length: {
    aliases: ['数量', '寄存器个数', 'registers', 'quantity'],
    width: 10,
    ways: ['modbus'],
    seldom: true,
  },
  any: { width: 10, ways: ['modbus'], seldom: true },
  times: { aliases: ['factors'], width: 12, ways: ['modbus'], seldom: true },
  di: { aliases: ['标识', 'identifier'], width: 12, ways: ['dlt645'] },
  item: { width: 8, ways: ['dlt645'] },
  digits: { width: 8, ways: ['dlt645'], seldom: true },
  decimals: { width: 8, ways: ['dlt645'], seldom: true },
  signed: { width: 8, ways: ['dlt645'], seldom: true },
  field: { width: 20, ways: ['cjt188'] },
  mask: { width: 10, ways: ['cjt188'] },
  topic: { width: 34, ways: spoken },
  json: { aliases: ['path', 'json 路径'], width: 34, ways: spoken },
  metric: { width: 24, ways: mqtt, seldom: true },
  entity: { width: 24, ways: mqtt, seldom: true },
  classes: { width: 16, ways: mqtt, seldom: true },
  number: { width: 8, seldom: true },
  sum: { width: 8, seldom: true },
  map: { aliases: ['枚举', '取值'], width: 26 },
  invert: { width: 8, seldom: true },
  scale: { aliases: ['系数', '比例', 'factor', 'multiplier'], width: 10 },
  offset: { width: 10 },
  bands: { width: 40, seldom: true },
  otherwise: { width: 10, seldom: true },
  sentinels: { aliases: ['invalid'], width: 16, ways: ['modbus'] },
  expression: { aliases: ['cel', '公式'], width: 30, seldom: true },
};

const fields = Object.keys(pointHeads) as PointField[];
/** What is said of a point in the sheet and is not of its source. */
const aside: readonly PointField[] = ['action', 'point', 'label.zh', 'label.en', 'unit'];

const byHead = new Map(
  fields.flatMap((field) =>
    [field, pointHeads[field], ...(columns[field].aliases ?? [])].map(
      (head) => [plainHead(head), field] as const,
    ),
  ),
);

/** What a column is of, by its head in either language; undefined when it is no column of points. */
export function pointFieldOf(head: string): PointField | undefined {
  return byHead.get(plainHead(head));
}

/** How many cells of a first row are heads of columns of points. */
export function knownPointColumns(head: readonly string[]): number {
  return head.filter((cell) => pointFieldOf(cell) !== undefined).length;
}

/** All heads in both languages, for suggestions. */
export function knownPointHeads(): string[] {
  return fields.flatMap((field) => [field, pointHeads[field]]);
}

export function pointHeadOf(field: PointField, language: Language): string {
  return language === 'zh' ? pointHeads[field] : field;
}

export const widthOfColumn = (field: PointField): number => columns[field].width;

/** Whether points of a type with this way have such a column. */
export function isOfWay(field: PointField, way: Way): boolean {
  return columns[field].ways?.includes(way) ?? true;
}

/** The columns of a sheet for a type with this way; `used` are those that its points have. */
export function columnsFor(way: Way, used: ReadonlySet<string>): PointField[] {
  return fields.filter((field) => isOfWay(field, way) && (!columns[field].seldom || used.has(field)));
}

/** Whether the column says where a point comes from, or what becomes of it. */
export const isOfSource = (field: PointField): boolean => !aside.includes(field);

/** Where a point comes from, by column: flat. */
export type SourceFields = Map<string, unknown>;

/** What stands within `modbus`, `dlt645` or `cjt188`; all else stands beside them. */
const inner = {
  modbus: ['function', 'address', 'type', 'order', 'byteOffset', 'length', 'any', 'times', 'sentinels'],
  dlt645: ['di', 'item', 'digits', 'decimals', 'signed'],
  cjt188: ['field', 'mask'],
} as const;

function innerOf(way: string): readonly string[] | undefined {
  return Object.hasOwn(inner, way) ? inner[way as keyof typeof inner] : undefined;
}

/** A source as its columns. */
export function sourceFields(source: PointSource | undefined): SourceFields {
  const flat: SourceFields = new Map();
  for (const [name, value] of Object.entries(source ?? {})) {
    if (value === undefined) continue;
    if (innerOf(name) === undefined) {
      flat.set(name === 'value' ? 'expression' : name, value);
      continue;
    }
    for (const [field, part] of Object.entries(value as object)) {
      if (part === undefined) continue;
      flat.set(field === 'bits' ? 'bit' : field, part);
    }
  }
  return flat;
}

/** The source of columns; its form is yet to be checked. */
export function sourceOf(way: Way, flat: SourceFields): Record<string, unknown> {
  const within = flat.has('expression') ? undefined : innerOf(way);
  const read: Record<string, unknown> = {};
  const beside: Record<string, unknown> = {};
  for (const [field, value] of flat) {
    if (field === 'bit') read[Array.isArray(value) ? 'bits' : 'bit'] = value;
    else if (within?.includes(field)) read[field] = value;
    else beside[field === 'expression' ? 'value' : field] = value;
  }
  return within ? { [way]: read, ...beside } : beside;
}

/** The column that a problem's path within a source is of. */
export function pointFieldOfPath(path: readonly PropertyKey[]): PointField | null {
  const [head, next] = path.map(String);
  const field = head !== undefined && innerOf(head) ? (next ?? (head === 'dlt645' ? 'di' : 'address')) : head;
  if (field === 'bits') return 'bit';
  if (field === 'value') return 'expression';
  return field !== undefined && Object.hasOwn(pointHeads, field) ? (field as PointField) : null;
}
