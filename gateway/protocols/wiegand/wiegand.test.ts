import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cardOfFacilityNumber,
  decodeWiegand,
  encodeWiegand,
  facilityNumber,
  invertBits,
  type WiegandCard,
} from './codec.ts';

const anyCard: fc.Arbitrary<WiegandCard> = fc.oneof(
  fc.record({
    bits: fc.constant(26 as const),
    facility: fc.integer({ min: 0, max: 0xff }),
    card: fc.integer({ min: 0, max: 0xffff }),
  }),
  fc.record({
    bits: fc.constant(34 as const),
    facility: fc.integer({ min: 0, max: 0xffff }),
    card: fc.integer({ min: 0, max: 0xffff }),
  }),
);
const bitsOf = (card: WiegandCard) => encodeWiegand(card) ?? '';

test('a frame of a reader comes out of its numbers as the reader sends it', () => {
  expect(encodeWiegand({ bits: 26, facility: 212, card: 7_041 })).toBe('11101010000011011100000010');
  expect(encodeWiegand({ bits: 34, facility: 35_284, card: 7_041 })).toBe(
    '1100010011101010000011011100000011',
  );
});

describe('any card', () => {
  test('is read as it was sent', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        expect(decodeWiegand(bitsOf(card))).toEqual({ ok: true, card });
      }),
    );
  });

  test('with one bit turned is refused', () => {
    fc.assert(
      fc.property(anyCard, fc.nat(), (card, n) => {
        const bits = bitsOf(card);
        const at = n % bits.length;
        const turned = bits.slice(0, at) + invertBits(bits.charAt(at)) + bits.slice(at + 1);
        expect(decodeWiegand(turned)).toEqual({ ok: false, error: 'parity' });
      }),
    );
  });

  test('of 26 or 34 bits over swapped wires is refused, and read when they are swapped back', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const captured = invertBits(bitsOf(card));
        expect(decodeWiegand(captured).ok).toBe(false);
        expect(decodeWiegand(invertBits(captured))).toEqual({ ok: true, card });
      }),
    );
  });

  test('of 26 bits has a facility number that leads back to it', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const number = facilityNumber(card);
        if (card.bits === 34) expect(number).toBeNull();
        else expect(number === null ? null : cardOfFacilityNumber(number)).toEqual(card);
      }),
    );
  });
});

test('numbers beyond the format are not sent', () => {
  expect(encodeWiegand({ bits: 26, facility: 256, card: 1 })).toBeNull();
  expect(encodeWiegand({ bits: 34, facility: 1, card: 65_536 })).toBeNull();
  expect(encodeWiegand({ bits: 26, facility: -1, card: 1.5 })).toBeNull();
});

test('any text is answered, never thrown at', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      expect(typeof decodeWiegand(text).ok).toBe('boolean');
    }),
  );
});
