import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts';
import { crcHolds, modbusCrc } from './crc.ts';
import { encodeRequest, type ModbusRequest, type ModbusResponse } from './pdu.ts';
import { createRtuAssembler, decodeRtu, encodeRtuRequest, encodeRtuResponse } from './rtu.ts';

const word = fc.integer({ min: 0, max: 0xffff });
const bit = fc.integer({ min: 0, max: 1 });
const unit = fc.integer({ min: 1, max: 247 });

const anyRequest: fc.Arbitrary<ModbusRequest> = fc.oneof(
  fc.record({
    fc: fc.constantFrom(1 as const, 2 as const),
    address: word,
    quantity: fc.integer({ min: 1, max: 2000 }),
  }),
  fc.record({
    fc: fc.constantFrom(3 as const, 4 as const),
    address: word,
    quantity: fc.integer({ min: 1, max: 125 }),
  }),
  fc.record({ fc: fc.constantFrom(5 as const, 6 as const), address: word, value: word }),
  fc.record({
    fc: fc.constant(15 as const),
    address: word,
    bits: fc.array(bit, { minLength: 1, maxLength: 300 }),
  }),
  fc.record({
    fc: fc.constant(16 as const),
    address: word,
    registers: fc.array(word, { minLength: 1, maxLength: 123 }),
  }),
);
const anyResponse: fc.Arbitrary<ModbusResponse> = fc.oneof(
  fc.record({
    fc: fc.constantFrom(1 as const, 2 as const),
    bits: fc.array(bit, { minLength: 8, maxLength: 400 }).filter((bits) => bits.length % 8 === 0),
  }),
  fc.record({
    fc: fc.constantFrom(3 as const, 4 as const),
    registers: fc.array(word, { minLength: 1, maxLength: 125 }),
  }),
  fc.record({ fc: fc.constantFrom(5 as const, 6 as const), address: word, value: word }),
  fc.record({
    fc: fc.constantFrom(15 as const, 16 as const),
    address: word,
    quantity: fc.integer({ min: 1, max: 123 }),
  }),
  fc.record({ fc: fc.constantFrom(1, 2, 3, 4, 5, 6, 15, 16), exception: fc.integer({ min: 1, max: 11 }) }),
);

test('the CRC is the one of modbus-serial', () => {
  const theirs = createRequire(import.meta.url)('modbus-serial/utils/crc16.js') as (
    bytes: Uint8Array,
  ) => number;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(modbusCrc(bytes)).toBe(theirs(Buffer.from(bytes)));
    }),
  );
});

test('a request comes back as it was sent', () => {
  fc.assert(
    fc.property(unit, anyRequest, (to, request) => {
      const frame = decodeRtu(encodeRtuRequest(to, request), 'request');
      const quantity =
        'bits' in request
          ? request.bits.length
          : 'registers' in request
            ? request.registers.length
            : undefined;
      expect(frame).toEqual({
        ok: true,
        unit: to,
        pdu: quantity === undefined ? request : { ...request, quantity },
      });
    }),
  );
});

test('an answer comes back as it was sent', () => {
  fc.assert(
    fc.property(unit, anyResponse, (from, response) => {
      const frame = decodeRtu(encodeRtuResponse(from, response), 'response');
      expect(frame.ok && frame.unit).toBe(from);
      expect(frame.ok && frame.pdu).toMatchObject(response);
    }),
  );
});

test('a frame with one to three bits turned is refused for its CRC', () => {
  fc.assert(
    fc.property(
      unit,
      anyResponse,
      fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 3 }),
      (from, response, flips) => {
        const frame = encodeRtuResponse(from, response);
        const places = new Set(flips.map((flip) => flip % (8 * frame.length)));
        for (const place of places) frame[place >> 3] = (frame[place >> 3] ?? 0) ^ (1 << (place & 7));
        expect(decodeRtu(frame)).toEqual({ ok: false, error: 'crc' });
      },
    ),
  );
});

test('random bytes are accepted only where their last two are their CRC', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 256 }), (bytes) => {
      if (!crcHolds(bytes)) expect(decodeRtu(bytes)).toEqual({ ok: false, error: 'crc' });
    }),
  );
});

