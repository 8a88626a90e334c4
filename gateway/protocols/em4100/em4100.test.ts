import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex, concatBytes, textToBytes } from '../bytes.ts';
import { decodeEm4100Raw, encodeEm4100Raw } from './raw.ts';
import { createEm4100Assembler, decodeEm4100Serial, encodeEm4100Serial } from './serial.ts';

const tag = fc.uint8Array({ minLength: 5, maxLength: 5 }).map(bytesToHex);

test('every tag comes back from its serial frame and from its 64 bits', () => {
  fc.assert(
    fc.property(tag, (hex) => {
      expect(decodeEm4100Serial(encodeEm4100Serial(hex))).toEqual({ ok: true, tag: { hex } });
      expect(decodeEm4100Raw(encodeEm4100Raw(hex))).toEqual({ ok: true, tag: { hex } });
    }),
  );
});

test('a serial frame with a character changed never gives a tag', () => {
  fc.assert(
    fc.property(tag, fc.nat({ max: 13 }), fc.integer({ min: 0, max: 255 }), (hex, place, byte) => {
      const frame = encodeEm4100Serial(hex);
      fc.pre(String.fromCharCode(byte).toUpperCase() !== String.fromCharCode(frame[place] ?? 0));
      frame[place] = byte;
      expect(decodeEm4100Serial(frame).ok).toBe(false);
    }),
  );
});

test('64 bits with one to three of them turned never give a tag', () => {
  fc.assert(
    fc.property(tag, fc.uniqueArray(fc.nat({ max: 63 }), { minLength: 1, maxLength: 3 }), (hex, flips) => {
      const bytes = encodeEm4100Raw(hex);
      for (const flip of flips) bytes[flip >> 3] = (bytes[flip >> 3] ?? 0) ^ (0x80 >> (flip & 7));
      expect(decodeEm4100Raw(bytes).ok).toBe(false);
    }),
  );
});

test.each(['', '0063E9AE', '010063E9AEFF', 'XX0063E9AE'])('"%s" is no tag to send', (hex) => {
  expect(() => encodeEm4100Serial(hex)).toThrow(RangeError);
  expect(() => encodeEm4100Raw(hex)).toThrow(RangeError);
});

test('frames come out whole however their bytes are split and merged, also between line ends', () => {
  fc.assert(
    fc.property(
      fc.array(tag, { maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      (tags, step, lines) => {
        const frames = tags.map(encodeEm4100Serial);
        const bytes = concatBytes(
          ...frames.flatMap((frame) => (lines ? [frame, textToBytes('\r\n')] : [frame])),
        );
        const assembler = createEm4100Assembler();
        const out: string[] = [];
        for (let at = 0; at < bytes.length; at += step) {
          out.push(...assembler.push(bytes.slice(at, at + step)).map(bytesToHex));
        }
        expect(out).toEqual(frames.map(bytesToHex));
      },
    ),
  );
});

test('after a frame that broke off, or noise, the next tag is read', () => {
  fc.assert(
    fc.property(tag, fc.nat({ max: 13 }), fc.uint8Array({ maxLength: 30 }), (hex, length, noise) => {
      const frame = encodeEm4100Serial(hex);
      const assembler = createEm4100Assembler();
      const out = assembler.push(concatBytes(noise, frame.slice(0, length), frame));
      expect(out.map(bytesToHex)).toContain(bytesToHex(frame));
    }),
  );
});

test('an endless stream without a frame is not kept', () => {
  const assembler = createEm4100Assembler();
  for (let i = 0; i < 100; i++) expect(assembler.push(new Uint8Array(1000).fill(0x02))).toEqual([]);
  expect(assembler.dropped).toBeGreaterThan(100_000 - 20);
});
