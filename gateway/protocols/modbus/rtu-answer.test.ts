import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../bytes.ts';
import type { ModbusRequest } from './pdu.ts';
import { encodeRtuRequest, encodeRtuResponse } from './rtu.ts';
import { answerBytes, expectsAnswer, readRtuAnswer } from './rtu-answer.ts';

const read: ModbusRequest = { fc: 3, address: 0x10, quantity: 2 };
const answer = encodeRtuResponse(5, { fc: 3, registers: [7, 8] });
const over = { timeOver: true };

function damaged(frame: Uint8Array, place: number): Uint8Array {
  const bytes = frame.slice();
  bytes[place] = (bytes[place] ?? 0) ^ 0x04;
  return bytes;
}

test('a good answer gives the registers and says where it ends', () => {
  expect(readRtuAnswer(5, read, answer)).toEqual({
    state: 'answer',
    pdu: { fc: 3, registers: [7, 8] },
    used: 9,
  });
});

test('every shorter piece of an answer is waited for, and is short when the time is over', () => {
  for (let length = 0; length < answer.length; length++) {
    const piece = answer.slice(0, length);
    const state = readRtuAnswer(5, read, piece);
    expect(state.state).toBe('waiting');
    if (length > 1 && state.state === 'waiting') expect(state.missing).toBe(answer.length - length);
    const error = length === 0 ? 'silence' : length === 1 ? 'noise' : 'short';
    expect(readRtuAnswer(5, read, piece, over)).toEqual({ state: 'failed', error });
  }
});

test('coils beyond those asked for are padding and cut away', () => {
  const request: ModbusRequest = { fc: 1, address: 0, quantity: 10 };
  const bytes = encodeRtuResponse(5, { fc: 1, bits: [1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1] });
  expect(readRtuAnswer(5, request, bytes)).toMatchObject({
    state: 'answer',
    pdu: { bits: [1, 0, 1, 0, 1, 0, 1, 0, 1, 1] },
  });
});

describe('each kind of wrong answer has its own error', () => {
  test.each([1, 2, 3, 4, 5, 6, 10, 11])('exception %d', (code) => {
    const bytes = encodeRtuResponse(5, { fc: 3, exception: code });
    expect(readRtuAnswer(5, read, bytes)).toMatchObject({ state: 'exception', code, used: 5 });
  });

  test('a bad CRC ends the exchange at once', () => {
    expect(readRtuAnswer(5, read, damaged(answer, 4))).toEqual({ state: 'failed', error: 'crc' });
    expect(readRtuAnswer(5, read, damaged(encodeRtuResponse(5, { fc: 3, exception: 2 }), 2))).toEqual({
      state: 'failed',
      error: 'crc',
    });
  });

  test('another unit is passed over while there is time, then told', () => {
    const stray = encodeRtuResponse(6, { fc: 3, registers: [1, 2] });
    expect(readRtuAnswer(5, read, stray).state).toBe('waiting');
    expect(readRtuAnswer(5, read, stray, over)).toEqual({ state: 'failed', error: 'unit' });
    expect(readRtuAnswer(5, read, concatBytes(stray, answer))).toMatchObject({ state: 'answer', used: 18 });
  });

  test('another function of the same unit', () => {
    const other = encodeRtuResponse(5, { fc: 4, registers: [1, 2] });
    expect(readRtuAnswer(5, read, other)).toEqual({ state: 'failed', error: 'function' });
  });

  test('another number of registers or coils than asked', () => {
    const three = encodeRtuResponse(5, { fc: 3, registers: [1, 2, 3] });
    expect(readRtuAnswer(5, read, three)).toEqual({ state: 'failed', error: 'length' });
    const coils = encodeRtuResponse(5, { fc: 1, bits: new Array(24).fill(1) });
    expect(readRtuAnswer(5, { fc: 1, address: 0, quantity: 8 }, coils)).toEqual({
      state: 'failed',
      error: 'length',
    });
  });

  test.each<[string, ModbusRequest, Parameters<typeof encodeRtuResponse>[1]]>([
    ['another coil', { fc: 5, address: 1, value: 0xff00 }, { fc: 5, address: 2, value: 0xff00 }],
    ['another state', { fc: 5, address: 1, value: 0xff00 }, { fc: 5, address: 1, value: 0 }],
    ['another value', { fc: 6, address: 1, value: 5 }, { fc: 6, address: 1, value: 6 }],
    ['fewer registers', { fc: 16, address: 1, registers: [1, 2] }, { fc: 16, address: 1, quantity: 1 }],
    ['fewer coils', { fc: 15, address: 1, bits: [1, 1] }, { fc: 15, address: 1, quantity: 1 }],
  ])('a write answered with %s', (_, request, response) => {
    expect(readRtuAnswer(5, request, encodeRtuResponse(5, response))).toEqual({
      state: 'failed',
      error: 'mismatch',
    });
  });

  test('bytes that are no frame', () => {
    const noise = Uint8Array.of(0xff, 0x00, 0xff);
    expect(readRtuAnswer(5, read, noise).state).toBe('waiting');
    expect(readRtuAnswer(5, read, noise, over)).toEqual({ state: 'failed', error: 'noise' });
  });
});

