import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PointValue, Quality } from '../contract/reading.ts';
import { packValue, Words } from './batch.ts';
import type { Column } from './column.ts';
import { decodeHours, encodeHours, hourMs, hoursOf, joinHours } from './hours.ts';
import { addReadings, addSteps, rowOfStep, type Step } from './steps.ts';

type Row = [at: number, value: PointValue, quality?: Quality];

function columnOf(rows: readonly Row[]): Column {
  const words = new Words();
  const packed = rows.map(([, value, quality = 'good']) =>
    packValue(value, quality, (text) => words.id(text)),
  );
  return {
    at: Float64Array.from(rows, ([at]) => at),
    values: Float64Array.from(packed, ([value]) => value),
    flags: Uint8Array.from(packed, ([, flag]) => flag),
    words: words.list,
  };
}

function stepsOf(rows: readonly Row[], stepMs: number): Step[] {
  const steps: Step[] = [];
  addReadings(steps, columnOf(rows), stepMs);
  return steps;
}

const rowsOf = (rows: readonly Row[], stepMs: number) => stepsOf(rows, stepMs).map(rowOfStep);

test('a resolution gives mean, min, max and count of each step, and the worst quality', () => {
  expect(
    rowsOf(
      [
        [0, 1],
        [400, 3],
        [1_100, 5, 'uncertain'],
        [1_200, 5],
      ],
      1_000,
    ),
  ).toEqual([
    { at: 0, value: 2, quality: 'good', count: 2, min: 1, max: 3 },
    { at: 1_000, value: 5, quality: 'uncertain', count: 2, min: 5, max: 5 },
  ]);
});

test('of a state the last one of the step stands; what is bad or missing is not averaged, and seen by its quality', () => {
  expect(
    rowsOf(
      [
        [0, 'off'],
        [500, 'on'],
        [1_000, true],
      ],
      1_000,
    ),
  ).toEqual([
    { at: 0, value: 'on', quality: 'good', count: 0 },
    { at: 1_000, value: true, quality: 'good', count: 0 },
  ]);
  expect(
    rowsOf(
      [
        [0, 2],
        [500, 999, 'bad'],
        [600, null, 'bad'],
      ],
      1_000,
    ),
  ).toEqual([{ at: 0, value: 2, quality: 'bad', count: 1, min: 2, max: 2 }]);
  expect(rowsOf([[0, null, 'bad']], 1_000)).toEqual([{ at: 0, value: null, quality: 'bad', count: 0 }]);
});

test('readings that come in two parts give the steps of the whole', () => {
  const steps = stepsOf(
    [
      [0, 1],
      [400, 3],
    ],
    1_000,
  );
  addReadings(
    steps,
    columnOf([
      [600, 8],
      [1_000, 5],
    ]),
    1_000,
  );
  expect(steps.map(rowOfStep)).toEqual(
    rowsOf(
      [
        [0, 1],
        [400, 3],
        [600, 8],
        [1_000, 5],
      ],
      1_000,
    ),
  );
});

const quality = fc.constantFrom<Quality>('good', 'uncertain', 'bad');
const value = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.boolean(),
  fc.constantFrom('on', 'off'),
  fc.constant(null),
);
const day = 20_000 * 24 * hourMs;
const rowsOfDay = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 24 * hourMs - 1 }), value, quality), {
    selector: ([at]) => at,
    maxLength: 60,
  })
  .map((rows) => rows.sort(([a], [b]) => a - b).map(([at, ...rest]): Row => [day + at, ...rest]));

/** The mean of means differs from the mean in its last digit. */
function rounded(steps: readonly Step[]) {
  return steps.map(rowOfStep).map((row) => ({
    ...row,
    value: typeof row.value === 'number' ? Math.round(row.value * 1e6) / 1e6 : row.value,
  }));
}

test('roll-ups by the hour, written and read again, give the longer steps that the readings give', () => {
  fc.assert(
    fc.property(rowsOfDay, fc.constantFrom(1, 3, 24), (rows, hours) => {
      const back = decodeHours(day, encodeHours(day, hoursOf(columnOf(rows))));
      const steps: Step[] = [];
      addSteps(steps, back, hours * hourMs);
      expect(rounded(steps)).toEqual(rounded(stepsOf(rows, hours * hourMs)));
    }),
  );
});

test('late readings join the hours of which the readings are gone', () => {
  const numbers = fc.array(fc.tuple(fc.nat(24 * hourMs - 1), fc.nat(99)), { maxLength: 30 });
  fc.assert(
    fc.property(numbers, numbers, (before, late) => {
      const rows = (some: typeof before) =>
        [...some].sort(([a], [b]) => a - b).map(([at, number]): Row => [day + at, number]);
      const joined = joinHours(hoursOf(columnOf(rows(before))), hoursOf(columnOf(rows(late))));
      expect(rounded(joined)).toEqual(rounded(hoursOf(columnOf(rows([...before, ...late])))));
    }),
  );
});

test('bytes that are no roll-up are refused', () => {
  expect(() => decodeHours(0, Buffer.from([9, 1, 2]))).toThrow(/version 9/);
  expect(() => decodeHours(0, encodeHours(0, stepsOf([[5, 1]], hourMs)).subarray(0, 6))).toThrow();
});
