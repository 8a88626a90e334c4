import type { Label } from '../contract/names.ts';
import type { PointField } from '../contract/point-heads.ts';
import { pointHeads } from '../contract/point-heads.ts';
import { nearest } from '../lib/nearest.ts';

/** What is said of sheets of points, in both languages. */

const quotedZh = (words: Iterable<string>) => [...words].join('、');
const quotedEn = (words: Iterable<string>) => [...words].join(', ');

export const noHeader: Label = {
  zh: '没有找到表头“测点”（point）这一列；可先下载模板，或把写着测点名的那一列的表头改成“测点”',
  en: 'no row names the columns: there is none called "point"; the template shows how, or call the column with the names of points "point"',
};
export const noColumns = (fields: readonly PointField[]): Label => ({
  zh: `没有一列说明数据从哪里来；至少要有：${quotedZh(fields.map((field) => pointHeads[field]))}`,
  en: `no column says where a point comes from; there should be ${quotedEn(fields)}`,
});
export const foreignColumn = (field: PointField, link: string): Label => ({
  zh: `“${pointHeads[field]}”不是 link: ${link} 类型的列，这一列不会导入`,
  en: `"${field}" is no column of a type with link: ${link}; it is not imported`,
});
export const labelsStay: Label = {
  zh: '测点名称由种类规定，这一列只供对照，不会导入',
  en: 'the names of points are those of the kind; this column is for comparison and is not imported',
};
export const unknownPoint = (text: string, kind: string, known: readonly string[]): Label => {
  const best = nearest(text, known);
  const list = known.slice(0, 40);
  return {
    zh: `种类 ${kind} 没有测点“${text}”；${best === undefined ? '' : `是不是“${best}”？`}可用：${quotedZh(list)}。不需要的行请把“测点”留空`,
    en: `the kind ${kind} has no point "${text}"; ${best === undefined ? '' : `did you mean "${best}"? `}it has ${quotedEn(list)}. Leave "point" empty in rows that are not needed`,
  };
};
export const pointTwice = (point: string, row: number): Label => ({
  zh: `测点“${point}”在第 ${row} 行已经出现；每个测点只占一行`,
  en: `"${point}" stands in row ${row} already; a point has one row`,
});
export const fromBlock = (point: string): Label => ({
  zh: `测点“${point}”来自共用片段（_blocks），不能在这里删除；请在 type.yaml 里去掉该片段`,
  en: `"${point}" comes from a shared block (_blocks) and is not deleted here; take the block out of type.yaml`,
});
export const willDelete = (point: string): Label => ({
  zh: `测点“${point}”将从这个类型删除，它的设备不再有这个值`,
  en: `the point "${point}" will be taken from the type; its devices will not have it any more`,
});
export const notThere = (point: string): Label => ({
  zh: `这个类型没有测点“${point}”，不用删除`,
  en: `the type has no point "${point}"; there is nothing to delete`,
});
export const bothWays: Label = {
  zh: '计算式和数据来源只能填一个；请清空其中之一',
  en: 'a point is either computed (expression) or read; empty one of the two',
};
export const lacks = (field: PointField, example: string): Label => ({
  zh: `缺少“${pointHeads[field]}”；例如 ${example}`,
  en: `"${field}" is missing; for example ${example}`,
});

// --- numbers, words

export const notWhole = (text: string, from: number, to: number): Label => ({
  zh: `“${text}”应是 ${from} 到 ${to} 的整数`,
  en: `"${text}" should be a whole number from ${from} to ${to}`,
});
export const unknownWord = (text: string, known: readonly string[]): Label => {
  const best = nearest(text, known);
  return {
    zh: `不认识“${text}”；${best === undefined ? '' : `是不是“${best}”？`}可填：${quotedZh(known)}`,
    en: `"${text}" is not known; ${best === undefined ? '' : `did you mean "${best}"? `}write one of ${quotedEn(known)}`,
  };
};
export const notAFunction = (text: string): Label => ({
  zh: `“${text}”不是读取的功能码；填 1（线圈）、2（离散输入）、3（保持寄存器）或 4（输入寄存器）`,
  en: `"${text}" is no function that reads; write 1 (coils), 2 (discrete inputs), 3 (holding registers) or 4 (input registers)`,
});
export const sharedText = (type: string): Label => ({
  zh: `${type} 的文本里有用 & 和 * 共用的内容，改一个测点会连带改动别处；请在类型编辑器里改，或先把共用的内容写开`,
  en: `the text of ${type} shares parts by & and *, so that changing one point changes something else, too; edit it in the type editor, or write the shared parts out first`,
});

export const tooLong = (most: number): Label => ({
  zh: `单元格超过 ${most} 个字符；看是否有引号没有闭合，或把整张表贴进了一格`,
  en: `the cell has more than ${most} characters; see whether a quote was never closed, or a whole table stands in one cell`,
});

