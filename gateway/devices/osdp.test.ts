import { expect, test } from 'vitest';
import { cardOfBits } from './osdp.ts';

test('a unique number of a reader with the lowest byte first is turned round; Wiegand numbers have no bytes to turn', () => {
  const bits = (hex: string) =>
    [...Buffer.from(hex, 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  expect(cardOfBits(bits('AEE96300'))).toMatchObject({ card: 'AEE96300', form: 'hex' });
  expect(cardOfBits(bits('AEE96300'), true)).toMatchObject({ card: '0063E9AE', form: 'hex' });
  expect(cardOfBits(bits('8059C3B124A204'), true)).toMatchObject({ card: '04A224B1C35980' });
  // Facility 18, card 37848.
  const wiegand = '10001001010010011110110000';
  expect(cardOfBits(wiegand, true)).toEqual(cardOfBits(wiegand));
});
