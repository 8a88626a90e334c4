import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Link } from '../contract/site.ts';
import { linkSchema } from '../contract/site.ts';
import { type Catalogue, loadCatalogue } from '../devices/catalogue.ts';
import { silentLog } from '../lib/log.ts';
import { planRows } from './rows.ts';
import type { SiteNow } from './site-now.ts';
import type { Cell, Table } from './table.ts';

let types: Catalogue;
beforeAll(() => {
  types = loadCatalogue({ siteDir: null, log: silentLog });
});

const byId = <T extends { id: string }>(all: T[]) => new Map(all.map((one) => [one.id, one]));
const links: Link[] = [
  { id: 'bus-1', name: '地下室总线', kind: 'bus', path: '/dev/ttyUSB0', protocol: 'modbus-rtu' },
  { id: 'bus-2', kind: 'bus', path: '/dev/ttyUSB1', protocol: 'dlt645-2007' },
  { id: 'bus-3', kind: 'bus', path: '/dev/ttyUSB2', protocol: 'cjt188' },
].map((link) => linkSchema.parse(link));
const meter: Device = {
  ...{ id: 'meter-1', type: 'dlt645-2007-meter', name: '总表', area: 'b1', link: 'bus-2' },
  address: '000000012345',
};
const site: SiteNow = {
  devices: byId<Device>([
    meter,
    { id: 'io-1', type: 'generic-modbus-io-8', name: '模块', area: 'b1', link: 'bus-1', address: 1 },
    { id: 'panel-1', type: 'contact-id-account', name: '101 室', area: 'b1', parent: 'r-1', address: '0101' },
  ]),
  areas: byId([
    { id: 'b1', name: '1号楼', kind: 'building' as const },
    { id: 'b2', name: '楼', kind: 'building' as const },
    { id: 'b3', name: '楼', kind: 'building' as const },
  ]),
  links: byId(links),
  households: new Map(),
  wasRemoved: (id) => id === 'gone-1',
};

function plan(...rows: Cell[][]) {
  const table: Table = { format: 'xlsx', encoding: null, sheet: 'devices', rows };
  const { rows: planned, problems } = planRows(table, site, types);
  return {
    rows: planned,
    problems: problems.map(({ row, column, severity, message }) => ({
      at: `${column ?? ''}${row}`,
      severity,
      message: message.en,
      zh: message.zh,
    })),
  };
}
const head: Cell[] = ['id', 'type', 'name', 'area', 'link', 'address'];
const meterRow = (id: Cell, address: Cell, type = 'dlt645-2007-meter', link = 'bus-2'): Cell[] => [
  ...[id, type, '表', 'b1', link, address],
];
const only = (problems: ReturnType<typeof plan>['problems']) => {
  expect(problems).toHaveLength(1);
  return problems[0];
};

describe('heads', () => {
  test('heads are known in Chinese and English, with stars, spaces and full-width letters', () => {
    const { rows, problems } = plan(
      [' 编号* ', 'ＴＹＰＥ', '设备名称', 'Area', '设置.silenceS', 'settings.ctRatio', '操作'],
      ['p-1', 'native-pump', '泵', 'b1', 60, null, null],
    );
    expect(problems).toEqual([]);
    expect(rows[0]?.after).toEqual({
      ...{ id: 'p-1', type: 'native-pump', name: '泵', area: 'b1', settings: { silenceS: 60 } },
    });
  });

  test('a column of remarks is passed over with a warning, a misspelled head is an error, an empty one is nothing', () => {
    const { problems } = plan(
      [...head, 'remarks', 'adress', 'empty'],
      [...meterRow('m-2', '000000000002'), 'to be painted', 'x', null],
    );
    expect(problems).toMatchObject([
      { at: 'G1', severity: 'warning' },
      { at: 'H1', severity: 'error', message: 'there is no column "adress"; did you mean "address"?' },
    ]);
  });

  test('a file without the column id, and one with a column twice, are told', () => {
    expect(only(plan(['name', 'area'], ['x', 'b1']).problems)).toMatchObject({ severity: 'error', at: '1' });
    expect(only(plan(['id', '编号'], ['io-1', 'io-1']).problems)).toMatchObject({
      at: 'B1',
      message: '"编号" is column A already; delete one of the two',
    });
  });
});

