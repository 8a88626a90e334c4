import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keptDefinitions } from './built-in.ts';
import { builtInDir } from './catalogue.ts';

let folder: string;
let cache: string;
let devices: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-built-in-'));
  cache = join(folder, 'cache');
  devices = join(folder, 'devices');
  for (const name of ['kinds', '_blocks', 'shelly-gen2-switch', 'native-tank'])
    cpSync(join(builtInDir, name), join(devices, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = () => readdirSync(cache).sort();

test('what was kept is what is read, to the last field', () => {
  const read = keptDefinitions(builtInDir, undefined);
  const made = keptDefinitions(builtInDir, cache);
  const kept = keptDefinitions(builtInDir, cache);
  expect(files()).toHaveLength(1);
  expect(made).toStrictEqual(read);
  expect(kept).toStrictEqual(read);
  expect(read.types.size).toBeGreaterThan(100);
});

test('a changed definition is read, and so is one that was cut short in the cache', () => {
  const before = keptDefinitions(devices, cache);
  const known = files();
  const path = join(devices, 'native-tank', 'type.yaml');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/^label:.*$/m, 'label: { zh: 水塔, en: Water tower }'),
  );
  const after = keptDefinitions(devices, cache);
  expect(before.types.get('native-tank')?.label.en).not.toBe('Water tower');
  expect(after.types.get('native-tank')?.label.en).toBe('Water tower');

  const [made] = files().filter((name) => !known.includes(name));
  const entry = join(cache, String(made));
  writeFileSync(entry, readFileSync(entry, 'utf8').slice(0, 1_000));
  expect(keptDefinitions(devices, cache)).toStrictEqual(after);
  expect(JSON.parse(readFileSync(entry, 'utf8'))).toHaveProperty('types');
});

test('what somebody else may have put there is not taken, nor what holds nothing', () => {
  const [entry = ''] = files();
  const path = join(cache, entry);
  const kept = readFileSync(path, 'utf8');
  for (const planted of ['{}', '{"kinds":[],"types":[]}', 'null']) {
    for (const name of files()) writeFileSync(join(cache, name), planted);
    expect(keptDefinitions(builtInDir, cache).types.size).toBeGreaterThan(100);
  }
  const forged = JSON.stringify({ kinds: [['tank', {}]], types: [['forged', {}]] });
  for (const name of files()) writeFileSync(join(cache, name), forged);
  expect(keptDefinitions(builtInDir, cache).types.has('forged')).toBe(true);
  chmodSync(cache, 0o777);
  expect(keptDefinitions(builtInDir, cache).types.has('forged')).toBe(false);
  chmodSync(cache, 0o700);
  writeFileSync(path, kept);
});

test('a broken definition is refused, and nothing is kept of it', () => {
  const known = files();
  writeFileSync(join(devices, 'native-tank', 'type.yaml'), 'id: native-tank\nkind: tnak\n');
  expect(() => keptDefinitions(devices, cache)).toThrow(/native-tank\/type\.yaml:\d+:\d+/);
  expect(files()).toEqual(known);
});
