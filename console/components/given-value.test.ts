import { expect, test } from 'vitest';
import type { TakenView } from '../../gateway/contract/device-view.ts';
import { givenValue, valueFault } from './given-value.ts';

const label = { zh: '压力', en: 'Pressure' };
const takes = (more: Partial<TakenView>): TakenView => ({ label, type: 'number', optional: false, ...more });

test.each([
  ['12', { min: 0, max: 10 }, 'outside'],
  ['-1', { min: 0 }, 'outside'],
  ['1.25', { decimals: 1 }, 'decimals'],
  ['0.3', { decimals: 1 }, null],
  ['1.5', { decimals: 0 }, 'decimals'],
  ['-', {}, 'not-a-number'],
  ['62.5', { min: 0, max: 100, decimals: 1, step: 0.005 }, null],
] as const)('%s within %j: %s', (text, more, fault) => {
  const one = takes(more);
  const value = givenValue(text, one);
  expect(value === undefined ? 'empty' : valueFault(value, one)).toBe(fault);
});

test('an empty field gives nothing, a choice gives its word', () => {
  expect(givenValue(' ', takes({}))).toBeUndefined();
  expect(givenValue('auto', takes({ type: 'enum' }))).toBe('auto');
  expect(givenValue('false', takes({ type: 'bool' }))).toBe(false);
});
