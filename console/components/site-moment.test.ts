import fc from 'fast-check';
import { expect, test } from 'vitest';
import { momentOf } from './site-moment.ts';

test.each([
  ['2026-11-22T08:30', 'Asia/Shanghai', '2026-11-22T00:30:00Z'],
  ['2026-11-22', 'Asia/Shanghai', '2026-11-21T16:00:00Z'],
  ['2026-07-01T12:00', 'Europe/Berlin', '2026-07-01T10:00:00Z'],
  ['2026-12-01T12:00', 'Europe/Berlin', '2026-12-01T11:00:00Z'],
  ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
  ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00Z'],
  ['2026-01-31T23:59:58', 'America/New_York', '2026-02-01T04:59:58Z'],
])('%s in %s is %s', (text, zone, moment) => {
  expect(momentOf(text, zone)).toBe(Date.parse(moment));
});

test.each(['', 'soon', '2026-13-01', '2026-11-22T25:00'])('"%s" is no time', (text) => {
  expect(momentOf(text, 'Asia/Shanghai')).toBeUndefined();
});

test('whatever the clocks of a site show leads back to its moment, except in the hour that comes twice', () => {
  const shows = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }), (any) => {
      const ms = Math.floor(any / 1_000) * 1_000;
      const found = momentOf(shows.format(ms).replace(' ', 'T'), 'Europe/Berlin');
      expect(found).toBeDefined();
      expect(Math.abs((found ?? 0) - ms) % 3_600_000).toBe(0);
      expect(shows.format(found)).toBe(shows.format(ms));
    }),
  );
});
