import { exchangeLimits } from '../contract/exchange.ts';
import type { Label } from '../contract/names.ts';
import { nearest } from '../lib/nearest.ts';

/** What is said of files, rows and cells, in both languages. */

const megabytes = exchangeLimits.bytes / 1024 / 1024;

/** `; did you mean "x"?` in both languages, or another mend. */
function meant(word: string, candidates: Iterable<string>, otherwise: Label): Label {
  const best = nearest(word, candidates);
  return best === undefined
    ? { zh: `；${otherwise.zh}`, en: `; ${otherwise.en}` }
    : { zh: `；是不是“${best}”？`, en: `; did you mean "${best}"?` };
}

/** What a checker of the site says; it speaks English. */
export const plain = (message: string): Label => ({ zh: message, en: message });

// --- the file

export const tooLarge: Label = {
  zh: `文件超过 ${megabytes} MB；请拆成几个文件分别导入`,
  en: `the file is larger than ${megabytes} MB; split it and import the parts one by one`,
};
export const empty: Label = { zh: '文件是空的', en: 'the file is empty' };
export const oldExcel: Label = {
  zh: '这是旧版 Excel 文件（.xls）或加了打开密码的文件；请在 Excel 中去掉密码，另存为 .xlsx',
  en: 'this is a file of old Excel (.xls), or one with a password; take the password off and save it as .xlsx',
};
export const notAWorkbook = (why: string): Label => ({
  zh: `这个 .xlsx 文件打不开（${why}）；请用 Excel 或 WPS 打开后另存为 .xlsx`,
  en: `this .xlsx file cannot be opened (${why}); open it in Excel or LibreOffice and save it as .xlsx again`,
});
export const inflates: Label = {
  zh: '文件解压后大得不合常理，没有继续读；请把这张表单独另存为一个文件',
  en: 'unpacked, the file is out of all proportion, and was not read; save the table as a file of its own',
};
export const tooSlow: Label = {
  zh: '文件太复杂，30 秒内没有读完；请把这张表单独另存为一个文件',
  en: 'the file could not be read within 30 seconds; save the table as a file of its own',
};
export const tooManyRows = (rows: number | null): Label => ({
  zh: `${rows === null ? '' : `共 ${rows} 行，`}一次最多导入 ${exchangeLimits.rows} 行；请拆成几个文件`,
  en: `${rows === null ? 'more rows than' : `${rows} rows;`} at most ${exchangeLimits.rows} are imported at once; split the file`,
});
export const tooManyColumns: Label = {
  zh: `列太多，最多 ${exchangeLimits.columns} 列；请删除右侧不用的列`,
  en: `too many columns, at most ${exchangeLimits.columns}; delete those at the right that are not needed`,
};
export const farRow = (row: number): Label => ({
  zh: `表格一直用到第 ${row} 行；请删除下方多余的空行后重新保存`,
  en: `the sheet is in use down to row ${row}; delete the empty rows below the table and save it again`,
});
export const unknownEncoding: Label = {
  zh: '文字编码既不是 UTF-8 也不是 GB18030；请在 Excel 中另存为“CSV UTF-8（逗号分隔）”',
  en: 'the text is neither UTF-8 nor GB18030; save it in Excel as "CSV UTF-8 (comma delimited)"',
};
export const openQuote = (row: number): Label => ({
  zh: `第 ${row} 行开始的引号没有结束；补上引号，或把单元格里的引号写成两个`,
  en: `a quotation mark opened in row ${row} is never closed; close it, or write a quotation mark within a cell twice`,
});
export const noHeader = (known: string): Label => ({
  zh: `第一行应是表头，但没有“编号”（id）这一列；可先下载模板。认识的列：${known}`,
  en: `the first row should name the columns, and has no "id"; the template shows how. Known columns: ${known}`,
});
export const unknownColumn = (header: string, near: string | undefined): Label => ({
  zh: `不认识的列“${header}”；${near === undefined ? '这一列不会导入' : `是不是“${near}”？`}`,
  en: `there is no column "${header}"; ${near === undefined ? 'it is not imported' : `did you mean "${near}"?`}`,
});
export const columnTwice = (field: string, first: string): Label => ({
  zh: `“${field}”这一列已经在 ${first} 列出现；请删除其中一列`,
  en: `"${field}" is column ${first} already; delete one of the two`,
});

