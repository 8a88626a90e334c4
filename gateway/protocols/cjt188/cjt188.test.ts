import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, hexToBytes } from '../bytes.ts';
import { type Cjt188Values, decodeMeasurements, encodeMeasurements, measurementBytes } from './data.ts';
import { type Cjt188Frame, createCjt188Assembler, decodeCjt188, encodeCjt188, scanCjt188 } from './frame.ts';
import {
  type Cjt188Reading,
  cjt188AddressRequest,
  cjt188Request,
  encodeCjt188Answer,
  readCjt188Addresses,
  readCjt188Answer,
} from './session.ts';

const reading: Cjt188Reading = { type: '10', address: '78330011223344', highFirst: false };
const values: Cjt188Values = { measured: { total: [556_677, 'm3'], settlement: [12.34, 'm3'] } };
const answer = encodeCjt188Answer(reading, { data: encodeMeasurements('10', values) });
const over = { timeOver: true };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

const hexDigits = (count: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: count, maxLength: count })
    .map((list) => list.map((digit) => digit.toString(16).toUpperCase()).join(''));
const frames: fc.Arbitrary<Cjt188Frame> = fc.record({
  type: fc.oneof(fc.constant('AA'), fc.constantFrom('10', '11', '19', '20', '22', '30', '49')),
  address: hexDigits(14),
  control: fc.integer({ min: 0, max: 255 }),
  data: fc.uint8Array({ maxLength: 60 }),
});

