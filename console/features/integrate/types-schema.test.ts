import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { factsOf, insertKey, keysAt, offsetOf, pathAt, type SchemaNode, schemaAt } from './types-schema.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/schemas/device-type.schema.json', import.meta.url), 'utf8'),
) as SchemaNode;

/** The text with `|` where the cursor is. */
function pathOf(marked: string): string[] {
  return pathAt(marked.replace('|', ''), marked.indexOf('|'));
}

test.each([
  ['ki|', []],
  ['kind: ta|', ['kind']],
  ['label: { zh: 水箱, en|', ['label']],
  ['label: { zh: 水箱, en: T|', ['label', 'en']],
  ['points:\n  level:\n    modbus: { function: 3, address: |', ['points', 'level', 'modbus', 'address']],
  ['points:\n  level: { modbus: { function: 4 }, sc|', ['points', 'level']],
  ['points:\n  level: { modbus: { function: 4, |', ['points', 'level', 'modbus']],
  ['points:\n  level:\n    |', ['points', 'level']],
  ['points:\n  level:\n    scale: 1\n|', []],
  ['edges:\n  - { point: full, becomes: true }\n  - point: x\n    |', ['edges', '-']],
  ['edges:\n- point: x\n  becomes: |', ['edges', '-', 'becomes']],
  ['edges:\n  - { point: full, becomes: |', ['edges', '-', 'becomes']],
  ['kind: tank\nedges:\n  - point: x\nli|', []],
  ['alarms:\n  low:\n    on: { rule: below }\n    title: { zh: |', ['alarms', 'low', 'title', 'zh']],
])('the cursor in %j stands at %j', (marked, path) => {
  expect(pathOf(marked)).toEqual(path);
});

test('what may stand at a place, and what it may be, is told by the published schema', () => {
  expect(keysAt(schema, [])).toContain('points');
  expect(keysAt(schema, ['points', 'level'])).toEqual(
    expect.arrayContaining(['modbus', 'json', 'scale', 'value']),
  );
  expect(keysAt(schema, ['points', 'level', 'modbus'])).toEqual(
    expect.arrayContaining(['function', 'address', 'type', 'order']),
  );
  expect(factsOf(schemaAt(schema, ['points', 'level', 'modbus', 'order'])).values).toEqual([
    'ABCD',
    'CDAB',
    'BADC',
    'DCBA',
  ]);
  expect(factsOf(schemaAt(schema, ['pollMs']))).toMatchObject({ preset: '1000', range: '50…3600000' });
  expect(schemaAt(schema, ['nonsense'])).toEqual([]);
});

test('a key goes where the cursor is, or below its line', () => {
  expect(insertKey('points:', 7, 'level').text).toBe('points:\n  level: ');
  expect(insertKey('kind: tank\nlink: native', 3, 'maker').text).toBe('kind: tank\nmaker: \nlink: native');
  expect(insertKey('a: {  }', 4, 'b').text).toBe('a: {b:   }');
  expect(insertKey('x: 1\n\n', 5, 'y')).toEqual({ text: 'x: 1\ny: \n', offset: 8 });
});

test('a line and column are a place in the text, and what lies beyond its end is its end', () => {
  expect(offsetOf('ab\ncd', 2, 2)).toBe(4);
  expect(offsetOf('ab\ncd', 1, 99)).toBe(2);
  expect(offsetOf('ab\ncd', 9, 1)).toBe(5);
});
