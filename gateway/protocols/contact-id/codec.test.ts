import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ContactIdMessage, contactIdSense, decodeContactId, encodeContactId } from './codec.ts';
import { contactIdEvent, contactIdEvents } from './events.ts';

const digits = (count: number) =>
  fc
    .stringMatching(new RegExp(`^[0-9B-F]{${count}}$`), { size: 'max' })
    .filter((text) => text.length === count);
const message: fc.Arbitrary<ContactIdMessage> = fc.record({
  account: digits(4),
  qualifier: fc.constantFrom(1 as const, 3 as const, 6 as const),
  event: digits(3),
  partition: digits(2),
  zoneOrUser: digits(3),
});

test('every message comes back from its sixteen digits', () => {
  fc.assert(
    fc.property(message, fc.constantFrom('18' as const, '98' as const), (sent, messageType) => {
      expect(decodeContactId(encodeContactId(sent, messageType))).toEqual({
        ok: true,
        messageType,
        message: sent,
      });
    }),
  );
});

test('a message with one digit changed is refused', () => {
  const value = (digit: string) => (digit === '0' ? 10 : Number.parseInt(digit, 16));
  fc.assert(
    fc.property(
      message,
      fc.nat({ max: 15 }),
      fc.constantFrom(...'0123456789ABCDEF'),
      (sent, place, digit) => {
        const text = encodeContactId(sent);
        // A is another way to write 0.
        fc.pre(value(text.charAt(place)) !== value(digit));
        expect(decodeContactId(text.slice(0, place) + digit + text.slice(place + 1))).toEqual({
          ok: false,
          error: 'checksum',
        });
      },
    ),
  );
});

test.each([
  ['an account of three digits', { account: '123' }],
  ['a letter', { event: '13G' }],
  ['no zone', { zoneOrUser: '' }],
])('%s cannot be sent', (_, part) => {
  const whole = { account: '1234', qualifier: 1 as const, event: '130', partition: '01', zoneOrUser: '001' };
  expect(() => encodeContactId({ ...whole, ...part })).toThrow(RangeError);
});

describe('what a message tells', () => {
  test.each([
    ['130', 1, 'raised'],
    ['130', 3, 'restored'],
    ['130', 6, 'still'],
    ['401', 1, 'disarmed'],
    ['401', 3, 'armed'],
    ['401', 6, 'still'],
    ['403', 3, 'armed'],
    ['408', 3, 'armed'],
    ['441', 3, 'armed'],
    ['441', 1, 'disarmed'],
    ['456', 1, 'armed'],
    ['456', 3, 'armed'],
    ['406', 1, 'raised'],
    ['421', 1, 'raised'],
    ['454', 1, 'raised'],
    ['570', 1, 'raised'],
    ['570', 3, 'restored'],
    ['602', 1, 'raised'],
  ] as const)('event %s with qualifier %d is %s', (code, qualifier, sense) => {
    expect(contactIdSense(contactIdEvent(code), qualifier)).toBe(sense);
  });
});

describe('the table of events', () => {
  test('holds every code once, with words in both languages', () => {
    expect(contactIdEvents.size).toBeGreaterThan(200);
    for (const event of contactIdEvents.values()) {
      expect(event.code).toMatch(/^[1-6]\d\d$/);
      expect(event.label.zh).toMatch(/[\u4e00-\u9fff]/);
      expect(event.label.en).toMatch(/^[A-Z0-9]/);
      for (const sia of [event.sia.new, event.sia.restore])
        if (sia !== null) expect(sia).toMatch(/^[A-Z]{2}$/);
    }
  });

  test.each([
    ['110', 'fire'],
    ['113', 'fire'],
    ['120', 'panic'],
    ['131', 'burglary'],
    ['137', 'tamper'],
    ['144', 'tamper'],
    ['151', 'environment'],
    ['301', 'power'],
    ['333', 'fault'],
    ['383', 'tamper'],
    ['401', 'openClose'],
    ['421', 'access'],
    ['570', 'bypass'],
    ['602', 'test'],
    ['627', 'record'],
  ])('%s is of the class %s', (code, name) => {
    expect(contactIdEvent(code).class).toBe(name);
  });

  test('a 4xx event numbers a user, others a zone, but for those that the standard lists', () => {
    const subject = (code: string) => contactIdEvent(code).subject;
    expect(['401', '406', '441', '499'].map(subject)).toEqual(['user', 'user', 'user', 'user']);
    expect(['110', '130', '301', '570', '602'].map(subject)).toEqual([
      'zone',
      'zone',
      'zone',
      'zone',
      'zone',
    ]);
    expect(['121', '423', '461'].map(subject)).toEqual(['user', 'zone', 'zone']);
  });

  test('a code that no list has keeps the class of its hundred and its number as name', () => {
    expect(contactIdEvent('198')).toMatchObject({
      class: 'burglary',
      label: { zh: '事件 198', en: 'Event 198' },
    });
    expect(contactIdEvent('999').class).toBe('other');
  });

  test('a zero spelt A, as diallers have it, is a zero', () => {
    expect(contactIdEvent('4A1').code).toBe('401');
  });
});
