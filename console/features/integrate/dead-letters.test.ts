import { expect, test } from 'vitest';
import { type DeadLetter, matches, spacedHex } from './dead-letters.ts';

const letter: DeadLetter = {
  id: '1',
  at: 0,
  source: 'mqtt zigbee zigbee2mqtt/Kitchen',
  device: null,
  what: 'message',
  reason: 'no device takes it',
  hex: '7b7d',
  text: '{}',
};

test('a letter is found by words of its source and reason in any order and case', () => {
  expect(matches(letter, 'KITCHEN takes')).toBe(true);
  expect(matches(letter, ' ')).toBe(true);
  expect(matches(letter, 'kitchen bath')).toBe(false);
});

test('bytes are told apart', () => {
  expect(spacedHex('7e001f')).toBe('7e 00 1f');
  expect(spacedHex('')).toBe('');
});
