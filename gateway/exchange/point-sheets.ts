import type { DeviceType, PointSource } from '../contract/device-type.ts';
import { dataTypeSchema, wordOrderSchema } from '../contract/device-type.ts';
import type { ExchangeFormat } from '../contract/exchange.ts';
import type { Kind } from '../contract/kind.ts';
import type { PointField } from '../contract/point-heads.ts';
import type { Language } from './columns.ts';
import type { Files } from './files.ts';
import { pointCell } from './point-cells.ts';
import {
  columnsFor,
  isOfWay,
  pointHeadOf,
  type SourceFields,
  sourceFields,
  widthOfColumn,
} from './point-columns.ts';
import type { Sheet } from './table.ts';

type Way = DeviceType['link'];
type Line = { name: string; source: SourceFields; action?: string };

function sheetOf(kind: Kind, way: Way, lines: readonly Line[], language: Language): Sheet {
  const used = new Set(lines.flatMap(({ source }) => [...source.keys()]));
  const fields = columnsFor(way, used);
  const cell = (field: PointField, { name, source, action }: Line) => {
    const definition = kind.points[name];
    switch (field) {
      case 'action':
        return action ?? null;
      case 'point':
        return name;
      case 'label.zh':
        return definition?.label.zh ?? null;
      case 'label.en':
        return definition?.label.en ?? null;
      case 'unit':
        return definition?.unit ?? null;
      default:
        return pointCell(field, source);
    }
  };
  return {
    name: language === 'zh' ? '点表' : 'points',
    rows: [
      fields.map((field) => pointHeadOf(field, language)),
      ...lines.map((line) => fields.map((field) => cell(field, line))),
    ],
    widths: fields.map(widthOfColumn),
  };
}

/** The points of a type, in the order of its kind: what is exported, and imported again changes nothing. */
export function typePointsSheet(
  kind: Kind,
  { link, points }: Pick<DeviceType, 'link' | 'points'>,
  language: Language,
): Sheet {
  const lines = Object.keys(kind.points).flatMap((name): Line[] => {
    const source = Object.hasOwn(points, name) ? points[name] : undefined;
    return source ? [{ name, source: sourceFields(source) }] : [];
  });
  return sheetOf(kind, link, lines, language);
}

type Example = readonly [type: 'number' | 'bool', source: PointSource];

const exampleSources: Readonly<Partial<Record<Way, readonly Example[]>>> = {
  modbus: [
    ['number', { modbus: { function: 3, address: 0, type: 'uint16', order: 'ABCD' }, scale: 0.1 }],
    ['number', { modbus: { function: 3, address: 16, type: 'float32', order: 'CDAB' } }],
    [
      'number',
      {
        modbus: { function: 4, address: 100, type: 'int16', order: 'ABCD', sentinels: [32_767, -32_768] },
        scale: 0.1,
        offset: -40,
      },
    ],
    ['bool', { modbus: { function: 3, address: 40, type: 'uint16', order: 'ABCD', bit: 3 } }],
    [
      'bool',
      { modbus: { function: 3, address: 41, type: 'uint16', order: 'ABCD' }, map: { 0: false, 1: true } },
    ],
    ['bool', { modbus: { function: 2, address: 5, type: 'bool', order: 'ABCD' } }],
  ],
  dlt645: [
    ['number', { dlt645: { di: '00010000', item: 0 } }],
    ['number', { dlt645: { di: '0201FF00', item: 1 } }],
    ['number', { dlt645: { di: '04800001', item: 0, digits: 8, decimals: 2, signed: true } }],
  ],
  cjt188: [
    ['number', { cjt188: { field: 'total' } }],
    ['bool', { cjt188: { field: 'status', mask: 0x0004 } }],
  ],
  mqtt: [
    ['number', { topic: 'plant/{address}/level', scale: 0.001 }],
    ['number', { topic: 'plant/{address}/state', json: 'values.temperature' }],
    ['bool', { topic: 'plant/{address}/state', json: 'pump.on', invert: true }],
  ],
  native: [['number', { json: 'values.depth', scale: 0.001 }]],
  child: [['number', { json: 'values.depth', scale: 0.001 }]],
};

/** Examples, which an import passes over, and a row for each point that the kind has and the type does not read yet. */
export function pointsTemplate(
  kind: Kind,
  way: Way,
  points: DeviceType['points'],
  language: Language,
): Sheet {
  const word = language === 'zh' ? '示例' : 'example';
  const names = Object.keys(kind.points);
  // Each at a point that it could be of.
  const taken = { number: 0, bool: 0 };
  const examples = (exampleSources[way] ?? []).flatMap(([type, source]): Line[] => {
    const fit = names.filter((name) => kind.points[name]?.type === type);
    const name = fit[taken[type]++ % fit.length];
    return name === undefined ? [] : [{ name, source: sourceFields(source), action: word }];
  });
  const open = names
    .filter((name) => !Object.hasOwn(points, name))
    .map((name): Line => ({ name, source: new Map() }));
  return sheetOf(kind, way, [...examples, ...open], language);
}

const choiceHeads = {
  zh: ['测点', '名称', '英文名称', '值', '单位', '最小', '最大', '', '数据类型', '字节序'],
  en: ['point', 'label.zh', 'label.en', 'value', 'unit', 'min', 'max', '', 'type', 'order'],
} as const;
const values = {
  zh: { number: '数', bool: '真/假', enum: '词', text: '文本' },
  en: { number: 'number', bool: 'true or false', enum: 'words', text: 'text' },
} as const;

