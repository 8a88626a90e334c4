import { describe, expect, test } from 'vitest';
import type { PointDefinition } from '../../../gateway/contract/kind.ts';
import type { PointValue, Quality } from '../../../gateway/contract/reading.ts';
import { extremes, type HistoryRow, heightSpan, lonelyPlaces, markSteps, trendData } from './trend-data.ts';

const label = { zh: '一', en: 'one' };
const level: PointDefinition = { label, type: 'number', unit: 'm' };
const running: PointDefinition = { label, type: 'bool' };
const line: PointDefinition = { label, type: 'enum', values: { normal: label, short: label, open: label } };
const row = (at: number, value: PointValue, quality: Quality = 'good'): HistoryRow => ({
  at,
  value,
  quality,
});
const options = { stepMs: 10, until: 1_000 };

describe('the curve of a number', () => {
  test('breaks where readings are missing', () => {
    const data = trendData([row(0, 1), row(10, 2), row(50, 3)], level, options);
    expect(data.at).toEqual([0, 10, 20, 50]);
    expect(data.value).toEqual([1, 2, null, 3]);
  });

  test('breaks where they are bad, and is drawn where they are uncertain', () => {
    expect(trendData([row(0, 1), row(10, 2, 'bad'), row(20, 3, 'uncertain')], level, options).value).toEqual([
      1,
      null,
      3,
    ]);
  });

  test('ends with its last reading', () => {
    expect(trendData([row(0, 1)], level, options).at).toEqual([0]);
  });

  test('carries the lowest and highest of each step', () => {
    const data = trendData([{ ...row(0, 2), min: 1, max: 5 }, row(10, 3)], level, options);
    expect(data.low).toEqual([1, 3]);
    expect(data.high).toEqual([5, 3]);
    expect(extremes(data)).toEqual({ low: 1, high: 5, newest: 3 });
  });

  test('never goes back in time', () => {
    expect(trendData([row(10, 1), row(10, 2), row(5, 3)], level, options).at).toEqual([10]);
  });
});

describe('the course of a state', () => {
  test('holds until the next one, and the last one until now', () => {
    const data = trendData([row(0, true), row(500, false)], running, options);
    expect(data.at).toEqual([0, 500, 1_000]);
    expect(data.value).toEqual([1, 0, 0]);
  });

  test('a word stands at its place among the words of the point', () => {
    expect(trendData([row(0, 'open'), row(1, 'unheard of')], line, { stepMs: 10, until: 1 }).value).toEqual([
      2,
      null,
    ]);
  });
});

test('values with nothing known on either side are told apart, so that a slow device has dots where it has no line', () => {
  expect(lonelyPlaces([1, null, 2, 3, null, 0, null, 4])).toEqual([0, 5, 7]);
  expect(lonelyPlaces([])).toEqual([]);
  const slow = trendData([row(0, 1), row(100, 2), row(200, 3)], level, options);
  expect(lonelyPlaces(slow.value).map((place) => slow.value[place])).toEqual([1, 2, 3]);
});

describe('the span of the y axis', () => {
  const data = trendData([row(0, 1), row(10, 2)], level, options);

  test('takes in a limit that is near, and not one that would press the curve flat', () => {
    const [low, high] = heightSpan(data, [2.5, 90], level);
    expect(high).toBeGreaterThan(2.5);
    expect(high).toBeLessThan(3);
    expect(low).toBeLessThan(1);
  });

  test('of a state is that of its words', () => {
    expect(heightSpan(data, [], running)).toEqual([-0.1, 1.1]);
    expect(heightSpan(data, [], line)).toEqual([-0.2, 2.2]);
  });

  test('of a number that stands still has room for a mark above and below, and no two marks read the same', () => {
    const percent: PointDefinition = { ...level, decimals: 0 };
    const [low, high] = heightSpan(trendData([row(0, 82), row(10, 82)], percent, options), [], percent);
    expect([low, high]).toEqual([81, 83]);
    for (const step of markSteps(percent)) expect(step.toFixed(0)).not.toBe('0');
    expect(markSteps(level)[0]).toBeCloseTo(0.01);
  });

  test('of nothing is not empty', () => {
    expect(heightSpan(trendData([], level, options), [], level)).toEqual([0, 1]);
    const [low, high] = heightSpan(trendData([row(0, 0)], level, options), [], level);
    expect(high).toBeGreaterThan(low);
  });
});
