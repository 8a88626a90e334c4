import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexToBytes } from '../bytes.ts';
import { decodeMilesight } from './codec.ts';

const read = (hex: string) => decodeMilesight(hexToBytes(hex) ?? new Uint8Array());

test('values stand under their channel and type, each read as its type says', () => {
  expect(read('01755C 0367DBFF 046865 050000 0973 6627 0377 0F01')).toEqual({
    values: { '01 75': 92, '03 67': -3.7, '04 68': 50.5, '05 00': 0, '09 73': 1008.6, '03 77': 271 },
    problem: null,
  });
});

test('a level that was not measured is none', () => {
  expect(read('0377FFFF').values).toEqual({ '03 77': null });
  expect(read('0377FDFF').values).toEqual({ '03 77': null });
  expect(read('0377FCFF').values).toEqual({ '03 77': 0xfffc });
});

test.each([
  ['what follows something unknown is not guessed at', '017564 03DD 0367EA00', 'channel and type 03 DD'],
  ['a value that is cut short is not made up', '017564 0367EA', '03 67 is cut short'],
  ['nor is a lonely byte', '017564 03', 'is cut short'],
])('%s', (_, hex, words) => {
  const { values, problem } = read(hex);
  expect(values).toEqual({ '01 75': 100 });
  expect(problem).toContain(words);
});

test.each(['017564 20CE9E74466310015D', '017564 FE020A00'])(
  '%s: what was stored, and answers to settings, say nothing of now and are no fault',
  (hex) => {
    expect(read(hex)).toEqual({ values: { '01 75': 100 }, problem: null });
  },
);

test('any bytes are read to their end or have a reason why not; nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const { values, problem } = decodeMilesight(bytes);
      for (const value of Object.values(values)) expect(value).not.toBeNaN();
      const left = bytes.length - 3 * Object.keys(values).length;
      // Every value takes three bytes or more, so what is left over without a reason was stored values or answers.
      if (problem === null && left < 0) throw new Error('more was read than was there');
    }),
    { numRuns: 20_000 },
  );
});
