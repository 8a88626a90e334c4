import type { BatchReading, RefusedRead } from '../../contract/wand.ts';
import { assemble, type BatchHead } from './codec.ts';
import type { RawRead } from './correct.ts';
import { readRecord, refusal, type Zoned } from './record.ts';

type Column = 'tag' | 'time' | 'date' | 'index' | 'guard' | 'reader';

/** What the columns are called: by us, and by the programs that come with wands. Compared without blanks, `_`, `-` and case. */
const columnNames: Record<Column, readonly string[]> = {
  tag: [
    'tag',
    'tagid',
    'tagno',
    'card',
    'cardno',
    'cardnumber',
    'chip',
    '标签',
    '标签号',
    '卡号',
    '钮号',
    '点号',
    '芯片号',
    '地点卡号',
  ],
  time: [
    'time',
    'at',
    'datetime',
    'readat',
    'readtime',
    '时间',
    '打点时间',
    '巡更时间',
    '巡检时间',
    '读卡时间',
    '刷卡时间',
  ],
  date: ['date', '日期', '巡更日期', '巡检日期'],
  index: ['index', 'no', 'seq', 'number', '序号', '编号', '记录号'],
  guard: ['guard', 'person', '人员', '巡更员', '巡检员', '巡更人员', '巡检人员', '保安'],
  reader: [
    'reader',
    'readerid',
    'device',
    'wand',
    '读头',
    '巡更棒',
    '巡检器',
    '巡更机',
    '机号',
    '设备号',
    '棒号',
  ],
};
const columnOf = new Map(
  Object.entries(columnNames).flatMap(([column, names]) =>
    names.map((name) => [name, column as Column] as const),
  ),
);

interface Row {
  line: number;
  cells: string[];
}

/** RFC 4180, with any of the usual delimiters; line numbers as an editor counts them, blank lines left out. */
function rowsOf(text: string, delimiter: string): Row[] {
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let startedAt = 1;
  const endRow = () => {
    cells.push(cell);
    if (cells.some((each) => each.trim() !== '')) rows.push({ line: startedAt, cells });
    cells = [];
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '\n') line++;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (char === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (char === delimiter) {
      cells.push(cell);
      cell = '';
    } else if (char === '\n') {
      endRow();
      startedAt = line;
    } else if (char !== '\r') cell += char;
  }
  endRow();
  return rows;
}

/** The delimiter that the header uses most. */
function delimiterOf(text: string): string {
  const header = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

function columnsIn(header: Row | undefined): Map<Column, number> {
  const columns = new Map<Column, number>();
  header?.cells.forEach((name, i) => {
    const column = columnOf.get(name.toLowerCase().replace(/[\s_-]/g, ''));
    if (column !== undefined && !columns.has(column)) columns.set(column, i);
  });
  return columns;
}

const example = 'for example: tag,time (标签,时间), then 0006547886,2026-03-01 02:07:30';

/**
 * A wand's read-out as a CSV file: a header, then a line a read. Clocks, which a file has not, come beside it; a column `reader`
 * may name the reader.
 */
export function readBatchCsv(
  file: string,
  clocks: Pick<BatchHead, 'readerClock' | 'hostClock'>,
  context: { receivedAt: number; zoned: Zoned },
): BatchReading {
  const text = file.replace(/^\uFEFF/, '');
  if (text.includes('\uFFFD'))
    return {
      ok: false,
      message: 'the file is not in UTF-8: save it as "CSV UTF-8", or convert it (iconv -f GB18030 -t UTF-8)',
    };
  const [header, ...rows] = rowsOf(text, delimiterOf(text));
  const columns = columnsIn(header);
  const missing = (['tag', 'time'] as const).filter((column) => !columns.has(column));
  if (missing.length > 0)
    return {
      ok: false,
      message: `line ${header?.line ?? 1}: the header has no column ${missing.map((column) => `"${column}" (${columnNames[column].filter((name) => /[^a-z]/.test(name))[0]})`).join(' and no column ')}; ${example}`,
    };
  let reader: string | null = null;
  const reads = rows.map(({ line, cells }): RawRead | RefusedRead => {
    const cell = (column: Column) => {
      const at = columns.get(column);
      return at === undefined ? '' : (cells[at] ?? '').trim();
    };
    const own = cell('reader');
    if (own !== '') {
      reader ??= own;
      if (own !== reader) return refusal(line, 'other-reader', own);
    }
    const at = cell('date') === '' ? cell('time') : `${cell('date')} ${cell('time')}`;
    return readRecord(
      { line, tag: cell('tag'), at, index: cell('index'), guard: cell('guard') },
      context.zoned,
    );
  });
  return assemble({ ...clocks, reader }, reads, context);
}
