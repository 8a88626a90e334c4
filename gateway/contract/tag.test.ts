import { expect, test } from 'vitest';
import { normaliseTag, reverseHex, spellTag } from './tag.ts';

test.each([
  ['010063E9AE', 'as the reader sends it'],
  ['01 00 63 e9 ae', 'with spaces'],
  ['0063E9AE', 'as a 32-bit number'],
  ['00-63-E9-AE', 'with dashes'],
  ['0006547886', 'as printed on the fob'],
  ['6547886', 'as printed, without leading zeros'],
  ['99,59822', 'as facility and card'],
  ['0x010063E9AE', 'as hex, said so'],
])('%s (%s) is the tag 0063E9AE', (spelling) => {
  expect(normaliseTag(spelling)).toBe('0063E9AE');
});

test('a UID of seven bytes keeps its length, its separators go', () => {
  expect(normaliseTag('04:a2:24:b1:c3:59:80')).toBe('04A224B1C35980');
});

test('the decimal spelling of a four-byte UID is the UID', () => {
  expect(normaliseTag('3613771290')).toBe(normaliseTag('D765C61A'));
});

test('ten digits from a reader are hex, from a person the printed number', () => {
  expect(normaliseTag('0100632345', 'hex')).toBe('00632345');
  expect(normaliseTag('0100632345')).toBe('05FF8719');
  expect(normaliseTag('0x0100632345')).toBe('00632345');
});

test('words of a QR code stay words', () => {
  expect(normaliseTag('Gate North-1')).toBe('GATENORTH1');
});

test('normalising twice changes nothing', () => {
  for (const spelling of ['010063E9AE', '99,59822', '04A224B1C35980', 'checkpoint-7'])
    expect(normaliseTag(normaliseTag(spelling), 'hex')).toBe(normaliseTag(spelling));
});

test.each([
  ['AEE9630001', 'all five bytes'],
  ['AE E9 63 00', 'the four of the number'],
  ['2934530816', 'those as a decimal number'],
])('%s (%s) from a reader that sends the lowest byte first is the tag 0063E9AE', (spelling) => {
  expect(normaliseTag(spelling, 'reversed')).toBe('0063E9AE');
});

test('every spelling that a tag is shown in normalises back to it', () => {
  const spellings = spellTag('0063E9AE');
  expect(spellings).toMatchObject({
    printed: '0006547886',
    facility: 99,
    card: 59822,
    hexReversed: 'AEE96300',
  });
  for (const spelling of [spellings?.hex, spellings?.printed, `${spellings?.facility},${spellings?.card}`])
    expect(normaliseTag(spelling ?? '')).toBe('0063E9AE');
  for (const spelling of [spellings?.hexReversed, spellings?.decimalReversed])
    expect(normaliseTag(spelling ?? '', 'reversed')).toBe('0063E9AE');
});

test('turning the bytes round twice changes nothing', () => {
  expect(reverseHex(reverseHex('04A224B1C35980'))).toBe('04A224B1C35980');
});

test.each(['', '12', '1234', 'XYZXYZ', '0'.repeat(22)])('"%s" is no tag of 3 to 10 bytes', (text) => {
  expect(spellTag(text)).toBeNull();
});
