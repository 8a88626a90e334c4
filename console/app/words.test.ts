import { expect, test } from 'vitest';
import { alarmStateSchema, alarmTransitionSchema } from '../../gateway/contract/alarm.ts';
import { commandStateSchema } from '../../gateway/contract/command.ts';
import { deviceStateSchema, linkStateSchema } from '../../gateway/contract/device-state.ts';
import { linkTroubleSchema } from '../../gateway/contract/link-trouble.ts';
import { categorySchema } from '../../gateway/contract/names.ts';
import { roleSchema } from '../../gateway/contract/permissions.ts';
import { qualitySchema } from '../../gateway/contract/reading.ts';
import { catalogue } from '../../gateway/lib/errors.ts';
import { integratePartWords } from '../features/integrate/part-words.ts';
import { pages } from './routes.tsx';
import { words } from './words.ts';

const namespaces = Object.entries({ ...words, ...integratePartWords });

test.each(namespaces)('%s: both languages have every key, and none is empty', (_name, { zh, en }) => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const word of [...Object.values(zh), ...Object.values(en)]) expect(word.trim()).not.toBe('');
});

test.each(namespaces)('%s: both languages use the same variables', (_name, { zh, en }) => {
  const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
  const english: Record<string, string> = en;
  for (const [key, text] of Object.entries(zh)) {
    expect([key, ...variables(english[key] ?? '')]).toEqual([key, ...variables(text)]);
  }
});

test.each(namespaces)('%s: the English words hold no Chinese', (_name, { en }) => {
  for (const text of Object.values(en)) expect(text).not.toMatch(/\p{Script=Han}/u);
});

test('every word of the contract that a screen shows has one in both languages', () => {
  const terms = words.terms.zh;
  const needed = [
    ...['1', '2', '3', '4'].map((priority) => `priority.${priority}`),
    ...alarmStateSchema.options.map((state) => `state.${state}`),
    ...categorySchema.options.map((category) => `category.${category}`),
    ...qualitySchema.options.map((quality) => `quality.${quality}`),
    ...deviceStateSchema.shape.state.options.map((state) => `device.${state}`),
    ...linkStateSchema.shape.state.options.map((state) => `link.${state}`),
    ...linkTroubleSchema.options
      .map((option) => option.shape.code.value)
      .filter((code) => code !== 'other')
      .map((code) => `trouble.${code}`),
    ...roleSchema.options.map((role) => `role.${role}`),
  ];
  expect(needed.filter((key) => !(key in terms))).toEqual([]);
  const alarms = words.alarms.zh;
  const steps = [
    ...alarmTransitionSchema.shape.cause.options.map((cause) => `cause.${cause}`),
    ...commandStateSchema.options.map((state) => `command.${state}`),
  ];
  expect(steps.filter((key) => !(key in alarms))).toEqual([]);
});

test('every error of the gateway has words', () => {
  expect(Object.keys(catalogue).filter((code) => !(code in words.problems.zh))).toEqual([]);
});

test('every page has its words and is reached at its own path', () => {
  for (const page of pages) {
    expect(words[page.feature].zh).toHaveProperty('title');
    expect(page.pattern.startsWith(page.path)).toBe(true);
  }
  expect(new Set(pages.map((page) => page.path)).size).toBe(pages.length);
});
