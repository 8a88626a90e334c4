import type { Label } from '../contract/names.ts';
import type { PointValue, Quality } from '../contract/reading.ts';
import type { Area, Device, Link } from '../contract/site.ts';
import { localMinute } from '../lib/local-time.ts';
import { cellOf } from './cells.ts';
import { fieldsOf, fixedColumns, headOf, type Language, settingPrefix } from './columns.ts';
import type { Sheet } from './table.ts';

/** What a point of a device shows now. */
export interface ExportedPoint {
  point: string;
  label: Label;
  unit?: string | undefined;
  value: PointValue;
  quality: Quality;
  /** UTC ms; 0 until it is first heard. */
  at: number;
}

/** A device type, for the sheet of what can be chosen. */
export interface ExportedType {
  id: string;
  label: Label;
  kind: string;
  link: string;
  settings: Readonly<
    Record<
      string,
      {
        label: Label;
        unit?: string | undefined;
        default?: unknown;
        type: string;
        secret?: boolean | undefined;
      }
    >
  >;
}

const settingWidth = 16;

/** The sheet of devices: fixed columns, then those settings that any of them has, by name. */
export function devicesSheet(devices: Iterable<Device>, language: Language): Sheet {
  const all = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1)).map(fieldsOf);
  const settings = [...new Set(all.flatMap((fields) => [...fields.keys()]))]
    .filter((field) => field.startsWith(settingPrefix))
    .sort();
  const fields = [...fixedColumns.map(({ field }) => field), ...settings];
  return {
    name: language === 'zh' ? '设备' : 'devices',
    rows: [
      fields.map((field) => headOf(field, language)),
      ...all.map((device) => fields.map((field) => cellOf(field, device.get(field)))),
    ],
    widths: [...fixedColumns.map(({ width }) => width), ...settings.map(() => settingWidth)],
  };
}

const pointHeads = {
  zh: ['设备', '点', '名称', '单位', '值', '质量', '时间'],
  en: ['device', 'point', 'label', 'unit', 'value', 'quality', 'time'],
} as const;
const qualities = { good: '好', uncertain: '存疑', bad: '坏' } as const;

/** The newest values, to be looked at; nothing of it is imported. Times are the site's. */
export function pointsSheet(
  devices: Iterable<Device>,
  points: (device: string) => readonly ExportedPoint[],
  language: Language,
  timeZone: string,
): Sheet {
  const rows = [...devices]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap(({ id }) =>
      points(id).map(({ point, label, unit, value, quality, at }) => [
        id,
        point,
        label[language],
        unit ?? null,
        value,
        language === 'zh' ? qualities[quality] : quality,
        at === 0 ? null : localMinute(timeZone, at),
      ]),
    );
  return {
    name: language === 'zh' ? '测点' : 'points',
    rows: [[...pointHeads[language]], ...rows],
    widths: [24, 18, 22, 8, 12, 8, 18],
  };
}

/** The sheet of devices of the template: heads and examples, with a column for every setting that an example has. */
export function templateSheet(examples: readonly Device[], language: Language): Sheet {
  const sheet = devicesSheet(examples, language);
  const [head = [], ...rows] = sheet.rows;
  const word = language === 'zh' ? '示例' : 'example';
  return { ...sheet, rows: [head, ...rows.map(([, ...cells]) => [word, ...cells])] };
}

const choiceHeads = {
  zh: [
    '区域',
    '区域名称',
    '',
    '链路',
    '链路名称',
    '方式',
    '',
    '类型',
    '类型名称',
    '种类',
    '数据来源',
    '设置',
  ],
  en: [
    'area',
    'area name',
    '',
    'link',
    'link name',
    'way',
    '',
    'type',
    'type name',
    'kind',
    'data from',
    'settings',
  ],
} as const;

/** What there is to choose from on this site: its areas, its links, and the device types with their settings. */
export function choicesSheet(
  areas: Iterable<Area>,
  links: Iterable<Link>,
  types: readonly ExportedType[],
  language: Language,
): Sheet {
  const left = [...areas].map(({ id, name }) => [id, name]);
  const middle = [...links].map((link) => [
    link.id,
    link.name ?? null,
    'protocol' in link ? `${link.kind} ${link.protocol}` : link.kind,
  ]);
  const right = types.map(({ id, label, kind, link, settings }) => [
    id,
    label[language],
    kind,
    link,
    Object.entries(settings)
      .map(
        ([name, { label: words, unit }]) =>
          `${name} ${words[language]}${unit === undefined ? '' : ` (${unit})`}`,
      )
      .join('; ') || null,
  ]);
  const count = Math.max(left.length, middle.length, right.length);
  const blank = (cells: readonly (string | null)[] | undefined, width: number) =>
    cells ?? Array.from({ length: width }, () => null);
  return {
    name: language === 'zh' ? '可选值' : 'choices',
    rows: [
      [...choiceHeads[language]],
      ...Array.from({ length: count }, (_, at) => [
        ...blank(left[at], 2),
        null,
        ...blank(middle[at], 3),
        null,
        ...blank(right[at], 5),
      ]),
    ],
    widths: [16, 20, 3, 16, 20, 18, 3, 30, 30, 18, 14, 80],
  };
}

const notes = {
  zh: [
    '说明',
    '每台设备一行。“编号”是设备的键：小写字母、数字和“-”，一经使用不再更改。',
    '文件里没有的设备不动；文件里没有的列不动；有这一列而单元格是空的，表示去掉这一项。',
    '“操作”一列：空着是新增或修改；“删除”是删除这台设备；“示例”的行不导入。',
    '表号、账号等以 0 开头的内容：单元格格式请用“文本”，本模板已设好。',
    '“区域”“链路”“类型”“住户”可以填编号，也可以填名称（名称唯一时）。可选的值见“可选值”表。',
    '摄像机：cam-1; cam-2。绑定：running=io-1.in1; fault=!io-1.in2（! 表示取反）。防区：3=客厅红外; 4=门磁。',
    '密码不写在表里：写 env:变量名，并在网关启动的环境中设置该变量。',
    '导入前先试算：列出每一行会新增、修改还是有错，全部正确才会写入。',
  ],
  en: [
    'Notes',
    'One row for a device. "id" is its key: small letters, digits and "-"; once in use it never changes.',
    'Devices that are not in the file stay as they are, and so do columns that are not; an empty cell in a column that is there takes the field away.',
    'Column "action": empty adds or changes; "delete" deletes the device; rows with "example" are passed over.',
    'Numbers of meters and accounts that begin with 0: the cells must have the format "Text"; in this template they have.',
    '"area", "link", "type" and "household" take the key or, where only one has it, the name. The sheet "choices" has them all.',
    'Cameras: cam-1; cam-2. Bindings: running=io-1.in1; fault=!io-1.in2 (! turns it round). Zones: 3=living room; 4=door.',
    'A password never stands in the file: write env:NAME and set NAME where the gateway is started.',
    'Every import is tried first: it tells of each row whether it is new, changed or wrong, and writes only when all is right.',
  ],
} as const;

export function notesSheet(language: Language): Sheet {
  return {
    name: language === 'zh' ? '说明' : 'notes',
    rows: notes[language].map((line) => [line]),
    widths: [120],
  };
}
