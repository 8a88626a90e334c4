import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeRegisters,
  encodeRegisters,
  type RegisterFormat,
  registerBytes,
  registerCount,
} from './registers.ts';

const orders = fc.constantFrom('ABCD' as const, 'CDAB' as const, 'BADC' as const, 'DCBA' as const);
const numbers: [RegisterFormat['type'], fc.Arbitrary<number>][] = [
  ['int16', fc.integer({ min: -32_768, max: 32_767 })],
  ['uint16', fc.integer({ min: 0, max: 65_535 })],
  ['int32', fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })],
  ['uint32', fc.integer({ min: 0, max: 4_294_967_295 })],
  ['int64', fc.maxSafeInteger()],
  ['uint64', fc.maxSafeNat()],
  ['float64', fc.double({ noNaN: true, noDefaultInfinity: true })],
  ['bcd16', fc.integer({ min: 0, max: 9_999 })],
  ['bcd32', fc.integer({ min: 0, max: 99_999_999 })],
  ['bcd64', fc.integer({ min: 0, max: 999_999_999_999 })],
];

test.each(numbers)('every %s comes back from its registers in every order', (type, values) => {
  fc.assert(
    fc.property(values, orders, (value, order) => {
      const registers = encodeRegisters(value, { type, order });
      expect(registers.length).toBe(registerCount({ type }));
      const back = decodeRegisters(registerBytes(registers), { type, order });
      expect(back.ok && back.value).toBe(value + 0);
    }),
  );
});

test('a float32 comes back as the shortest decimal that is the same float', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), orders, (value, order) => {
      const back = decodeRegisters(registerBytes(encodeRegisters(value, { type: 'float32', order })), {
        type: 'float32',
        order,
      });
      expect(back.ok && Math.fround(Number(back.value))).toBe(Math.fround(value) + 0);
    }),
  );
  const back = decodeRegisters(registerBytes(encodeRegisters(230.2, { type: 'float32' })), {
    type: 'float32',
  });
  expect(back).toEqual({ ok: true, value: 230.2 });
});

test('a text comes back from its registers in either byte order', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{0,12}$/), orders, (text, order) => {
      const format = { type: 'ascii' as const, length: 6, order };
      expect(decodeRegisters(registerBytes(encodeRegisters(text, format)), format)).toEqual({
        ok: true,
        value: text,
      });
    }),
  );
});

test('the four orders of one value are four different wires', () => {
  const wires = (['ABCD', 'CDAB', 'BADC', 'DCBA'] as const).map((order) =>
    encodeRegisters(0x12345678, { type: 'uint32', order })
      .map((word) => word.toString(16))
      .join(' '),
  );
  expect(wires).toEqual(['1234 5678', '5678 1234', '3412 7856', '7856 3412']);
});

test.each<[string, number, RegisterFormat['type']]>([
  ['too large', 65_536, 'uint16'],
  ['negative', -1, 'uint32'],
  ['too small', -32_769, 'int16'],
  ['a fraction', 1.5, 'uint16'],
  ['five digits', 10_000, 'bcd16'],
  ['not a number', Number.NaN, 'int16'],
  ['half a register', 1, 'uint8'],
])('a value that is %s is not written', (_, value, type) => {
  expect(() => encodeRegisters(value, { type })).toThrow(RangeError);
});

test('bytes that end before the value does are an error, never a value', () => {
  for (const type of ['uint16', 'int32', 'float64', 'ascii', 'bcd32'] as const) {
    const short = new Uint8Array(2 * registerCount({ type, length: 3 }) - 1);
    expect(decodeRegisters(short, { type, length: 3 })).toEqual({ ok: false, error: 'length' });
  }
});

test('a decimal scale leaves no binary dust', () => {
  for (const [raw, scale, value] of [
    [2301, 0.1, 230.1],
    [1127, 0.001, 1.127],
    [30_303, 0.01, 303.03],
    [7, 0.005, 0.035],
  ] as const) {
    expect(decodeRegisters(registerBytes([raw]), { type: 'uint16', scale })).toEqual({ ok: true, value });
  }
});

test('a sentinel wins over scale, offset and bit', () => {
  for (const more of [{ scale: 0.1 }, { offset: 5 }, { bit: 0 }]) {
    expect(
      decodeRegisters(Uint8Array.of(0xff, 0xff), { type: 'uint16', sentinels: [0xffff], ...more }),
    ).toEqual({
      ok: true,
      value: null,
    });
  }
});

test('the registers to be read reach to the last byte of a shifted value', () => {
  expect(registerCount({ type: 'uint16', byteOffset: 1 })).toBe(2);
  expect(registerCount({ type: 'int8' })).toBe(1);
  expect(registerCount({ type: 'float32', byteOffset: 2 })).toBe(3);
  expect(registerCount({ type: 'ascii', length: 8 })).toBe(8);
});
