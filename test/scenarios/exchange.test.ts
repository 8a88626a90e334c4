import { spawnSync } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExchangeReport } from '../../gateway/contract/exchange.ts';
import { exchangeTypes } from '../../gateway/contract/exchange.ts';
import { peerPath } from '../field-peers.ts';
import { type House, startHouse } from '../house.ts';

// Devices from spreadsheets, through a running gateway. The files are written by Python (peers/device-files.py), not by us.

const site = `site: { id: garden, name: 花园小区 }
areas:
  - { id: garden, name: 花园小区, kind: site }
  - { id: b1, name: 1号楼, kind: building, parent: garden }
links:
  - { id: bus-1, name: 抄表总线, kind: bus, path: tcp://127.0.0.1:1, protocol: cjt188 }
devices:
  - { id: cam-1, type: camera, name: 门口摄像机, area: garden }
  - { id: meter-main, type: cjt188-water-meter, name: 总水表, area: garden, link: bus-1, address: "00000000000001", meter: { account: public } }
  - { id: meter-b1, type: cjt188-water-meter, name: 楼水表, area: b1, link: bus-1, address: "00000000000002", meter: { main: meter-main } }
`;

let house: House;
beforeEach(async () => {
  house = await startHouse({ site });
});
afterEach(() => house.close());

type Row = (string | number | boolean | null)[];
const formats = ['xlsx-inline', 'xlsx-shared', 'csv-gb18030', 'csv-semicolon', 'csv-tab-utf16'] as const;
type Format = (typeof formats)[number];

