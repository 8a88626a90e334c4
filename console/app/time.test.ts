import { expect, test } from 'vitest';
import { formatDuration } from './time.ts';

test.each([
  [-5, '0:00'],
  [999, '0:00'],
  [42_000, '0:42'],
  [725_000, '12:05'],
  [3_600_000, '1:00:00'],
  [11_230_000, '3:07:10'],
  [86_400_000 * 2 + 11_230_000, '2天 03:07'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms, '天')).toBe(text);
});
