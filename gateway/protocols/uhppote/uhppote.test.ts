import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cardOfController, controllerNumber } from './card-number.ts';
import {
  type FunctionName,
  layouts,
  logEntry,
  messageBytes,
  readHeader,
  readMessage,
  type Side,
  writeMessage,
} from './codec.ts';
import { type FieldKind, type FieldValues, readField } from './fields.ts';
import { reasonOf } from './reasons.ts';

const whole = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const moment = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19).replace('T', ' '));
const bytesWith = (separator: string, count: number, radix: number) =>
  fc
    .array(whole(8), { minLength: count, maxLength: count })
    .map((all) =>
      all.map((byte) => byte.toString(radix).padStart(radix === 16 ? 2 : 1, '0')).join(separator),
    );
const four = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 4, maxLength: 4 });
const values: { [Kind in FieldKind]: fc.Arbitrary<FieldValues[Kind]> } = {
  u8: whole(8),
  u16: whole(16),
  u24: whole(24),
  u32: whole(32),
  bool: fc.boolean(),
  ipv4: bytesWith('.', 4, 10),
  mac: bytesWith(':', 6, 16),
  version: whole(8).map((minor) => `8.${minor.toString(16).padStart(2, '0')}`),
  date: day,
  time: moment,
  clock: moment,
  flags: four(fc.boolean()),
  levels: four(whole(8)),
};
const messages = (Object.keys(layouts) as FunctionName[]).flatMap((name) =>
  (['request', 'reply'] as const).map((side): [FunctionName, Side] => [name, side]),
);

describe('a message', () => {
  test.each(messages)('%s %s is read as it was written, and is 64 bytes long', (name, side) => {
    const fields = layouts[name][side] as Record<string, readonly [FieldKind, number]>;
    const any = fc.record(
      Object.fromEntries(Object.entries(fields).map(([field, [kind]]) => [field, values[kind]])),
    );
    fc.assert(
      fc.property(whole(32), any, (serial, content) => {
        const bytes = writeMessage(name, side, serial, content as never);
        expect(bytes).toHaveLength(messageBytes);
        expect(readHeader(bytes)).toEqual({ ok: true, name, serial, pushed: false });
        expect(readMessage(bytes, name, side)).toEqual(content);
      }),
    );
  });

  test.each(messages)('%s %s is read from any 64 bytes without throwing', (name, side) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        expect(readMessage(bytes, name, side)).toBeTypeOf('object');
      }),
    );
  });

  test('no two fields of one share a byte', () => {
    const sizes: Record<FieldKind, number> = {
      ...{ u8: 1, u16: 2, u24: 3, u32: 4, bool: 1, ipv4: 4, mac: 6, version: 2 },
      ...{ date: 4, time: 7, clock: 3, flags: 4, levels: 4 },
    };
    for (const [name, side] of messages) {
      const taken = Object.values(
        layouts[name][side] as Record<string, readonly [FieldKind, number]>,
      ).flatMap(([kind, at]) => Array.from({ length: sizes[kind] }, (_, i) => at + i));
      expect([name, side, new Set(taken).size]).toEqual([name, side, taken.length]);
    }
  });

  test('functions have codes of their own', () => {
    const codes = Object.values(layouts).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

test.each([
  ['20190229', null],
  ['20200229', '2020-02-29'],
  ['20191301', null],
  ['00000000', null],
  ['FFFFFFFF', null],
  ['2019023A', null],
])('the date %s is %s', (hex, date) => {
  expect(readField('date', Uint8Array.from(Buffer.from(hex, 'hex')), 0)).toBe(date);
});

test.each([
  ['20260301240000', null],
  ['20260301235959', '2026-03-01 23:59:59'],
  ['20260301236000', null],
])('the time %s is %s', (hex, time) => {
  expect(readField('time', Uint8Array.from(Buffer.from(hex, 'hex')), 0)).toBe(time);
});

test('an answer tells an event, that there is none, and that it was overwritten', () => {
  const event = {
    ...{ index: 7, type: 1, granted: true, door: 1, direction: 1, card: 9, time: null, reason: 1 },
  };
  expect(logEntry(event)).toBe(event);
  expect(logEntry({ ...event, index: 0, type: 0 })).toBe('none');
  expect(logEntry({ ...event, index: 0, type: 0xff })).toBe('overwritten');
});

test('a reason that nobody has written down is a swipe when its event is one, else a record', () => {
  expect(reasonOf({ reason: 99, type: 1, granted: true }).kind).toBe('granted');
  expect(reasonOf({ reason: 99, type: 1, granted: false }).kind).toBe('denied');
  expect(reasonOf({ reason: 99, type: 2, granted: true })).toMatchObject({
    kind: 'record',
    why: 'reason_99',
  });
});

describe('a card', () => {
  test('of Wiegand 26 is facility × 100000 + card at the controller: fob 99,59822 is 9959822', () => {
    expect(controllerNumber('0063E9AE', 'wiegand26')).toBe(9_959_822);
    expect(cardOfController(9_959_822, 'wiegand26')).toBe('0063E9AE');
  });

  test('of Wiegand 34 is its 32 bits', () => {
    expect(controllerNumber('89D41B81', 'number')).toBe(2_312_379_265);
    expect(cardOfController(2_312_379_265, 'number')).toBe('89D41B81');
  });

  test.each([
    ['89D41B81', 'wiegand26', 'has more than 24 bits'],
    ['04A224B1C35980', 'number', 'has more than 32 bits'],
    ['00000000', 'number', 'is the number of no card'],
    ['FFFFFFFF', 'number', 'is the number of a deleted card'],
  ] as const)('%s has no number as %s: it %s', (hex, form, _why) => {
    expect(controllerNumber(hex, form)).toBeNull();
  });

  test('number that no Wiegand 26 reader sends is no card of one', () => {
    expect(cardOfController(8_165_538, 'wiegand26')).toBeNull();
    expect(cardOfController(25_600_000, 'wiegand26')).toBeNull();
  });

  test('comes back as it went, in either form, and no two have one number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xff_ffff }), fc.integer({ min: 1, max: 0xff_ffff }), (a, b) => {
        const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
        for (const form of ['wiegand26', 'number'] as const) {
          const number = controllerNumber(hex(a), form);
          if (number !== null) expect(cardOfController(number, form)).toBe(hex(a));
          if (number !== null && a !== b) expect(controllerNumber(hex(b), form)).not.toBe(number);
        }
      }),
    );
  });
});
