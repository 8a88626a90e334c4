import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexToBytes } from './bytes.ts';
import { decodeFrame, decoders, type FrameQuestion, runVectors } from './decode.ts';

type Vector = FrameQuestion & {
  id: string;
  protocol: string;
  expect: Record<string, unknown>;
  source: string;
};

const folder = new URL('../../test/vectors/', import.meta.url);
const vectors = readdirSync(folder).flatMap(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector[],
);
const protocols = Object.keys(decoders);

const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff }));
const anyText = fc.array(codePoint, { maxLength: 60 }).map((points) => String.fromCodePoint(...points));

describe.each(protocols)('%s', (protocol) => {
  const own = vectors.filter((vector) => vector.protocol === protocol);

  test.each(own.map((vector) => [vector.id, vector] as const))(
    '%s decodes as its source says',
    (_, vector) => {
      expect(runVectors([vector])).toEqual([{ id: vector.id, protocol, passed: true, differences: [] }]);
    },
  );

  test('has frames that must be refused among its vectors', () => {
    expect(own.some((vector) => vector.expect.valid === false)).toBe(true);
    expect(own.some((vector) => vector.expect.valid !== false)).toBe(true);
  });

  test('answers any bytes with any hints, and never throws', () => {
    const profiles = [...new Set(own.map((vector) => JSON.stringify(vector.profile ?? null)))].map(
      (text) => JSON.parse(text) as unknown,
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.oneof(fc.constantFrom(...profiles), fc.anything()),
        fc.constantFrom('request', 'response', undefined, 'sideways'),
        (bytes, profile, direction) => {
          const seen = decodeFrame(protocol, { hex: Buffer.from(bytes).toString('hex'), profile, direction });
          expect(typeof seen.valid).toBe('boolean');
          expect(seen.valid ? seen.error : typeof seen.error).toBe(seen.valid ? undefined : 'string');
        },
      ),
    );
  });

  test('answers any text, and never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(typeof decodeFrame(protocol, { text }).valid).toBe('boolean');
      }),
    );
  });

  test('what it answers is JSON', () => {
    for (const vector of own) {
      const seen = decodeFrame(protocol, vector);
      expect(JSON.parse(JSON.stringify(seen))).toEqual(
        Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined)),
      );
    }
  });
});

test('every vector names a protocol, a public source and an id of its own', () => {
  expect(vectors.filter((vector) => !vector.source || !vector.protocol)).toEqual([]);
  expect(new Set(vectors.map((vector) => vector.id)).size).toBe(vectors.length);
});

test('the frames of the vectors are hex', () => {
  expect(
    vectors.filter(({ id, hex }) => hex !== undefined && !id.endsWith('-odd') && !hexToBytes(hex)),
  ).toEqual([]);
});

test('broken hex and an unknown protocol are answers, not exceptions', () => {
  expect(decodeFrame('modbus-rtu', { hex: '0' })).toEqual({ valid: false, error: 'hex' });
  expect(decodeFrame('modbus-rtu', { hex: 'zz' })).toEqual({ valid: false, error: 'hex' });
  expect(decodeFrame('modbus-rtu', { hex: '00', key_hex: 'x' })).toEqual({ valid: false, error: 'key' });
  expect(decodeFrame('toString', { hex: '00' })).toMatchObject({ valid: false, error: 'unknown_protocol' });
});

const request = { id: 'a', protocol: 'modbus-rtu', hex: '01040000000271CB', direction: 'request' };
const passes = (expected: unknown, more: object = {}) =>
  runVectors([{ ...request, ...more, expect: expected }]).every((result) => result.passed);

test('a vector passes when every expected field is equal, whatever else is there', () => {
  expect(passes({ valid: true })).toBe(true);
  expect(passes({ valid: true, quantity: 2 })).toBe(true);
  expect(passes({ valid: true, quantity: 3 })).toBe(false);
  expect(passes({ valid: true, registers: [] })).toBe(false);
  expect(passes({ valid: 1 })).toBe(false);
});

test('numbers pass within a billionth of their size', () => {
  const value = (expected: number) =>
    runVectors([
      {
        id: 'v',
        protocol: 'modbus-wordorder',
        hex: '1DCD6500',
        profile: { type: 'uint32' },
        expect: { value: expected },
      },
    ])[0]?.passed;
  expect(value(500_000_000.4)).toBe(true);
  expect(value(500_000_000.6)).toBe(false);
});

test('lists must be of equal length; objects in them may have more fields', () => {
  const tcp = (adus: unknown) =>
    runVectors([{ id: 't', protocol: 'modbus-tcp', hex: '00010000000601030000000A', expect: { adus } }])[0]
      ?.passed;
  expect(tcp([{ tid: 1, quantity: 10 }])).toBe(true);
  expect(tcp([{ tid: 1 }, { tid: 2 }])).toBe(false);
  expect(tcp([])).toBe(false);
});

test('the differing field is named with what was expected and what came', () => {
  expect(runVectors([{ ...request, expect: { valid: true, quantity: 3, unit: 2 } }])[0]?.differences).toEqual(
    [
      { field: 'quantity', expected: 3, actual: 2 },
      { field: 'unit', expected: 2, actual: 1 },
    ],
  );
});

test('a reply that is expected and not given fails', () => {
  expect(passes({ valid: true }, { response_hex: '06' })).toBe(false);
});

test('a vector of an unknown protocol fails, even one that expects a refusal', () => {
  expect(runVectors([{ id: 'x', protocol: 'nope', hex: '00', expect: { valid: false } }])[0]?.passed).toBe(
    false,
  );
  expect(
    runVectors([{ id: 'x', protocol: 'constructor', hex: '00', expect: { valid: false } }])[0]?.passed,
  ).toBe(false);
});

test('a protocol asked for by a name that does not exist fails even without vectors', () => {
  expect(runVectors(vectors, ['modbus-rtux'])).toMatchObject([{ protocol: 'modbus-rtux', passed: false }]);
});

test('only the protocols asked for are run', () => {
  const results = runVectors(vectors, ['contact-id', 'rfid-em4100-raw']);
  expect(new Set(results.map((result) => result.protocol))).toEqual(
    new Set(['contact-id', 'rfid-em4100-raw']),
  );
});

test.each([
  [null],
  [{}],
  ['text'],
  [[null]],
  [[{}]],
  [[{ id: 1, protocol: 'modbus-rtu' }]],
  [[{ ...request, expect: {} }]],
])('vectors that are none (%j) fail', (broken) => {
  const results = runVectors(broken);
  expect(results.length).toBeGreaterThan(0);
  expect(results.some((result) => result.passed)).toBe(false);
});
