import { describe, expect, test } from 'vitest';
import type { WandBatch } from '../../contract/wand.ts';
import { mostReads, readBatch } from './codec.ts';
import { readBatchCsv } from './csv.ts';
import { parseReadTime } from './read-time.ts';

const min = 60_000;
const host = Date.UTC(2026, 2, 1, 8);
/** A site whose clocks are eight hours ahead, as in Shanghai. */
const context = { receivedAt: host, zoned: (wallMs: number) => wallMs - 8 * 60 * min };
/** A time of that morning on the wall of the site, from minutes after midnight UTC+8. */
const wall = (minutes: number) => Date.UTC(2026, 2, 1) + minutes * min - 8 * 60 * min;

function batchOf(value: unknown): WandBatch {
  const reading = readBatch(value, context);
  if (!reading.ok) throw new Error(reading.message);
  return reading.batch;
}
function csvOf(text: string, clocks: Parameters<typeof readBatchCsv>[1] = {}): WandBatch {
  const reading = readBatchCsv(text, clocks, context);
  if (!reading.ok) throw new Error(reading.message);
  return reading.batch;
}
const reads = (batch: WandBatch) => batch.reads.map(({ tag, doubt }) => [tag, doubt]);
const refusals = (batch: WandBatch) => batch.refused.map(({ line, problem }) => [line, problem]);

describe('the clock of a wand', () => {
  const record = { tag: 'A1', at: '2026-03-01 02:07:30' };

  test('that is fast is taken back by what it is fast, and both times stay', () => {
    const batch = batchOf({
      reader: 'wand-1',
      readerClock: '2026-03-01 16:07:30',
      hostClock: '2026-03-01 16:00:00',
      records: [record],
    });
    expect(batch.driftMs).toBe(450_000);
    expect(batch.reads[0]).toMatchObject({ readerAt: wall(127.5), at: wall(120), doubt: null });
  });

  test('is measured against the time of arrival where the host names none', () => {
    expect(batchOf({ readerClock: host + 90_000, records: [record] }).driftMs).toBe(90_000);
  });

  test('that nobody read leaves the times as they are', () => {
    const batch = batchOf({ records: [record] });
    expect(batch.driftMs).toBeNull();
    expect(batch.reads[0]).toMatchObject({ readerAt: wall(127.5), at: wall(127.5) });
  });

  test.each([
    [
      'set back between two reads puts all before it in doubt',
      [60, 130, 70, 80],
      ['clock-set', 'clock-set', null, null],
    ],
    [
      'set back twice, up to the last time',
      [60, 30, 90, 40, 50],
      ['clock-set', 'clock-set', 'clock-set', null, null],
    ],
    ['set back after the last read puts every one in doubt', [60, 600], ['clock-set', 'clock-set']],
    ['that only goes on does not', [60, 60, 130], [null, null, null]],
  ])('%s', (_, minutes, doubts) => {
    const batch = batchOf({
      readerClock: '2026-03-01 08:00:00',
      hostClock: '2026-03-01 08:00:00',
      records: minutes.map((at, i) => ({ tag: `A${i}`, at: wall(at) })),
    });
    expect(batch.reads.map(({ doubt }) => doubt)).toEqual(doubts);
  });

  test('that was reset to its first day still tells when the reads after that were made, not those before', () => {
    const batch = batchOf({
      readerClock: '2000-01-01 03:00:00',
      hostClock: host,
      records: [
        { tag: 'before', at: wall(60) },
        { tag: 'after', at: '2000-01-01 01:00:00' },
      ],
    });
    expect(reads(batch)).toEqual([
      ['before', 'clock-set'],
      ['after', null],
    ]);
    expect(batch.reads[1]?.at).toBe(host - 120 * min);
  });

  test('a read ahead of its own read-out is in doubt', () => {
    expect(reads(batchOf({ records: [{ tag: 'A1', at: host + 6 * min }] }))).toEqual([['A1', 'ahead']]);
  });
});

describe('the order of reads', () => {
  const of = (...records: object[]) => reads(batchOf({ records })).map(([tag]) => tag);

  test('is the wand’s own numbering', () => {
    expect(of({ tag: 'B', at: wall(2), index: 11 }, { tag: 'A', at: wall(1), index: 10 })).toEqual([
      'A',
      'B',
    ]);
  });

  test('is turned where the list begins with the newest', () => {
    expect(of({ tag: 'C', at: wall(3) }, { tag: 'B', at: wall(2) }, { tag: 'A', at: wall(2) })).toEqual([
      'A',
      'B',
      'C',
    ]);
  });

  test('else stands as it came: two of one second are not turned', () => {
    expect(of({ tag: 'A', at: wall(1) }, { tag: 'B', at: wall(1) })).toEqual(['A', 'B']);
  });
});

