import { expect, test } from 'vitest';
import { spacedHex, textOfHex } from './hex.ts';

test('bytes are told apart', () => {
  expect(spacedHex('7e001f')).toBe('7e 00 1f');
  expect(spacedHex('')).toBe('');
});

test('bytes are text only when every one of them can be printed', () => {
  expect(textOfHex('7b226122 3a317d'.replaceAll(' ', ''))).toBe('{"a":1}');
  expect(textOfHex('e6b0b4')).toBe('水');
  expect(textOfHex('310d0a')).toBe('1\r\n');
  expect(textOfHex('010300000001840a')).toBeNull();
  expect(textOfHex('ff')).toBeNull();
  expect(textOfHex('')).toBeNull();
});