export const notAnAddress = (text: string): Label => ({
  zh: `“${text}”不是寄存器地址；填十进制（100）、十六进制（0x64）或说明书的编号（40101）`,
  en: `"${text}" is no register's address; write decimal (100), hex (0x64) or the manual's number (40101)`,
});
export const addressRange = (wire: number, registers: number): Label => ({
  zh: `地址 ${wire} 超出范围：从 0 到 65535，这个值占 ${registers} 个`,
  en: `address ${wire} is out of range: 0 to 65535, and this value takes ${registers}`,
});
export const readAsPrinted = (text: string, fc: number, wire: number): Label => ({
  zh: `“${text}”按说明书的编号读：功能码 ${fc}，线上地址 ${wire}；若设备在线上就用这个数，请写成十六进制`,
  en: `"${text}" was read as a manual's number: function ${fc}, address ${wire} on the wire; if the device counts so on the wire, write it in hex`,
});
export const spanOf = (count: number, type: string, registers: number): Label => ({
  zh: `写了 ${count} 个寄存器，而 ${type} 占 ${registers} 个；请核对数据类型或地址`,
  en: `${count} registers are given, and ${type} takes ${registers}; compare the type and the address with the manual`,
});
export const bitBeyond = (type: string, bits: number): Label => ({
  zh: `${type} 只有第 0 到 ${bits - 1} 位，位的写法：3 或 4..7`,
  en: `${type} has bits 0 to ${bits - 1}; write 3, or 4..7`,
});
export const notBits = (text: string): Label => ({
  zh: `“${text}”看不懂；一位写 3，几位写 4..7（低位在前）`,
  en: `"${text}" cannot be understood; write 3 for one bit, 4..7 for several, the lowest first`,
});
export const overlap = (other: string, fc: number, address: number): Label => ({
  zh: `与测点“${other}”读取了同样的数据（功能码 ${fc}，地址 ${address}）；请对照说明书`,
  en: `it reads what "${other}" reads as well (function ${fc}, address ${address}); compare it with the manual`,
});
export const neededBit = (point: string): Label => ({
  zh: `测点“${point}”是真/假；请填“位”，或取值表，例如 0=false; 1=true`,
  en: `"${point}" is true or false; give the bit, or a map such as 0=false; 1=true`,
});
export const mapOfBit: Label = {
  zh: '一位的值是真/假，取值表要写成：false=…; true=…',
  en: 'a bit is true or false: write the map as false=…; true=…',
};
export const neededMap = (point: string, known: readonly string[]): Label => ({
  zh: `测点“${point}”的值是词；请填取值表，例如 0=${known[0] ?? ''}；可用的词：${quotedZh(known)}`,
  en: `the values of "${point}" are words; give a map, for example 0=${known[0] ?? ''}; the words are ${quotedEn(known)}`,
});

// --- units

export const unitRead = (unit: string, to: string, scale: number, offset: number): Label => ({
  zh: `单位“${unit}”换算为“${to}”：倍率 ${scale}${offset === 0 ? '' : `，偏移 ${offset}`}`,
  en: `"${unit}" is brought to "${to}": scale ${scale}${offset === 0 ? '' : `, offset ${offset}`}`,
});
export const unknownUnit = (unit: string, to: string, known: readonly string[]): Label => ({
  zh: `单位“${unit}”不能换算为“${to}”；可填：${quotedZh([to, ...known])}`,
  en: `"${unit}" cannot be brought to "${to}"; write ${quotedEn([to, ...known])}`,
});
export const noUnit = (point: string, unit: string): Label => ({
  zh: `测点“${point}”没有单位；请清空“${unit}”，并按原值填倍率`,
  en: `"${point}" has no unit; leave "${unit}" out, and give the scale of the bare number`,
});
export const notScaled = (unit: string, to: string): Label => ({
  zh: `有取值表或分段时不能换算单位“${unit}”；请按“${to}”填写`,
  en: `with a map or bands "${unit}" is not brought to another unit; write it in "${to}"`,
});

// --- DL/T 645

export const notADi = (text: string): Label => ({
  zh: `“${text}”不是数据标识；填 8 位十六进制，例如 00010000，1997 版表 4 位，例如 9010`,
  en: `"${text}" is no data identifier; write eight hex digits, for example 00010000, or four of a meter of 1997, for example 9010`,
});

// --- the type

export const notOwn = (id: string): Label => ({
  zh: `“${id}”是随附类型，不能修改；请先复制成本站的类型`,
  en: `"${id}" comes with Gatehouse and is not changed; copy it first, and change the copy`,
});
export const brokenType = (id: string, where: string, why: string): Label => ({
  zh: `“${id}”的 type.yaml 本身有错，请先改正：${where} ${why}`,
  en: `the type.yaml of "${id}" has an error of its own, mend that first: ${where} ${why}`,
});
