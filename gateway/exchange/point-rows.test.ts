import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { pointSourceSchema } from '../contract/device-type.ts';
import { pointHeads } from '../contract/point-heads.ts';
import { type Catalogue, loadCatalogue } from '../devices/catalogue.ts';
import { widthOf } from '../devices/modbus.ts';
import { conversion, unitsInto } from '../devices/units.ts';
import { silentLog } from '../lib/log.ts';
import { addressText, readAddress } from './point-address.ts';
import { type PlannedPoints, type PointsNow, planningPoints } from './point-rows.ts';
import type { Cell } from './table.ts';

let types: Catalogue;
beforeAll(() => {
  types = loadCatalogue({ siteDir: null, log: silentLog });
});

function plan(rows: Cell[][], given: Partial<PointsNow> & { of?: string } = {}): PlannedPoints {
  const { of = 'electricity-meter', ...rest } = given;
  const kind = types.kinds.get(of);
  if (!kind) throw new Error(`no kind ${of}`);
  const now: PointsNow = { kind, way: 'modbus', points: {}, own: new Set(), ...rest };
  const table = { format: 'xlsx' as const, encoding: null, sheet: 'points', rows };
  const steps = planningPoints(table, now, { units: { conversion, from: unitsInto }, registersOf: widthOf });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const told = ({ problems }: PlannedPoints, language: 'en' | 'zh' = 'en') =>
  problems.map(
    ({ row, column, severity, message }) => `${column ?? ''}${row}: ${severity}: ${message[language]}`,
  );
const outcomes = ({ rows }: PlannedPoints) => rows.map(({ id, outcome }) => `${id} ${outcome}`);

test.each([
  ['100', 3, { wire: 100, fc: 3, first: null }],
  ['0x0064', 3, { wire: 100, fc: 3, first: null }],
  ['64H', 4, { wire: 100, fc: 4, first: null }],
  ['40001', 3, { wire: 0, fc: 3, first: 40_001 }],
  ['40001', undefined, { wire: 0, fc: 3, first: 40_001 }],
  ['30101', undefined, { wire: 100, fc: 4, first: 30_001 }],
  ['10001', undefined, { wire: 0, fc: 2, first: 10_001 }],
  ['10001', 3, { wire: 10_001, fc: 3, first: null }],
  ['00001', undefined, { wire: 0, fc: 1, first: 1 }],
  ['400001', undefined, { wire: 0, fc: 3, first: 400_001 }],
  ['4x0101', undefined, { wire: 100, fc: 3, first: 1 }],
  // Another table's number than the function says is no number of a manual.
  ['30001', 3, { wire: 30_001, fc: 3, first: null }],
  ['0x9C41', 3, { wire: 40_001, fc: 3, first: null }],
])('the address %s with function %s is read as %o', (text, fc, wanted) => {
  expect(readAddress(text, fc)).toEqual({ ...wanted, count: null });
});

test('a span of registers says how many it takes; what is no address is none', () => {
  expect(readAddress('40001-40002', undefined)).toMatchObject({ wire: 0, count: 2 });
  expect(readAddress('0x10~0x13', 3)).toMatchObject({ wire: 16, count: 4 });
  for (const text of ['', 'abc', '4x', '-1', '1.5', '40002-40001'])
    expect(readAddress(text, 3), text).toBeNull();
});

test('every address of every function is written so that it is read as itself', () => {
  for (const fc of [1, 2, 3, 4])
    for (let address = 0; address < 65_536; address += 61)
      expect(readAddress(String(addressText(address, fc)), fc)?.wire).toBe(address);
});

test("a maker's list in its own words becomes points, and says what it was read as", () => {
  const made = plan([
    ['序号', '测点', '名称', '寄存器类型', '寄存器地址', '数据类型', '字节序', '系数', '单位', '数量'],
    [1, 'A相电压', 'Ua', '保持', 40_001, 'U16', null, '1/10', 'V', 1],
    [2, 'CURRENTA', 'Ia', 'holding', '0x0003', 'float', 'CD AB', null, 'mA', 2],
    [3, null, '保留', 'holding', 7, 'U16', null, null, null, 1],
    [4, 'energyImport', '电能', 3, '40101-40102', 'unsigned int 32', '高字在前', 0.01, '度', 2],
    [5, 'power', '功率', 3, 30, 's32', null, null, 'W', 2],
  ]);
  expect(outcomes(made)).toEqual([
    'voltageA new',
    'currentA new',
    ' example',
    'energyImport new',
    'power new',
  ]);
  expect(Object.fromEntries(made.changes)).toEqual({
    voltageA: { modbus: { function: 3, address: 0, type: 'uint16', order: 'ABCD' }, scale: 0.1 },
    currentA: { modbus: { function: 3, address: 3, type: 'float32', order: 'CDAB' }, scale: 0.001 },
    energyImport: { modbus: { function: 3, address: 100, type: 'uint32', order: 'ABCD' }, scale: 0.01 },
    power: { modbus: { function: 3, address: 30, type: 'int32', order: 'ABCD' }, scale: 0.001 },
  });
  expect(told(made)).toEqual([
    'A1: warning: there is no column "序号"; it is not imported',
    expect.stringContaining(
      'E2: warning: "40001" was read as a manual\'s number: function 3, address 0 on the wire',
    ),
    'I3: warning: "mA" is brought to "A": scale 0.001',
    expect.stringContaining('E5: warning: "40101-40102" was read as'),
    'I6: warning: "W" is brought to "kW": scale 0.001',
    'C1: warning: the names of points are those of the kind; this column is for comparison and is not imported',
  ]);
  // The same list over what it has made changes nothing, and has nothing more to say of its rows.
  const rows = [
    ['point', 'function', 'address', 'type', 'unit'],
    ['power', 3, 30, 's32', 'W'],
    ['voltageA', 3, '40001', 'uint16', 'V'],
  ];
  const points = Object.fromEntries(
    [...made.changes].flatMap(([name, source]) => (source ? [[name, source]] : [])),
  );
  const again = plan(rows, { points });
  expect(outcomes(again)).toEqual(['power same', 'voltageA same']);
  expect(told(again)).toEqual([]);
});

test('what is wrong is told at its cell, with what to write instead', () => {
  const wrong = plan([
    ['point', 'function', 'address', 'type', 'order', 'bit', 'scale', 'unit', 'sentinels'],
    ['voltageX', 3, 0, 'uint16', null, null, null, null, null],
    ['voltageA', 7, 0, 'uint16', null, null, null, null, null],
    ['voltageB', 3, 70_000, 'uint16', null, null, null, null, null],
    ['voltageC', 3, '0xFFFF', 'uint32', null, null, null, null, null],
    ['currentA', 3, 5, 'uint61', null, null, null, null, null],
    ['currentB', 3, 6, 'uint16', 'ACBD', null, null, null, null],
    ['currentC', 3, 7, 'uint16', null, '16', null, null, null],
    ['power', 3, 8, 'uint16', null, null, 'ten', null, null],
    ['frequency', 3, 9, 'uint16', null, null, null, 'bar', null],
    ['powerFactor', 3, 10, 'uint16', null, null, null, '%', null],
    ['energyImport', null, 11, 'uint32', null, null, null, null, null],
    ['energyExport', 3, 12, null, null, null, null, null, 'n/a'],
    ['energyExport', 3, 12, 'uint32', null, null, null, null, null],
  ]);
  expect(wrong.changes.size).toBe(0);
  expect(told(wrong)).toEqual([
    expect.stringContaining(
      'A2: error: the kind electricity-meter has no point "voltageX"; did you mean "voltageA"? it has energyImport',
    ),
    expect.stringContaining('B3: error: "7" is no function that reads; write 1 (coils)'),
    expect.stringContaining('C4: error: address 70000 is out of range: 0 to 65535'),
    expect.stringContaining('C5: error: address 65535 is out of range: 0 to 65535, and this value takes 2'),
    expect.stringContaining('D6: error: "uint61" is not known; did you mean "uint16"?'),
    expect.stringContaining('E7: error: "ACBD" is not known; did you mean "ABCD"?'),
    expect.stringContaining('F8: error: uint16 has bits 0 to 15; write 3, or 4..7'),
    'G9: error: "ten" is no number; write digits, with "." before decimals',
    'H10: error: "bar" cannot be brought to "Hz"; write Hz',
    'H11: error: "powerFactor" has no unit; leave "%" out, and give the scale of the bare number',
    'B12: error: "function" is missing; for example 3',
    expect.stringContaining('I13: error: "n/a" cannot be understood; write it as 65535; 32767'),
    'A14: error: "energyExport" stands in row 13 already; a point has one row',
  ]);
  for (const line of told(wrong, 'zh')) expect(line).toMatch(/\p{Script=Han}/u);
});

test('bits, maps and what reads the same data twice', () => {
  const made = plan(
    [
      ['point', 'function', 'address', 'type', 'bit', 'map'],
      ['running', 3, 10, 'uint16', 0, null],
      ['fault', 3, 10, 'uint16', '0', null],
      ['remote', 3, 11, 'uint16', '2..3', '0=no; 2=yes'],
      ['dryRun', 3, 12, 'uint16', null, null],
      ['current', 3, 20, 'uint32', null, null],
      ['pressure', 3, 21, 'uint16', null, null],
      ['runHours', 2, '10001', null, null, null],
    ],
    { of: 'pump' },
  );
  expect(told(made)).toEqual([
    expect.stringContaining(
      'E5: error: "dryRun" is true or false; give the bit, or a map such as 0=false; 1=true',
    ),
    expect.stringContaining('C8: warning: "10001" was read as'),
    expect.stringContaining('C2: warning: it reads what "fault" reads as well (function 3, address 10)'),
    expect.stringContaining('C3: warning: it reads what "running" reads as well (function 3, address 10)'),
    expect.stringContaining('C6: warning: it reads what "pressure" reads as well (function 3, address 21)'),
    expect.stringContaining('C7: warning: it reads what "current" reads as well (function 3, address 21)'),
  ]);
  expect(made.changes.get('remote')).toEqual({
    modbus: { function: 3, address: 11, type: 'uint16', order: 'ABCD', bits: [2, 3] },
    map: { '0': false, '2': true },
  });
  expect(made.changes.get('runHours')).toMatchObject({ modbus: { function: 2, address: 0, type: 'bool' } });
});

test('a unit that is brought to another one is brought there once, also by degrees', () => {
  const of = 'temperature-sensor';
  const cells: Cell[][] = [
    ['point', 'function', 'address', 'type', 'unit', 'scale'],
    ['temperature', 4, 1, 'int16', '°F', 0.1],
  ];
  for (const [width, scale] of [
    [6, 0.0555555555556],
    [5, 0.555555555556],
  ] as const) {
    const rows = cells.map((row) => row.slice(0, width));
    const temperature = plan(rows, { of }).changes.get('temperature');
    expect(temperature).toMatchObject({ scale, offset: -17.7777777778 });
    if (temperature)
      expect(outcomes(plan(rows, { of, points: { temperature } }))).toEqual(['temperature same']);
  }
});

test('the same number is another register by another function', () => {
  const points = {
    power: { modbus: { function: 4, address: 40_010, type: 'uint16', order: 'ABCD' } },
  } as PointsNow['points'];
  const head: Cell[] = ['point', 'function', 'address'];
  expect(outcomes(plan([head, ['power', 4, '40010']], { points }))).toEqual(['power same']);
  expect(plan([head, ['power', 3, '40010']], { points }).changes.get('power')).toMatchObject({
    modbus: { function: 3, address: 9 },
  });
});

test('a map may say the words of an enum by their labels', () => {
  const head = ['point', 'function', 'address', 'type', 'map'];
  const made = plan([head, ['line1', 3, 1, 'uint16', '0=正常; 1=alarm; 0x02=open']], { of: 'io-module' });
  expect(told(made)).toEqual([]);
  expect(made.changes.get('line1')).toMatchObject({ map: { '0': 'normal', '1': 'alarm', '2': 'open' } });
  const bad = plan([head, ['line1', 3, 1, 'uint16', '0=fine'], ['line2', 3, 2, 'uint16', null]], {
    of: 'io-module',
  });
  expect(told(bad)).toEqual([
    expect.stringContaining('E2: error: "fine" is not known'),
    expect.stringContaining('E3: error: the values of "line2" are words; give a map, for example 0=normal'),
  ]);
});

test('a column that is there and empty takes a field away, one that is not leaves it, a row without a place is passed over', () => {
  const points = {
    voltageA: {
      modbus: { function: 3, address: 0, type: 'uint16', order: 'ABCD', sentinels: [65_535] },
      scale: 0.1,
    },
  } as PointsNow['points'];
  const emptied = plan(
    [
      ['point', 'address', 'scale'],
      ['voltageA', 0, null],
    ],
    { points },
  );
  expect(emptied.rows[0]).toMatchObject({
    outcome: 'changed',
    fields: [{ field: 'scale', from: 0.1, to: null }],
  });
  expect(emptied.changes.get('voltageA')).toEqual({
    modbus: { function: 3, address: 0, type: 'uint16', order: 'ABCD', sentinels: [65_535] },
  });
  expect(
    outcomes(
      plan(
        [
          ['point', 'address'],
          ['voltageA', null],
        ],
        { points },
      ),
    ),
  ).toEqual(['voltageA example']);
  expect(
    outcomes(
      plan(
        [
          ['point', 'scale'],
          ['voltageA', 0.5],
        ],
        { points },
      ),
    ),
  ).toEqual(['voltageA changed']);
});

test('a point is deleted when the text itself has it', () => {
  const points = {
    voltageA: { modbus: { function: 3, address: 0, type: 'uint16', order: 'ABCD' } },
  } as PointsNow['points'];
  const rows = [
    ['操作', '测点', '地址'],
    ['删除', 'voltageA', null],
    ['删除', 'voltageB', null],
    ['抹掉', 'power', 1],
  ];
  const own = plan(rows, { points, own: new Set(['voltageA']) });
  expect(outcomes(own)).toEqual(['voltageA deleted', 'voltageB same', 'power error']);
  expect(own.changes).toEqual(new Map([['voltageA', null]]));
  const block = plan(rows.slice(0, 2), { points });
  expect(told(block)).toEqual([expect.stringContaining('B2: error: "voltageA" comes from a shared block')]);
});

test('DL/T 645 identifiers get back the zeros that Excel has dropped, and MQTT points take paths', () => {
  const meter = plan(
    [
      ['point', 'di', 'item'],
      ['energyImport', 10_000, null],
      ['voltageB', '02 01 FF 00', 1],
      ['power', 'xx', null],
    ],
    {
      way: 'dlt645',
    },
  );
  expect(told(meter)).toEqual([
    expect.stringContaining(
      'B2: warning: "10000" is without its leading zeros (Excel drops them) and was taken for "00010000"',
    ),
    expect.stringContaining('B4: error: "xx" is no data identifier'),
  ]);
  expect(meter.changes.get('voltageB')).toEqual({ dlt645: { di: '0201FF00', item: 1 } });
  const tank = plan(
    [
      ['point', 'topic', 'json', 'address'],
      ['level', 'a/{address}', 'values.level', 7],
    ],
    {
      ...{ of: 'tank', way: 'mqtt' },
    },
  );
  expect(told(tank)).toEqual([
    'D1: warning: "address" is no column of a type with link: mqtt; it is not imported',
  ]);
  expect(tank.changes.get('level')).toEqual({ topic: 'a/{address}', json: 'values.level' });
});

test('a title above the heads is passed over, and rows are counted as the spreadsheet counts them', () => {
  const made = plan([
    ['ACME 三相电表点表'],
    [],
    ['point', 'function', 'address', 'type', '备注'],
    ['power', 3, 8, 'uint16', 'x'],
    ['powr', 3, 9, 'uint16', null],
  ]);
  expect(outcomes(made)).toEqual(['power new', 'powr error']);
  expect(told(made)).toEqual([
    'E3: warning: there is no column "备注"; it is not imported',
    expect.stringContaining(
      'A5: error: the kind electricity-meter has no point "powr"; did you mean "power"?',
    ),
  ]);
});

test('tables that are none of points say what they lack', () => {
  expect(
    told(
      plan([
        ['id', 'name', 'area'],
        ['pump-1', 'x', 'y'],
      ]),
    )[0],
  ).toContain('there is no column "id"');
  expect(
    told(
      plan([
        ['id', 'area'],
        ['pump-1', 'y'],
      ]),
    ).join(),
  ).toContain('there is none called "point"');
  expect(
    told(
      plan([
        ['point', 'unit'],
        ['power', 'kW'],
      ]),
    ).join(),
  ).toContain('no column says where a point comes from');
});

test('whatever stands in the cells, a row comes to something, and nothing that is wrong becomes a point', () => {
  const heads = Object.keys(pointHeads);
  const word = fc.oneof(
    fc.constantFrom(
      'level',
      '液位',
      'overflow',
      '3',
      '40001',
      '0x10',
      'uint16',
      'bool',
      'ABCD',
      '0=false; 1=true',
      '4..7',
      '1/0',
      '__proto__',
      'constructor',
    ),
    fc.string({ maxLength: 12 }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  );
  const row = fc.array(word, { minLength: heads.length, maxLength: heads.length });
  const way = fc.constantFrom('modbus' as const, 'mqtt' as const, 'dlt645' as const, 'composed' as const);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), way, (rows, link) => {
      const { rows: planned, changes } = plan([heads, ...rows], { of: 'tank', way: link });
      expect(planned.length).toBeLessThanOrEqual(rows.length);
      for (const source of changes.values())
        if (source) expect(pointSourceSchema.safeParse(source).success).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('ten thousand rows of one point are told as the mistake that they are', () => {
  const rows = Array.from({ length: 10_000 }, (_, index): Cell[] => ['power', 3, index, 'uint16']);
  const many = plan([['point', 'function', 'address', 'type'], ...rows]);
  expect(many.problems.filter(({ severity }) => severity === 'error')).toHaveLength(9_999);
  const others = rows.map(([, ...cells]): Cell[] => [null, ...cells]);
  expect(plan([['point', 'function', 'address', 'type'], ...others]).problems).toEqual([]);
});

test('a cell that is longer than any that a person fills in is told, and costs no time', () => {
  const head = ['point', 'function', 'address', 'type', 'bands'];
  const nowhere = `${'-'.repeat(200_000)} x`;
  const started = performance.now();
  const long = plan([head, ['voltageA', 3, nowhere, 'uint16', ''], [nowhere, 3, 1, 'uint16', '']]);
  expect(told(long)).toEqual([
    expect.stringContaining('C2: error: the cell has more than 4000 characters'),
    expect.stringContaining('A3: error: the cell has more than 4000 characters'),
  ]);
  const rows = Array.from({ length: 300 }, () => [
    'voltageA',
    3,
    nowhere.slice(-4_000),
    'uint16',
    `a=${'.'.repeat(3_900)}x`,
  ]);
  expect(outcomes(plan([head, ...rows]))).toContain('voltageA error');
  // By the square of their length they took eight seconds, and a minute with the first two.
  expect(performance.now() - started).toBeLessThan(5_000);
});
