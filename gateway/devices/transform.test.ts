import { expect, test } from 'vitest';
import { compileTransform } from './transform.ts';

test.each([
  [{ scale: 0.1 }, 1127, 112.7],
  [{ scale: 0.001 }, 2625, 2.625],
  [{ scale: 2, offset: -40 }, 100, 160],
  [{ offset: 1 }, 0, 1],
  [{ invert: true }, false, true],
  [{ map: { '0': 'normal', '1': 'alarm' } }, 1, 'alarm'],
  [{ map: { true: 3 } }, true, 3],
  [{ map: { ON: true, OFF: false } }, 'OFF', false],
  [{ number: true }, '10.0', 10],
  [{ number: true, scale: 0.1 }, ' -288 ', -28.8],
  [{ number: true, scale: 0.1 }, 288, 28.8],
  [{ sum: true }, [0.1, 0.2, 3], 3.3],
  [{ sum: true, scale: 0.001 }, [1200, 800, 0], 2],
  [{ sum: true, scale: 0.001 }, 1200, 1.2],
])('%j makes of %j the value %j', (transform, raw, value) => {
  expect(compileTransform(transform)?.(raw)).toEqual({ value });
});

test('a map comes before everything else', () => {
  expect(compileTransform({ map: { '1': 10 }, scale: 2 })?.(1)).toEqual({ value: 10 });
});

test('nothing to do is no transform', () => {
  expect(compileTransform({})).toBeNull();
  expect(compileTransform({ scale: 1, offset: 0, invert: false })).toBeNull();
});

test.each([
  [{ map: { '0': 'normal' } }, 7, '7 is not in its map (0)'],
  [{ map: { '0': 'normal' } }, 'constructor', 'is not in its map'],
  [{ invert: true }, 1, 'cannot be inverted'],
  [{ scale: 2 }, '3', 'cannot be scaled'],
  [{ number: true }, '1e3', 'spells no number'],
  [{ number: true }, '', 'spells no number'],
  [{ sum: true }, [1, '2'], 'has no sum'],
])('%j refuses %j with words', (transform, raw, words) => {
  expect(compileTransform(transform)?.(raw)).toEqual({ refused: expect.stringContaining(words) });
});
