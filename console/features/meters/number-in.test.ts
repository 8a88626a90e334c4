import { expect, test } from 'vitest';
import { numberIn } from './number-in.ts';

test.each([
  ['1234.5', 1_234.5],
  [' 0012 ', 12],
  ['3,25', 3.25],
  ['3，25', 3.25],
  ['', null],
  ['-1', null],
  ['1e5', null],
  ['1,234,567', null],
  ['12a', null],
])('"%s" is %j', (text, value) => {
  expect(numberIn(text)).toBe(value);
});
