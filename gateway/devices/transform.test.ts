import { expect, test } from 'vitest';
import { bandsSchema } from '../contract/bands.ts';
import type { Transform } from '../contract/device-type.ts';
import { compileTransform } from './transform.ts';

test.each<[Transform, unknown, unknown]>([
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
  [{ bands: { short: [0, 1], normal: [2.5, 4.1] } }, 1, 'short'],
  [{ scale: 0.001, bands: { short: [0, 1], normal: [2.5, 4.1] } }, 4_100, 'normal'],
  [{ bands: { short: [0, 1], normal: [2.5, 4.1] }, otherwise: 'unclear' }, 1.01, 'unclear'],
])('%j makes of %j the value %j', (transform, raw, value) => {
  expect(compileTransform(transform)?.(raw)).toEqual({ value });
});

test('a map comes before everything else', () => {
  expect(compileTransform({ map: { '1': 10 }, scale: 2 })?.(1)).toEqual({ value: 10 });
});

test('a number has one word: bands that overlap or stand the wrong way round are refused with the mend', () => {
  const words = (bands: unknown) =>
    bandsSchema.safeParse(bands).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  expect(words({ short: [0, 1], normal: [1, 4] })).toEqual([
    'normal: it begins at 1, within "short" which ends at 1: a number has one word',
  ]);
  expect(words({ short: [1, 0] })).toEqual(['short: the lower end stands first: write [0, 1]']);
  expect(words({ normal: [2.5, 4.1], short: [0, 1] })).toBeUndefined();
});

test('nothing to do is no transform', () => {
  expect(compileTransform({})).toBeNull();
  expect(compileTransform({ scale: 1, offset: 0, invert: false })).toBeNull();
});

test.each<[Transform, unknown, string]>([
  [{ map: { '0': 'normal' } }, 7, '7 is not in its map (0)'],
  [{ map: { '0': 'normal' } }, 'constructor', 'is not in its map'],
  [{ invert: true }, 1, 'cannot be inverted'],
  [{ scale: 2 }, '3', 'cannot be scaled'],
  [{ number: true }, '1e3', 'spells no number'],
  [{ number: true }, '', 'spells no number'],
  [{ sum: true }, [1, '2'], 'has no sum'],
  [{ bands: { short: [0, 1] } }, 2, '2 lies in none of its bands (short 0 … 1)'],
  [{ bands: { short: [0, 1] }, otherwise: 'unclear' }, true, 'has no band'],
  [{ bands: { short: [0, 1] }, otherwise: 'unclear' }, Number.NaN, 'has no band'],
])('%j refuses %j with words', (transform, raw, words) => {
  expect(compileTransform(transform)?.(raw)).toEqual({ refused: expect.stringContaining(words) });
});
