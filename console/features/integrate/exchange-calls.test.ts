import { expect, test } from 'vitest';
import { problemsText, settingValue } from './exchange-calls.ts';

test('a typed setting is a number, a truth value, text, or nothing, by its type', () => {
  expect(settingValue(' 3.5 ', 'number')).toBe(3.5);
  expect(settingValue('env:LIMIT', 'number')).toBe('env:LIMIT');
  expect(settingValue('TRUE', 'bool')).toBe(true);
  expect(settingValue('0101', 'text')).toBe('0101');
  expect(settingValue('  ', 'number')).toBeNull();
});

test('problems are copied as rows of a table, in the language of the console', () => {
  const problem = {
    ...{ row: 4, column: 'D', field: 'area', id: 'meter-1', severity: 'error' as const },
    message: { zh: '没有区域', en: 'no area' },
  };
  expect(problemsText([problem, { ...problem, row: null, column: null }], 'zh')).toBe(
    '4\tD\tmeter-1\t没有区域\n\t\tmeter-1\t没有区域',
  );
});
