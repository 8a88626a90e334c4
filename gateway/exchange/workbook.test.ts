import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackXml } from './archive.ts';
import { createFiles } from './files.ts';
import { readWorkbook, writeWorkbook } from './workbook.ts';

/** A ZIP archive of parts, made by hand; `claim` lies about the unpacked size of one. */
function archive(parts: Record<string, Buffer | string>, claim: Record<string, number> = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const [name, given] of Object.entries(parts)) {
    const content = Buffer.from(given);
    const packed = deflateRawSync(content);
    const size = claim[name] ?? content.length;
    const head = (signature: number, bytes: number, from: number) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUInt32LE(signature, 0);
      buffer.writeUInt16LE(20, from - 4);
      buffer.writeUInt16LE(8, from);
      buffer.writeUInt32LE(crc32(content), from + 6);
      buffer.writeUInt32LE(packed.length, from + 10);
      buffer.writeUInt32LE(size, from + 14);
      buffer.writeUInt16LE(name.length, from + 18);
      return buffer;
    };
    const local = head(0x04034b50, 30, 8);
    const central = head(0x02014b50, 46, 10);
    central.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), packed);
    centrals.push(central, Buffer.from(name));
    at += local.length + name.length + packed.length;
  }
  const list = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(parts).length, 8);
  end.writeUInt16LE(Object.keys(parts).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, list, end]);
}

function workbook(
  cells: string,
  more: Record<string, Buffer | string> = {},
): Record<string, Buffer | string> {
  return {
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="备注" sheetId="1" r:id="rId2"/><sheet name="设备" sheetId="2" r:id="rId1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${cells}</sheetData></worksheet>`,
    'xl/worksheets/sheet2.xml': '<worksheet><sheetData/></worksheet>',
    'xl/styles.xml':
      '<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    ...more,
  };
}

const text = (place: string, words: string) => `<c r="${place}" t="inlineStr"><is><t>${words}</t></is></c>`;

test('the sheet of devices is found by its name; numbers, truth values, dates and failed formulas are told apart', async () => {
  const bytes = archive(
    workbook(
      `<row r="1">${text('A1', 'id')}${text('B1', 'address')}</row>` +
        `<row r="3">${text('A3', '0101')}<c r="B3"><v>101</v></c><c r="C3" t="b"><v>1</v></c>` +
        '<c r="D3" s="1"><v>46082</v></c><c r="E3" t="e"><f>A9</f><v>#REF!</v></c></row>',
    ),
  );
  expect(await readWorkbook(bytes)).toEqual({
    table: {
      format: 'xlsx',
      encoding: null,
      sheet: '设备',
      rows: [
        ['id', 'address', null, null],
        [null, null, null, null],
        ['0101', 101, true, { date: '2026-03-01' }, { fault: '#REF!' }],
      ],
    },
  });
});

test('a workbook that unpacks to more than its bound is refused, whatever it says of its size', async () => {
  const bomb = Buffer.alloc(170 * 1024 * 1024, 0x20);
  const honest = archive(workbook('', { 'xl/sharedStrings.xml': bomb }));
  expect(honest.length).toBeLessThan(1024 * 1024);
  expect(unpackXml(honest)).toMatchObject({ fault: 'inflates' });
  expect(unpackXml(archive({ 'a.xml': bomb }, { 'a.xml': 100 }))).toMatchObject({ fault: 'inflates' });
  expect(await readWorkbook(honest)).toMatchObject({
    problem: { en: expect.stringContaining('out of all proportion') as unknown },
  });
});

test('a cell far away does not fill the memory with empty ones', async () => {
  const far = (place: string) => archive(workbook(`<row r="1">${text('A1', 'id')}</row>${place}`));
  const down = `<row r="900000">${text('A900000', 'x')}</row>`;
  const right = `<row r="2">${text('XFD2', 'x')}</row>`;
  expect(await readWorkbook(far(down))).toMatchObject({
    problem: { en: expect.stringContaining('down to row 900000') as unknown },
  });
  expect(await readWorkbook(far(right))).toMatchObject({
    problem: { en: expect.stringContaining('too many columns') as unknown },
  });
});

test('damaged archives are told in words', async () => {
  const whole = archive(workbook(`<row r="1">${text('A1', 'id')}</row>`));
  for (const cut of [4, 30, 200, whole.length - 60])
    expect('problem' in (await readWorkbook(whole.subarray(0, cut))), `cut at ${cut}`).toBe(true);
  expect(await readWorkbook(archive({ 'a.xml': '<a/>' }))).toMatchObject({ problem: {} });
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, value) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      const reading = await readWorkbook(bytes);
      expect('table' in reading || reading.problem.zh.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('text of any kind is read back from a workbook as it was written', async () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom(
      '0101',
      '_x0041_',
      '1-2',
      '=1+1',
      'a\nb',
      '<&">',
      '\u0001',
      'TRUE',
      '\u001f_x005F_',
      '__proto__',
      'toString',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
      const reading = await readWorkbook(
        await writeWorkbook([{ name: 'devices', rows: words.map((one) => [one, 1]) }]),
      );
      if ('problem' in reading) throw new Error(reading.problem.en);
      // XML itself makes one line break of another.
      expect(reading.table.rows.map(([cell]) => cell)).toEqual(words);
    }),
    { numRuns: 60 },
  );
});

test('every character of the first plane, and some beyond, comes back', async () => {
  const words = Array.from({ length: 0xffff }, (_, i) => `a${String.fromCharCode(i + 1)}b`);
  words.push('\u{1f600}', 'a\u{1fffe}b', 'a\u{10ffff}b');
  for (let from = 0; from < words.length; from += 9_000) {
    const some = words.slice(from, from + 9_000);
    const reading = await readWorkbook(
      await writeWorkbook([{ name: 'devices', rows: some.map((one) => [one]) }]),
    );
    if ('problem' in reading) throw new Error(reading.problem.en);
    const rows = reading.table.rows;
    expect(some.filter((one, at) => rows[at]?.[0] !== one)).toEqual([]);
  }
});

test('old Excel files, empty files and files that are too large are refused with the mend', async () => {
  const files = createFiles();
  const said = async (bytes: Buffer) => {
    const reading = await files.read(bytes);
    return 'problem' in reading ? reading.problem.en : '';
  };
  expect(await said(Buffer.from('d0cf11e0a1b11ae1', 'hex'))).toContain('save it as .xlsx');
  expect(await said(Buffer.alloc(0))).toContain('empty');
  expect(await said(Buffer.alloc(20 * 1024 * 1024 + 1))).toContain('larger than 20 MB');
  expect(await said(Buffer.from('id,name\na,b'))).toBe('');
});
