import { expect, test } from 'vitest';
import { type LetterRow, whyNotAgain } from './dead-letters.ts';

const row: LetterRow = {
  ...{ id: '1', at: 0, source: 'bus line', device: null, what: 'message', reason: '' },
  ...{ bytes: Buffer.alloc(8), way: 'frame', link: 'line', topic: null, length: 8, part: 0 },
  why: null,
};

test.each([
  ['native', null],
  ['topic', null],
  ['frame', null],
  ['kept', 'kept'],
  ['session', 'session'],
  ['poll', 'polled'],
  ['panel', 'repeated'],
  ['none', 'no-message'],
  // Of a release that did not note it.
  [null, 'old'],
] as const)('a letter that came by %s: why it is not read again is %s', (way, why) => {
  expect(whyNotAgain({ ...row, way })).toBe(why);
});

test('one whose end is not kept is not read again: half a message may be another one', () => {
  expect(whyNotAgain({ ...row, length: 9 })).toBe('cut');
});
