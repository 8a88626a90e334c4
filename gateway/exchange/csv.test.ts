import fc from 'fast-check';
import { expect, test } from 'vitest';
import { knownColumns } from './columns.ts';
import { decodeText, parseCsv, readCsv, writeCsv } from './csv.ts';

const table = (bytes: Uint8Array) => {
  const reading = readCsv(bytes, knownColumns);
  if ('problem' in reading) throw new Error(reading.problem.en);
  return reading.table;
};
const rowsOf = (text: string) => table(Buffer.from(text)).rows;

/** 编号,名称 / pump-1,水泵 in GB18030, as Excel in China saves a CSV file; 㐀 is outside of GBK. */
const gb18030 = Buffer.from('b1e0bac52cc3fbb3c60d0a70756d702d312ccbaeb1c38139ee390d0a', 'hex');

test('UTF-8 with and without byte order mark, GB18030 and UTF-16 are told apart by themselves', () => {
  const text = '编号,名称\r\npump-1,水泵\r\n';
  const rows = [
    ['编号', '名称'],
    ['pump-1', '水泵'],
  ];
  expect(table(Buffer.from(text))).toMatchObject({ encoding: 'utf-8', rows });
  expect(table(Buffer.from(`\uFEFF${text}`))).toMatchObject({ encoding: 'utf-8', rows });
  expect(table(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toMatchObject({ encoding: 'utf-16le', rows });
  expect(table(gb18030)).toMatchObject({ encoding: 'gb18030', rows: [rows[0], ['pump-1', '水泵㐀']] });
  expect(decodeText(Buffer.from([0x61, 0xff, 0xff]))).toBeUndefined();
});

test('the separator is the one that makes known columns of the head', () => {
  for (const separator of [',', ';', '\t'])
    expect(rowsOf(['id', 'name', 'cameras'].join(separator))).toEqual([['id', 'name', 'cameras']]);
  expect(rowsOf('sep=|\r\nid|name\r\na|b,c;d')).toEqual([
    ['id', 'name'],
    ['a', 'b,c;d'],
  ]);
});

test('quotation marks hold separators, line breaks and quotation marks', () => {
  expect(rowsOf('id,name\n"a","1, ""x""\r\n2"\nb,"" \nc,\n')).toEqual([
    ['id', 'name'],
    ['a', '1, "x"\r\n2'],
    ['b', null],
    ['c', null],
  ]);
});

test('a quotation mark that is never closed is told with its row', () => {
  const reading = readCsv(Buffer.from('id,name\na,b\nc,"d\ne,f\n'), knownColumns);
  expect(reading).toMatchObject({ problem: { en: expect.stringContaining('opened in row 3') as unknown } });
});

test('more rows than allowed are not read to their end', () => {
  const reading = readCsv(Buffer.from(`id\n${'a\n'.repeat(10_001)}`), knownColumns);
  expect(reading).toMatchObject({ problem: { en: expect.stringContaining('at most 10000') as unknown } });
  expect('table' in readCsv(Buffer.from(`id\n${'a\n'.repeat(10_000)}`), knownColumns)).toBe(true);
});

test('text that a spreadsheet would take for a formula, a number or a date is kept text by an apostrophe', () => {
  const spoilt = [
    '0101',
    '1-2',
    'mar-1',
    '3e5',
    'TRUE',
    '=1+1',
    '+86',
    '-x',
    '@a',
    "'0101",
    '12:30',
    '2026/3/1',
  ];
  for (const text of spoilt) expect(writeCsv([[text]]), text).toBe(`\uFEFF'${text}\r\n`);
  for (const text of ['pump-1', 'b1', '水泵', "o'clock", 'env:NAME', "'quoted'"])
    expect(writeCsv([[text]]), text).toBe(`\uFEFF${text}\r\n`);
  expect(writeCsv([[-5, true, null]])).toBe('\uFEFF-5,TRUE,\r\n');
});

test('what is written is read back', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...`'"=+-@,;0123e/ \t\n`) }),
    fc.constantFrom('0101', "'=1", '"', '', 'mar-1'),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
      (rows) => {
        const whole = rows.map((row) => ['id', ...row]);
        const read = rowsOf(writeCsv([['id', 'name', 'area', 'link', 'type'], ...whole]));
        expect(read.slice(1)).toEqual(whole.map((row) => row.map((text) => text || null)));
      },
    ),
  );
});

test('no text has the parser throw or run on', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'a",;\r\n\t ') }),
      fc.constantFrom(',', ';', '\t'),
      (text, by) => {
        const { rows } = parseCsv(text, by, 50);
        expect(rows.length).toBeLessThanOrEqual(50);
      },
    ),
  );
});
