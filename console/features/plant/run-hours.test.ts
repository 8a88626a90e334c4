import { expect, test } from 'vitest';
import { hoursText, runMsAt } from './run-hours.ts';

test('a machine that runs counts on; one that stands, or that nobody sees, does not', () => {
  expect(runMsAt({ runMs: 1_000, since: 5_000 }, 8_000)).toBe(4_000);
  expect(runMsAt({ runMs: 1_000, since: null }, 8_000)).toBe(1_000);
  // The gateway's clock was set back.
  expect(runMsAt({ runMs: 1_000, since: 5_000 }, 4_000)).toBe(1_000);
});

test('a tenth of an hour is counted when it is full', () => {
  expect([0, 359_999, 360_000, 462_600_000].map(hoursText)).toEqual(['0.0', '0.0', '0.1', '128.5']);
});
