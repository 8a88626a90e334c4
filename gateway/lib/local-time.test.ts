import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localDate, localEdges, localHour, momentShowing, nextLocal, startOfLocal } from './local-time.ts';

const hour = 3_600_000;
const utc = (text: string) => Date.parse(`${text}Z`);
const iso = (at: number) => new Date(at).toISOString().slice(0, 16);

describe('days of a zone', () => {
  test.each([
    ['Asia/Shanghai', '2026-03-02T08:00', '2026-03-01T16:00', '2026-03-02T16:00'],
    ['Asia/Kolkata', '2026-03-02T18:29', '2026-03-01T18:30', '2026-03-02T18:30'],
    // 29 March 2026 has 23 hours in Berlin, 25 October has 25.
    ['Europe/Berlin', '2026-03-29T12:00', '2026-03-28T23:00', '2026-03-29T22:00'],
    ['Europe/Berlin', '2026-10-25T12:00', '2026-10-24T22:00', '2026-10-25T23:00'],
    // Summer time begins at midnight there: the day begins at one.
    ['Africa/Cairo', '2026-04-24T09:00', '2026-04-23T22:00', '2026-04-24T21:00'],
    // And ends at midnight: 23:00 to 24:00 comes twice, midnight once.
    ['Africa/Cairo', '2026-10-29T09:00', '2026-10-28T21:00', '2026-10-29T22:00'],
    // Midnight comes twice there on 1 November 2026: the day begins with the first.
    ['America/Havana', '2026-11-01T12:00', '2026-11-01T04:00', '2026-11-02T05:00'],
  ])('%s %s lies in the day from %s to %s', (zone, at, start, end) => {
    expect(iso(startOfLocal(zone, 'day', utc(at)))).toBe(start);
    expect(iso(nextLocal(zone, 'day', utc(at)))).toBe(end);
    expect(startOfLocal(zone, 'day', utc(start))).toBe(utc(start));
    expect(startOfLocal(zone, 'day', utc(end) - 1)).toBe(utc(start));
  });
});

test('whatever year a dead clock shows, its moment is found at once, within a day of it', () => {
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'Pacific/Apia'])
    for (const year of [0, 1, 99, 100, 101, 1899, 1969, 1970, 1971, 2099, 9999]) {
      const shown = new Date(0).setUTCFullYear(year, 0, 1);
      expect(Math.abs(momentShowing(zone, shown) - shown), `${zone} ${year}`).toBeLessThanOrEqual(24 * hour);
    }
});

test.each([
  ['Asia/Shanghai', '2026-03-01T02:07', '2026-02-28T18:07'],
  ['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59'],
  ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00'],
  // Left out in spring: the first moment after it.
  ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00'],
  // Shown twice in autumn: the first time.
  ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30'],
  ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00'],
  ['Pacific/Auckland', '2026-04-05T02:30', '2026-04-04T13:30'],
])('the clocks of %s show %s at %s UTC', (zone, shown, at) => {
  expect(iso(momentShowing(zone, utc(shown)))).toBe(at);
});

test('months begin and end at local midnight, over the end of the year', () => {
  const at = utc('2026-12-15T00:00');
  expect(iso(startOfLocal('Asia/Shanghai', 'month', at))).toBe('2026-11-30T16:00');
  expect(iso(nextLocal('Asia/Shanghai', 'month', at))).toBe('2026-12-31T16:00');
});

test('full hours are those of the wall clock, also half an hour beside UTC', () => {
  expect(iso(startOfLocal('Asia/Kolkata', 'hour', utc('2026-03-02T10:29')))).toBe('2026-03-02T09:30');
  expect(iso(nextLocal('Asia/Kolkata', 'hour', utc('2026-03-02T09:30')))).toBe('2026-03-02T10:30');
  expect(localHour('Asia/Kolkata', utc('2026-03-02T10:29'))).toBe(15);
  expect(localDate('Asia/Kolkata', utc('2026-03-02T18:30'))).toBe('2026-03-03');
});

test('the edges of a span are those of all periods that touch it', () => {
  const edges = localEdges('Europe/Berlin', 'day', utc('2026-03-28T12:00'), utc('2026-03-30T01:00'));
  expect(edges.map(iso)).toEqual([
    '2026-03-27T23:00',
    '2026-03-28T23:00',
    '2026-03-29T22:00',
    '2026-03-30T22:00',
  ]);
});

test('in every zone the days follow each other without hole or overlap', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: utc('2020-01-01T00:00'), max: utc('2035-01-01T00:00') }),
      (zone, at) => {
        const start = startOfLocal(zone, 'day', at);
        const end = nextLocal(zone, 'day', at);
        expect(start).toBeLessThanOrEqual(at);
        expect(end).toBeGreaterThan(at);
        expect(end - start).toBeLessThanOrEqual(25 * hour);
        expect(startOfLocal(zone, 'day', end)).toBe(end);
        expect(nextLocal(zone, 'day', start)).toBe(end);
        expect(localDate(zone, start)).toBe(localDate(zone, at));
      },
    ),
    { numRuns: 2_000 },
  );
});
