import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../contract/snapshot.ts';
import { isWorthAPicture, stepSnapshot, watchMs } from './machine.ts';

const pending: Snapshot = {
  alarm: '01936f2a-0000-7000-8000-000000000001',
  n: 1,
  camera: 'cam-1',
  cameraName: '东墙摄像机',
  askedAt: 1,
  state: 'pending',
  takenAt: null,
  bytes: null,
  sha256: null,
  failure: null,
  error: null,
};
const kept = { type: 'kept', takenAt: 2, bytes: 3, sha256: 'ab' } as const;
const failed = { type: 'failed', failure: 'timeout', error: 'nothing came' } as const;

test('a picture is kept, or has failed with words; the first answer counts', () => {
  const good = stepSnapshot(pending, kept);
  expect(good).toEqual({ ...pending, state: 'kept', takenAt: 2, bytes: 3, sha256: 'ab' });
  const bad = stepSnapshot(pending, failed);
  expect(bad).toEqual({ ...pending, state: 'failed', failure: 'timeout', error: 'nothing came' });
  expect(stepSnapshot(good, failed)).toBe(good);
  expect(stepSnapshot(bad, kept)).toBe(bad);
  const removed = { ...good, state: 'removed' } as const;
  expect(stepSnapshot(removed, kept)).toBe(removed);
});

describe('a picture is taken', () => {
  const alarm = { late: false, state: 'unacknowledged' };
  test.each([
    ['of a new alarm', alarm, 'raised', true],
    ['of one that trips again', alarm, 'retripped', true],
    ['of a momentary one', { ...alarm, state: 'returned' }, 'raised', true],
    ['of one that is told late and still stands', { ...alarm, late: true }, 'raised', true],
    ['not of one that was over before it was told', { late: true, state: 'returned' }, 'raised', false],
    ['not of a shelved one', { ...alarm, shelved: {} }, 'raised', false],
    ['not of a suppressed one', { ...alarm, suppressed: 'x' }, 'raised', false],
    ['not at an acknowledge', alarm, 'acknowledged', false],
  ])('%s', (_, given, cause, taken) => {
    expect(isWorthAPicture(given, cause)).toBe(taken);
  });
});

test('a camera is asked three times within its silence, 90 s unless it says otherwise', () => {
  expect(watchMs({})).toBe(30_000);
  expect(watchMs({ silenceS: 15 })).toBe(5_000);
  expect(watchMs({ silenceS: 'x' })).toBe(30_000);
});
