import { expect, test } from 'vitest';
import { driftSeconds, readOutOf, textOf } from './read-out.ts';

const bytesOf = (...bytes: number[]) => new Uint8Array(bytes).buffer;

test('a file that a Windows program wrote is read in its own encoding', () => {
  // 卡号 in GB18030, then in UTF-8.
  expect(textOf(bytesOf(0xbf, 0xa8, 0xba, 0xc5))).toBe('卡号');
  expect(textOf(new TextEncoder().encode('卡号').buffer)).toBe('卡号');
});

test('an object in JSON is a batch, everything else a CSV file', () => {
  const file = (text: string) => readOutOf('night', new TextEncoder().encode(text).buffer);
  expect(file('{"records": []}').batch).toEqual({ records: [] });
  for (const text of ['tag,time\n1,2\n', '[]', '"tag"', '12', '{"records": ['])
    expect(file(text).batch).toBeNull();
});

test.each([
  [null, null],
  [450_400, 450],
  [-90_000, -90],
])('a drift of %s ms is %s s', (driftMs, seconds) => {
  expect(driftSeconds({ driftMs })).toBe(seconds);
});