describe('numbers and dates that Excel has made', () => {
  test('a number for the number of a meter gets its leading zeros back, and that is told', () => {
    const { rows, problems } = plan(
      head,
      meterRow('m-2', 1234567),
      meterRow('m-3', '22', 'cjt188-water-meter', 'bus-3'),
      meterRow('m-4', '000000000004'),
    );
    expect(rows.map(({ after }) => after?.address)).toEqual([
      '000001234567',
      '00000000000022',
      '000000000004',
    ]);
    expect(problems).toMatchObject([
      { at: 'F2', severity: 'warning' },
      { at: 'F3', severity: 'warning' },
    ]);
    expect(problems[0]?.message).toContain('"1234567"');
  });

  test('a number that is the text of now without its zeros changes nothing', () => {
    const { rows } = plan(['id', 'address'], ['meter-1', 12345], ['panel-1', 101], ['io-1', '1']);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['same', 'same', 'same']);
  });

  test('a unit id is a number however it is written', () => {
    const { rows } = plan(head, ['io-2', 'generic-modbus-io-8', '模块', 'b1', 'bus-1', '7']);
    expect(rows[0]?.after?.address).toBe(7);
  });

  test('a key that has become a date is refused, in a workbook and in a CSV file', () => {
    expect(only(plan(['id'], [{ date: '2026-01-02' }]).problems)).toMatchObject({
      at: 'A2',
      message: expect.stringContaining('Excel has made a date of it (2026-01-02)') as string,
    });
    for (const text of ['1-Mar', '3月1日', '2026/3/1', 'Mar-26'])
      expect(only(plan(['id'], [text]).problems)?.message, text).toContain('Excel has made a date');
    // This is a key that somebody may want.
    expect(plan([...head], meterRow('1-2', '000000000009')).problems).toEqual([]);
  });

  test('a number that has lost digits is refused', () => {
    for (const address of ['1.23457E+11', 1234567890123450])
      expect(only(plan(head, meterRow('m-2', address)).problems), String(address)).toMatchObject({
        at: 'F2',
        message: expect.stringContaining('has lost digits') as string,
      });
  });

  test('a failed formula is an error and empties nothing', () => {
    const { rows, problems } = plan(['id', 'household'], ['io-1', { fault: '#REF!' }]);
    expect(only(problems)).toMatchObject({ at: 'B2', message: expect.stringContaining('#REF!') as string });
    expect(rows[0]?.outcome).toBe('error');
  });
});

