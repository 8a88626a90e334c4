import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes } from '../bytes.ts';
import { createOsdpAssembler, encodeOsdp, markByte, type OsdpFrame, readOsdp } from './frame.ts';
import { buzzerData, lightData, outputData, readRawCard } from './messages.ts';
import { firstMac, readOsdpKey, type SecureChannel, seal, sessionKeys, unseal } from './secure-channel.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const plainFrame = fc.record<OsdpFrame>({
  address: fc.nat({ max: 126 }),
  reply: fc.boolean(),
  sequence: fc.nat({ max: 3 }),
  crc: fc.boolean(),
  security: fc.option(
    fc.record({ type: fc.integer({ min: 0x11, max: 0x14 }), data: fc.uint8Array({ maxLength: 3 }) }),
  ),
  code: fc.nat({ max: 255 }),
  data: fc.uint8Array({ maxLength: 80 }),
  mac: fc.constant(null),
});

function channelOf(key: Uint8Array, random: Uint8Array): SecureChannel {
  const keys = sessionKeys(key, random);
  const first = firstMac(keys, key);
  return { keys, command: first, reply: first };
}

test('every frame comes back from its bytes, with a mark byte before them or without', () => {
  fc.assert(
    fc.property(plainFrame, (frame) => {
      const wire = encodeOsdp(frame);
      expect(readOsdp(wire)).toEqual({ ok: true, frame });
      expect(readOsdp(concatBytes(Uint8Array.of(markByte), wire))).toEqual({ ok: true, frame });
    }),
  );
});

test('a frame with a byte changed is never taken when it has a CRC', () => {
  fc.assert(
    fc.property(plainFrame, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, change) => {
      const wire = encodeOsdp({ ...frame, crc: true });
      const at = place % wire.length;
      // The bit that says whether there is a CRC at all is guarded by nothing but the sum that it then claims.
      fc.pre(at !== 4 || (change & 0x04) === 0);
      wire[at] = (wire[at] ?? 0) ^ change;
      expect(readOsdp(wire).ok).toBe(false);
    }),
  );
});

test('replies come out whole however their bytes are split, between noise, mark bytes and the echo of commands', () => {
  fc.assert(
    fc.property(fc.array(plainFrame, { maxLength: 5 }), fc.integer({ min: 1, max: 30 }), (frames, step) => {
      const wire = concatBytes(...frames.flatMap((frame) => [Uint8Array.of(markByte), encodeOsdp(frame)]));
      const assembler = createOsdpAssembler();
      const out: OsdpFrame[] = [];
      for (let at = 0; at < wire.length; at += step) out.push(...assembler.push(wire.slice(at, at + step)));
      expect(out).toEqual(frames.filter(({ reply }) => reply));
    }),
  );
});

test('an endless stream without a frame is not kept, and the next reply is read once it is forgotten', () => {
  const assembler = createOsdpAssembler();
  for (let i = 0; i < 200; i++) expect(assembler.push(new Uint8Array(1_000).fill(0x53))).toEqual([]);
  assembler.reset();
  const frame: OsdpFrame = {
    ...{ address: 1, reply: true, sequence: 1, crc: true, security: null, code: 0x40, mac: null },
    data: new Uint8Array(0),
  };
  expect(assembler.push(encodeOsdp(frame))).toEqual([frame]);
});

describe('a secure channel', () => {
  test('carries commands and replies in turn, each enciphered anew', () => {
    fc.assert(
      fc.property(
        bytes(16),
        bytes(8),
        fc.array(plainFrame, { minLength: 1, maxLength: 6 }),
        (key, random, all) => {
          let [ours, theirs] = [channelOf(key, random), channelOf(key, random)];
          for (const [index, one] of all.entries()) {
            const frame = { ...one, reply: index % 2 === 1, security: null };
            const sealed = seal(frame.reply ? theirs : ours, frame);
            const read = readOsdp(encodeOsdp(sealed.frame));
            const opened = read.ok ? unseal(frame.reply ? ours : theirs, read.frame) : null;
            expect(opened?.frame).toMatchObject({
              code: frame.code,
              data: frame.data,
              sequence: frame.sequence,
            });
            if (!opened) return;
            [ours, theirs] = frame.reply
              ? [opened.channel, sealed.channel]
              : [sealed.channel, opened.channel];
          }
        },
      ),
    );
  });

  test('takes nothing that was changed on the way, sent before, or is of another key', () => {
    fc.assert(
      fc.property(
        bytes(16),
        bytes(16),
        bytes(8),
        plainFrame,
        fc.nat({ max: 7 }),
        (key, other, random, one, bit) => {
          fc.pre(bytesToHex(key) !== bytesToHex(other));
          const channel = channelOf(key, random);
          const frame = { ...one, reply: true, security: null };
          const sealed = seal(channel, frame);
          const changed = { ...sealed.frame, code: sealed.frame.code ^ (1 << bit) };
          expect(unseal(channel, changed)).toBeNull();
          expect(unseal(channel, frame)).toBeNull();
          expect(unseal(channelOf(other, random), sealed.frame)).toBeNull();
          // The command that comes next rolls the channel on: the same reply again is none.
          const next = seal(sealed.channel, { ...frame, reply: false });
          expect(unseal(next.channel, sealed.frame)).toBeNull();
        },
      ),
    );
  });
});

test.each([
  ['303132333435363738393A3B3C3D3E3F', true],
  [' 303132333435363738393a3b3c3d3e3f\n', true],
  ['303132333435363738393A3B3C3D3E', false],
  ['0123456789ABCDEG0123456789ABCDEF', false],
  ['', false],
])('"%s" as a key: %s', (text, good) => {
  expect(readOsdpKey(text) !== null).toBe(good);
});

test('outputs, lights and tones are told in tenths of a second', () => {
  expect(bytesToHex(outputData(0, true, 5_000))).toBe('00053200');
  expect(bytesToHex(outputData(1, true, null))).toBe('01020000');
  expect(bytesToHex(outputData(1, false, null))).toBe('01010000');
  expect(bytesToHex(lightData('green', 3_000))).toBe('0000020100' + '02021E00' + '0000000000');
  expect(bytesToHex(lightData('red', null))).toBe('0000010000' + '00000000' + '0101000101');
  expect(bytesToHex(buzzerData(3, 200))).toBe('0002020203');
});

test('a card of fewer bytes than bits is none', () => {
  expect(readRawCard(Uint8Array.of(0, 1, 26, 0, 1, 2, 3))).toBeNull();
  expect(readRawCard(Uint8Array.of(0, 1, 0, 0))).toBeNull();
  expect(readRawCard(Uint8Array.of(0, 0, 0xff, 0xff, 1))).toBeNull();
  expect(readRawCard(Uint8Array.of(0, 1, 9, 0, 0x80, 0x80))?.bits).toBe('100000001');
});