function choicesSheet(kind: Kind, way: Way, language: Language): Sheet {
  const modbus = isOfWay('address', way);
  const left = Object.entries(kind.points).map(([name, point]) => [
    name,
    point.label.zh,
    point.label.en,
    point.type === 'enum' ? Object.keys(point.values ?? {}).join(' ') : values[language][point.type],
    point.unit ?? null,
    point.min ?? null,
    point.max ?? null,
  ]);
  const right = modbus
    ? dataTypeSchema.options.map((type, index) => [type, wordOrderSchema.options[index] ?? null])
    : [];
  const nothing = (width: number) => Array.from({ length: width }, () => null);
  return {
    name: language === 'zh' ? '可选值' : 'choices',
    rows: [
      choiceHeads[language].slice(0, modbus ? undefined : 7),
      ...Array.from({ length: Math.max(left.length, right.length) }, (_, at) => [
        ...(left[at] ?? nothing(7)),
        ...(modbus ? [null, ...(right[at] ?? nothing(2))] : []),
      ]),
    ],
    widths: [20, 24, 30, 24, 8, 8, 10, 3, 12, 10],
  };
}

const notes = {
  zh: [
    '说明',
    '每个测点一行。“测点”填种类规定的名字（或它的中英文名称），见“可选值”表；名称和单位只供对照。',
    '“测点”留空、或没有填数据来源的行不导入：厂家的点表可以整张贴进来，只给需要的行写上测点。',
    '文件里没有的测点不动；文件里没有的列不动；有这一列而单元格是空的，表示去掉这一项。',
    '“操作”一列：空着是新增或修改；“删除”是从类型里去掉这个测点；“示例”的行不导入。',
    '地址：十进制（100）、十六进制（0x64）是线上的地址；40101、30101、10101 这样的编号按说明书读，试算结果会写明读成了什么。设备在线上真用 40101 这个地址时写成十六进制 0x9CA5。',
    '功能码：1 线圈、2 离散输入、3 保持寄存器、4 输入寄存器。字节序只对两个以上寄存器的值有意义：ABCD 高字在前，CDAB 低字在前。',
    '单位：填厂家的单位（Wh、bar、cm……），会换算成测点的单位并写进倍率。倍率可写 0.1 或 1/10。',
    '位：3 是一位，4..7 是几位。取值表：0=false; 1=true。无效值：65535; 32767，读到时这个值算坏值。',
    '导入前先试算：列出每一行会新增、修改还是有错，全部正确才会写入。',
  ],
  en: [
    'Notes',
    'One row for a point. "point" is the name that the kind gives it, or its label; the sheet "choices" has them all. Labels and unit are for comparison.',
    'Rows without a point, or that do not say where it comes from, are passed over: paste the list of the maker as it is, and write the point into the rows that you need.',
    'Points that are not in the file stay as they are, and so do columns that are not; an empty cell in a column that is there takes the field away.',
    'Column "action": empty adds or changes; "delete" takes the point from the type; rows with "example" are passed over.',
    "Address: decimal (100) and hex (0x64) are addresses on the wire; numbers such as 40101, 30101, 10101 are read as the manual's, and the dry run says what they were read as. When the device has 40101 on the wire itself, write it in hex: 0x9CA5.",
    'Function: 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers. The order matters for values of two and more registers: ABCD high word first, CDAB low word first.',
    "Unit: write the maker's (Wh, bar, cm …); it is brought to the unit of the point by the scale. A scale may be 0.1 or 1/10.",
    'Bit: 3 is one, 4..7 are several. Map: 0=false; 1=true. Sentinels: 65535; 32767 make the value a bad one.',
    'Every import is tried first: it tells of each row whether it is new, changed or wrong, and writes only when all is right.',
  ],
} as const;

/** The files that are given out. */
export function createPointSheets(deps: {
  files: Files;
  /** @throws not.found */
  type(id: string): { kind: Kind; type: DeviceType };
  kind(id: string): Kind;
}) {
  const { files } = deps;
  function template(
    kind: Kind,
    way: Way,
    points: DeviceType['points'],
    format: ExchangeFormat,
    language: Language,
  ): Promise<Buffer> {
    const sheet = pointsTemplate(kind, way, points, language);
    if (format === 'csv') return files.csv(sheet);
    const told = { name: language === 'zh' ? '说明' : 'notes', widths: [140] };
    return files.workbook([
      sheet,
      choicesSheet(kind, way, language),
      { ...told, rows: notes[language].map((line) => [line]) },
    ]);
  }
  return {
    points(id: string, format: ExchangeFormat, language: Language): Promise<Buffer> {
      const { kind, type } = deps.type(id);
      const sheet = typePointsSheet(kind, type, language);
      return format === 'csv' ? files.csv(sheet) : files.workbook([sheet]);
    },
    /** For a type that there is, or one with this kind and way. */
    template(
      of: { type: string } | { kind: string; link: Way },
      format: ExchangeFormat,
      language: Language,
    ): Promise<Buffer> {
      if ('kind' in of) return template(deps.kind(of.kind), of.link, {}, format, language);
      const { kind, type } = deps.type(of.type);
      return template(kind, type.link, type.points, format, language);
    },
  };
}
export type PointSheets = ReturnType<typeof createPointSheets>;