describe('rows', () => {
  test('columns that are not there stay, an empty cell takes the field away', () => {
    const { rows } = plan(['id', 'name'], ['meter-1', '新名']);
    expect(rows[0]).toMatchObject({
      outcome: 'changed',
      after: { ...meter, name: '新名' },
      fields: [{ field: 'name', from: '总表', to: '新名' }],
    });
    expect(plan(['id', 'address'], ['meter-1', null]).rows[0]?.fields).toEqual([
      { field: 'address', from: '000000012345', to: null },
    ]);
  });

  test('several things wrong with one row are all told, each at its cell, in both languages', () => {
    const { problems } = plan(
      [...head, 'settings.silenceS', 'position.x'],
      ['Pump 1', 'native-pumpe', null, 'b9', 'bus-7', null, 'long', 'left'],
    );
    expect(problems.map(({ at, message }) => [at, message])).toEqual([
      [
        'A2',
        '"Pump 1" is no key: 1-63 characters of a-z, 0-9 and "-", not starting with "-"; for example "pump-1"',
      ],
      ['B2', 'there is no device type "native-pumpe"; did you mean "native-pump"?'],
      ['D2', 'there is no area "b9"; did you mean "b1"?'],
      ['E2', 'there is no link "bus-7"; did you mean "bus-1"?'],
      ['G2', '"long" is no number; write digits, with "." before decimals'],
      ['H2', '"left" is no number; write digits, with "." before decimals'],
    ]);
    expect(problems.every(({ zh }) => /[\u4e00-\u9fff]/.test(zh))).toBe(true);
  });

  test('what is missing of a new device is told', () => {
    const { problems } = plan(['id', 'name'], ['new-1', '新']);
    expect(problems.map(({ message }) => message)).toEqual(['"type" is missing', '"area" is missing']);
  });

  test('a key may stand once, blank rows and examples are passed over, row numbers are those of the sheet', () => {
    const { rows, problems } = plan(
      ['操作', ...head],
      [null, ...meterRow('m-2', '000000000002')],
      [null, null, ' '],
      ['示例', ...meterRow('m-2', 'whatever')],
      [null, ...meterRow('m-2', '000000000003')],
    );
    expect(rows.map(({ row, outcome }) => [row, outcome])).toEqual([
      [2, 'new'],
      [4, 'example'],
      [5, 'error'],
    ]);
    expect(only(problems)).toMatchObject({
      at: 'B5',
      message: '"m-2" stands in row 2 already; a device has one row',
    });
  });

  test('areas, links and types may be named, where only one has the name', () => {
    const [type] = [...types.types.values()];
    const { rows } = plan(head, ['x-1', type?.label.zh ?? '', 'x', '1号楼', '地下室总线', 3]);
    expect(rows[0]?.after).toMatchObject({ type: type?.id, area: 'b1', link: 'bus-1' });
    expect(only(plan(head, ['x-1', 'native-pump', 'x', '楼']).problems)?.message).toBe(
      'more than one area is called "楼"; write its key: b2, b3',
    );
  });

  test('a deletion is asked for in words, told loudly, and done once', () => {
    const { rows, problems } = plan(
      ['action', 'id'],
      ['delete', 'io-1'],
      ['删除', 'gone-1'],
      ['delete', 'io-9'],
    );
    expect(rows.map(({ outcome }) => outcome)).toEqual(['deleted', 'same', 'error']);
    expect(problems).toMatchObject([
      { at: 'B2', severity: 'warning', message: expect.stringContaining('will be deleted') as string },
      { at: 'B4', severity: 'error', message: 'there is no device "io-9"; did you mean "io-1"?' },
    ]);
    expect(only(plan(['action', 'id'], ['away', 'io-1']).problems)?.message).toContain('not "away"');
  });

  test('bindings, cameras, zones and shapes are written as people do, in either kind of punctuation', () => {
    const { rows, problems } = plan(
      [
        'id',
        'type',
        'name',
        'area',
        'parent',
        'bind',
        'cameras',
        'shape',
        'settings.zones',
        'meter.generates',
      ],
      [
        'io-1',
        'generic-modbus-io-8',
        '模块',
        'b1',
        null,
        'running=io-1.in1；fault=！panel-1.x',
        'io-1、meter-1',
        '1,2; 3,4',
        '3=客厅红外；4＝门磁',
        '是',
      ],
    );
    expect(problems).toEqual([]);
    expect(rows[0]?.after).toMatchObject({
      bind: { running: 'io-1.in1', fault: { from: 'panel-1.x', invert: true } },
      cameras: ['io-1', 'meter-1'],
      shape: [
        [1, 2],
        [3, 4],
      ],
      settings: { zones: { 3: '客厅红外', 4: '门磁' } },
      meter: { generates: true },
    });
  });

  test('half a position is told', () => {
    const { problems } = plan([...head, 'position.x'], [...meterRow('m-2', '000000000002'), 10]);
    expect(only(problems)?.message).toBe('"position.y" is missing');
  });

  test('ten thousand rows of mistakes are planned in seconds', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      meterRow(`m-${i}`, '1', 'dlt645-meter', `bus-x${i}`),
    );
    const began = performance.now();
    expect(plan(head, ...rows).problems.length).toBe(20_000);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
