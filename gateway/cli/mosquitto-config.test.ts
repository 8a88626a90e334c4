import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mosquittoLacks } from './mosquitto-config.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-mosquitto-conf-'));
  file = join(dir, 'mosquitto.conf');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  ['listener 1883\n', ['max_queued_messages 0', 'persistence true']],
  ['persistence true\nmax_queued_messages 1000\n', ['max_queued_messages 0']],
  ['# max_queued_messages 0\npersistence false\n', ['max_queued_messages 0', 'persistence true']],
  ['  persistence   true\r\nmax_queued_messages\t0\n', []],
])('%j lacks %j', (text, lacking) => {
  writeFileSync(file, text);
  expect(mosquittoLacks(file)).toEqual(lacking);
});

test('what a folder of its own adds counts, as on Debian', () => {
  writeFileSync(file, `persistence true\ninclude_dir ${join(dir, 'conf.d')}\n`);
  expect(mosquittoLacks(file)).toEqual(['max_queued_messages 0']);
  mkdirSync(join(dir, 'conf.d'));
  writeFileSync(join(dir, 'conf.d/site.conf'), 'max_queued_messages 0\n');
  writeFileSync(join(dir, 'conf.d/old.conf.bak'), 'persistence false\n');
  expect(mosquittoLacks(file)).toEqual([]);
});

test('the configuration that is shipped lacks nothing', () => {
  expect(mosquittoLacks(fileURLToPath(new URL('../../docs/deploy/mosquitto.conf', import.meta.url)))).toEqual(
    [],
  );
});
