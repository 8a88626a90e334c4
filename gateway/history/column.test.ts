import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textBit, unpackValue } from './batch.ts';
import { between, type Column, GrowingColumn, rowsOf, settle } from './column.ts';

function columnOf(...rows: [at: number, value: number | string][]): Column {
  const growing = new GrowingColumn();
  for (const [at, value] of rows)
    if (typeof value === 'string') growing.add(at, 0, textBit, [value]);
    else growing.add(at, value, 0, []);
  return growing.column();
}

function rowsIn(column: Column): [number, unknown][] {
  return Array.from(column.at, (at, i) => [
    at,
    unpackValue(column.values[i] ?? 0, column.flags[i] ?? 0, column.words),
  ]);
}

test('columns become one in time order, and of an instant that is told again the last word counts', () => {
  const settled = settle([columnOf([30, 3], [10, 1]), columnOf([20, 2], [30, 33], [20, 22])]);
  expect(rowsIn(settled)).toEqual([
    [10, 1],
    [20, 22],
    [30, 33],
  ]);
});

test('texts of several columns keep their words', () => {
  const settled = settle([columnOf([1, 'off'], [2, 'on']), columnOf([3, 'fault'], [4, 'off'], [5, 7])]);
  expect(rowsIn(settled)).toEqual([
    [1, 'off'],
    [2, 'on'],
    [3, 'fault'],
    [4, 'off'],
    [5, 7],
  ]);
  expect(settled.words).toEqual(['off', 'on', 'fault']);
});

test('whatever the order, what is settled is what a map of instants holds', () => {
  const part = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer()), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const expected = new Map(parts.flat());
      const settled = settle(parts.map((rows) => columnOf(...rows)));
      expect(rowsIn(settled)).toEqual([...expected].sort(([a], [b]) => a - b));
    }),
  );
});

test('a span has both its ends', () => {
  const column = settle([columnOf([10, 1], [20, 2], [30, 3], [40, 4])]);
  expect([...between(column, 20, 30).at]).toEqual([20, 30]);
  expect([...between(column, 11, 19).at]).toEqual([]);
  expect([...between(column, 0, 99).at]).toEqual([10, 20, 30, 40]);
  expect([...rowsOf(column, 1, 2).values]).toEqual([2]);
});

test('a view of a growing column does not change when it grows', () => {
  const growing = new GrowingColumn();
  growing.add(1, 1, 0, []);
  const before = growing.column();
  for (let i = 2; i < 100; i++) growing.add(i, i, 0, []);
  expect([...before.at]).toEqual([1]);
  expect(growing.column().at).toHaveLength(99);
});
