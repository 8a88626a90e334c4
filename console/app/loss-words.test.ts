import { expect, test } from 'vitest';
import { lossWords } from '../../gateway/contract/loss-words.ts';
import { termWords } from './i18n.ts';

// The console takes no values of the contract (bundle.test.ts): that both say the same is checked here.

test('why a device is lost is said alike by an alarm of the gateway and on the page of the device', () => {
  for (const [reason, { zh, en }] of Object.entries(lossWords)) {
    const key = `why.${reason}` as keyof typeof termWords.zh;
    expect([reason, termWords.zh[key], termWords.en[key]]).toEqual([reason, zh, en]);
  }
  const known = Object.keys(termWords.zh).filter((key) => key.startsWith('why.'));
  expect(known.filter((key) => !(key.slice(4) in lossWords))).toEqual(['why.removed by configuration']);
});

test('no two reasons have the same words', () => {
  for (const language of ['zh', 'en'] as const) {
    const words = Object.values(lossWords).map((label) => label[language]);
    expect(new Set(words).size).toBe(words.length);
  }
});
