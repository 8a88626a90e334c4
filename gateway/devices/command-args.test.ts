import { expect, test } from 'vitest';
import { type ArgumentDefinition, argumentDefinitionSchema } from '../contract/kind.ts';
import { wrongArgument } from './command-args.ts';

const label = { zh: '某', en: 'some' };
const definition = (type: ArgumentDefinition['type'], optional = false) =>
  argumentDefinitionSchema.parse({ label, type, optional });
const definitions = {
  card: definition('text'),
  doors: definition('list'),
  until: definition('time', true),
  count: definition('number', true),
  always: definition('bool', true),
};
const card = '0063E9AE';

test.each([
  ['all that is needed', { card, doors: ['gate'] }, null],
  ['and more', { card, doors: [], until: 1_772_330_850_000, count: 0.5, always: false }, null],
  ['nothing', {}, '"card" is missing: a text'],
  ['no list', { card, doors: 'gate' }, '"doors" must be a list of texts'],
  ['a list of something else', { card, doors: [1] }, '"doors" must be a list of texts'],
  ['half a time', { card, doors: [], until: 1.5 }, '"until" must be a time in UTC milliseconds'],
  ['no number', { card, doors: [], count: Number.NaN }, '"count" must be a number'],
  ['no bool', { card, doors: [], always: 'yes' }, '"always" must be true or false'],
  ['null', { card: null, doors: [] }, '"card" must be a text'],
  ['a word too much', { card, doors: [], door: 'gate' }, /it takes no "door".*doors/],
  ['what objects inherit', { card, doors: [], toString: '' }, /it takes no "toString"/],
])('arguments with %s', (_, args, wrong) => {
  if (wrong === null || typeof wrong === 'string') expect(wrongArgument(args, definitions)).toBe(wrong);
  else expect(wrongArgument(args, definitions)).toMatch(wrong);
});

test('a command that names no arguments takes any', () => {
  expect(wrongArgument({ seconds: 5 }, {})).toBeNull();
});
