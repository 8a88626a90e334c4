import { expect, test } from 'vitest';
import { lossWords, lossWordsOf } from './loss-words.ts';

test('every reason has words in both languages, no two the same', () => {
  for (const language of ['zh', 'en'] as const) {
    const words = Object.values(lossWords).map((label) => label[language]);
    expect(new Set(words).size).toBe(words.length);
  }
});

test('a reason that names a point says what that is called, or its name', () => {
  const labelOf = (name: string) => (name === 'level' ? { zh: '液位', en: 'Level' } : undefined);
  expect(lossWordsOf('no change: level', labelOf)).toEqual({
    zh: '液位长时间不变',
    en: 'Level has not moved for long',
  });
  expect(lossWordsOf('no value: button', labelOf)).toEqual({
    zh: 'button无有效数据',
    en: 'no valid value of button',
  });
});

test('a reason that nobody has words for has none', () => {
  for (const why of ['constructor', 'toString: level', '', ': ']) expect(lossWordsOf(why)).toBeUndefined();
});
