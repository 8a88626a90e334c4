import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock } from './lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the data directory is made for this user alone, and a released lock can be taken again', () => {
  const dataDir = join(dir, 'a', 'data');
  acquireLock(dataDir).release();
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, 'lock.db')).mode & 0o777).toBe(0o600);
  acquireLock(dataDir).release();
});

test('a second holder is refused, also within one process', () => {
  const lock = acquireLock(dir);
  expect(() => acquireLock(dir)).toThrow(/data\.locked: .* is in use by another Gatehouse/);
  lock.release();
});

test('a lock ends with its process, however it is killed', async () => {
  const child = spawn(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}).then(({ acquireLock }) => {
        globalThis.held = acquireLock(${JSON.stringify(dir)});
        console.log('held');
        setInterval(() => {}, 1000);
      })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((done) => child.stdout.once('data', done));
  expect(() => acquireLock(dir)).toThrow(/data\.locked/);
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
  acquireLock(dir).release();
});

test('a directory that cannot be made is named with its mend', () => {
  writeFileSync(join(dir, 'file'), '');
  for (const path of [join(dir, 'file'), join(dir, 'file', 'data')])
    expect(() => acquireLock(path)).toThrow(/data\.unwritable: .* give a directory that this user may write/);
});
