import { expect, test } from 'vitest';
import { createLog, createLogRing } from './log.ts';

test('the newest lines are kept in order, and no more of them than some hundred', () => {
  const ring = createLogRing();
  ring.write('first\n');
  expect(ring.newest()).toEqual(['first']);
  for (let i = 0; i < 1_203; i++) ring.write(`${i}\n`);
  expect(ring.newest()).toEqual(Array.from({ length: 500 }, (_, i) => String(703 + i)));
});

test('a line that is too long is cut', () => {
  const ring = createLogRing();
  ring.write('x'.repeat(1_000_000));
  expect(ring.newest()[0]?.length).toBe(4_096);
});

test('what is written to the log is at hand, without passwords and below its level nothing', () => {
  const log = createLog('warn');
  log.info({}, 'not of this level');
  log.warn({ password: 'hush-1', broker: { secret: 'hush-2' } }, 'a test of the log');
  const lines = log.newest?.() ?? [];
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['a test of the log']);
  expect(lines.join()).not.toContain('hush');
});
