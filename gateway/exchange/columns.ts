import type { Device } from '../contract/site.ts';

export type Language = 'zh' | 'en';

interface Column {
  /** Its head in English, and how problems name it. */
  field: string;
  zh: string;
  /** Further heads by which it is known. */
  aliases: readonly string[];
  /** In characters. */
  width: number;
}

/** In the order in which they are written. After them come the settings, a column each. */
export const fixedColumns: readonly Column[] = [
  { field: 'action', zh: '操作', aliases: ['动作'], width: 8 },
  { field: 'id', zh: '编号', aliases: ['key', '设备编号', '标识'], width: 24 },
  { field: 'type', zh: '类型', aliases: ['设备类型', '型号', 'device type'], width: 26 },
  { field: 'name', zh: '名称', aliases: ['设备名称', '名字'], width: 24 },
  { field: 'area', zh: '区域', aliases: ['位置区域', '所在区域'], width: 16 },
  { field: 'link', zh: '链路', aliases: ['线路', '通道'], width: 16 },
  { field: 'address', zh: '地址', aliases: ['通信地址', '表号', '账号', '站号'], width: 18 },
  { field: 'parent', zh: '上级', aliases: ['上级设备', '父设备'], width: 18 },
  { field: 'household', zh: '住户', aliases: ['房号'], width: 14 },
  { field: 'cameras', zh: '摄像机', aliases: ['关联摄像机', 'camera'], width: 18 },
  { field: 'bind', zh: '绑定', aliases: ['点位绑定'], width: 30 },
  { field: 'position.x', zh: '图上X', aliases: ['x'], width: 8 },
  { field: 'position.y', zh: '图上Y', aliases: ['y'], width: 8 },
  { field: 'shape', zh: '图上形状', aliases: ['形状'], width: 16 },
  { field: 'meter.main', zh: '上级表', aliases: ['总表'], width: 14 },
  { field: 'meter.account', zh: '账户', aliases: ['meter.账户'], width: 12 },
  { field: 'meter.generates', zh: '发电', aliases: ['meter.发电'], width: 8 },
  { field: 'meter.digits', zh: '表位数', aliases: ['meter.表位数'], width: 8 },
];

const settingHead = /^(settings?|设置|参数)[.．。:：]\s*/i;
export const settingPrefix = 'settings.';

/** As people type heads: full-width letters, a star for what is required, spaces. */
export function plainHead(head: string): string {
  return head
    .normalize('NFKC')
    .replace(/[*\s]+/g, ' ')
    .trim()
    .toLowerCase();
}

const byHead = new Map(
  fixedColumns.flatMap(({ field, zh, aliases }) =>
    [field, zh, ...aliases].map((head) => [plainHead(head), field] as const),
  ),
);

/** What a column is of, by its head in either language: `area`, `settings.highM`; undefined when it is no column of devices. */
export function fieldOf(head: string): string | undefined {
  const plain = head.normalize('NFKC').trim();
  const setting = settingHead.exec(plain);
  if (setting)
    return plain.length > setting[0].length ? settingPrefix + plain.slice(setting[0].length) : undefined;
  return byHead.get(plainHead(head));
}

/** How many cells of a first row are heads of columns. */
export function knownColumns(head: readonly string[]): number {
  return head.filter((cell) => fieldOf(cell) !== undefined).length;
}

/** All heads in both languages, for suggestions. */
export function knownHeads(): string[] {
  return fixedColumns.flatMap(({ field, zh }) => [field, zh]);
}

export function headOf(field: string, language: Language): string {
  if (field.startsWith(settingPrefix))
    return language === 'zh' ? `设置.${field.slice(settingPrefix.length)}` : field;
  const column = fixedColumns.find((one) => one.field === field);
  return column && language === 'zh' ? column.zh : field;
}

/** What a device says, by column. */
export type Fields = ReadonlyMap<string, unknown>;

const whole = ['id', 'type', 'name', 'area', 'link', 'address', 'parent', 'household'] as const;
const parts = ['cameras', 'bind', 'shape'] as const;

/** A device as its columns. Empty lists and mappings are not told from missing ones: they say the same. */
export function fieldsOf(device: Device | undefined): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  if (!device) return fields;
  const put = (field: string, value: unknown) => {
    if (value !== undefined) fields.set(field, value);
  };
  for (const field of whole) put(field, device[field]);
  for (const field of parts) {
    const value = device[field];
    if (value !== undefined && Object.keys(value).length > 0) put(field, value);
  }
  put('position.x', device.position?.[0]);
  put('position.y', device.position?.[1]);
  for (const [name, value] of Object.entries(device.meter ?? {})) put(`meter.${name}`, value);
  for (const [name, value] of Object.entries(device.settings ?? {})) put(settingPrefix + name, value);
  return fields;
}

/** The device of columns; its form is yet to be checked. */
export function deviceOf(fields: Fields): Record<string, unknown> {
  const device: Record<string, unknown> = {};
  for (const field of [...whole, ...parts]) if (fields.has(field)) device[field] = fields.get(field);
  if (fields.has('position.x') || fields.has('position.y'))
    device.position = [fields.get('position.x'), fields.get('position.y')];
  for (const group of ['meter', 'settings']) {
    const members = [...fields]
      .filter(([field]) => field.startsWith(`${group}.`))
      .map(([field, value]) => [field.slice(group.length + 1), value] as const);
    if (members.length > 0) device[group] = Object.fromEntries(members);
  }
  return device;
}

/** The column that a problem's path within a device is of. */
export function fieldOfPath(path: readonly PropertyKey[]): string | null {
  const [head, next] = path.map(String);
  if (head === undefined) return null;
  if (head === 'position') return next === '1' ? 'position.y' : 'position.x';
  if ((head === 'settings' || head === 'meter') && next !== undefined) return `${head}.${next}`;
  return head;
}
