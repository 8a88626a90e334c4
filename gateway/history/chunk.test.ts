import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boolBit, nullBit, packValue, textBit, unpackValue, Words } from './batch.ts';
import { decodeChunk, encodeChunk } from './chunk.ts';
import type { Column } from './column.ts';

const single = fc.float({ noNaN: true, noDefaultInfinity: true });
const scaled = fc
  .tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.integer({ min: 0, max: 7 }))
  .map(([whole, decimals]) => whole / 10 ** decimals);

function columnOf(rows: readonly [at: number, value: number, flag: number][], words: string[] = []): Column {
  return {
    at: Float64Array.from(rows, ([at]) => at),
    values: Float64Array.from(rows, ([, value, flag]) => (flag & nullBit ? 0 : value)),
    flags: Uint8Array.from(rows, ([, , flag]) => flag),
    words,
  };
}

test.each([
  ['doubles of any kind', fc.double()],
  ['whole numbers', fc.integer()],
  ['scaled registers', scaled],
  ['32-bit floats', single],
  ['32-bit floats of few decimals', scaled.map(Math.fround)],
  ['whole numbers beyond 2^51', fc.maxSafeInteger()],
  ['zeros of both signs', fc.constantFrom(0, -0)],
  ['all of it', fc.oneof(fc.double(), fc.integer(), scaled, single)],
])('a chunk gives back the very same readings: %s', (_what, value) => {
  const row = fc.tuple(fc.integer({ min: 0, max: 4e12 }), value, fc.integer({ min: 0, max: 31 }));
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 200 }),
      fc.array(fc.string()),
      fc.constantFrom(1, 6),
      (rows, words, effort) => {
        const column = columnOf(rows, words);
        const back = decodeChunk(encodeChunk(column, effort as 1 | 6));
        expect(back.at).toEqual(column.at);
        expect(back.flags).toEqual(column.flags);
        expect(back.words).toEqual(words);
        expect(back.values.findIndex((number, i) => !Object.is(number, column.values[i]))).toBe(-1);
      },
    ),
    { numRuns: 200 },
  );
});

test('a packed value comes back as it was, with its quality; what JSON cannot say is no value', () => {
  const words = new Words();
  const back = (value: Parameters<typeof packValue>[0]) => {
    const [number, flag] = packValue(value, 'uncertain', (text) => words.id(text));
    return { value: unpackValue(number, flag, words.list), rank: flag & 3 };
  };
  for (const value of [1.5, 0, -3, 1e308, true, false, '', '高', 'off', null])
    expect(back(value)).toEqual({ value, rank: 1 });
  expect(Object.is(back(-0).value, 0)).toBe(true);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(back(value).value).toBe(null);
});

/** mulberry32: the same noise in every run. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = noise(1);
const spread = () => random() + random() + random() - 1.5;
test.each<[string, number, (i: number) => [value: number, flag: number]]>([
  ['a level in mm, noisy', 3, (i) => [Math.round((2 + Math.sin(i / 2e3) + spread() / 200) * 1e3) / 1e3, 0]],
  [
    'a level with a bad reading in fifty',
    3,
    (i) => (i % 50 ? [Math.round((2 + spread()) * 100) / 100, 0] : [0, nullBit | 2]),
  ],
  ['a voltage, all 24 bits noise', 3, () => [Math.fround(230 + spread()), 0]],
  ['a power, all 24 bits noise', 3, (i) => [Math.fround(12e3 + 3e3 * Math.sin(i / 800) + spread() * 80), 0]],
  ['an energy register', 1, (i) => [Math.round((123_456 + i * 0.013) * 100) / 100, 0]],
  ['a pump, on and off', 1, (i) => [(i >> 8) & 1, boolBit]],
  ['a state in words', 1, (i) => [(i >> 9) % 3, textBit]],
])('%s, with a clock that trembles, takes at most %d bytes a reading', (_what, bytes, valueAt) => {
  const rows = Array.from({ length: 8_192 }, (_, i): [number, number, number] => [
    1_790_000_000_000 + i * 1_000 + Math.round(random() * 5),
    ...valueAt(i),
  ]);
  expect(encodeChunk(columnOf(rows, ['off', 'on', 'fault']), 6).length / rows.length).toBeLessThan(bytes);
});

test('bytes that are no chunk are refused', () => {
  expect(() => decodeChunk(Buffer.from('not a chunk'))).toThrow();
  const whole = encodeChunk(columnOf([[1, 2, 0]]), 1);
  expect(() => decodeChunk(whole.subarray(0, 3))).toThrow();
});
