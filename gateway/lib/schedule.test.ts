import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextStart } from './schedule.ts';

/** All starts in [from, to]. */
function startsOf(pattern: string, zone: string, from: string, to: string): number[] {
  const starts: number[] = [];
  const end = Date.parse(to);
  for (let at = nextStart(pattern, zone, Date.parse(from) - 1); at !== null && at <= end; ) {
    starts.push(at);
    at = nextStart(pattern, zone, at);
  }
  return starts;
}

const utc = (starts: number[]) => starts.map((at) => new Date(at).toISOString().slice(5, 16));

describe('in Berlin, when 02:00–03:00 does not exist', () => {
  const night = ['2026-03-28T20:00Z', '2026-03-29T04:00Z'] as const;
  test.each([
    ['a fixed time in it starts at the first moment after it', '30 2 * * *', ['03-29T01:00']],
    [
      'every second hour leaves none out',
      '0 */2 * * *',
      ['03-28T21:00', '03-28T23:00', '03-29T01:00', '03-29T02:00', '03-29T04:00'],
    ],
    [
      'hours of a night leave none out',
      '15 23,0-4 * * *',
      ['03-28T22:15', '03-28T23:15', '03-29T00:15', '03-29T01:00', '03-29T01:15', '03-29T02:15'],
    ],
    ['several times in it become one', '*/20 2 * * *', ['03-29T01:00']],
    [
      'every hour keeps its distance',
      '0 * * * *',
      [
        '03-28T20:00',
        '03-28T21:00',
        '03-28T22:00',
        '03-28T23:00',
        '03-29T00:00',
        '03-29T01:00',
        '03-29T02:00',
        '03-29T03:00',
        '03-29T04:00',
      ],
    ],
  ])('%s (%s)', (_, pattern, expected) => {
    expect(utc(startsOf(pattern, 'Europe/Berlin', ...night))).toEqual(expected);
  });
});

describe('in Berlin, when 02:00–03:00 happens twice', () => {
  const night = ['2026-10-24T20:00Z', '2026-10-25T04:00Z'] as const;
  test.each([
    ['a fixed time in it starts once, the first time', '30 2 * * *', ['10-25T00:30']],
    [
      'every second hour repeats none',
      '0 */2 * * *',
      ['10-24T20:00', '10-24T22:00', '10-25T00:00', '10-25T03:00'],
    ],
    [
      'hours of a night repeat none',
      '15 23,0-4 * * *',
      ['10-24T21:15', '10-24T22:15', '10-24T23:15', '10-25T00:15', '10-25T02:15', '10-25T03:15'],
    ],
    [
      'every hour keeps its distance',
      '0 * * * *',
      [
        '10-24T20:00',
        '10-24T21:00',
        '10-24T22:00',
        '10-24T23:00',
        '10-25T00:00',
        '10-25T01:00',
        '10-25T02:00',
        '10-25T03:00',
        '10-25T04:00',
      ],
    ],
  ])('%s (%s)', (_, pattern, expected) => {
    expect(utc(startsOf(pattern, 'Europe/Berlin', ...night))).toEqual(expected);
  });
});

test('a change of half an hour, as on Lord Howe, keeps every time once', () => {
  expect(
    startsOf('15 0-5 * * *', 'Australia/Lord_Howe', '2026-10-03T13:00Z', '2026-10-03T18:30Z'),
  ).toHaveLength(6);
  expect(
    startsOf('45 0-5 * * *', 'Australia/Lord_Howe', '2026-04-04T13:00Z', '2026-04-04T19:30Z'),
  ).toHaveLength(6);
});

test('every wall time of a year happens exactly once, in whatever zone', () => {
  const wall = (zone: string) => {
    const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
    return (at: number) => format.format(at);
  };
  const year = ['2026-01-01T12:00Z', '2027-01-01T12:00Z'] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(
        'Europe/Berlin',
        'America/New_York',
        'Asia/Shanghai',
        'America/Santiago',
        'Africa/Cairo',
      ),
      fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 59 }),
      (zone, hours, minute) => {
        const starts = startsOf(`${minute} ${hours.join(',')} * * *`, zone, ...year);
        const show = wall(zone);
        const shown = starts.map(show);
        expect(new Set(shown).size).toBe(starts.length);
        // A year of days, less those few whose time moved onto another one of the same plan.
        expect(starts.length).toBeGreaterThanOrEqual(hours.length * 365 - 1);
        expect(starts.length).toBeLessThanOrEqual(hours.length * 365 + 1);
        const moved = shown.filter(
          (text) => !hours.includes(Number(text.slice(11, 13))) || Number(text.slice(14)) !== minute,
        );
        expect(moved.length).toBeLessThanOrEqual(hours.length);
      },
    ),
    { numRuns: 12 },
  );
});

test.each(['61 * * * *', '0 25 * * *', 'nonsense', '', '0 5-3 * * *', '0 0 31 2 *', '0 0-30/2 * * *'])(
  'the pattern "%s" has no next start',
  (pattern) => {
    expect(nextStart(pattern, 'Asia/Shanghai', 0)).toBeNull();
  },
);

test('an unknown time zone has no next start', () => {
  expect(nextStart('0 2 * * *', 'Mars/Olympus', 0)).toBeNull();
});
