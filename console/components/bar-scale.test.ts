import { expect, test } from 'vitest';
import { barTicks, labelEvery, tickWords } from './bar-scale.ts';

test.each([
  [0, [0, 1]],
  [Number.NaN, [0, 1]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [7, [0, 2, 4, 6, 8]],
  [10, [0, 2.5, 5, 7.5, 10]],
  [123, [0, 50, 100, 150]],
  [4_000, [0, 1_000, 2_000, 3_000, 4_000]],
])('up to %d the lines stand at %j', (highest, ticks) => {
  expect(barTicks(highest)).toEqual(ticks);
});

test('their figures have the decimals that the steps need, and no more', () => {
  expect(tickWords([0, 2.5, 5])).toEqual(['0.0', '2.5', '5.0']);
  expect(tickWords([0, 50, 100])).toEqual(['0', '50', '100']);
});

test('labels are left out where they would run into each other', () => {
  expect(labelEvery(24, 700, 26)).toBe(1);
  expect(labelEvery(31, 400, 26)).toBe(3);
  expect(labelEvery(12, 100, 30)).toBe(5);
});
