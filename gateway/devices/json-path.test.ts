import { expect, test } from 'vitest';
import { parseJsonPath, readAllJsonPath, readJsonPath } from './json-path.ts';

test.each([
  ['level', ['level']],
  ['values.level', ['values', 'level']],
  ['a.b[0]["x y"]', ['a', 'b', 0, 'x y']],
  ['ENERGY.Power[2]', ['ENERGY', 'Power', 2]],
  ['["switch:0"].output', ['switch:0', 'output']],
  ['list[flag="T \\"1\\""].value', ['list', { field: 'flag', value: 'T "1"' }, 'value']],
  ['[id="7"]', [{ field: 'id', value: '7' }]],
])('%s has its steps', (path, steps) => {
  expect(parseJsonPath(path)).toEqual(steps);
});

test.each([
  '',
  '.',
  'a..b',
  'a.',
  '.a',
  'a[',
  'a[-1]',
  'a b',
  'a[0]b',
  'a.[0]',
  'a["x]',
  '[0',
  'a[b=c]',
  'a[="c"]',
  'a.[b="c"]',
])('%j is no path', (path) => {
  expect(parseJsonPath(path)).toBeNull();
});

test('a path leads to what stands there, and nowhere else', () => {
  const value = JSON.parse('{"a": {"b": [{"x y": 7}]}, "n": null}');
  expect(readJsonPath(value, ['a', 'b', 0, 'x y'])).toBe(7);
  expect(readJsonPath(value, ['n'])).toBeNull();
  expect(readJsonPath(value, ['a', 'c', 'd'])).toBeUndefined();
  // A component that is removed takes its values along.
  expect(readJsonPath(value, ['n', 'x'])).toBeNull();
  expect(readJsonPath(value, ['a', 'b', 'length'])).toBeUndefined();
});

test('the item of a list is found by one of its fields', () => {
  const value = JSON.parse('{"list": [7, null, {"flag": "A", "value": 1}, {"flag": 2, "value": 2}]}');
  const find = (flag: string) => readJsonPath(value, parseJsonPath(`list[flag="${flag}"].value`) ?? []);
  expect(['A', '2', 'B', 'undefined'].map(find)).toEqual([1, 2, undefined, undefined]);
  expect(readJsonPath({ list: {} }, ['list', { field: 'flag', value: 'A' }])).toBeUndefined();
  expect(readJsonPath([{}], [{ field: 'constructor', value: 'function' }])).toBeUndefined();
});

test('every item of a list with the field is seen', () => {
  const value = JSON.parse(
    '{"a": {"list": [{"of": "x", "is": 1}, {"of": "y", "is": 2}, {"of": "x", "is": 3}]}}',
  );
  const all = (path: string) => readAllJsonPath(value, parseJsonPath(path) ?? []);
  expect(all('a.list[of="x"].is')).toEqual([1, 3]);
  expect(all('a.list[of="z"].is')).toEqual([]);
  expect(all('b.list[of="x"].is')).toEqual([]);
  expect(all('a.list[1].is')).toEqual([2]);
});

test('what objects inherit is not in a message', () => {
  expect(readJsonPath({}, ['constructor'])).toBeUndefined();
  expect(readJsonPath({}, ['__proto__', 'toString'])).toBeUndefined();
  expect(readJsonPath(JSON.parse('{"__proto__": {"x": 1}}'), ['__proto__', 'x'])).toBe(1);
});
