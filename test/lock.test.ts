import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lockSaysNoGyp } from './lock-gypfile.ts';

test('the lock keeps npm 10 from compiling better-sqlite3 (mend it with npm run lock:fix)', () => {
  expect(lockSaysNoGyp()).toBe(true);
});

test.each(['../package-lock.json', './bench/package-lock.json'])('the lock %s names no registry', (path) => {
  const lock = readFileSync(new URL(path, import.meta.url), 'utf8');
  expect(lock).not.toContain('"resolved"');
});
