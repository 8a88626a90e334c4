import { expect, test } from 'vitest';
import { askFaultSchema } from '../../gateway/contract/ask-fault.ts';
import { badReasonSchema } from '../../gateway/contract/bad-value.ts';
import { vainWords } from './bad-reason.ts';
import { partsWords } from './i18n.ts';

test('every reason for a bad value, and every question in vain, has words', () => {
  const known = Object.keys(partsWords.zh);
  for (const { shape } of badReasonSchema.options) {
    const [code] = shape.code.values;
    if (code !== 'asked-in-vain') expect(known).toContain(`why.${code}`);
  }
  const facts = { timeoutMs: 1, unit: 1, function: 3, address: 0, asked: '901F', word: '02', protocol: 'x' };
  for (const { shape } of askFaultSchema.options)
    for (const exception of [1, 2, 3, 4, 11, 255])
      expect(known).toContain(
        vainWords(askFaultSchema.parse({ ...facts, code: [...shape.code.values][0], exception })),
      );
});
