import { describe, expect, test } from 'vitest';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Round } from '../../../gateway/contract/patrol.ts';
import {
  alarmOf,
  boardsOf,
  type Check,
  countResults,
  deviationMs,
  isOverdue,
  missedAlarms,
} from './round-board.ts';

const check = (checkpoint: string, more: Partial<Check> = {}): Check => ({
  checkpoint,
  dueAt: 0,
  result: 'pending',
  at: null,
  guard: null,
  reader: null,
  lateEvidence: false,
  ...more,
});
const round = (id: string, startsAt: number, checks: Check[], route = 'night'): Round => ({
  id,
  plan: 'p',
  route,
  name: 'n',
  state: 'running',
  startsAt,
  endsAt: startsAt + 900_000,
  checks: checks.map((each, i) => ({ ...each, dueAt: startsAt + i * 120_000 })),
  note: null,
});

describe('the live board', () => {
  const ab = [check('a'), check('b')];

  test('rounds of a route stand under each other, the newest first', () => {
    const [board, ...more] = boardsOf([round('1', 0, ab), round('2', 900_000, ab)]);
    expect(more).toEqual([]);
    expect(board?.rounds.map(({ id }) => id)).toEqual(['2', '1']);
    expect(board?.checkpoints).toEqual([
      { checkpoint: 'a', dueMin: 0 },
      { checkpoint: 'b', dueMin: 2 },
    ]);
  });

  test('stops may be half a minute apart', () => {
    const half = round('1', 0, ab);
    const [first] = half.checks;
    if (first !== undefined) first.dueAt = 30_000;
    expect(boardsOf([half])[0]?.checkpoints[0]?.dueMin).toBe(0.5);
  });

  test('a route that has been changed meanwhile starts a board of its own', () => {
    const boards = boardsOf([
      round('1', 0, ab),
      round('2', 900_000, [check('b'), check('a')]),
      round('3', 1, ab, 'day'),
    ]);
    expect(boards.map(({ route, rounds }) => [route, rounds.length])).toEqual([
      ['night', 1],
      ['day', 1],
      ['night', 1],
    ]);
  });

  test('a checkpoint that stands in a route twice has two columns', () => {
    const [board] = boardsOf([round('1', 0, [check('a'), check('b'), check('a')])]);
    expect(board?.checkpoints.map(({ checkpoint }) => checkpoint)).toEqual(['a', 'b', 'a']);
  });
});

test('only what nobody has proved can be overdue, and only beyond the tolerance', () => {
  expect(isOverdue(check('a', { dueAt: 100 }), 50, 150)).toBe(false);
  expect(isOverdue(check('a', { dueAt: 100 }), 50, 151)).toBe(true);
  expect(isOverdue(check('a', { dueAt: 100, result: 'late', at: 400 }), 50, 999)).toBe(false);
});

test('results are counted', () => {
  const counts = countResults([
    check('a'),
    check('b', { result: 'missed' }),
    check('c', { result: 'missed' }),
  ]);
  expect(counts).toMatchObject({ pending: 1, missed: 2, normal: 0 });
});

test('a visit is off by how much it came before or after its time', () => {
  expect(deviationMs(check('a', { dueAt: 100, at: 40 }))).toBe(-60);
  expect(deviationMs(check('a'))).toBeNull();
});

describe('the colour of a missed checkpoint', () => {
  const alarm = (more: Partial<Alarm>) =>
    ({ category: 'patrol', instance: 'a', state: 'unacknowledged', raisedAt: 1_000_000, ...more }) as Alarm;
  const missed = check('a', { result: 'missed' });

  test('is that of its open alarm', () => {
    const alarms = missedAlarms([
      alarm({}),
      alarm({ instance: 'b', state: 'closed' }),
      alarm({ instance: undefined }),
    ]);
    expect([...alarms.keys()]).toEqual(['a']);
    expect(alarmOf(missed, { endsAt: 1_000_000 }, alarms)).toBeDefined();
    expect(alarmOf(check('a'), { endsAt: 1_000_000 }, alarms)).toBeUndefined();
  });

  test('is not given to a round that was over before the alarm rose', () => {
    expect(alarmOf(missed, { endsAt: 100_000 }, missedAlarms([alarm({})]))).toBeUndefined();
  });

  test('stays with later rounds that missed it again while the alarm stands', () => {
    expect(alarmOf(missed, { endsAt: 9_000_000 }, missedAlarms([alarm({})]))).toBeDefined();
  });

  test('is none for an alarm of something else', () => {
    expect(missedAlarms([alarm({ category: 'perimeter' })]).size).toBe(0);
  });
});
