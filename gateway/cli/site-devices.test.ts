import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run } from './command-line-fixture.ts';

// Each command is a process that starts a gateway.
vi.setConfig({ testTimeout: 120_000 });

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('devices are exported, tried, refused with row and column, and imported from the command line', async () => {
  const data = ['--data', join(dir, 'data')];
  const site = join(dir, 'site.yaml');
  writeFileSync(
    site,
    'site: { id: garden, name: 花园 }\nareas: [{ id: b1, name: 1号楼, kind: building }]\ndevices: [{ id: tank-1, type: native-tank, name: 水箱, area: b1 }]\n',
  );
  expect((await run(['site', 'apply', site, ...data])).code).toBe(0);

  const table = join(dir, 'devices.csv');
  expect(await run(['site', 'export-devices', table, '--language', 'en', ...data])).toMatchObject({
    ...{ code: 0, stdout: `${table}: written\n` },
  });
  const text = readFileSync(table, 'utf8');
  expect(text.split('\r\n')[1]).toMatch(/^,tank-1,native-tank,水箱,b1,/);
  expect((await run(['site', 'import-devices', table, ...data])).stdout).toBe(
    '0 to add, 0 to change, 0 to delete, 1 unchanged\n',
  );

  writeFileSync(table, 'id,type,name,area\ntank-1,native-tank,水箱二,b1\ntank-2,native-tnak,x,b1\n');
  const refused = await run(['site', 'import-devices', table, ...data]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toBe(
    `${table}:3:B: type: there is no device type "native-tnak"; did you mean "native-tank"?\n`,
  );

  writeFileSync(table, 'id,type,name,area\ntank-1,native-tank,水箱二,b1\ntank-2,native-tank,x,1号楼\n');
  const trial = await run(['site', 'import-devices', table, '--dry-run', ...data]);
  expect(trial).toMatchObject({ code: 0, stderr: '' });
  expect(trial.stdout).toBe(
    '~ tank-1 水箱二\n    name: "水箱" → "水箱二"\n+ tank-2 x\n1 to add, 1 to change, 0 to delete, 0 unchanged\n',
  );
  expect((await run(['site', 'import-devices', table, ...data])).stdout).toBe(`${trial.stdout}applied\n`);
  expect((await run(['site', 'export-devices', '-', ...data])).stdout).toContain(',tank-2,native-tank,x,b1,');
});