describe('a frame', () => {
  test('goes both ways, with any preamble', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 0, max: 4 }), (frame, preamble) => {
        expect(decodeCjt188(encodeCjt188(frame, preamble))).toEqual({ ok: true, frame });
      }),
    );
  });

  test('with any one byte changed is never taken for another', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, change) => {
        const bytes = encodeCjt188(frame);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(decodeCjt188(bytes).ok).toBe(false);
      }),
    );
  });

  test('is believed only when its sum holds, whatever the bytes', () => {
    const noisy = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.uint8Array({ maxLength: 9 }), frames, fc.uint8Array({ maxLength: 9 }))
        .map(([before, frame, after]) => concatBytes(before, encodeCjt188(frame), after)),
    );
    fc.assert(
      fc.property(noisy, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), (bytes, changes) => {
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        for (const { frame, end } of scanCjt188(bytes).frames) {
          const found = bytes.slice(end - 13 - frame.data.length, end);
          expect(encodeCjt188(frame)).toEqual(found);
          // The sum as the standard words it, computed beside the codec.
          expect(found.slice(0, -2).reduce((sum, byte) => (sum + byte) % 256, 0)).toBe(found.at(-2));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('needs a type, an address and room for its data', () => {
    const data = new Uint8Array(0);
    expect(() => encodeCjt188({ type: '1', address: reading.address, control: 1, data })).toThrow(RangeError);
    expect(() => encodeCjt188({ type: '10', address: '161', control: 1, data })).toThrow(/14 digits/);
    const long = new Uint8Array(129);
    expect(() => encodeCjt188({ type: '10', address: reading.address, control: 1, data: long })).toThrow(
      /128/,
    );
  });

  test('is cut out of a stream that comes byte by byte, with noise and a stray 68 between', () => {
    const stream = concatBytes(Uint8Array.of(0xfe, 0x68, 0x00), answer, Uint8Array.of(0x68, 0x16), answer);
    const assembler = createCjt188Assembler();
    const seen = [...stream].flatMap((byte) => assembler.push(Uint8Array.of(byte)));
    expect(seen.map(({ address }) => address)).toEqual([reading.address, reading.address]);
  });
});

describe('measurements', () => {
  const amount = fc.integer({ min: 0, max: 99_999_999 }).map((raw) => raw / 100);
  test.each([
    ['as the standard has them', {}],
    ['with the unit before the value', { unitFirst: true }],
    ['with the century of the clock first', { clockHighFirst: true }],
    ['with a flow of two decimals', { flowDecimals: 2 }],
  ])('go both ways %s', (_, profile) => {
    fc.assert(
      fc.property(amount, amount, amount, (energy, volume, supply) => {
        const heat: Cjt188Values = {
          measured: { energy: [energy, 'GJ'], volume: [volume, 'm3'], power: [1, 'MW'], flow: [2, 'L/h'] },
          plain: { supply_c: (supply * 100) % 10_000, work_hours: 123_456 },
          clock: '20260228235959',
          status: [0x05, 0x80],
        };
        const bytes = encodeMeasurements('20', heat, profile);
        expect(bytes.length).toBe(measurementBytes('20'));
        const seen = decodeMeasurements('20', bytes, profile);
        expect(seen?.measured.get('energy')).toMatchObject({ value: energy, unit: 'GJ', quantity: 'energy' });
        expect(seen?.measured.get('energy')?.base).toBe(Number((energy * (1e9 / 3.6e6)).toPrecision(12)));
        expect(seen?.measured.get('power')?.base).toBe(1_000);
        expect(seen?.measured.get('flow')?.base).toBe(0.002);
        expect(seen?.plain.get('work_hours')).toBe(123_456);
        expect(seen?.time).toBe('2026-02-28 23:59:59');
        expect(seen?.status).toBe(0x8005);
      }),
    );
  });

  test('have a flow of four decimals, where the maker does not differ', () => {
    const bytes = encodeMeasurements('20', { measured: { flow: [0.125, 'm3/h'] } });
    expect(hex(bytes)).toContain(hex(Uint8Array.of(0x50, 0x12, 0x00, 0x00, 0x35)));
    expect(decodeMeasurements('20', bytes)?.measured.get('flow')?.base).toBe(0.125);
    expect(decodeMeasurements('20', bytes, { flowDecimals: 2 })?.measured.get('flow')?.base).toBe(12.5);
  });

  test('can be decoded twice: decoding changes no byte', () => {
    const bytes = Buffer.from(encodeMeasurements('10', values, { clockHighFirst: true }));
    const before = hex(bytes);
    for (let i = 0; i < 2; i++) decodeMeasurements('10', bytes, { clockHighFirst: true });
    expect(hex(bytes)).toBe(before);
  });

  test('read with the wrong order of unit and value are no values', () => {
    const bytes = encodeMeasurements('20', { measured: { energy: [20, 'MWh'] } }, { unitFirst: true });
    expect(decodeMeasurements('20', bytes)?.measured.get('energy')?.base).toBeUndefined();
  });

  test.each([
    ['a clock of the year 0', '00000000000000', null],
    ['a clock of the 31st of February', '20260231000000', null],
    ['a clock with hour 25', '20260201250000', null],
    ['a sound clock', '20261231235959', '2026-12-31 23:59:59'],
  ])('know %s', (_, clock, time) => {
    expect(decodeMeasurements('10', encodeMeasurements('10', { measured: {}, clock }))?.time).toBe(time);
  });

  test('that end early have what they have; a value of FF is none, a digit that is none no value', () => {
    const whole = encodeMeasurements('10', values);
    const short = decodeMeasurements('10', whole.slice(0, 10));
    expect([...(short?.measured.keys() ?? [])]).toEqual(['total', 'settlement']);
    expect(short).toMatchObject({ time: null, status: undefined });
    expect(decodeMeasurements('10', whole.slice(0, 4))).toBeNull();
    const none = hexToBytes('FFFFFFFF2C') ?? whole;
    expect(decodeMeasurements('10', none)?.measured.get('total')).toMatchObject({ value: null, base: null });
    const broken = hexToBytes('0077665A2C') ?? whole;
    expect(decodeMeasurements('10', broken)?.measured.get('total')?.base).toBeUndefined();
    expect(() => encodeMeasurements('10', { measured: { total: [1, 'pint'] } })).toThrow(/pint/);
  });
});

describe('a reading', () => {
  test('asks as the published frames do, in the order that the meter wants', () => {
    expect(hex(cjt188Request(reading))).toBe('FEFEFEFE68104433221100337801031F90008016');
    const heat = { type: '20', address: '00000040314132', highFirst: true };
    expect(hex(cjt188Request(heat))).toBe('FEFEFEFE6820324131400000000103901F001F16');
    expect(() => cjt188Request({ ...reading, address: '12' })).toThrow(RangeError);
  });

  test('waits for every missing byte, and takes the value with the last', () => {
    for (let length = 0; length < answer.length; length++)
      expect(readCjt188Answer(reading, answer.slice(0, length))).toEqual({ state: 'waiting' });
    expect(readCjt188Answer(reading, answer)).toEqual({
      state: 'answer',
      data: encodeMeasurements('10', values),
    });
  });

  const of = (other: Partial<Cjt188Reading>) =>
    encodeCjt188Answer({ ...reading, ...other }, { data: encodeMeasurements('10', { measured: {} }) });
  const damaged = answer.slice();
  damaged[16] = (damaged[16] ?? 0) ^ 1;
  const anotherIdentifier = encodeCjt188({
    type: '10',
    address: reading.address,
    control: 0x81,
    data: Uint8Array.of(0x20, 0xd1, 0, 1, 2, 3, 4, 0x2c),
  });
  test.each([
    ['nothing', new Uint8Array(0), 'silence'],
    ['our own question given back', cjt188Request(reading), 'silence'],
    ['half an answer', answer.slice(0, 15), 'short'],
    ['noise', Uint8Array.of(1, 2, 3), 'noise'],
    ['another meter', of({ address: '78330011223345' }), 'meter'],
    ['a meter of another type with the same number', of({ type: '11' }), 'meter'],
    ['the answer to another question', anotherIdentifier, 'question'],
    ['a wrong sum', damaged, 'checksum'],
  ] as const)('%s is no answer', (_, bytes, error) => {
    expect(readCjt188Answer(reading, bytes, over)).toEqual({ state: 'failed', error });
    if (error !== 'checksum') expect(readCjt188Answer(reading, bytes)).toEqual({ state: 'waiting' });
  });

  test('takes the identifier in either order, behind an echo and the late answer of another meter', () => {
    const high = encodeCjt188Answer(
      { ...reading, highFirst: true },
      { data: encodeMeasurements('10', values) },
    );
    const bytes = concatBytes(cjt188Request(reading), of({ address: '00000000000001' }), high);
    expect(readCjt188Answer(reading, bytes)).toMatchObject({ state: 'answer' });
  });

  test('takes a refusal with the status of the meter', () => {
    const refused = encodeCjt188Answer(reading, { refused: [0x04, 0x01] });
    expect(readCjt188Answer(reading, refused)).toEqual({ state: 'refused', status: '0401' });
  });

  test('of mutated bytes never gives a value that no sound frame holds', () => {
    fc.assert(
      fc.property(fc.nat(answer.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const mutated = concatBytes(of({ address: '00000000000001' }), answer);
        const place = mutated.length - answer.length + at;
        mutated[place] = (mutated[place] ?? 0) ^ change;
        expect(readCjt188Answer(reading, mutated, over).state).not.toBe('answer');
      }),
    );
  });
});

describe('the question who is there', () => {
  const own = encodeCjt188({
    ...{ type: '10', address: '78330011223344', control: 0x83, data: Uint8Array.of(0x0a, 0x81, 0) },
  });

  test('is asked as meters know it', () => {
    expect(hex(cjt188AddressRequest(false))).toBe('FEFEFEFE68AAAAAAAAAAAAAAAA03030A81004916');
    expect(hex(cjt188AddressRequest(true))).toContain('810A00');
  });

  test('is answered by a meter, by nobody, or by several at once', () => {
    const asked = cjt188AddressRequest(false);
    expect(readCjt188Addresses(concatBytes(asked, own))).toEqual({
      ...{ addresses: ['78330011223344'], garbled: false },
    });
    expect(readCjt188Addresses(asked)).toEqual({ addresses: [], garbled: false });
    expect(readCjt188Addresses(own.map((byte, at) => (at === 4 ? byte & 0x0f : byte)))).toEqual({
      ...{ addresses: [], garbled: true },
    });
  });

  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const address of readCjt188Addresses(bytes).addresses) expect(address).toMatch(/^[0-9A-F]{14}$/);
      }),
    );
  });
});