describe('a record that cannot be used is named with its place; the others count', () => {
  test('in JSON by its number', () => {
    const batch = batchOf({
      records: [
        { tag: '', at: wall(1) },
        { tag: '黑色的', at: wall(1) },
        { tag: 'A1' },
        { tag: 'A1', at: 'at two' },
        { tag: 'A1', at: wall(1), index: 'first' },
        'A1',
        { tag: 6547886, at: wall(1) },
      ],
    });
    expect(refusals(batch)).toEqual([
      [1, 'tag-missing'],
      [2, 'tag-bad'],
      [3, 'time-missing'],
      [4, 'time-bad'],
      [5, 'index-bad'],
      [6, 'tag-missing'],
    ]);
    expect(batch.refused[3]?.message).toBe('"at two" is no time: write it as 2026-03-01 02:07:30');
    expect(reads(batch)).toEqual([['6547886', null]]);
  });

  test('in a file by its line, as an editor counts them', () => {
    const batch = csvOf(
      'tag,time\n\n0006547886,2026-03-01 02:07:30\n6.55E+06,2026-03-01 02:08:30\n"a\nb",2026-03-01 02:09:30\n,\n0006547887,2026-02-30 02:09:30\n',
    );
    expect(refusals(batch)).toEqual([
      [4, 'tag-bad'],
      [8, 'time-bad'],
    ]);
    expect(batch.refused[0]?.message).toMatch(/^"6\.55E\+06" has been rounded by a spreadsheet/);
    expect(batch.reads.map(({ line }) => line)).toEqual([3, 5]);
  });
});

describe('a CSV file', () => {
  test.each([
    ['English', 'Tag ID,Read_Time\n0006547886,2026-03-01 02:07:30\n'],
    ['Chinese, as a spreadsheet saves it', '\uFEFF卡号,打点时间\r\n"0006547886","2026/3/1 2:07:30"\r\n'],
    [
      'date and time apart, further columns',
      '序号;日期;时间;地点;钮号\n1;2026-03-01;02:07:30;"门;一";0006547886\n',
    ],
    ['tabs, kept from being eaten', 'tag\ttime\n="0006547886"\t2026年3月1日 2:07:30\n'],
  ])('is read whatever its header: %s', (_, text) => {
    expect(csvOf(text).reads).toMatchObject([{ tag: '0006547886', readerAt: wall(127.5) }]);
  });

  test('may name guards and its reader; a line of another reader is not its', () => {
    const batch = csvOf(
      '读头,人员,标签,时间\nW5-0317,李伟,A1,2026-03-01 02:00\n,,A2,2026-03-01 02:01\nW5-0318,,A3,2026-03-01 02:02\n',
      { readerClock: '2026-03-01 16:01:00' },
    );
    expect(batch).toMatchObject({ reader: 'W5-0317', driftMs: min });
    expect(batch.reads.map(({ tag, guard }) => [tag, guard])).toEqual([
      ['A1', '李伟'],
      ['A2', null],
    ]);
    expect(refusals(batch)).toEqual([[4, 'other-reader']]);
  });

  test.each([
    [
      'no header',
      '0006547886,2026-03-01 02:07:30\n',
      /^line 1: the header has no column "tag" \(标签\) and no/,
    ],
    [
      'no column for the time',
      '\n标签,地点\n0006547886,门\n',
      /^line 2: the header has no column "time" \(时间\);/,
    ],
    ['nothing in it', '', /^line 1: the header has no column/],
    ['another encoding', 'tag,time,\uFFFD\uFFFD\n', /not in UTF-8: save it as "CSV UTF-8"/],
  ])('with %s is refused with what to do', (_, text, words) => {
    expect(readBatchCsv(text, {}, context)).toEqual({ ok: false, message: expect.stringMatching(words) });
  });
});

test.each([
  ['no object', [], /JSON object/],
  ['no records', { reader: 'wand-1' }, /"records" is missing/],
  ['a clock of nonsense', { readerClock: 'noon', records: [] }, /^readerClock is no time/],
  ['more than fits', { records: Array.from({ length: mostReads + 1 }, () => ({})) }, /send them in parts/],
])('a batch with %s is refused whole', (_, value, words) => {
  expect(readBatch(value, context)).toEqual({ ok: false, message: expect.stringMatching(words) });
});

test.each([
  ['2026-03-01 02:07:30', { wall: Date.UTC(2026, 2, 1, 2, 7, 30) }],
  ['2026/3/1 2:07', { wall: Date.UTC(2026, 2, 1, 2, 7) }],
  ['2026.03.01 02:07:30.500', { wall: Date.UTC(2026, 2, 1, 2, 7, 30) }],
  ['2026年3月1日 2:07:30', { wall: Date.UTC(2026, 2, 1, 2, 7, 30) }],
  ['2026-03-01T02:07:30Z', { utc: Date.UTC(2026, 2, 1, 2, 7, 30) }],
  ['2026-03-01T02:07:30+08:00', { utc: Date.UTC(2026, 1, 28, 18, 7, 30) }],
  ['2026-02-28T20:07:30-0530', { utc: Date.UTC(2026, 2, 1, 1, 37, 30) }],
  ['1772330850000', { utc: 1_772_330_850_000 }],
  [1_772_330_850_000, { utc: 1_772_330_850_000 }],
  ['2026-02-29 02:07:30', null],
  ['2026-03-01 24:00:00', null],
  ['2026-03-01', null],
  ['0020-03-01 02:00', null],
  [Number.MAX_SAFE_INTEGER, null],
  [true, null],
])('%j is the time %j', (text, time) => {
  expect(parseReadTime(text)).toEqual(time);
});
