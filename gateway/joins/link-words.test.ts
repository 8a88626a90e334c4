import { expect, test } from 'vitest';
import { type LinkTrouble, linkTroubleSchema } from '../contract/link-trouble.ts';
import { troubleWords } from './link-words.ts';

const codes = linkTroubleSchema.options.map((option) => option.shape.code.value);
const facts = { name: 'NAME', path: '/dev/ttyUSB0', s: 90, clientId: 'gatehouse-x', topic: 'home/#' };

test.each(codes.filter((code) => code !== 'other'))(
  '%s is said in both languages, with its facts',
  (code) => {
    const option = linkTroubleSchema.options.find(({ shape }) => shape.code.value === code);
    const { zh, en } = troubleWords({ code, ...facts } as LinkTrouble, 'connect EFAIL');
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).not.toMatch(/\p{Script=Han}/u);
    for (const [name, value] of Object.entries(facts))
      if (option && name in option.shape)
        for (const words of [zh, en]) expect(words).toContain(String(value));
  },
);

test('what has no code is said as the system said it', () => {
  expect(troubleWords({ code: 'other' }, 'EFAIL')).toEqual({ zh: 'EFAIL', en: 'EFAIL' });
});