// --- a cell

export const madeADate = (date: string): Label => ({
  zh: `Excel 把它变成了日期（${date}）；请把这一列设为“文本”格式，再重新输入`,
  en: `Excel has made a date of it (${date}); give the column the format "Text", then enter it again`,
});
export const failedFormula = (fault: string): Label => ({
  zh: `公式出错（${fault}）；请改正公式，或直接填写内容`,
  en: `the formula has failed (${fault}); mend it, or write the value itself`,
});
export const lostDigits = (text: string): Label => ({
  zh: `“${text}”已经丢失位数（Excel 只保留 15 位）；请把单元格设为“文本”格式，再重新输入`,
  en: `"${text}" has lost digits (Excel keeps 15); give the cell the format "Text", then enter it again`,
});
export const padded = (from: string, to: string): Label => ({
  zh: `“${from}”缺少前导零（Excel 会去掉），按“${to}”导入；请核对`,
  en: `"${from}" is without its leading zeros (Excel drops them) and was taken for "${to}"; compare it with the device`,
});
export const notAKey = (text: string): Label => {
  const lower = text
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
  const fits = /^[a-z0-9][a-z0-9-]{0,62}$/.test(lower);
  return {
    zh: `“${text}”不能作编号：只用小写字母 a-z、数字和“-”，最多 63 个字符，不以“-”开头${fits ? `；例如“${lower}”` : ''}`,
    en: `"${text}" is no key: 1-63 characters of a-z, 0-9 and "-", not starting with "-"${fits ? `; for example "${lower}"` : ''}`,
  };
};
export const notANumber = (text: string): Label => ({
  zh: `“${text}”不是数；请填数字，小数点用“.”`,
  en: `"${text}" is no number; write digits, with "." before decimals`,
});
export const notABool = (text: string): Label => ({
  zh: `“${text}”应填 是/否 或 TRUE/FALSE`,
  en: `"${text}" should be TRUE or FALSE`,
});
export const notAList = (text: string, example: string): Label => ({
  zh: `“${text}”看不懂；写成：${example}`,
  en: `"${text}" cannot be understood; write it as ${example}`,
});
export const needed = (zh: string, field: string): Label => ({
  zh: `缺少“${zh}”`,
  en: `"${field}" is missing`,
});
export const unknownAction = (text: string): Label => ({
  zh: `“操作”一列只能空着（新增或修改）、填“删除”或“示例”，不能填“${text}”`,
  en: `"action" is empty (add or change), "delete" or "example", not "${text}"`,
});

// --- a row

const nouns = {
  areas: { zh: '区域', en: 'area' },
  links: { zh: '链路', en: 'link' },
  households: { zh: '住户', en: 'household' },
  devices: { zh: '设备', en: 'device' },
  types: { zh: '设备类型', en: 'device type' },
} as const;
export type Noun = keyof typeof nouns;

export const missing = (noun: Noun, id: string, known: Iterable<string>): Label => {
  const mend = meant(id, known, { zh: '请先添加，或改正编号', en: 'add it first, or correct the key' });
  return {
    zh: `没有${nouns[noun].zh}“${id}”${mend.zh}`,
    en: `there is no ${nouns[noun].en} "${id}"${mend.en}`,
  };
};
export const severalNamed = (noun: Noun, name: string, ids: readonly string[]): Label => ({
  zh: `叫“${name}”的${nouns[noun].zh}不止一个；请填编号：${ids.join('、')}`,
  en: `more than one ${nouns[noun].en} is called "${name}"; write its key: ${ids.join(', ')}`,
});
export const twice = (id: string, row: number): Label => ({
  zh: `编号“${id}”在第 ${row} 行已经出现；每台设备只占一行`,
  en: `"${id}" stands in row ${row} already; a device has one row`,
});
export const willDelete = (id: string): Label => ({
  zh: `设备“${id}”将被删除，它的编号以后不能再用`,
  en: `the device "${id}" will be deleted, and its key can never be used again`,
});
export const elsewhere = (what: string, message: string): Label => ({
  zh: `对 ${what} 的影响：${message}`,
  en: `${what}: ${message}`,
});
