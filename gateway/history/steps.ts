import type { PointValue, Quality } from '../contract/reading.ts';
import { noNumberBits, qualityOf, qualityRank, unpackValue } from './batch.ts';
import type { Column } from './column.ts';

/** One row of a trend. With a resolution it stands for all readings from `at` on for that long. */
export interface TrendRow {
  at: number;
  value: PointValue;
  quality: Quality;
  min?: number;
  max?: number;
  count?: number;
}

/** What is known of the readings of one step of time: enough to join it with another. */
export interface Step {
  /** Its begin, UTC ms. */
  at: number;
  /** Numbers that are not bad: how many, their sum, the least and the greatest. */
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Of the worst reading, 0 good … 2 bad. */
  rank: number;
  last: PointValue;
}

function emptyStep(at: number): Step {
  return {
    at,
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    rank: 0,
    last: null,
  };
}

function stepAt(steps: Step[], at: number, stepMs: number): Step {
  const start = Math.floor(at / stepMs) * stepMs;
  const newest = steps.at(-1);
  if (newest?.at === start) return newest;
  const step = emptyStep(start);
  steps.push(step);
  return step;
}

/** Adds readings in time order, none older than what the steps hold. */
export function addReadings(steps: Step[], column: Column, stepMs: number): void {
  const { at, values, flags, words } = column;
  for (let i = 0; i < at.length; ) {
    const step = stepAt(steps, at[i] ?? 0, stepMs);
    const end = step.at + stepMs;
    for (; i < at.length && (at[i] ?? 0) < end; i++) {
      const flag = flags[i] ?? 0;
      const rank = qualityRank(flag);
      if (rank > step.rank) step.rank = rank;
      if (flag & noNumberBits || rank === 2) continue;
      const value = values[i] ?? 0;
      step.count++;
      step.sum += value;
      if (value < step.min) step.min = value;
      if (value > step.max) step.max = value;
    }
    step.last = unpackValue(values[i - 1] ?? 0, flags[i - 1] ?? 0, words);
  }
}

/** Adds shorter steps (the hours of a day), in time order, none older than what the steps hold. */
export function addSteps(steps: Step[], shorter: readonly Step[], stepMs: number): void {
  for (const part of shorter) {
    const step = stepAt(steps, part.at, stepMs);
    step.count += part.count;
    step.sum += part.sum;
    step.min = Math.min(step.min, part.min);
    step.max = Math.max(step.max, part.max);
    step.rank = Math.max(step.rank, part.rank);
    step.last = part.last;
  }
}

/** Numbers become the mean of their step, with min, max and count; of other values the last one of the step stands. */
export function rowOfStep({ at, count, sum, min, max, rank, last }: Step): TrendRow {
  const quality = qualityOf(rank);
  return count > 0
    ? { at, value: sum / count, quality, count, min, max }
    : { at, value: last, quality, count: 0 };
}

export function rowsOfColumn(column: Column): TrendRow[] {
  return Array.from(column.at, (at, i): TrendRow => {
    const flag = column.flags[i] ?? 0;
    return {
      at,
      value: unpackValue(column.values[i] ?? 0, flag, column.words),
      quality: qualityOf(qualityRank(flag)),
    };
  });
}