test.each<[string, () => Uint8Array]>([
  ['126 registers at once', () => encodeRtuRequest(1, { fc: 3, address: 0, quantity: 126 })],
  ['no register', () => encodeRtuRequest(1, { fc: 4, address: 0, quantity: 0 })],
  ['2001 coils', () => encodeRtuRequest(1, { fc: 1, address: 0, quantity: 2001 })],
  ['a value of 17 bits', () => encodeRtuRequest(1, { fc: 6, address: 0, value: 0x10000 })],
  ['a negative value', () => encodeRtuRequest(1, { fc: 6, address: 0, value: -1 })],
  ['half an address', () => encodeRtuRequest(1, { fc: 6, address: 0.5, value: 1 })],
  [
    '124 registers to write',
    () => encodeRtuRequest(1, { fc: 16, address: 0, registers: new Array(124).fill(0) }),
  ],
  ['nothing to write', () => encodeRtuRequest(1, { fc: 15, address: 0, bits: [] })],
  ['unit 256', () => encodeRtuRequest(256, { fc: 3, address: 0, quantity: 1 })],
  ['a broadcast read', () => encodeRtuRequest(0, { fc: 3, address: 0, quantity: 1 })],
])('%s cannot be sent', (_, encode) => {
  expect(encode).toThrow(RangeError);
});

/** The same bytes, cut at random places. */
const cuts = (bytes: Uint8Array, places: readonly number[]) => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.slice(from, at[i] ?? bytes.length));
};

test('frames come out whole however their bytes are split and merged', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(unit, anyResponse), { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (sent, places) => {
        const frames = sent.map(([from, response]) => encodeRtuResponse(from, response));
        const assembler = createRtuAssembler('response');
        const out = cuts(concatBytes(...frames), places).flatMap((part) => assembler.push(part));
        expect(out.map(bytesToHex)).toEqual(frames.map(bytesToHex));
        expect(assembler.dropped).toBe(0);
      },
    ),
  );
});

test('requests come out whole too', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(unit, anyRequest), { minLength: 1, maxLength: 4 }), (sent) => {
      const frames = sent.map(([to, request]) => encodeRtuRequest(to, request));
      const assembler = createRtuAssembler('request');
      expect(assembler.push(concatBytes(...frames)).map(bytesToHex)).toEqual(frames.map(bytesToHex));
    }),
  );
});

test('after noise the next frame is found, at the latest when the line falls silent', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      unit,
      anyResponse,
      (noise, from, response) => {
        const frame = encodeRtuResponse(from, response);
        const assembler = createRtuAssembler('response');
        const out = [...assembler.push(noise), ...assembler.push(frame), ...assembler.flush()];
        expect(out.map(bytesToHex)).toContain(bytesToHex(frame));
      },
    ),
  );
});

test('an endless stream of noise is not kept', () => {
  const assembler = createRtuAssembler('response');
  const noise = new Uint8Array(1000).fill(0x55);
  for (let i = 0; i < 100; i++) expect(assembler.push(noise)).toEqual([]);
  expect(assembler.dropped).toBeGreaterThan(100_000 - 300);
});

test('a function of unknown length ends where the line falls silent', () => {
  const frame = hexToBytes('0111C02C') ?? new Uint8Array();
  const assembler = createRtuAssembler('request');
  expect(assembler.push(frame)).toEqual([]);
  expect(assembler.flush().map(bytesToHex)).toEqual(['0111C02C']);
});

test('half a frame is thrown away when the line falls silent, and the next one is whole', () => {
  const frame = encodeRtuRequest(3, { fc: 3, address: 1, quantity: 2 });
  const assembler = createRtuAssembler('request');
  expect(assembler.push(frame.slice(0, 5))).toEqual([]);
  expect(assembler.flush()).toEqual([]);
  expect(assembler.dropped).toBe(5);
  expect(assembler.push(frame).map(bytesToHex)).toEqual([bytesToHex(frame)]);
});

test('the PDU of a coil write packs eight coils a byte, lowest first', () => {
  expect(bytesToHex(encodeRequest({ fc: 15, address: 0x13, bits: [1, 0, 1, 1, 0, 0, 1, 1, 1, 0] }))).toBe(
    '0F0013000A02CD01',
  );
});
