import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeChunk, encodeChunk } from './chunk.ts';

test('a chunk gives back the very same readings, whatever the doubles', () => {
  const value = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 100),
  );
  const row = fc.tuple(fc.integer({ min: 0, max: 4e12 }), value, fc.integer({ min: 0, max: 31 }));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
      const column = {
        at: rows.map(([at]) => at),
        values: rows.map(([, number]) => number),
        flags: rows.map(([, , flag]) => flag),
      };
      const back = decodeChunk(encodeChunk(column));
      expect(back.at).toEqual(column.at);
      expect(back.flags).toEqual(column.flags);
      expect(back.values.every((number, i) => Object.is(number, column.values[i]))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('an hour of a level at one reading a second takes at most 3 bytes a reading', () => {
  const count = 3_600;
  const at = Array.from({ length: count }, (_, i) => 1_790_000_000_000 + i * 1_000 + (i % 3));
  const values = at.map((_, i) => Math.round((2 + Math.sin(i / 200)) * 1_000) / 1_000);
  expect(encodeChunk({ at, values, flags: at.map(() => 0) }).length / count).toBeLessThan(3);
});

test('bytes that are no chunk are refused', () => {
  expect(() => decodeChunk(Buffer.from('not a chunk'))).toThrow();
});
