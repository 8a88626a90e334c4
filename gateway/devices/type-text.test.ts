import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { builtInDir, loadCatalogue } from './catalogue.ts';
import { typeFolder } from './type-files.ts';
import { createTextCheck } from './type-text.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('who asks for the failing cases while they are run waits for the same run; after a change they are run anew', async () => {
  const siteDir = mkdtempSync(join(tmpdir(), 'gatehouse-types-'));
  folders.push(siteDir);
  const dir = join(siteDir, 'own-level');
  mkdirSync(dir);
  const shipped = join(builtInDir, 'generic-level-transmitter');
  cpSync(join(shipped, 'cases'), join(dir, 'cases'), { recursive: true });
  const text = readFileSync(join(shipped, 'type.yaml'), 'utf8');
  writeFileSync(join(dir, 'type.yaml'), text.replace(/^id: .*$/m, 'id: own-level'));
  const catalogue = loadCatalogue({ siteDir, log: silentLog });
  const own = typeFolder(siteDir);
  const reads: string[] = [];
  const { casesFailing } = createTextCheck(catalogue, {
    ...own,
    read(id, path) {
      reads.push(path);
      return own.read(id, path);
    },
  });
  const many = () => Promise.all(Array.from({ length: 5 }, () => casesFailing('own-level')));
  expect(await many()).toEqual([0, 0, 0, 0, 0]);
  const once = own.cases('own-level').length * 2;
  expect(once).toBeGreaterThan(2);
  expect(reads).toHaveLength(once);
  const expected = join(dir, 'cases', own.cases('own-level')[0] ?? '', 'expected.json');
  writeFileSync(expected, '{ "readings": { "level": -77 } }');
  expect(await many()).toEqual([1, 1, 1, 1, 1]);
  expect(reads).toHaveLength(2 * once);
});