/** What another program makes of the rows. */
function written(format: Format, rows: readonly Row[]): Buffer {
  const { stdout, stderr, status } = spawnSync('python3', [peerPath('device-files.py'), format], {
    input: JSON.stringify(rows),
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(status, stderr.toString()).toBe(0);
  return stdout;
}

async function upload<Body = ExchangeReport>(
  bytes: Buffer,
  query: Record<string, string> = {},
  token = house.token,
): Promise<{ status: number; body: Body }> {
  const type = bytes.subarray(0, 2).toString() === 'PK' ? exchangeTypes.xlsx : exchangeTypes.csv;
  const response = await fetch(`${house.base}/exchange/devices?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: new Uint8Array(bytes),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function download(path: string): Promise<Buffer> {
  const response = await fetch(`${house.base}${path}`, {
    headers: { authorization: `Bearer ${house.token}` },
  });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

const tryOut = async (bytes: Buffer) => {
  const { status, body } = await upload(bytes, { dryRun: 'true' });
  expect(status).toBe(200);
  return body;
};
const problemsOf = ({ problems }: ExchangeReport) =>
  problems.map(({ row, column, severity, message }) => `${column ?? ''}${row}: ${severity}: ${message.en}`);

const head: Row = ['编号', '类型', '名称', '区域', '链路', '地址', '上级表'];
const meters = Array.from({ length: 50 }, (_, i): Row => {
  const id = String(i + 1).padStart(2, '0');
  return [
    `meter-${id}`,
    'cjt188-water-meter',
    `${id} 室水表`,
    '1号楼',
    '抄表总线',
    `000020260001${id}`,
    'meter-b1',
  ];
});

test('fifty meters are added at once; the same table in five other spellings changes nothing more', async () => {
  const first = written('xlsx-inline', [head, ...meters]);
  const trial = await tryOut(first);
  expect(trial).toMatchObject({ counts: { new: 50, error: 0 }, applied: false, problems: [] });
  expect((await house.api('GET', '/devices/meter-01')).status).toBe(404);

  const { status, body } = await upload(first, { file: '水表.xlsx', plan: trial.plan ?? '' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ counts: { new: 50 }, applied: true });
  expect((await house.api('GET', '/devices/meter-50')).body).toMatchObject({
    ...{
      name: '50 室水表',
      area: 'b1',
      link: 'bus-1',
      address: '00002026000150',
      meter: { main: 'meter-b1' },
    },
    problem: null,
  });
  for (const format of formats) {
    const again = await upload(written(format, [head, ...meters]));
    expect(again.body.counts, format).toMatchObject({ same: 50, new: 0, changed: 0, error: 0 });
  }
  // Excel has made numbers of the addresses: their zeros are those of now.
  const numbers = meters.map((row) => row.map((cell, at) => (at === 5 ? Number(cell) : cell)));
  expect((await tryOut(written('xlsx-shared', [head, ...numbers]))).counts).toMatchObject({ same: 50 });

  await house.restart();
  expect((await tryOut(first)).counts).toMatchObject({ same: 50 });
  const audit = await house.api<{ items: { action: string; detail: Record<string, unknown> }[] }>(
    'GET',
    '/audit',
  );
  const imports = audit.body.items.filter(({ action }) => action === 'devices.imported');
  expect(imports).toHaveLength(1);
  expect(imports[0]).toMatchObject({
    who: 'token:test',
    detail: { file: '水表.xlsx', counts: { new: 50 } },
  });
});

test('one wrong row keeps the whole file out, and is told by row and column', async () => {
  const bytes = written('csv-gb18030', [
    head,
    ...meters.slice(0, 2),
    ['meter-bad', 'cjt188-water-metre', '表', '9号楼', 'bus-1', '1-Mar', null],
    ['meter-01', 'cjt188-water-meter', '又一只', 'b1', 'bus-1', '00002026000199', null],
  ]);
  const trial = await tryOut(bytes);
  expect(trial).toMatchObject({ encoding: 'gb18030', plan: null, counts: { new: 1, error: 3 } });
  expect(problemsOf(trial)).toEqual([
    'B4: error: there is no device type "cjt188-water-metre"; did you mean "cjt188-water-meter"?',
    'D4: error: there is no area "9号楼"; add it first, or correct the key',
    expect.stringContaining('F4: error: Excel has made a date of it (1-Mar)'),
    'A5: error: "meter-01" stands in row 2 already; a device has one row',
  ]);
  const refused = await upload<{ code: string; errors: { path: string }[] }>(bytes);
  expect(refused).toMatchObject({ status: 422, body: { code: 'site.invalid' } });
  expect(refused.body.errors.map(({ path }) => path)).toEqual(['B4', 'D4', 'F4', 'A5']);
  expect((await house.api('GET', '/devices/meter-01')).status).toBe(404);
});

test('what is wrong with the site as a whole is told at the rows that bring it about', async () => {
  const clash = await tryOut(
    written('xlsx-shared', [
      ['id', 'type', 'name', 'area', 'link', 'address', 'meter.main'],
      ['meter-x', 'cjt188-water-meter', 'x', 'b1', 'bus-1', '00000000000002', null],
      ['meter-main', 'cjt188-water-meter', '总水表', 'garden', 'bus-1', '00000000000001', 'meter-b1'],
    ]),
  );
  expect(problemsOf(clash)).toEqual([
    expect.stringMatching(
      /^F2: error: the address 00000000000002 on link "bus-1" is already that of "meter-b1"/,
    ),
    expect.stringMatching(/^G3: error: .*meter-main/),
  ]);
  const needed = await tryOut(
    written('csv-semicolon', [
      ['action', 'id'],
      ['delete', 'meter-main'],
    ]),
  );
  expect(needed.plan).toBeNull();
  expect(needed.problems[0]).toMatchObject({ row: 2, severity: 'error', id: 'meter-main' });
  expect(needed.problems[0]?.message.en).toContain('meter-b1');
});

test('a deletion is listed loudly, done, and done once; its key is never used again', async () => {
  const bytes = written('csv-semicolon', [
    ['操作', '编号'],
    ['删除', 'meter-b1'],
  ]);
  const trial = await tryOut(bytes);
  expect(trial.counts).toMatchObject({ deleted: 1 });
  expect(problemsOf(trial)).toEqual([
    'B2: warning: the device "meter-b1" will be deleted, and its key can never be used again',
  ]);
  expect((await upload(bytes)).body).toMatchObject({ counts: { deleted: 1 }, applied: true });
  expect((await house.api('GET', '/devices/meter-b1')).status).toBe(404);
  expect((await upload(bytes)).body).toMatchObject({ counts: { deleted: 0, same: 1 } });
  const anew = await tryOut(
    written('xlsx-inline', [
      head,
      ['meter-b1', 'cjt188-water-meter', '新', 'b1', 'bus-1', '00000000000003', null],
    ]),
  );
  expect(problemsOf(anew)).toEqual([expect.stringContaining('A2: error: the key "meter-b1" belonged to')]);
});

test('what was agreed to is applied, or nothing', async () => {
  const bytes = written('csv-tab-utf16', [
    ['id', 'name'],
    ['meter-b1', '1号楼水表'],
  ]);
  const trial = await tryOut(bytes);
  expect(trial).toMatchObject({ encoding: 'utf-16le', counts: { changed: 1 } });
  expect(trial.rows[0]?.fields).toEqual([{ field: 'name', from: '楼水表', to: '1号楼水表' }]);
  // Somebody else is faster.
  const other = written('csv-semicolon', [
    ['id', 'area'],
    ['meter-b1', 'garden'],
  ]);
  expect((await upload(other)).status).toBe(200);
  expect(await upload(bytes, { plan: trial.plan ?? '' })).toMatchObject({
    status: 409,
    body: { code: 'state.conflict' },
  });
  const anew = await tryOut(bytes);
  expect((await upload(bytes, { plan: anew.plan ?? '' })).status).toBe(200);
  expect((await house.api('GET', '/devices/meter-b1')).body).toMatchObject({
    ...{ name: '1号楼水表', area: 'garden' },
  });
});

test('the export of either format changes nothing when it is imported, and the template holds only examples', async () => {
  for (const format of ['xlsx', 'csv'])
    for (const language of ['zh', 'en']) {
      const all = await download(`/exchange/devices?format=${format}&language=${language}`);
      expect((await tryOut(all)).counts).toMatchObject({ same: 3, new: 0, changed: 0, error: 0 });
      const template = await download(`/exchange/devices/template?format=${format}&language=${language}`);
      const { counts, problems } = await tryOut(template);
      expect(problems).toEqual([]);
      expect(counts).toEqual({ new: 0, changed: 0, same: 0, deleted: 0, error: 0, example: counts.example });
      expect(counts.example).toBeGreaterThan(15);
    }
});

test('the same change to many devices is tried, agreed to and made at once', async () => {
  const edit = {
    devices: ['meter-main', 'meter-b1'],
    set: { area: 'b1', cameras: ['cam-1'], settings: { silenceS: 7_200 } },
  };
  const trial = await house.api<ExchangeReport>('POST', '/exchange/devices/edit?dryRun=true', edit);
  expect(trial.body).toMatchObject({ format: 'edit', counts: { changed: 2 }, problems: [] });
  expect(trial.body.rows[1]?.fields).toEqual([
    { field: 'cameras', from: null, to: 'cam-1' },
    { field: 'settings.silenceS', from: null, to: 7_200 },
  ]);
  const wrong = await house.api('POST', '/exchange/devices/edit', {
    ...edit,
    set: { ...edit.set, settings: { silencS: 1 } },
  });
  expect(wrong).toMatchObject({ status: 422, body: { code: 'site.invalid' } });
  const done = await house.api('POST', `/exchange/devices/edit?plan=${trial.body.plan}`, edit);
  expect(done).toMatchObject({ status: 200, body: { applied: true } });
  const { body } = await house.api('GET', '/devices/meter-main');
  expect(body).toMatchObject({ area: 'b1', cameras: ['cam-1'], settings: { silenceS: 7_200 } });
});

test('who may not connect devices can neither read nor write spreadsheets of them', async () => {
  const { secret } = await house.control<{ secret: string }>('token.create', {
    role: 'engineer',
    name: 'eng',
  });
  const csv = Buffer.from('id,name\nmeter-b1,x\n');
  expect((await upload(csv, { dryRun: 'true' }, secret)).status).toBe(403);
  const response = await fetch(`${house.base}/exchange/devices`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(response.status).toBe(403);
});

test('ten thousand devices are tried and added in seconds', async () => {
  const rows = Array.from({ length: 10_000 }, (_, i): Row => {
    return [`sensor-${i}`, 'native-temperature-sensor', `温度 ${i}`, 'b1', null, null, null];
  });
  const bytes = written('xlsx-shared', [head, ...rows]);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const began = performance.now();
  const trial = await tryOut(bytes);
  const triedMs = performance.now() - began;
  const stalledMs = delay.max / 1e6;
  expect(trial.counts).toMatchObject({ new: 10_000, error: 0 });
  const { body } = await upload(bytes, { plan: trial.plan ?? '' });
  const appliedMs = performance.now() - began - triedMs;
  delay.disable();
  expect(body).toMatchObject({ applied: true });
  const worstMs = delay.max / 1e6;
  process.stderr.write(
    `10,000 rows: tried in ${triedMs.toFixed(0)} ms (longest stall ${stalledMs.toFixed(0)} ms), applied in ${appliedMs.toFixed(0)} ms (${worstMs.toFixed(0)} ms)\n`,
  );
  expect(triedMs).toBeLessThan(20_000);
  expect(appliedMs).toBeLessThan(30_000);
  expect(await house.api('GET', '/devices/sensor-9999')).toMatchObject({ status: 200 });
  expect((await upload(Buffer.from(`id\n${'a\n'.repeat(10_001)}`), { dryRun: 'true' })).body).toMatchObject({
    problems: [{ message: { en: expect.stringContaining('at most 10000') as unknown } }],
  });
});
