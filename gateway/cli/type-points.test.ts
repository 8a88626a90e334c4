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

test('a type is made of a sheet from the command line, and its points are exported', async () => {
  const data = ['--data', join(dir, 'data')];
  const table = join(dir, 'points.csv');
  const made = ['--kind', 'tank', '--link', 'modbus', '--zh', '液位计', '--en', 'Level'];
  writeFileSync(table, 'point,address,type,scale,unit\nlevel,40005,int16,1,mm\n,40006,uint16,,\n');
  const created = await run(['types', 'import-points', 'acme', table, ...made, ...data]);
  expect(created).toMatchObject({ code: 0 });
  expect(created.stderr).toContain(`${table}:2:B: warning: address: "40005" was read as a manual's number`);
  expect(created.stdout).toContain('+ level 液位 Level\n    function: null → 3\n');
  expect(created.stdout).toContain(
    '1 to add, 0 to change, 0 to delete, 0 unchanged; 1 rows passed over\napplied\n',
  );
  const text = readFileSync(join(dir, 'data/types/acme/type.yaml'), 'utf8');
  expect(text).toBe(
    'id: acme\nlabel: { zh: 液位计, en: Level }\nkind: tank\nlink: modbus\npoints:\n  level: { modbus: { function: 3, address: 4, type: int16 }, scale: 0.001 }\n',
  );

  const exported = await run(['types', 'export-points', 'acme', '-', '--language', 'en', ...data]);
  expect(exported.stdout).toContain(',level,液位,Level,m,3,4,int16,ABCD,,,0.001,,');
});
