import { expect, test } from 'vitest';
import type { OwnTime } from '../contract/device-type.ts';
import { compileOwnTime, compileTimeFormat } from './own-time.ts';

const at = Date.UTC(2021, 5, 16, 7, 16, 17);
const pigeon: OwnTime = { json: 'time', unit: 'ms', format: 'HH:mm:ss MM/DD/YYYY UTC' };

test.each<[OwnTime, unknown, number | null]>([
  ['at', at, at],
  ['at', '2021-06-16T07:16:17Z', at],
  ['at', '2021-06-16T15:16:17+08:00', at],
  ['at', '2021-06-16T07:16:17', null],
  ['at', 'yesterday', null],
  ['at', null, null],
  [{ json: 'ts', unit: 's' }, at / 1_000 + 0.25, at + 250],
  [{ json: 'ts', unit: 's' }, Number.NaN, null],
  [pigeon, '07:16:17 06/16/2021 UTC', at],
  [pigeon, '07:16:17 06/16/2021', null],
  [pigeon, '07:16:17 13/16/2021 UTC', null],
  [pigeon, '2021-06-16T07:16:17Z', null],
])('%j reads %j as %j', (source, raw, expected) => {
  expect(compileOwnTime(source)(raw)).toBe(expected);
});

test.each(['HH:mm:ss', 'HH:mm:ss MM/DD/YYYY YYYY', ''])(
  '%j is no format: a field is missing or twice',
  (format) => {
    expect(compileTimeFormat(format)).toBeNull();
  },
);

test('what a format has beside its fields stands for itself', () => {
  expect(compileTimeFormat('YYYY.MM.DD (HH:mm:ss)')?.('2021.06.16 (07:16:17)')).toBe(at);
  expect(compileTimeFormat('YYYY.MM.DD (HH:mm:ss)')?.('2021-06-16 (07:16:17)')).toBeNull();
});
