import { expect, test } from 'vitest';
import { misread } from '../../../gateway/contract/misread.ts';
import { type DeadLetter, matches, reasonIn } from './dead-letters.ts';

const letter: DeadLetter = {
  id: '1',
  at: 0,
  source: 'mqtt zigbee zigbee2mqtt/Kitchen',
  device: null,
  what: 'message',
  reason: 'no device takes it',
  why: null,
  hex: '7b7d',
  text: '{}',
  notAgain: null,
};

test('a letter is found by words of its source and reason in any order and case', () => {
  expect(matches(letter, 'KITCHEN takes', 'en')).toBe(true);
  expect(matches(letter, ' ', 'en')).toBe(true);
  expect(matches(letter, 'kitchen bath', 'en')).toBe(false);
});

test('its reason is told in the language of the console, and found by those words; one without codes as it is', () => {
  const { code, params } = misread('value-outside', { point: 'tank-1.level', value: 12, min: 0, max: 10 });
  const told = { ...letter, why: [{ code, params }, misread('more')] };
  expect(reasonIn(told, 'zh')).toBe('tank-1.level：12 超出 0 … 10；…以及其他');
  expect(reasonIn(told, 'en')).toBe('tank-1.level: 12 lies outside of 0 … 10; … and more');
  expect(matches(told, '超出', 'zh')).toBe(true);
  expect(reasonIn(letter, 'zh')).toBe('no device takes it');
  // Of a release that knows more reasons.
  expect(reasonIn({ ...told, why: [...told.why, { code: 'gone', params: {} }] }, 'zh')).toBe(
    'no device takes it',
  );
});
