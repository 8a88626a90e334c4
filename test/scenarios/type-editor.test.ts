import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copiedFrom } from '../../gateway/contract/copied-note.ts';
import { type ExchangeReport, exchangeTypes } from '../../gateway/contract/exchange.ts';
import { checkTypes } from '../../gateway/devices/types-check.ts';
import { freePort, type ModbusServer, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// Device types are copied, edited, tried and saved through the API of a running gateway, with a Modbus server that this project
// did not write at the far end.

interface Source {
  id: string;
  own: boolean;
  text: string;
  version: string;
  cases: string[];
  readmes: string[];
  devices: string[];
  problems: { file: string; line: number; column: number; message: string }[];
}
interface Problem {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
}

let house: House;
let far: ModbusServer;

beforeAll(async () => {
  const port = await freePort();
  far = await startPymodbus('tcp', port);
  await far.set('holding', 4, 1_500);
  house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }
`,
  });
});
afterAll(async () => {
  await house.close();
  await far.stop();
});

const get = <Body>(path: string) => house.api<Body>('GET', path);
const post = <Body>(path: string, body: unknown) => house.api<Body>('POST', path, body);
const source = async (id: string) => (await get<Source>(`/device-types/${id}`)).body;
const save = <Body = Source>(id: string, text: string, version: string) =>
  house.api<Body>('PUT', `/device-types/${id}`, { text, version });
interface CheckedCase {
  name: string;
  passed: boolean;
  differences: { of: string; name: string | null; expected: string | null; got: string | null }[];
  decoded: string | null;
}
const checkCases = (text: string, files?: Record<string, string>) =>
  post<{ casesPassed: number; cases: CheckedCase[]; problems: Source['problems'] }>(
    '/device-types/acme-level/check',
    { text, ...(files && { files }) },
  );
const expectedPath = 'cases/value-without-its-point/expected.json';
const file = (path: string) =>
  get<{ path: string; text: string | null; version: string | null }>(
    `/device-types/acme-level/files?path=${path}`,
  );
const saveFiles = <Body = unknown>(files: Record<string, { text: string | null; base: string | null }>) =>
  house.api<Body>('PUT', '/device-types/acme-level/files', { files });
const listed = async (wanted: string) =>
  (
    await get<{ items: { id: string; state: string; cases: number; casesFailing: number }[] }>(
      '/type-library',
    )
  ).body.items.find(({ id }) => id === wanted);
const level = async () => {
  const { body } = await get<{ items: { point: string; value: unknown; quality: string }[] }>(
    '/devices/tank-1/points',
  );
  return body.items?.find(({ point }) => point === 'level');
};
const levelIs = (metres: number) =>
  eventually(`the level is ${metres} m`, async () => {
    const read = await level();
    return read?.quality === 'good' && read.value === metres;
  });

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('a type of the site', () => {
  test('is copied from one that comes with Gatehouse, with its README and cases', async () => {
    const { status, body } = await post<Source>('/device-types/generic-level-transmitter/copy', {
      id: 'acme-level',
      label: { zh: 'ACME 液位变送器', en: 'ACME: "level" transmitter' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 'acme-level', own: true, devices: [], problems: [] });
    expect(body.cases).toEqual(['broken-sensor', 'value-without-its-point']);
    expect(body.readmes).toEqual(['README.md', 'README.zh.md']);
    expect(body.text).toContain('id: acme-level\n');
    expect(body.text).toContain('# Register 4 holds the value without its point');
    for (const path of ['README.md', 'README.zh.md']) {
      const { body: readme } = await file(path);
      expect(readme.text).toContain('{ id: tank-1, type: acme-level, name: ');
      expect(readme.text).not.toContain('type: generic-level-transmitter');
      // Its prose is that of the original, and says so.
      expect(copiedFrom(readme.text ?? '')).toBe('generic-level-transmitter');
    }
    const shipped = await source('generic-level-transmitter');
    expect(shipped.own).toBe(false);
    expect(shipped.text).toContain('id: generic-level-transmitter\n');
    expect((await post('/device-types/generic-level-transmitter/copy', { id: 'acme-level' })).status).toBe(
      409,
    );
    await house.applySite(`
site: { id: test, name: 测试小区 }
devices:
  - { id: tank-1, type: acme-level, name: 水箱, area: compound, link: plant, address: 1 }
`);
    await levelIs(1.5);
  });

  test('is changed, and its device follows without a restart', async () => {
    const { text, version } = await source('acme-level');
    const { status, body } = await save('acme-level', text.replace('scale: 0.001', 'scale: 0.002'), version);
    expect(status).toBe(200);
    expect(body.version).not.toBe(version);
    await levelIs(3);
  });

  test('that comes with Gatehouse is not changed', async () => {
    const { text, version } = await source('generic-level-transmitter');
    const { status, body } = await save<Problem>('generic-level-transmitter', text, version);
    expect(status).toBe(409);
    expect(body.detail).toContain('copy it');
    expect((await house.api('DELETE', '/device-types/generic-level-transmitter')).status).toBe(409);
  });

  test('is refused when it is broken, with each error at its line, and nothing changes', async () => {
    const { text, version } = await source('acme-level');
    const line = text.split('\n').findIndex((each) => each.startsWith('kind:')) + 1;
    const broken = text.replace('kind: tank', 'kind: tnak');
    const checked = await post<{ sound: boolean; problems: Source['problems'] }>(
      '/device-types/acme-level/check',
      { text: broken },
    );
    expect(checked.body).toMatchObject({ sound: false, problems: [{ file: 'type.yaml', line, column: 7 }] });
    const { status, body } = await save<Problem>('acme-level', broken, version);
    expect(status).toBe(422);
    expect(body.code).toBe('type.invalid');
    expect(body.errors?.[0]?.path).toBe(`type.yaml:${line}:7`);
    expect(body.errors?.[0]?.message).toContain('did you mean "tank"');
    expect((await source('acme-level')).version).toBe(version);
    await levelIs(3);
  });

  test('a check runs the cases with the text that is not saved', async () => {
    const { text } = await source('acme-level');
    const kept = await post<{ casesPassed: number }>('/device-types/acme-level/check', {
      text: text.replace('scale: 0.002', 'scale: 0.001'),
    });
    expect(kept.body).toMatchObject({ sound: true, casesPassed: 2, problems: [] });
    const now = await post<{ problems: Source['problems'] }>('/device-types/acme-level/check', { text });
    expect(now.body.problems[0]).toMatchObject({ file: 'cases/value-without-its-point/expected.json' });
  });

  test('whose cases fail goes on all the same, and check and list say which and why', async () => {
    const { text } = await source('acme-level');
    const { body } = await checkCases(text);
    expect(body).toMatchObject({ sound: true, casesPassed: 1 });
    expect(body.cases.map(({ name, passed }) => [name, passed])).toEqual([
      ['broken-sensor', true],
      ['value-without-its-point', false],
    ]);
    expect(body.cases[1]?.differences).toEqual([
      { of: 'reading', name: 'level', expected: '2.625', got: '5.25' },
    ]);
    expect(await listed('acme-level')).toMatchObject({ state: 'sound', cases: 2, casesFailing: 1 });
    await levelIs(3);
  });

  test('has a case mended with what is decoded now, by whoever has seen the last change, and it is told', async () => {
    const { text } = await source('acme-level');
    const before = (await file(expectedPath)).body;
    const decoded = (await checkCases(text)).body.cases[1]?.decoded ?? null;
    expect(JSON.parse(decoded ?? '')).toEqual({ readings: { level: 5.25 } });
    // What is typed is run before it is saved.
    const tried = await checkCases(text, { [expectedPath]: decoded ?? '' });
    expect(tried.body).toMatchObject({ casesPassed: 2, problems: [] });
    const late = await saveFiles({ [expectedPath]: { text: decoded, base: '0000000000000000' } });
    expect(late).toMatchObject({ status: 409, body: { code: 'state.conflict' } });
    const { status } = await saveFiles({ [expectedPath]: { text: decoded, base: before.version } });
    expect(status).toBe(200);
    expect(await listed('acme-level')).toMatchObject({ casesFailing: 0 });
    const history = await get<{ items: { version: string; how: string }[] }>(
      `/device-types/acme-level/versions?file=${expectedPath}`,
    );
    expect(history.body.items.map(({ how }) => how)).toEqual(['saved', 'before']);
    const former = await get<{ text: string }>(
      `/device-types/acme-level/versions/${before.version}?file=${expectedPath}`,
    );
    expect(former.body.text).toBe(before.text);
    const audit = await get<{ items: { action: string; detail: unknown }[] }>('/audit?limit=5');
    expect(audit.body.items).toContainEqual(
      expect.objectContaining({ action: 'device-type.files-saved', detail: { files: [expectedPath] } }),
    );
    const back = (await file(expectedPath)).body.version;
    await saveFiles({ [expectedPath]: { text: before.text, base: back } });
  });

  test('takes a case as YAML and keeps it as JSON; one with errors, or half a case, is refused and nothing is written', async () => {
    const frames = 'cases/at-rest/frames.json';
    const expected = 'cases/at-rest/expected.json';
    const yaml = [
      'source: read at the tank',
      'frames:',
      '  - { function: 3, address: 4, quantity: 1, hex: "01 03 02 05 DC BA 8D" }',
      '',
    ].join('\n');
    const broken = await saveFiles<Problem>({
      [frames]: { text: yaml, base: null },
      [expected]: { text: '{\n  "reedings": {}\n}', base: null },
    });
    expect(broken).toMatchObject({ status: 422, body: { code: 'type.invalid' } });
    expect(broken.body.errors?.[0]?.path).toBe(`${expected}:2:3`);
    const half = await saveFiles<Problem>({ [frames]: { text: yaml, base: null } });
    expect(half.status).toBe(400);
    expect(half.body.detail).toContain('a case has both');
    expect((await file(frames)).body).toEqual({ path: frames, text: null, version: null });
    const made = await saveFiles<{ items: { text: string }[] }>({
      [frames]: { text: yaml, base: null },
      [expected]: { text: 'readings: { level: 3 }', base: null },
    });
    expect(made.status).toBe(200);
    expect(made.body.items.map(({ text }) => JSON.parse(text))).toEqual([
      {
        source: 'read at the tank',
        frames: [{ function: 3, address: 4, quantity: 1, hex: '01 03 02 05 DC BA 8D' }],
      },
      { readings: { level: 3 } },
    ]);
    expect(await listed('acme-level')).toMatchObject({ cases: 3, casesFailing: 1 });
  });

  test('loses a case that is deleted, not what the case said', async () => {
    const paths = ['cases/at-rest/frames.json', 'cases/at-rest/expected.json'];
    const kept = await Promise.all(paths.map(async (path) => (await file(path)).body));
    const gone = await saveFiles(
      Object.fromEntries(kept.map(({ path, version }) => [path, { text: null, base: version }])),
    );
    expect(gone.status).toBe(200);
    expect((await source('acme-level')).cases).not.toContain('at-rest');
    expect(existsSync(join(house.dataDir, 'types', 'acme-level', 'cases', 'at-rest'))).toBe(false);
    const former = await get<{ text: string }>(
      `/device-types/acme-level/versions/${kept[1]?.version}?file=${paths[1]}`,
    );
    expect(former.body.text).toBe(kept[1]?.text);
  });

  test('is explained in both languages, and a Chinese README is shown to whoever reads Chinese', async () => {
    const readme = async (id: string, language: string) =>
      (
        await get<{ text: string; language: string | null }>(
          `/device-types/${id}/readme?language=${language}`,
        )
      ).body;
    expect(await readme('generic-level-transmitter', 'en')).toMatchObject({ language: 'en' });
    expect((await readme('generic-level-transmitter', 'zh')).text).toContain('投入式液位变送器');
    // The copy brought both.
    expect(await readme('acme-level', 'zh')).toMatchObject({ language: 'zh' });
    const { version } = (await file('README.zh.md')).body;
    await saveFiles({ 'README.zh.md': { text: null, base: version } });
    expect(await readme('acme-level', 'zh')).toMatchObject({ language: null });
    await saveFiles({ 'README.zh.md': { text: '# 本站的变送器', base: null } });
    expect(await readme('acme-level', 'zh')).toEqual({ text: '# 本站的变送器', language: 'zh' });
  });

  test('is not overwritten by somebody who has not seen the last change', async () => {
    const seen = await source('acme-level');
    expect((await save('acme-level', `${seen.text}# one\n`, seen.version)).status).toBe(200);
    const late = await save<Problem>('acme-level', `${seen.text}# two\n`, seen.version);
    expect(late).toMatchObject({ status: 409, body: { code: 'state.conflict' } });
    const both = await Promise.all(
      [1, 2].map(async (n) =>
        save('acme-level', `${seen.text}# at once ${n}\n`, (await source('acme-level')).version),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('goes back to what it said before, and who changed it is told', async () => {
    const { body } = await get<{ items: { version: string; who: string | null; how: string }[] }>(
      '/device-types/acme-level/versions',
    );
    expect(body.items.map(({ how }) => how)).toEqual(['saved', 'saved', 'saved', 'copied']);
    expect(body.items.every(({ who }) => who !== null)).toBe(true);
    const first = body.items.at(-1)?.version ?? '';
    const former = await get<{ text: string }>(`/device-types/acme-level/versions/${first}`);
    expect(former.body.text).toContain('scale: 0.001');
    await save('acme-level', former.body.text, (await source('acme-level')).version);
    await levelIs(1.5);
    const audit = await get<{ items: { action: string; subject: string; who: string }[] }>('/audit?limit=20');
    const told = audit.body.items.filter(({ subject }) => subject === 'device-type:acme-level');
    expect(told.map(({ action }) => action)).toContain('device-type.copied');
    expect(told.filter(({ action }) => action === 'device-type.saved').length).toBeGreaterThanOrEqual(4);
  });

  test('what was written by hand meanwhile is kept in its history', async () => {
    const { text, version } = await source('acme-level');
    writeFileSync(join(house.dataDir, 'types', 'acme-level', 'type.yaml'), `${text}# by hand\n`);
    expect((await save('acme-level', text, version)).status).toBe(409);
    expect((await save('acme-level', text, (await source('acme-level')).version)).status).toBe(200);
    const { body } = await get<{ items: { version: string; how: string; who: string | null }[] }>(
      '/device-types/acme-level/versions',
    );
    expect(body.items[1]).toMatchObject({ how: 'on-disk', who: null });
    const byHand = await get<{ text: string }>(`/device-types/acme-level/versions/${body.items[1]?.version}`);
    expect(byHand.body.text).toContain('# by hand');
  });

  test('the last good form stays when a file is broken on disk, and the list says so', async () => {
    const path = join(house.dataDir, 'types', 'acme-level', 'type.yaml');
    const { text } = await source('acme-level');
    writeFileSync(path, text.replace('kind: tank', 'kind: tnak'));
    const list = () =>
      get<{
        items: { id: string; state: string; own: boolean; devices: number; problems: Source['problems'] }[];
      }>('/type-library');
    const shown = await eventually('the list tells of the broken file', async () =>
      (await list()).body.items.find(({ id, state }) => id === 'acme-level' && state === 'last-good'),
    );
    expect(shown).toMatchObject({ own: true, devices: 1, problems: [{ file: 'type.yaml', column: 7 }] });
    await levelIs(1.5);
    const mended = await save('acme-level', text, (await source('acme-level')).version);
    expect(mended.status).toBe(200);
    expect((await list()).body.items.find(({ id }) => id === 'acme-level')?.state).toBe('sound');
  });

  test('an unsaved text is tried on what its device answers next', async () => {
    const { text } = await source('acme-level');
    const tried = await post<{
      at: number;
      raw: string[];
      reading: { readings: object[] };
      missing: string[];
    }>('/device-types/acme-level/try', {
      device: 'tank-1',
      text: text.replace('scale: 0.001', 'scale: 0.01'),
    });
    expect(tried.body.reading.readings).toContainEqual(
      expect.objectContaining({ point: 'level', value: 15, unit: 'm', quality: 'good' }),
    );
    expect(tried.body.raw).toEqual(['3/4+1: 05DC']);
    expect((await level())?.value).toBe(1.5);
  });

  test('an unsaved text asks once for the registers that only it reads, and says why one is not answered', async () => {
    await far.set('holding', 9, 2_750);
    const { text } = await source('acme-level');
    const tryAt = (address: number) =>
      post<{
        at: number | null;
        raw: string[];
        reading: { readings: object[] } | null;
        missing: string[];
        failures: { about: string; words: string }[];
      }>('/device-types/acme-level/try', {
        device: 'tank-1',
        text: text.replace('address: 4,', `address: ${address},`),
      });
    const { body } = await tryAt(9);
    expect(body).toMatchObject({ raw: ['3/9+1: 0ABE'], missing: [], failures: [] });
    expect(body.reading?.readings).toContainEqual(
      expect.objectContaining({ point: 'level', value: 2.75, quality: 'good' }),
    );
    const refused = await tryAt(45_000);
    expect(refused.body).toMatchObject({ at: null, reading: null, missing: ['level'] });
    expect(refused.body.failures).toMatchObject([
      { about: 'FC03 45000+1', words: expect.stringMatching(/^exception 02: .*write 4999 /) },
    ]);
    // The saved text goes on to be polled.
    await levelIs(1.5);
  });

  test('an inspected answer is read by it and becomes a case that `types check` runs', async () => {
    const answer = { input: '01 03 02 05 DC BA 8D', type: 'acme-level' };
    const { body } = await post<{
      candidates: { protocol: string; certainty: string }[];
      frame: { fields: { name: string; offset: number; length: number; value: unknown; unit?: string }[] };
      types: { readings: object[]; story: object }[];
    }>('/decode', answer);
    expect(body.candidates[0]).toMatchObject({ protocol: 'modbus-rtu', certainty: 'sure' });
    expect(body.frame.fields).toContainEqual(
      expect.objectContaining({ name: 'level', offset: 3, length: 2, value: 1.5, unit: 'm' }),
    );
    expect(body.types[0]?.readings).toEqual([
      expect.objectContaining({ point: 'level', value: 1.5, unit: 'm', quality: 'good' }),
    ]);
    const story = { ...body.types[0]?.story, source: 'read at the tank on 2026-03-01' };
    const made = await post('/device-types/acme-level/cases', { name: 'at-the-tank', frames: story });
    expect(made).toMatchObject({ status: 200, body: { expected: { readings: { level: 1.5 } } } });
    expect(
      (await post('/device-types/acme-level/cases', { name: 'at-the-tank', frames: story })).status,
    ).toBe(409);
    const { problems, casesPassed } = checkTypes(join(house.dataDir, 'types'));
    expect({ errors: problems.filter(({ severity }) => severity === 'error'), casesPassed }).toEqual({
      errors: [],
      casesPassed: 3,
    });
    expect(
      (await post('/device-types/generic-level-transmitter/cases', { name: 'x', frames: story })).status,
    ).toBe(409);
  });

  test('is exported as one file and imported elsewhere under another id', async () => {
    const { body: bundle } = await get<{ files: Record<string, string> }>('/device-types/acme-level/bundle');
    expect(Object.keys(bundle.files)).toContain('cases/at-the-tank/frames.json');
    const text = JSON.stringify(bundle);
    expect((await post('/device-types/import', { bundle: text })).status).toBe(409);
    const taken = await post<Source>('/device-types/import', { bundle: text, id: 'acme-level-2' });
    expect(taken).toMatchObject({ status: 200, body: { id: 'acme-level-2' } });
    expect((await source('acme-level-2')).cases).toEqual([
      'at-the-tank',
      'broken-sensor',
      'value-without-its-point',
    ]);
    expect((await post('/device-types/import', { bundle: '{' })).status).toBe(400);
  });

  test('is removed only when no device is of it', async () => {
    const used = await house.api<Problem>('DELETE', '/device-types/acme-level');
    expect(used).toMatchObject({ status: 409 });
    expect(used.body.detail).toContain('tank-1');
    expect((await house.api('DELETE', '/device-types/acme-level-2')).status).toBe(200);
    expect((await get('/device-types/acme-level-2')).status).toBe(404);
    expect(existsSync(join(house.dataDir, 'types', 'acme-level-2'))).toBe(false);
  });
});

describe('nothing outside of the folder of types', () => {
  const bundleOf = (files: Record<string, string>, more: object = {}) =>
    JSON.stringify({ format: 'gatehouse-device-type', version: 1, id: 'evil', files, ...more });
  const minimal = 'id: evil\nlabel: { zh: 甲, en: A }\nkind: tank\nlink: native\n';

  test.each(['..%2F..%2Fgatehouse.yaml', '..', '.history', '.last-good', 'kinds%2Ftank', 'A', '%2Fetc'])(
    'is read or written as the type "%s"',
    async (id) => {
      expect([400, 404]).toContain((await get(`/device-types/${id}`)).status);
      expect([400, 404]).toContain((await save(id, minimal, 'x')).status);
      expect([400, 404]).toContain((await post(`/device-types/${id}/copy`, { id: 'fine' })).status);
      expect([400, 404]).toContain((await house.api('DELETE', `/device-types/${id}`)).status);
      expect((await post('/device-types/native-tank/copy', { id: decodeURIComponent(id) })).status).toBe(400);
    },
  );

  test.each([
    '../evil.yaml',
    '/tmp/evil.yaml',
    'cases/../../x/frames.json',
    'cases/a/other.json',
    '.hidden',
    'type.yaml/x',
  ])('is written by a bundle that names %s', async (path) => {
    const before = readdirSync(join(house.dataDir, 'types'));
    const { status } = await post('/device-types/import', {
      bundle: bundleOf({ 'type.yaml': minimal, [path]: 'x' }),
    });
    expect(status).toBe(400);
    expect(readdirSync(join(house.dataDir, 'types'))).toEqual(before);
  });

  test.each([
    'type.yaml',
    '../evil.md',
    '/etc/passwd',
    'cases/../../x/frames.json',
    'cases/a/other.json',
    'README.fr.md',
  ])('is read or written as the file %s', async (path) => {
    expect((await file(encodeURIComponent(path))).status).toBe(400);
    expect((await saveFiles({ [path]: { text: 'x', base: null } })).status).toBe(400);
    const versions = `/device-types/acme-level/versions?file=${encodeURIComponent(path)}`;
    expect((await get(versions)).status).toBe(path === 'type.yaml' ? 200 : 400);
  });

  test('is written by a bundle whose block has a path for its name', async () => {
    const bundle = bundleOf({ 'type.yaml': minimal }, { blocks: { '../evil': 'x' } });
    expect((await post('/device-types/import', { bundle })).status).toBe(400);
  });

  test('is reached through a link that stands among the types', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'gatehouse-elsewhere-'));
    try {
      writeFileSync(join(elsewhere, 'type.yaml'), minimal);
      mkdirSync(join(elsewhere, 'cases'), { recursive: true });
      symlinkSync(elsewhere, join(house.dataDir, 'types', 'linked'));
      expect((await get('/device-types/linked')).status).toBe(404);
      const imported = await post('/device-types/import', {
        bundle: bundleOf({ 'type.yaml': minimal }),
        id: 'linked',
      });
      expect(imported.status).toBe(400);
      expect(readFileSync(join(elsewhere, 'type.yaml'), 'utf8')).toBe(minimal);
    } finally {
      rmSync(join(house.dataDir, 'types', 'linked'), { force: true });
      rmSync(elsewhere, { recursive: true });
    }
  });

  test('and nothing larger than a type may be is taken', async () => {
    const { version } = await source('acme-level');
    const large = `${minimal}# ${'x'.repeat(300_000)}\n`;
    expect([400, 413]).toContain((await save('acme-level', large, version)).status);
    expect([400, 413]).toContain((await post('/decode', { input: '00 '.repeat(30_000) })).status);
  });

  test('is for those who connect devices alone', async () => {
    const made = await post<{ secret: string }>('/tokens', { name: 'watcher', role: 'operator' });
    const asOperator = (method: string, path: string, body?: object) =>
      fetch(`${house.base}${path}`, {
        method,
        headers: { authorization: `Bearer ${made.body.secret}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    expect((await asOperator('GET', '/type-library')).status).toBe(403);
    expect((await asOperator('POST', '/decode', { input: '00' })).status).toBe(403);
    expect((await asOperator('DELETE', '/device-types/acme-level')).status).toBe(403);
    expect((await asOperator('GET', '/device-types/acme-level/files?path=README.md')).status).toBe(403);
    expect((await asOperator('PUT', '/device-types/acme-level/files', { files: {} })).status).toBe(403);
    expect((await asOperator('GET', '/exchange/points?type=acme-level')).status).toBe(403);
  });
});

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('the points of a type as a sheet', () => {
  // A type of its own for each attempt.
  let id = 'sheet-level';
  let attempts = 0;
  const typeNow = () => ({ type: id });
  const madeNow = () => ({
    ...{ type: id, kind: 'tank', link: 'modbus', zh: '点表液位计', en: 'Level by sheet' },
  });
  const sheet = (...rows: string[]) => Buffer.from([head, ...rows, ''].join('\r\n'));
  const head = 'point,address,type,scale,unit';

  async function upload<Body = ExchangeReport>(bytes: Buffer, query: Record<string, string>) {
    const response = await fetch(`${house.base}/exchange/points?${new URLSearchParams(query)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.token}`, 'content-type': exchangeTypes.csv },
      body: new Uint8Array(bytes),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }
  const tryOut = async (bytes: Buffer, query: Record<string, string>) =>
    (await upload(bytes, { ...query, dryRun: 'true' })).body;

  test('are tried, make a type, and its device reads by them; the same sheet changes nothing more', async () => {
    attempts++;
    id = `sheet-level-${attempts}`;
    const [made, type] = [madeNow(), typeNow()];
    const bytes = sheet('level,40005,int16,1,mm', ',40006,uint16,,');
    const trial = await tryOut(bytes, made);
    expect(trial).toMatchObject({ applied: false, counts: { new: 1, example: 1, error: 0 } });
    expect((await get(`/device-types/${id}`)).status).toBe(404);
    const { status, body } = await upload(bytes, { ...made, plan: trial.plan ?? '', file: 'acme.csv' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ applied: true, counts: { new: 1 } });
    await house.applySite(`
site: { id: test, name: 测试小区 }
devices:
  - { id: tank-1, type: ${id}, name: 水箱, area: compound, link: plant, address: 1 }
`);
    await levelIs(1.5);
    expect(await tryOut(bytes, type)).toMatchObject({
      counts: { same: 1, new: 0, changed: 0 },
      problems: [],
    });
    expect((await upload<Problem>(bytes, made)).body.code).toBe('id.conflict');
  });

  test('change what they say and nothing else, with the text of before kept and who did it told', async () => {
    const type = typeNow();
    const before = await source(id);
    const noted = before.text.replace('points:\n', '# From page 7.\npoints:\n');
    await save(id, noted, before.version);
    const stale = (await tryOut(sheet('level,0x4,int16,2,mm'), type)).plan ?? '';
    const bytes = sheet('level,0x4,int16,1,cm');
    const trial = await tryOut(bytes, type);
    expect(trial.rows).toMatchObject([{ id: 'level', fields: [{ field: 'scale', from: 0.001, to: 0.01 }] }]);
    expect((await upload<Problem>(bytes, { ...type, plan: stale })).body.code).toBe('state.conflict');
    await upload(bytes, { ...type, plan: trial.plan ?? '', file: 'second.csv' });
    expect((await source(id)).text).toBe(noted.replace('0.001', '0.01'));
    await levelIs(15);
    const versions = await get<{ items: { how: string }[] }>(`/device-types/${id}/versions`);
    expect(versions.body.items.map(({ how }) => how)).toEqual(['imported', 'saved', 'imported']);
    const audit = await get<{ items: { action: string; detail: Record<string, unknown> }[] }>('/audit');
    const [last] = audit.body.items.filter(({ action }) => action === 'device-type.saved');
    expect(last?.detail).toMatchObject({ file: 'second.csv', counts: { changed: 1 } });
  });

  test('are refused whole with each error at its cell, and nothing changes', async () => {
    const [made, type] = [madeNow(), typeNow()];
    const { text } = await source(id);
    const bad = sheet('level,4,int16,3,m', 'overflow,70000,uint16,,', 'levle,5,uint16,,');
    const { status, body } = await upload<Problem>(bad, type);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'type.invalid', errors: [{ path: 'B3' }, { path: 'A4' }] });
    // What only the whole type can tell stands at the row that brings it about.
    const unread = Buffer.from('point,address,type,times\nlevel,4,int16,ratio\n');
    expect((await tryOut(unread, type)).problems).toMatchObject([
      {
        row: 2,
        id: 'level',
        severity: 'error',
        message: { en: expect.stringContaining('no factor "ratio"') },
      },
    ]);
    const last = Buffer.from('action,point\ndelete,level\n');
    expect((await tryOut(last, type)).problems.map(({ message }) => message.en).join()).toContain(
      'must read at least one point',
    );
    for (const [bytes, words] of [
      [Buffer.from('PK\u0003\u0004 no archive'), 'cannot be opened'],
      [Buffer.from('id,type,name\npump-1,native-pump,x\n'), 'there is none called "point"'],
      [Buffer.alloc(0), 'the file is empty'],
    ] as const) {
      const report = await tryOut(bytes, type);
      expect(report.plan).toBeNull();
      expect(report.problems.map(({ message }) => message.en).join()).toContain(words);
    }
    const shipped = await tryOut(sheet('level,4,int16,1,m'), { type: 'generic-level-transmitter' });
    expect(shipped.problems[0]?.message.en).toContain('comes with Gatehouse and is not changed');
    expect((await upload(bad, { type: 'nothing' })).status).toBe(404);
    expect((await upload(bad, { ...made, type: 'other', kind: 'tnak' })).status).toBe(400);
    expect((await upload(bad, { type: 'other', kind: 'tank' })).status).toBe(400);
    const path = join(house.dataDir, 'types', id, 'type.yaml');
    writeFileSync(path, text.replace('kind: tank', 'kind: tnak'));
    const broken = await tryOut(sheet('level,0x4,int16,1,cm'), type);
    expect(broken.problems[0]?.message.en).toMatch(
      /an error of its own, mend that first: type\.yaml:3:7 there is/,
    );
    writeFileSync(path, text);
    expect((await source(id)).text).toBe(text);
  });

  test('are given out as a sheet that changes nothing, with a template beside it', async () => {
    const download = async (path: string) => {
      const response = await fetch(`${house.base}${path}`, {
        headers: { authorization: `Bearer ${house.token}` },
      });
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    };
    const type = typeNow();
    for (const format of ['csv', 'xlsx']) {
      const bytes = await download(`/exchange/points?type=${id}&format=${format}`);
      expect(await tryOut(bytes, type)).toMatchObject({ counts: { same: 1, error: 0 }, problems: [] });
    }
    const template = await download(`/exchange/points/template?type=${id}&format=xlsx&language=en`);
    expect(await tryOut(template, type)).toMatchObject({
      counts: { new: 0, same: 0, error: 0 },
      problems: [],
    });
    const fresh = await download('/exchange/points/template?kind=pump&link=dlt645&format=csv&language=en');
    expect(fresh.toString()).toContain('action,point,label.zh,label.en,unit,di,item,');
  });
});

test('an MQTT message is told with the types that read its topic and what they read', async () => {
  const { body } = await post<{ types: { type: string; address: string; readings: object[] }[] }>('/decode', {
    input: '{"contact": false, "battery": 87, "last_seen": "2026-03-01T08:00:00Z"}',
    topic: 'zigbee2mqtt/north-gate',
  });
  const door = body.types.find(({ readings }) => readings.length >= 2);
  expect(door?.address).toBe('north-gate');
  expect(door?.readings).toContainEqual(expect.objectContaining({ point: 'battery', value: 87, unit: '%' }));
});

test('an unsaved text is tried on what a device publishes next', async () => {
  await post('/device-types/native-tank/copy', { id: 'own-native' });
  await house.applySite(`
site: { id: test, name: 测试小区 }
devices:
  - { id: tank-9, type: own-native, name: 水箱, area: compound }
`);
  const { text } = await source('own-native');
  const password = await house.secretOf('tank-9');
  const client = await connectAsync({
    port: house.mqttPort,
    username: 'tank-9',
    password,
    clientId: 'tank-9',
    reconnectPeriod: 0,
  });
  try {
    let answered = false;
    const trial = post<{ raw: string[]; reading: { readings: object[]; refused: string[] } }>(
      '/device-types/own-native/try',
      { device: 'tank-9', text: `${text}\npoints:\n  level: { json: values.depth_mm, scale: 0.001 }\n` },
    ).finally(() => {
      answered = true;
    });
    while (!answered)
      await client.publishAsync('gatehouse/tank-9/readings', '{"values":{"depth_mm":1240}}', { qos: 1 });
    const { body } = await trial;
    expect(body.raw).toEqual(['readings', '{"values":{"depth_mm":1240}}']);
    expect(body.reading.readings).toEqual([
      expect.objectContaining({ point: 'level', value: 1.24, unit: 'm', quality: 'good' }),
    ]);
  } finally {
    await client.endAsync(true);
  }
});

test('nobody is kept waiting for a device that sends nothing, or for a text with errors', async () => {
  await house.applySite(`
site: { id: test, name: 测试小区 }
devices:
  - { id: tank-10, type: own-native, name: 水箱, area: compound }
`);
  const { text } = await source('own-native');
  const silent = await post<{ at: number | null; missing: string[] }>('/device-types/own-native/try', {
    device: 'tank-10',
    text,
  });
  expect(silent).toMatchObject({ status: 200, body: { at: null, raw: [], reading: null } });
  const broken = await post<Problem>('/device-types/own-native/try', { device: 'tank-10', text: 'id: [' });
  expect(broken).toMatchObject({ status: 422, body: { code: 'type.invalid' } });
  const nobody = await post('/device-types/own-native/try', { device: 'tank-1', text });
  expect(nobody.status).toBe(404);
});
