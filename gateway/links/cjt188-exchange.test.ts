import { expect, test } from 'vitest';
import { encodeMeasurements } from '../protocols/cjt188/data.ts';
import { type Cjt188Reading, encodeCjt188Answer } from '../protocols/cjt188/session.ts';
import { cjt188Exchange } from './cjt188-exchange.ts';

const reading: Cjt188Reading = { type: '10', address: '78330011223344', highFirst: false };
const data = encodeMeasurements('10', { measured: { total: [12.5, 'm3'] } });
const good = encodeCjt188Answer(reading, { data });
const damaged = good.slice();
damaged[15] = (damaged[15] ?? 0) ^ 0x01;

test('an answer that comes in pieces is taken with its last byte', () => {
  const exchange = cjt188Exchange(reading);
  expect(exchange.answerBytes).toBe(4 + good.length);
  expect(exchange.take(good.slice(0, 9))).toEqual({ state: 'waiting' });
  const verdict = exchange.take(good.slice(9));
  expect(verdict).toMatchObject({ state: 'done', outcome: { ok: true } });
  if (verdict.state === 'done' && verdict.outcome.ok)
    expect(Uint8Array.from(verdict.outcome.value)).toEqual(data);
});

test.each([
  [
    'a refusal',
    encodeCjt188Answer(reading, { refused: [0x04, 0x00] }),
    'refused',
    { code: 'refused', asked: '901F', word: '0400' },
    'its status: 0400',
  ],
  [
    'a wrong checksum',
    damaged,
    'broken',
    { code: 'checksum' },
    'the checksum of the answer to 901F is wrong',
  ],
])('%s ends the exchange at once', (_, bytes, error, fault, words) => {
  expect(cjt188Exchange(reading).take(bytes)).toEqual({
    state: 'done',
    outcome: { ok: false, error, fault, words: expect.stringContaining(words) },
  });
});

test.each([
  [
    'silence',
    new Uint8Array(0),
    'timeout',
    { code: 'silent', timeoutMs: 700 },
    'no answer within 700 ms to 901F',
  ],
  ['half an answer', good.slice(0, 20), 'broken', { code: 'short' }, 'broke off'],
  ['noise', Uint8Array.of(1, 2, 3), 'broken', { code: 'noise' }, 'no CJ/T 188 frame'],
  [
    'another meter',
    encodeCjt188Answer({ ...reading, address: '00000000000001' }, { data }),
    'timeout',
    { code: 'other-meter', timeoutMs: 700 },
    'another meter spoke meanwhile',
  ],
] as const)('%s is told in words and as a code when the time is over', (_, bytes, error, fault, words) => {
  const exchange = cjt188Exchange(reading);
  expect(exchange.take(bytes)).toEqual({ state: 'waiting' });
  expect(exchange.timeOver(700)).toEqual({ ok: false, error, fault, words: expect.stringContaining(words) });
});
