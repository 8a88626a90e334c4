import { describe, expect, test } from 'vitest';
import type { CheckResult, Round } from '../../../gateway/contract/patrol.ts';
import type { Spot } from '../../components/plan/geometry.ts';
import { replayMoment, replaySpan, replaySteps, resultAt, whereAt } from './replay.ts';

const min = 60_000;
const check = (dueMin: number, atMin: number | null, result: CheckResult = 'normal') => ({
  ...{ checkpoint: `c${dueMin}`, dueAt: dueMin * min, at: atMin === null ? null : atMin * min, result },
  ...{ guard: null, reader: null, lateEvidence: false },
});
const round = (checks: ReturnType<typeof check>[], state: Round['state'] = 'done') => ({
  ...{ state, startsAt: 0, checks },
});

describe('what there is to replay', () => {
  test.each([
    ['from the start to the last check-in', round([check(0, 1), check(10, 12)]), 0, 12],
    ['from a check-in before the start', round([check(0, -2), check(10, 9)]), -2, 10],
    ['to what was due last, though nobody came', round([check(0, 1), check(10, null, 'missed')]), 0, 10],
  ])('%s', (_, walked, from, to) => {
    expect(replaySpan(walked)).toEqual({ from: from * min, to: to * min });
  });

  test('nothing while it is under way, and nothing that nobody walked', () => {
    expect(replaySpan(round([check(0, 1)], 'running'))).toBeNull();
    expect(replaySpan(round([check(0, null, 'missed')], 'missed'))).toBeNull();
  });

  test('its steps begin and end where it does', () => {
    const span = { from: 1_000, to: 1_000 + 50 * min };
    expect([0, replaySteps / 2, replaySteps].map((step) => replayMoment(span, step) - 1_000)).toEqual([
      0,
      25 * min,
      50 * min,
    ]);
  });
});

test('a check is pending until somebody came; a missed one until it was due', () => {
  const late = check(10, 14, 'late');
  const missed = check(20, null, 'missed');
  const seen = (at: number) => [resultAt(late, at * min), resultAt(missed, at * min)];
  expect([9, 10, 13, 14, 20].map(seen)).toEqual([
    ['pending', 'pending'],
    ['pending', 'pending'],
    ['pending', 'pending'],
    ['late', 'pending'],
    ['late', 'missed'],
  ]);
});

test('a guard stands where he checked in, and between two check-ins on the straight line', () => {
  const stop = (n: number, at: Spot, atMin: number) => ({ n, at, check: { at: atMin * min } });
  const walked = [stop(1, [0, 0], 2), stop(3, [100, 50], 6), stop(2, [100, 90], 6), stop(4, [0, 90], 8)];
  const seen = (at: number) => {
    const where = whereAt(walked, at * min);
    return where && [where.spot, where.last.n, where.next?.n ?? null];
  };
  expect(seen(1)).toBeNull();
  expect(seen(2)).toEqual([[0, 0], 1, 3]);
  expect(seen(3)).toEqual([[25, 12.5], 1, 3]);
  expect(seen(6)).toEqual([[100, 90], 2, 4]);
  expect(seen(7)).toEqual([[50, 90], 2, 4]);
  expect(seen(9)).toEqual([[0, 90], 4, null]);
});
