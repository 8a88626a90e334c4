import { expect, test } from 'vitest';
import { emptyRows, packValue, rowsIn, Words } from './batch.ts';
import { influxAddress } from './influx-address.ts';
import { pointsOf } from './influx-lines.ts';
import { rowsOf, statementsOf } from './influx-query.ts';
import type { JournalBatch } from './journal-reader.ts';
import type { TestReading } from './store-fixture.ts';

const names: [string, string][] = [];

function batchIn(id: number, readings: readonly TestReading[]): JournalBatch {
  const rows = rowsIn(emptyRows(readings.length));
  const words = new Words();
  for (const [i, [device, point, at, value, quality = 'good']] of readings.entries()) {
    let series = names.findIndex((name) => name[0] === device && name[1] === point);
    if (series === -1) series = names.push([device, point]) - 1;
    const [number, flag] = packValue(value, quality, (text) => words.id(text));
    rows.series[i] = series;
    rows.at[i] = at;
    rows.values[i] = number;
    rows.flags[i] = flag;
  }
  return { id, rows, words: words.list };
}

/** As the library writes them. */
function linesOf(...batches: JournalBatch[]): string[] {
  const journal = { nameOf: (series: number) => names[series] ?? (['', ''] as const) };
  return pointsOf(batches, journal).map(({ measurement, tags, fields, timestamp }) => {
    const all = Object.entries(fields ?? {}).map(([name, value]) => `${name}=${String(value)}`);
    return `${measurement},device=${tags?.device},point=${tags?.point} ${all.sort().join(',')} ${timestamp}`;
  });
}

test.each<[TestReading, string]>([
  [['tank-1', 'level', 1, 1.5], 'readings,device=tank-1,point=level quality=0i,type=0i,value=1.5 1'],
  [
    ['tank-1', 'level', 2, -1e21, 'uncertain'],
    'readings,device=tank-1,point=level quality=1i,type=0i,value=-1e+21 2',
  ],
  [['door-1', 'open', 3, false], 'readings,device=door-1,point=open quality=0i,type=1i,value=0 3'],
  [['ups-1', 'mode', 4, 'battery'], 'readings,device=ups-1,point=mode quality=0i,text="battery",type=2i 4'],
  [['ups-1', 'mode', 5, null, 'bad'], 'readings,device=ups-1,point=mode quality=2i,type=3i 5'],
  [
    ['ups-1', 'note', 6, 'C:\\a "b", c=d\\'],
    'readings,device=ups-1,point=note quality=0i,text="C:\\\\a \\"b\\", c=d\\\\",type=2i 6',
  ],
])('%j is the line %s', (reading, line) => {
  expect(linesOf(batchIn(1, [reading]))).toEqual([line]);
});

test('readings keep their order, and of one millisecond only the last word of a point is sent', () => {
  const lines = linesOf(
    batchIn(1, [
      ['tank-1', 'level', 10, 1],
      ['tank-2', 'level', 10, 2],
      ['tank-1', 'level', 20, 3],
    ]),
    batchIn(2, [
      ['tank-1', 'level', 10, null, 'bad'],
      ['tank-1', 'level', 15, 5],
    ]),
  );
  expect(lines.map((line) => line.replace(/.*device=(\S+),point.* (\d+)$/, '$1 $2'))).toEqual([
    'tank-2 10',
    'tank-1 20',
    'tank-1 10',
    'tank-1 15',
  ]);
  expect(lines[2]).toContain('quality=2i,type=3i 10');
});

test.each([
  [
    'http://gh:pa%3Ass@db.example.com:8087/site',
    { host: 'db.example.com', port: 8087, database: 'site', user: { name: 'gh', password: 'pa:ss' } },
  ],
  ['http://127.0.0.1/site', { protocol: 'http', port: 80, user: null }],
  ['https://[::1]/%E5%8E%86%E5%8F%B2', { protocol: 'https', host: '::1', port: 443, database: '历史' }],
])('%s is an address', (text, address) => {
  expect(influxAddress(text)).toMatchObject(address);
});

test('the words of an address show neither user nor password', () => {
  expect(influxAddress('http://gh:hunter2@db:8086/site')?.words).toBe('http://db:8086/site');
});

test.each([
  '',
  'db:8086/site',
  'http://db:8086',
  'http://db:8086/',
  'http://db/a/b',
  'mqtt://db/site',
  'http://db/site?x=1',
  'http://u:%zz@db/site',
])('%j is no address', (text) => {
  expect(influxAddress(text)).toBe(null);
});

test('a question is one statement, or two with steps, within what InfluxDB has for times', () => {
  const query = { device: 'tank-1', point: 'level', from: -5, to: 9e15 };
  expect(statementsOf({ ...query, stepMs: null })).toEqual([
    "SELECT value, text, quality, type FROM readings WHERE device = 'tank-1' AND point = 'level' AND time >= 0ms AND time <= 9223372036854ms ORDER BY time LIMIT 20001",
  ]);
  const stepped = statementsOf({ ...query, stepMs: 60_000 });
  expect(stepped).toHaveLength(2);
  for (const statement of stepped) expect(statement).toContain('GROUP BY time(60000ms) fill(none)');
});

test('an answer becomes rows with the types of the values; of steps without a number the last value stands', () => {
  const all = [
    { time: 1, value: 1.5, text: null, quality: 0, type: 0 },
    { time: 2, value: 1, text: null, quality: 1, type: 1 },
    { time: 3, value: 9, text: 'on', quality: 0, type: 2 },
    { time: 4, value: 9, text: 'on', quality: 2, type: 3 },
  ];
  expect(rowsOf([all], false)).toEqual([
    { at: 1, value: 1.5, quality: 'good' },
    { at: 2, value: true, quality: 'uncertain' },
    { at: 3, value: 'on', quality: 'good' },
    { at: 4, value: null, quality: 'bad' },
  ]);
  expect(rowsOf([[{ time: 1, mean: 2, min: 1, max: 3, count: 2 }], all.slice(0, 2)], true)).toEqual([
    { at: 1, value: 2, quality: 'good', count: 2, min: 1, max: 3 },
    { at: 2, value: true, quality: 'uncertain', count: 0 },
  ]);
});