test.each<[string, ModbusRequest, Parameters<typeof encodeRtuResponse>[1]]>([
  ['a coil', { fc: 5, address: 1, value: 0x5500 }, { fc: 5, address: 1, value: 0x5500 }],
  ['a register', { fc: 6, address: 1, value: 5 }, { fc: 6, address: 1, value: 5 }],
  ['coils', { fc: 15, address: 1, bits: [1, 0, 1] }, { fc: 15, address: 1, quantity: 3 }],
  ['registers', { fc: 16, address: 1, registers: [1, 2] }, { fc: 16, address: 1, quantity: 2 }],
])('a write of %s that is repeated is done', (_, request, response) => {
  const bytes = encodeRtuResponse(5, response);
  expect(bytes.length).toBe(answerBytes(request));
  expect(readRtuAnswer(5, request, bytes)).toMatchObject({ state: 'answer', used: 8 });
});

test('stray bytes before the answer do not hide it', () => {
  expect(readRtuAnswer(5, read, concatBytes(Uint8Array.of(0x00), answer))).toMatchObject({
    state: 'answer',
    used: 10,
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (noise) => {
      const seen = readRtuAnswer(5, read, concatBytes(noise, answer), over);
      // Noise may by chance look like the head of an answer; what must never happen is another value.
      if (seen.state === 'answer') expect(seen.pdu.registers).toEqual([7, 8]);
    }),
  );
});

test('the echo of a converter is taken out before the answer', () => {
  const sent = encodeRtuRequest(5, read);
  const echo = { echo: true };
  expect(readRtuAnswer(5, read, sent.slice(0, 3), echo).state).toBe('waiting');
  expect(readRtuAnswer(5, read, sent, echo).state).toBe('waiting');
  expect(readRtuAnswer(5, read, concatBytes(sent, answer), echo)).toMatchObject({
    state: 'answer',
    used: 17,
  });
  expect(readRtuAnswer(5, read, answer, echo)).toMatchObject({ state: 'answer', used: 9 });
  expect(readRtuAnswer(5, read, sent, { ...echo, ...over })).toEqual({ state: 'failed', error: 'silence' });
});

test('the echo of a coil write is no answer', () => {
  const write: ModbusRequest = { fc: 5, address: 1, value: 0xff00 };
  const sent = encodeRtuRequest(5, write);
  expect(readRtuAnswer(5, write, sent, { echo: true }).state).toBe('waiting');
  expect(readRtuAnswer(5, write, concatBytes(sent, sent), { echo: true })).toMatchObject({
    state: 'answer',
    used: 16,
  });
});

test('a broadcast has no answer', () => {
  expect(expectsAnswer(0)).toBe(false);
  expect(expectsAnswer(1)).toBe(true);
});

test('no damaged answer is ever taken for values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 2, maxLength: 2 }),
      fc.uniqueArray(fc.nat({ max: 71 }), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (registers, flips, timeOver) => {
        const bytes = encodeRtuResponse(5, { fc: 3, registers });
        for (const flip of flips) bytes[flip >> 3] = (bytes[flip >> 3] ?? 0) ^ (1 << (flip & 7));
        expect(['waiting', 'failed']).toContain(readRtuAnswer(5, read, bytes, { timeOver }).state);
      },
    ),
  );
});

test('any bytes at all get a state, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), fc.boolean(), (bytes, timeOver, echo) => {
      const seen = readRtuAnswer(5, read, bytes, { timeOver, echo });
      if (timeOver) expect(seen.state).not.toBe('waiting');
    }),
  );
});

test('two sound answers at once that differ are none, a repeated one is one', () => {
  const question = { fc: 3, address: 0, quantity: 1 } as const;
  const late = encodeRtuResponse(1, { fc: 3, registers: [7] });
  const own = encodeRtuResponse(1, { fc: 3, registers: [8] });
  expect(readRtuAnswer(1, question, concatBytes(late, own))).toEqual({ state: 'failed', error: 'twice' });
  expect(readRtuAnswer(1, question, concatBytes(own, own))).toMatchObject({
    state: 'answer',
    pdu: { registers: [8] },
  });
  const neighbour = encodeRtuResponse(2, { fc: 3, registers: [9] });
  expect(readRtuAnswer(1, question, concatBytes(neighbour, own, neighbour))).toMatchObject({
    state: 'answer',
    pdu: { registers: [8] },
  });
});
