import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts';
import { createFireAssembler, longestFireFrame } from './assembler.ts';
import {
  answerTo,
  encodeFireFrame,
  type FireFrame,
  longestUnit,
  readFireFrame,
  readTime,
  writeTime,
} from './frame.ts';
import { clockUnit, partNumber, readFireUnit } from './unit.ts';

const address = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(bytesToHex);
const second = fc
  .integer({ min: Date.UTC(2000, 0, 1) / 1_000, max: Date.UTC(2099, 11, 31) / 1_000 })
  .map((s) => s * 1_000);
const anyFrame: fc.Arbitrary<FireFrame> = fc.record({
  seq: fc.integer({ min: 0, max: 0xffff }),
  version: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })),
  time: second,
  source: address,
  destination: address,
  command: fc.integer({ min: 0, max: 255 }),
  unit: fc.uint8Array({ maxLength: 60 }),
});

test('every frame comes back from its bytes', () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      expect(readFireFrame(encodeFireFrame(frame))).toEqual({ ok: true, frame });
    }),
  );
});

test('a frame with one byte changed is refused', () => {
  fc.assert(
    fc.property(anyFrame, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, change) => {
      const bytes = encodeFireFrame(frame);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ change;
      expect(readFireFrame(bytes).ok).toBe(false);
    }),
  );
});

test('a unit longer than 1024 bytes and an address of other than six bytes cannot be sent', () => {
  const frame: FireFrame = {
    ...{ seq: 0, version: [1, 1], time: null, command: 2 },
    ...{ source: '790300000000', destination: '385B01000000', unit: new Uint8Array(0) },
  };
  expect(encodeFireFrame({ ...frame, unit: new Uint8Array(longestUnit) })).toHaveLength(longestFireFrame);
  expect(() => encodeFireFrame({ ...frame, unit: new Uint8Array(longestUnit + 1) })).toThrow(RangeError);
  expect(() => encodeFireFrame({ ...frame, source: '7903' })).toThrow(RangeError);
});

test('an answer has the same serial number and version, and the addresses the other way round', () => {
  const asked = readFireFrame(
    hexToBytes('4040000001010C3B0C1B0C11672B00000000385B01000000000002B52323') ?? new Uint8Array(),
  );
  if (!asked.ok) throw new Error('the heartbeat is sound');
  expect(
    bytesToHex(encodeFireFrame(answerTo(asked.frame, 'confirm', Date.UTC(2017, 11, 27, 12, 59, 12)))),
  ).toBe('4040000001010C3B0C1B0C11385B01000000672B00000000000003B62323');
});

describe('a time label', () => {
  test('comes back, whatever the second', () => {
    fc.assert(
      fc.property(second, (at) => {
        expect(readTime(writeTime(at), 0)).toBe(at);
      }),
    );
  });
  test.each([
    ['all zero', [0, 0, 0, 0, 0, 0]],
    ['31 April', [0, 0, 0, 31, 4, 20]],
    ['minute 89, as packed digits have it', [0, 0x59, 0, 1, 1, 20]],
    ['all ones', [255, 255, 255, 255, 255, 255]],
  ])('of %s shows no time', (_, bytes) => {
    expect(readTime(Uint8Array.from(bytes), 0)).toBeNull();
  });
});

test('the number of a part is its zone and its place there', () => {
  expect(partNumber('0A000200')).toBe('10-2');
  expect(partNumber('01020304')).toBe('513-1027');
});

test('any bytes are a unit, a damaged one, or none, and never an exception', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), fc.uint8Array({ maxLength: 120 }), (type, rest) => {
      const read = readFireUnit(Uint8Array.of(type, ...rest));
      expect(read === null || typeof read.ok === 'boolean').toBe(true);
    }),
  );
  expect(readFireUnit(new Uint8Array(0))).toBeNull();
});

test('the clock is set by type 90', () => {
  expect(bytesToHex(clockUnit(Date.UTC(2012, 8, 26, 9, 58, 2)))).toBe('5A01023A091A090C');
});

describe('the assembler', () => {
  const frame = (seq: number, unit: number[] = []) =>
    encodeFireFrame({
      ...{ seq, version: [1, 1], time: Date.UTC(2026, 2, 1), command: 2 },
      ...{ source: '790300000000', destination: '385B01000000', unit: Uint8Array.from(unit) },
    });
  const seqs = (frames: Uint8Array[]) =>
    frames.map((bytes) => {
      const read = readFireFrame(bytes);
      return read.ok ? read.frame.seq : read.error;
    });

  test('gives every frame once, however the stream is cut', () => {
    const stream = concatBytes(
      frame(1),
      frame(2, [21, 1, 1, 0x40, 0x40, 0x23, 0x23, 0, 0]),
      frame(0x4040),
      frame(4),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }), (cuts) => {
        const assembler = createFireAssembler();
        const got: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          got.push(...assembler.push(stream.subarray(at, at + cut)));
          at += cut;
        }
        expect(seqs(got)).toEqual([1, 2, 0x4040, 4]);
        expect(assembler.dropped).toBe(0);
      }),
    );
  });

  test('finds the next frame behind rubbish, be it of @ and #', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom(0x40, 0x23, 0x00, 0x7f), { maxLength: 20 })
          .map((list) => Uint8Array.from(list)),
        (rubbish) => {
          const got = createFireAssembler().push(concatBytes(rubbish, frame(1), frame(2), frame(3)));
          expect(seqs(got).slice(-2)).toEqual([2, 3]);
        },
      ),
    );
  });

  test('does not wait for the rest of a frame whose length is damaged when a sound one follows', () => {
    const damaged = frame(1);
    damaged[25] = 3;
    const assembler = createFireAssembler();
    expect(assembler.push(damaged)).toEqual([]);
    expect(seqs(assembler.push(frame(2)))).toEqual([2]);
    expect(assembler.dropped).toBe(damaged.length);
  });

  test('hands over a frame with a wrong sum, so that it can be denied', () => {
    const wrong = frame(1);
    wrong[27] = (wrong[27] ?? 0) ^ 1;
    expect(seqs(createFireAssembler().push(concatBytes(wrong, frame(2))))).toEqual(['checksum', 2]);
  });

  test('holds no more than one frame', () => {
    const assembler = createFireAssembler();
    for (let i = 0; i < 50; i++) assembler.push(new Uint8Array(1_000).fill(0x41));
    expect(assembler.dropped).toBe(50_000);
    const endless = concatBytes(frame(1).subarray(0, 24), Uint8Array.of(0xff, 3));
    assembler.push(endless);
    for (let i = 0; i < 50; i++) assembler.push(new Uint8Array(100).fill(0x41));
    expect(assembler.dropped).toBeGreaterThan(54_000);
  });
});
