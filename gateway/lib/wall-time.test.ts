import { expect, test } from 'vitest';
import { utcOfWall } from './wall-time.ts';

const at = (text: string) => Date.parse(`${text}Z`);

test.each([
  ['Asia/Shanghai', '2026-03-01T02:07:30', '2026-02-28T18:07:30'],
  ['UTC', '2026-03-01T02:07:30', '2026-03-01T02:07:30'],
  ['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59'],
  ['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00'],
  // Left out in spring: as far after the leap as it stands after its beginning.
  ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
  // Shown twice in autumn: the first time.
  ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00'],
  ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00'],
  ['Asia/Kathmandu', '2026-03-01T00:00:00', '2026-02-28T18:15:00'],
  ['Pacific/Auckland', '2026-04-05T02:30:00', '2026-04-04T13:30:00'],
])('the clocks of %s show %s at %s UTC', (zone, wall, utc) => {
  expect(new Date(utcOfWall(at(wall), zone)).toISOString().slice(0, 19)).toBe(utc);
});
