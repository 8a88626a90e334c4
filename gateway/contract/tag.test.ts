import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reverseHex } from './hex-bytes.ts';
import { crcOfIButton } from './ibutton.ts';
import { normaliseTag, readTag, spellTag, tagProblem } from './tag.ts';

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
  for (const spelling of ['010063E9AE', '99,59822', '04A224B1C35980', 'checkpoint-7', '0000030D45EB'])
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

// Engraved on the cans that the DS1990A datasheet shows, and the spellings that a maker of wedge readers prints (In-Touch).
const engraved = [
  { crc: '66', serial: '000000FBC52B', wire: '012BC5FB00000066' },
  { crc: 'E6', serial: '000000FBD8B3', wire: '01B3D8FB000000E6' },
  { crc: 'AE', serial: '0000030D45EB', wire: '01EB450D030000AE' },
];

describe.each(engraved)('the iButton $serial', ({ crc, serial, wire }) => {
  test.each([
    ['as it sends itself', wire],
    ['highest byte first', `${crc}${serial}01`],
    ['as it is engraved', `${crc} 01 ${serial}`],
    ['family and serial', `01-${serial}`],
    ['its serial alone', serial.toLowerCase()],
    ['its serial, lowest byte first', reverseHex(serial)],
    ['family and serial as they are sent', wire.slice(0, 14)],
  ])('is the same tag %s', (_, spelling) => {
    for (const form of ['any', 'hex', 'reversed', 'reversed-hex'] as const)
      expect(readTag(spelling, form)).toEqual({
        ...{ kind: 'ibutton', tag: wire },
        ibutton: { family: '01', serial, crc },
      });
    expect(tagProblem(spelling)).toBeNull();
  });

  test('with another check byte is refused, with the byte that is wrong and what it should be', () => {
    const wrong = crc === '00' ? '01' : '00';
    expect(readTag(`${wire.slice(0, 14)}${wrong}`)).toMatchObject({
      ...{ kind: 'ibutton-fault', fault: { byte: 8, given: wrong, expected: crc } },
    });
    for (const spelling of [`${wrong}${serial}01`, `${wrong}01${serial}`])
      expect(readTag(spelling)).toMatchObject({ fault: { byte: 1, given: wrong, expected: crc } });
    expect(tagProblem(`${wire.slice(0, 14)}${wrong}`)).toMatch(
      new RegExp(`byte 8 is ${wrong}, and by the other seven it is ${crc}`),
    );
  });
});

test('a change of any one digit of an iButton is seen', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...engraved),
      fc.integer({ min: 2, max: 15 }),
      fc.integer({ min: 1, max: 15 }),
      ({ wire }, at, by) => {
        const digit = ((Number.parseInt(wire[at] ?? '', 16) + by) % 16).toString(16);
        const other = readTag(`${wire.slice(0, at)}${digit}${wire.slice(at + 1)}`);
        expect(other.kind === 'ibutton' && other.ibutton.family === '01').toBe(false);
      },
    ),
  );
});

test.each([
  ['0000000000000000', 'an iButton reader in short circuit', 'ibutton-fault'],
  ['E00401000C0F1B5A', 'an ISO 15693 tag', 'uid'],
  ['5A1B0F0C000104E0', 'the same, lowest byte first', 'uid'],
  ['04A224B1C35980', 'a UID of seven bytes', 'uid'],
  ['1234567890AB', 'six bytes that are no serial', 'uid'],
])('%s is %s', (spelling, _, kind) => {
  expect(readTag(spelling).kind).toBe(kind);
});

test('other families count by their check byte', () => {
  const memory = { family: '0C', serial: '000000A1B2C3' };
  const wire = `0CC3B2A1000000${crcOfIButton(memory)}`;
  expect(readTag(wire)).toMatchObject({ kind: 'ibutton', ibutton: memory });
});

test('turning the bytes round twice changes nothing', () => {
  expect(reverseHex(reverseHex('04A224B1C35980'))).toBe('04A224B1C35980');
});

test.each(['', '12', '1234', 'XYZXYZ', '0'.repeat(22)])('"%s" is no tag of 3 to 10 bytes', (text) => {
  expect(spellTag(text)).toBeNull();
});

test('eight bytes of another card are its own number, though they begin or end with 01', () => {
  // IDm of FeliCa cards: the first two bytes are the maker's.
  for (const idm of ['012E4CD8A1B3C5F7', '01010A10C2183E4F', '0114B34D2512E801'])
    expect(readTag(idm)).toEqual({ kind: 'uid', tag: idm });
});
