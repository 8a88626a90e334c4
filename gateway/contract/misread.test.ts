import { expect, test } from 'vitest';
import { type MisreadCode, misread, misreadLabel, misreadText } from './misread.ts';
import { misreadWords } from './misread-words.ts';

const codes = Object.keys(misreadWords) as MisreadCode[];
const namesIn = (template: string) => new Set(template.match(/\{\w+\}/g) ?? []);

test('every reason has words in both languages, and Chinese ones are Chinese', () => {
  for (const code of codes) {
    const { zh, en } = misreadWords[code];
    expect(zh, code).toMatch(/[\u4e00-\u9fff]/);
    expect(en, code).not.toMatch(/[\u4e00-\u9fff]/);
  }
});

test('what is said in one language alone is its own words, or a hint', () => {
  for (const code of codes) {
    const { zh, en } = misreadWords[code];
    // Where English is composed elsewhere, Chinese has the parameters.
    if (namesIn(en).has('{words}')) continue;
    for (const name of namesIn(en))
      if (name !== '{hint}') expect(namesIn(zh), `${code} ${name}`).toContain(name);
    for (const name of namesIn(zh)) expect(namesIn(en), `${code} ${name}`).toContain(name);
  }
});

test('parameters are filled in, braces of an example are left alone, and a missing one is nothing', () => {
  expect(
    misreadText(misread('value-outside', { point: 'tank-1.level', value: 12, min: 0, max: 10, unit: ' m' })),
  ).toBe('tank-1.level: 12 lies outside of 0 … 10 m');
  expect(misreadText(misread('data-bad', { value: '3' }))).toContain('for example {"zone": 3}');
  expect(misreadLabel(misread('no-point', { kind: 'tank', name: '"x"', known: 'level' }))).toEqual({
    zh: 'tank 没有测点 "x"（有：level）',
    en: 'a tank has no point "x" (it has level)',
  });
  // What stands in a parameter is never taken for one.
  expect(misreadText(misread('status-bad', { topic: '{value}', value: 'x' }))).toMatch(/^\{value\}: x is/);
});

test('a code of another release has no words', () => {
  for (const code of ['gone', 'constructor']) expect(misreadLabel({ code, params: {} })).toBeUndefined();
});
