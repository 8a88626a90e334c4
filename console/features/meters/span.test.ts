import { expect, test } from 'vitest';
import { spanAround, spanName, stepFrom } from './span.ts';

test.each([
  ['hour', '2026-03-31', { from: '2026-03-31', to: '2026-04-01' }, '2026-03-31'],
  ['day', '2026-12-31', { from: '2026-12-01', to: '2027-01-01' }, '2026-12'],
  ['month', '2026-03-31', { from: '2026-01-01', to: '2027-01-01' }, '2026'],
] as const)('by %s around %s', (by, date, span, name) => {
  expect(spanAround(by, date)).toEqual(span);
  expect(spanName(by, date)).toBe(name);
});

test.each([
  ['hour', '2026-02-28', 1, '2026-03-01'],
  ['day', '2026-01-31', 1, '2026-02-01'],
  ['day', '2026-01-31', -1, '2025-12-01'],
  ['month', '2026-05-05', -1, '2025-01-01'],
] as const)('by %s from %s %d on is %s', (by, date, steps, expected) => {
  expect(stepFrom(by, date, steps)).toBe(expected);
});
