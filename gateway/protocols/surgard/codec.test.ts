import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToText, concatBytes, textToBytes } from '../bytes.ts';
import { createSurgardAssembler } from './assembler.ts';
import { decodeSurgard, encodeSurgardContactId, encodeSurgardHeartbeat } from './codec.ts';

const hex = (count: number) =>
  fc
    .stringMatching(new RegExp(`^[0-9A-F]{${count}}$`), { size: 'max' })
    .filter((text) => text.length === count);
const message = fc.record({
  account: fc.oneof(hex(4), hex(10)),
  qualifier: fc.constantFrom(1 as const, 3 as const, 6 as const),
  event: hex(3),
  partition: hex(2),
  zoneOrUser: hex(3),
});
const line = fc.constantFrom('1', '9', 'E', '001', '100', 'A0F');

test('every Contact ID message comes back from its frame, on lines of one and three characters', () => {
  fc.assert(
    fc.property(message, hex(2), line, (sent, receiver, lineField) => {
      const frame = encodeSurgardContactId(receiver, lineField, sent);
      expect(decodeSurgard(frame)).toEqual({
        ok: true,
        message: { kind: 'contact-id', message: sent, receiver, line: lineField, clock: null },
      });
    }),
  );
});

test.each([
  ['a receiver of one character', '1', '1', {}],
  ['a line of two', '01', '12', {}],
  ['an account of five', '01', '1', { account: '12345' }],
  ['a zone of two', '01', '1', { zoneOrUser: '01' }],
])('%s cannot be sent', (_, receiver, lineField, part) => {
  const whole = { account: '1234', qualifier: 1 as const, event: '130', partition: '01', zoneOrUser: '001' };
  expect(() => encodeSurgardContactId(receiver, lineField, { ...whole, ...part })).toThrow(RangeError);
});

test.each(['1', '000'])('the heartbeat of line %s is one', (lineField) => {
  expect(decodeSurgard(encodeSurgardHeartbeat('01', lineField))).toMatchObject({
    message: { kind: 'heartbeat' },
  });
});

test('a Contact ID frame with a character changed is refused or still one, never another kind', () => {
  fc.assert(
    fc.property(message, fc.nat({ max: 18 }), fc.integer({ min: 0, max: 255 }), (sent, place, byte) => {
      const frame = encodeSurgardContactId('01', '1', sent);
      frame[place + 1] = byte;
      const seen = decodeSurgard(frame);
      if (seen.ok) expect(seen.message.kind).toBe('contact-id');
    }),
  );
});

describe('the assembler', () => {
  const frames = ['5011 181234E13001002\x14', '1011           @    \x14', '3021      1234BA0007\x14'];

  test('gives frames whole however their bytes are split and merged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...frames), { maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        (sent, step) => {
          const bytes = textToBytes(sent.join(''));
          const assembler = createSurgardAssembler();
          const out: string[] = [];
          for (let at = 0; at < bytes.length; at += step) {
            out.push(...assembler.push(bytes.slice(at, at + step)).map(bytesToText));
          }
          expect(out).toEqual(sent);
        },
      ),
    );
  });

  test('throws away what is longer than any frame, and goes on after the next DC4', () => {
    const assembler = createSurgardAssembler();
    expect(assembler.push(textToBytes('x'.repeat(1000)))).toEqual([]);
    expect(assembler.push(textToBytes('x'.repeat(1000)))).toEqual([]);
    expect(assembler.push(textToBytes(`tail\x14${frames[0]}`)).map(bytesToText)).toEqual([frames[0]]);
    expect(assembler.dropped).toBe(2005);
  });

  test('holds no more than a frame of an endless stream', () => {
    const assembler = createSurgardAssembler();
    for (let i = 0; i < 1000; i++) expect(assembler.push(new Uint8Array(1000).fill(0x41))).toEqual([]);
    expect(assembler.dropped).toBeGreaterThanOrEqual(1_000_000 - 256);
  });

  test('whatever arrives, every piece ends with DC4 and can be decoded without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (parts) => {
        const assembler = createSurgardAssembler();
        const out = parts.flatMap((part) => assembler.push(concatBytes(part, Uint8Array.of(0x14))));
        for (const frame of out) {
          expect(frame.at(-1)).toBe(0x14);
          decodeSurgard(frame);
        }
      }),
    );
  });
});
