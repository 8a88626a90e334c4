import { describe, expect, test } from 'vitest';
import type { ScheduleView } from '../../../gateway/contract/plant.ts';
import { nextIsOn, placeIn, type Seen, seenStretches } from './day-bar.ts';

const seen = (at: number, value: Seen['value'], quality: Seen['quality'] = 'good'): Seen => ({
  ...{ at, value, quality },
});

describe('what a device was', () => {
  test('the last word of the day before tells how the day began', () => {
    expect(seenStretches([seen(10, false), seen(50, true), seen(130, false)], 100, 200)).toEqual({
      on: [{ from: 100, to: 130 }],
      unknown: [],
    });
  });

  test('before the first word nobody knows, and the last holds until now', () => {
    expect(seenStretches([seen(120, true)], 100, 200)).toEqual({
      on: [{ from: 120, to: 200 }],
      unknown: [{ from: 100, to: 120 }],
    });
    expect(seenStretches([], 100, 200)).toEqual({ on: [], unknown: [{ from: 100, to: 200 }] });
  });

  test('repeated words make one stretch; a bad value breaks it', () => {
    const rows = [seen(100, true), seen(110, true), seen(120, true, 'bad'), seen(140, null), seen(150, true)];
    expect(seenStretches(rows, 100, 160)).toEqual({
      on: [
        { from: 100, to: 120 },
        { from: 150, to: 160 },
      ],
      unknown: [{ from: 120, to: 150 }],
    });
  });

  test('what is dated later than now is not drawn', () => {
    expect(seenStretches([seen(90, false), seen(180, true)], 100, 150)).toEqual({ on: [], unknown: [] });
  });
});

test('a moment stands within its day, and never beside it', () => {
  const day = { from: 1_000, to: 2_000 };
  expect([500, 1_000, 1_250, 2_000, 9_000].map((at) => placeIn(day, at))).toEqual([0, 0, 0.25, 1, 1]);
});

describe('the next switching', () => {
  const plan = (nextAt: number | null, today: ScheduleView['today']) => ({
    today,
    state: { id: 'p', wanted: null, since: null, nextAt, dark: null, devices: [] },
  });

  test('is to what the clock does not want now', () => {
    const today = [{ from: 100, to: 200 }];
    expect(nextIsOn(plan(100, today), 50)).toBe(true);
    expect(nextIsOn(plan(200, today), 100)).toBe(false);
    expect(nextIsOn(plan(900, today), 200)).toBe(true);
  });

  test('is not told where none is in sight', () => {
    expect(nextIsOn(plan(null, []), 50)).toBe(null);
    expect(nextIsOn({ today: [], state: null }, 50)).toBe(null);
  });
});
