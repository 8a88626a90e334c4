import { expect, test } from 'vitest';
import { lossWords, lossWordsOf } from './loss-words.ts';

test('every reason has words in both languages, no two the same', () => {
  for (const language of ['zh', 'en'] as const) {
    const words = Object.values(lossWords).map((label) => label[language]);
    expect(new Set(words).size).toBe(words.length);
  }
  expect(lossWordsOf('no change: level')).toEqual({
    zh: '数值长时间不变：level',
    en: 'a value has not moved for long: level',
  });
  expect(lossWordsOf('constructor')).toBeUndefined();
});
