import { expect, test } from 'vitest';
import { parseJsonPath, readJsonPath } from './json-path.ts';

test.each([
  ['level', ['level']],
  ['values.level', ['values', 'level']],
  ['a.b[0]["x y"]', ['a', 'b', 0, 'x y']],
  ['ENERGY.Power[2]', ['ENERGY', 'Power', 2]],
  ['["switch:0"].output', ['switch:0', 'output']],
])('%s has its steps', (path, steps) => {
  expect(parseJsonPath(path)).toEqual(steps);
});

test.each(['', '.', 'a..b', 'a.', '.a', 'a[', 'a[-1]', 'a b', 'a[0]b', 'a.[0]', 'a["x]', '[0'])(
  '%j is no path',
  (path) => {
    expect(parseJsonPath(path)).toBeNull();
  },
);

test('a path leads to what stands there, and nowhere else', () => {
  const value = JSON.parse('{"a": {"b": [{"x y": 7}]}, "n": null}');
  expect(readJsonPath(value, ['a', 'b', 0, 'x y'])).toBe(7);
  expect(readJsonPath(value, ['n'])).toBeNull();
  expect(readJsonPath(value, ['a', 'c', 'd'])).toBeUndefined();
  expect(readJsonPath(value, ['n', 'x'])).toBeUndefined();
  expect(readJsonPath(value, ['a', 'b', 'length'])).toBeUndefined();
});

test('what objects inherit is not in a message', () => {
  expect(readJsonPath({}, ['constructor'])).toBeUndefined();
  expect(readJsonPath({}, ['__proto__', 'toString'])).toBeUndefined();
  expect(readJsonPath(JSON.parse('{"__proto__": {"x": 1}}'), ['__proto__', 'x'])).toBe(1);
});
