import { describe, expect, test } from 'vitest';
import type { Sequence, SequenceStep } from '../../../gateway/contract/plant.ts';
import { type SequenceLine, sequenceLines, stepUnderWay } from './sequence-steps.ts';

const second = 1_000;
const step = (name: SequenceStep['step'], more: Partial<SequenceStep> = {}): SequenceStep => ({
  ...{ step: name, from: null, by: null, at: null, result: 'waiting' },
  ...more,
});

/** The mains went at 0; moments are in seconds from then on. */
function outage(more: Partial<Sequence> = {}): Sequence {
  return {
    ...{ id: 's', generator: 'gen-1', mains: 'mains-1', state: 'outage', outcome: null },
    ...{ lostAt: 0, returnedAt: null, endedAt: null, lossSeen: true, returnSeen: true },
    steps: [
      step('start', { by: 15 * second, at: 8_400, result: 'done' }),
      step('load', { by: 15 * second }),
      step('carry'),
      step('unload'),
      step('stop'),
    ],
    ...more,
  };
}

const lineOf = (sequence: Sequence, what: SequenceLine['what'], now: number) =>
  sequenceLines(sequence, now).find((line) => line.what === what);

describe('while the mains is out', () => {
  test('the return of the mains stands between carrying the load and giving it back', () => {
    expect(sequenceLines(outage(), second).map(({ what }) => what)).toEqual([
      ...['lost', 'start', 'load', 'carry', 'returned', 'unload', 'stop'],
    ]);
  });

  test('what is done tells how long it took, what is waited for how long already', () => {
    expect(lineOf(outage(), 'start', 11_000)).toMatchObject({ tookMs: 8_400, byMs: 15_000, result: 'done' });
    expect(lineOf(outage(), 'load', 11_000)).toMatchObject({ tookMs: 11_000, byMs: 15_000, at: null });
  });

  test('what comes after the return has no time yet', () => {
    for (const what of ['unload', 'stop'] as const)
      expect(lineOf(outage(), what, 60_000)).toMatchObject({ tookMs: null, byMs: null, fromMs: null });
  });

  test('carrying is timed from the moment at which the load was taken', () => {
    const loaded = outage({
      steps: [step('carry', { from: 12 * second })],
    });
    expect(lineOf(loaded, 'carry', 72 * second)?.tookMs).toBe(60 * second);
  });

  test('it waits for the first step that is missed, else for the first that is to come', () => {
    expect(stepUnderWay(sequenceLines(outage(), second))?.what).toBe('load');
    const missed = outage({
      steps: [step('start', { result: 'missed' }), step('load', { result: 'missed' })],
    });
    expect(stepUnderWay(sequenceLines(missed, second))?.what).toBe('start');
  });
});

describe('after the mains is back', () => {
  const back = outage({
    ...{ state: 'return', returnedAt: 600 * second, returnSeen: false },
    steps: [
      step('start', { by: 15 * second, at: 16_000, result: 'late' }),
      step('unload', { by: 810 * second, at: 640 * second, result: 'done' }),
      step('stop', { from: 750 * second, by: 810 * second }),
    ],
  });

  test('its window is told as it was set: 180 s, 30 s more or less', () => {
    expect(lineOf(back, 'stop', 700 * second)).toMatchObject({
      fromMs: 150_000,
      byMs: 210_000,
      tookMs: 100_000,
    });
  });

  test('a return that nobody saw is told as noticed', () => {
    expect(lineOf(back, 'returned', 700 * second)).toMatchObject({ seen: false, tookMs: 600_000 });
  });

  test('time stands still when the run has ended', () => {
    const ended = { ...back, state: 'ended' as const, endedAt: 820 * second };
    const missed = {
      ...ended,
      steps: [step('stop', { from: 750 * second, by: 810 * second, result: 'missed' as const })],
    };
    expect(lineOf(missed, 'stop', 9_000 * second)?.tookMs).toBe(220_000);
  });

  test('of a watch that ended before the mains was back, the return is not asked', () => {
    expect(lineOf(outage({ state: 'ended', endedAt: 5 * second }), 'returned', 9_000)).toMatchObject({
      result: 'void',
      at: null,
    });
  });
});
