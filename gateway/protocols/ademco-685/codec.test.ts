import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToText, concatBytes, textToBytes } from '../bytes.ts';
import { createAdemco685Assembler } from './assembler.ts';
import { channelReports, decodeAdemco685, encodeAdemco685 } from './codec.ts';

const hex = (count: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF'), minLength: count, maxLength: count });
const digit = fc.constantFrom(...'0123456789');
const message = fc.record({
  account: hex(4),
  qualifier: fc.constantFrom(1 as const, 3 as const, 6 as const),
  event: hex(3),
  partition: hex(2),
  zoneOrUser: hex(3),
});

test('every Contact ID message comes back from its frame', () => {
  fc.assert(
    fc.property(message, digit, digit, fc.constantFrom('zone', 'user'), (sent, receiver, group, subject) => {
      const frame = encodeAdemco685({ receiver, group }, subject as 'zone' | 'user', sent);
      expect(decodeAdemco685(frame)).toEqual({
        ok: true,
        message: { kind: 'contact-id', message: sent, subject, receiver, group },
      });
    }),
  );
});

test('a field that does not fit cannot be sent', () => {
  const whole = { account: '1234', qualifier: 1 as const, event: '130', partition: '01', zoneOrUser: '001' };
  const line = { receiver: '1', group: '1' };
  expect(() => encodeAdemco685(line, 'zone', { ...whole, account: '12345' })).toThrow(RangeError);
  expect(() => encodeAdemco685({ ...line, group: '12' }, 'zone', whole)).toThrow(RangeError);
});

test('of a High Speed report each channel that has something to say is told', () => {
  expect(channelReports('512345567')).toEqual([
    { channel: 2, state: 'new' },
    { channel: 3, state: 'opening' },
    { channel: 4, state: 'restore' },
    { channel: 5, state: 'closing' },
    { channel: 8, state: 'still' },
  ]);
});

describe('the assembler', () => {
  const frames = ['\n11 1234 18 E131 01 C015\r', '\n00 OKAY @\r', '\n12 4321 18 R401 01 U002 \r'];

  test.each([1, 2, 7, 1_000])('gives back the frames of a stream that comes in pieces of %i', (step) => {
    const bytes = textToBytes(frames.join('\x06'));
    const assembler = createAdemco685Assembler();
    const out: string[] = [];
    for (let at = 0; at < bytes.length; at += step)
      out.push(...assembler.push(bytes.slice(at, at + step)).map(bytesToText));
    expect(out).toEqual(frames);
    expect(assembler.dropped).toBe(2);
  });

  test('begins anew at each LF, and holds no more than a frame', () => {
    const assembler = createAdemco685Assembler();
    expect(assembler.push(textToBytes(`\n11 12${frames[0]}`)).map(bytesToText)).toEqual([frames[0]]);
    for (let i = 0; i < 100; i++) expect(assembler.push(new Uint8Array(1_000).fill(0x41))).toEqual([]);
    expect(assembler.dropped).toBeGreaterThanOrEqual(99_000);
    expect(assembler.push(textToBytes(frames[1] ?? '')).map(bytesToText)).toEqual([frames[1]]);
  });

  test('whatever arrives is decoded without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (parts) => {
        const assembler = createAdemco685Assembler();
        for (const part of parts)
          for (const frame of assembler.push(concatBytes(Uint8Array.of(0x0a), part, Uint8Array.of(0x0d))))
            decodeAdemco685(frame);
      }),
    );
  });
});
