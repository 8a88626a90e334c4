import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../bytes.ts';
import { decodeNumber, encodeNumber, type PackedFormat } from '../packed-number.ts';
import {
  answerControl,
  createDlt645Assembler,
  type Dlt645Frame,
  decodeDlt645,
  encodeDlt645,
  scanDlt645,
} from './frame.ts';
import { dlt645Entry, shownValues } from './items.ts';
import {
  addressRequest,
  addressRequest1997,
  beginReading,
  encodeAnswer,
  type MeterReading,
  readAddresses,
  readAnswer,
  readingRequest,
  refusalWords,
} from './session.ts';

const meter = '000000000161';
const reading = beginReading(meter, '02010100');
const volts = Uint8Array.of(0x00, 0x22);
const answer = encodeAnswer(reading, { data: volts });
const over = { timeOver: true };

const digits = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 })
  .map((list) => list.join(''));
const frames: fc.Arbitrary<Dlt645Frame> = fc.record({
  address: fc.oneof(digits, fc.constant('AAAAAAAAAAAA')),
  control: fc.integer({ min: 0, max: 255 }),
  data: fc.uint8Array({ maxLength: 60 }),
});

/** The sum as the standard words it, computed beside the codec. */
function sumHolds(bytes: Uint8Array): boolean {
  const begin = bytes.findIndex((byte) => byte !== 0xfe);
  const frame = bytes.slice(begin);
  return frame.slice(0, -2).reduce((sum, byte) => (sum + byte) % 256, 0) === frame.at(-2);
}

describe('a frame', () => {
  test('goes both ways, with any preamble', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 0, max: 4 }), (frame, preamble) => {
        expect(decodeDlt645(encodeDlt645(frame, preamble))).toEqual({ ok: true, frame });
      }),
    );
  });

  test('with any one byte changed is never taken for another', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, change) => {
        const bytes = encodeDlt645(frame);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const result = decodeDlt645(bytes);
        // A changed first byte may be a preamble byte; then the frame lacks its start.
        expect(result.ok).toBe(false);
      }),
    );
  });

  test('is believed only when its sum holds, whatever the bytes', () => {
    const noisy = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.uint8Array({ maxLength: 9 }), frames, fc.uint8Array({ maxLength: 9 }))
        .map(([before, frame, after]) => concatBytes(before, encodeDlt645(frame), after)),
    );
    fc.assert(
      fc.property(noisy, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), (bytes, changes) => {
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        const one = decodeDlt645(bytes);
        if (one.ok) expect(sumHolds(bytes)).toBe(true);
        for (const { frame, end } of scanDlt645(bytes).frames) {
          const from = end - 12 - frame.data.length;
          expect(sumHolds(bytes.slice(from, end))).toBe(true);
          expect(encodeDlt645(frame)).toEqual(bytes.slice(from, end));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('needs a meter number and room for its data', () => {
    const control = 0x11;
    const data = new Uint8Array(0);
    expect(() => encodeDlt645({ address: '161', control, data })).toThrow(RangeError);
    expect(() => encodeDlt645({ address: '0000000001FF', control, data })).toThrow(/12 digits/);
    expect(() => encodeDlt645({ address: meter, control, data: new Uint8Array(256) })).toThrow(/255/);
  });

  test('is cut out of a stream that comes in any pieces, with noise between', () => {
    const noise = fc.uint8Array({ maxLength: 5 }).filter((bytes) => !bytes.includes(0x68));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(noise, frames), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
        (parts, sizes) => {
          const stream = concatBytes(...parts.flatMap(([before, frame]) => [before, encodeDlt645(frame, 2)]));
          const assembler = createDlt645Assembler();
          const seen: Dlt645Frame[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            seen.push(...assembler.push(stream.slice(at, at + size)));
            at += size;
          }
          // Data may hold a frame by chance only when it holds two 68; then more is seen, never less.
          const wanted = parts.map(([, frame]) => frame);
          if (wanted.every(({ data }) => !data.includes(0x35))) expect(seen).toEqual(wanted);
          else expect(seen.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('a number', () => {
  const formats: [string, PackedFormat][] = [
    ['energy', { digits: 8, decimals: 2, signed: false }],
    ['current', { digits: 6, decimals: 3, signed: true }],
    ['factor', { digits: 4, decimals: 3, signed: true }],
  ];
  test.each(formats)('of %s goes both ways', (_, format) => {
    const most = format.signed ? 8 * 10 ** (format.digits - 1) - 1 : 10 ** format.digits - 1;
    fc.assert(
      fc.property(fc.integer({ min: format.signed ? -most : 0, max: most }), (raw) => {
        const value = raw / 10 ** format.decimals;
        expect(decodeNumber(encodeNumber(value, format), 0, format)).toBe(value);
      }),
    );
  });

  test('has a direction where it can have one, and a digit where it cannot', () => {
    const bytes = Uint8Array.of(0x19, 0x15, 0x81);
    expect(decodeNumber(bytes, 0, { digits: 6, decimals: 3, signed: true })).toBe(-11.519);
    expect(decodeNumber(bytes, 0, { digits: 6, decimals: 3, signed: false })).toBe(811.519);
  });

  test('is nothing when it is all FF, no number when a digit is none, and none beyond the data', () => {
    const format = { digits: 4, decimals: 1, signed: false };
    expect(decodeNumber(Uint8Array.of(0xff, 0xff), 0, format)).toBeNull();
    expect(decodeNumber(Uint8Array.of(0x0a, 0x22), 0, format)).toBeUndefined();
    expect(decodeNumber(Uint8Array.of(0x22), 0, format)).toBeUndefined();
    expect(decodeNumber(volts, 1, format)).toBeUndefined();
  });

  test('that does not fit is not packed', () => {
    const format = { digits: 4, decimals: 1, signed: true };
    expect(() => encodeNumber(800, format)).toThrow(RangeError);
    expect(() => encodeNumber(Number.NaN, format)).toThrow(RangeError);
    expect(() => encodeNumber(-1, { ...format, signed: false })).toThrow(RangeError);
  });
});

describe('the table of identifiers', () => {
  test.each([
    ['00000000', 'energy_active_combined', 8, 2, true],
    ['00010000', 'energy_active_import', 8, 2, false],
    ['00020000', 'energy_active_export', 8, 2, false],
    ['00030000', 'energy_reactive_combined_1', 8, 2, true],
    ['00010300', 'energy_active_import_t3', 8, 2, false],
    ['02010300', 'voltage_c', 4, 1, false],
    ['02020100', 'current_a', 6, 3, true],
    ['02030000', 'power_active_total', 6, 4, true],
    ['02030300', 'power_active_c', 6, 4, true],
    ['02060000', 'power_factor_total', 4, 3, true],
    ['02800002', 'frequency', 4, 2, false],
    ['02800007', 'temperature_internal', 4, 1, true],
  ] as const)('%s is %s', (di, name, count, decimals, signed) => {
    expect(dlt645Entry(di)?.item(0)).toMatchObject({ name, format: { digits: count, decimals, signed } });
  });

  test.each(['02010000', '02010400', '00110000', '00014000', '0001000D', '02800099', '03110000', '', 'zz'])(
    '%s is no number that it knows',
    (di) => expect(dlt645Entry(di)).toBeUndefined(),
  );

  test('answers any identifier and data, and never throws', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.uint8Array({ maxLength: 40 }),
        (number, data) => {
          const di = number.toString(16).padStart(8, '0').toUpperCase();
          const seen = shownValues(di, data);
          for (const { value } of Array.isArray(seen) ? seen : [])
            if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        },
      ),
    );
  });
});

describe('a reading', () => {
  test('asks as the published frames do', () => {
    const published = '68610100000000681104333334331416';
    const asked = readingRequest(beginReading(meter, '00010000'));
    expect(Buffer.from(asked).toString('hex').toUpperCase()).toBe(`FEFEFEFE${published}`);
    expect(Buffer.from(addressRequest()).toString('hex').toUpperCase()).toBe(
      'FEFEFEFE68AAAAAAAAAAAA681300DF16',
    );
    expect(() => readingRequest(beginReading('12', '00010000'))).toThrow(RangeError);
  });

  test('waits for every missing byte, and takes the value with the last', () => {
    const bytes = concatBytes(Uint8Array.of(0xfe, 0xfe), answer);
    for (let length = 0; length < bytes.length; length++)
      expect(readAnswer(reading, bytes.slice(0, length))).toEqual({ state: 'waiting' });
    expect(readAnswer(reading, bytes)).toEqual({ state: 'answer', data: volts });
  });

  const of = (other: Partial<MeterReading>, data = volts) => encodeAnswer({ ...reading, ...other }, { data });
  const damaged = answer.slice();
  damaged[12] = (damaged[12] ?? 0) ^ 1;
  test.each([
    ['nothing', new Uint8Array(0), 'silence'],
    ['our own question given back', readingRequest(reading), 'silence'],
    ['half an answer', answer.slice(0, 11), 'short'],
    ['noise', Uint8Array.of(1, 2, 3), 'noise'],
    ['another meter', of({ meter: '000000000162' }), 'meter'],
    ['the answer to another question', of({ di: '02020100' }), 'question'],
    ['a frame that follows, unasked', of({ seq: 3 }), 'question'],
    ['a wrong sum', damaged, 'checksum'],
  ] as const)('%s is no answer', (_, bytes, error) => {
    expect(readAnswer(reading, bytes, over)).toEqual({ state: 'failed', error });
    if (error !== 'checksum') expect(readAnswer(reading, bytes)).toEqual({ state: 'waiting' });
  });

  test('finds its answer behind an echo, noise and the late answer of another meter', () => {
    const bytes = concatBytes(
      readingRequest(reading),
      Uint8Array.of(0x68, 0x00),
      of({ meter: '000000000162' }, Uint8Array.of(0x99, 0x99)),
      of({ di: '02020100' }, Uint8Array.of(0x99, 0x99)),
      answer,
    );
    expect(readAnswer(reading, bytes)).toEqual({ state: 'answer', data: volts });
  });

  test('a sound answer behind a broken one counts', () => {
    expect(readAnswer(reading, concatBytes(damaged, answer))).toEqual({ state: 'answer', data: volts });
    expect(readAnswer(reading, damaged)).toEqual({ state: 'failed', error: 'checksum' });
  });

  test('takes a refusal with its reasons', () => {
    expect(readAnswer(reading, encodeAnswer(reading, { refused: 2 }))).toEqual({ state: 'refused', code: 2 });
    expect(refusalWords(2)).toBe('the meter has no such data');
    expect(refusalWords(0x41)).toBe('more tariffs than the meter has, another error');
    expect(refusalWords(0)).toBe('no reason given');
    const two = encodeDlt645({
      address: meter,
      control: answerControl(0x11, { refused: true }),
      data: Uint8Array.of(1, 2),
    });
    expect(readAnswer(reading, two, over)).toEqual({ state: 'failed', error: 'question' });
  });

  test('in several frames is put together in order, and only in order', () => {
    const block = beginReading(meter, '0001FF00');
    const parts = [Uint8Array.of(1, 0, 0, 0), Uint8Array.of(2, 0, 0, 0, 3, 0), Uint8Array.of(0, 0)];
    let now = block;
    for (const [i, data] of parts.entries()) {
      const more = i < parts.length - 1;
      // The frame of another number is not taken, whenever it comes.
      const wrong = encodeAnswer({ ...now, seq: now.seq + 1 }, { data: Uint8Array.of(9, 9, 9, 9) });
      expect(readAnswer(now, wrong, over)).toMatchObject({ state: 'failed', error: 'question' });
      const seen = readAnswer(now, concatBytes(wrong, encodeAnswer(now, { data, more })));
      if (seen.state === 'more') {
        now = seen.reading;
        const asked = decodeDlt645(readingRequest(now));
        expect(asked).toMatchObject({ ok: true, frame: { control: 0x12 } });
        if (asked.ok) expect(asked.frame.data.at(-1)).toBe(i + 1);
      } else expect(seen).toEqual({ state: 'answer', data: concatBytes(...parts) });
    }
    expect(now.seq).toBe(2);
  });

  test('ends: a meter that always has more is not asked beyond 255', () => {
    const last = { ...reading, seq: 255 };
    expect(readAnswer(last, encodeAnswer(last, { data: volts, more: true }), over)).toMatchObject({
      state: 'failed',
    });
  });

  test('of mutated bytes never gives a value that no sound frame holds', () => {
    const bytes = concatBytes(of({ meter: '000000000162' }, Uint8Array.of(0x77, 0x77)), answer);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 1,
        }),
        (changes) => {
          const mutated = bytes.slice();
          for (const [at, change] of changes) mutated[at] = (mutated[at] ?? 0) ^ change;
          const seen = readAnswer(reading, mutated, over);
          if (seen.state === 'answer') expect(seen.data).toEqual(volts);
        },
      ),
    );
  });
});

describe('a meter of 1997', () => {
  const old = beginReading(meter, '9010');
  const energy = Uint8Array.of(0x56, 0x34, 0x12, 0x00);

  test('is asked with two bytes of identifier, and answers with them', () => {
    const asked = decodeDlt645(readingRequest(old));
    expect(asked).toMatchObject({ ok: true, frame: { control: 0x01, data: Uint8Array.of(0x10, 0x90) } });
    expect(readAnswer(old, encodeAnswer(old, { data: energy }))).toEqual({ state: 'answer', data: energy });
    const recent = encodeAnswer(beginReading(meter, '00009010'), { data: energy });
    expect(readAnswer(old, recent, over)).toEqual({ state: 'failed', error: 'question' });
  });

  test('sends what follows without a number', () => {
    const first = readAnswer(old, encodeAnswer(old, { data: energy, more: true }));
    expect(first).toMatchObject({ state: 'more', reading: { seq: 1 } });
    if (first.state !== 'more') return;
    const asked = decodeDlt645(readingRequest(first.reading));
    expect(asked).toMatchObject({ ok: true, frame: { control: 0x02, data: Uint8Array.of(0x10, 0x90) } });
    const rest = encodeAnswer(first.reading, { data: volts });
    expect(readAnswer(first.reading, rest)).toEqual({ state: 'answer', data: concatBytes(energy, volts) });
  });

  test.each([
    ['9010', 'energy_active_import', 8, 2],
    ['9023', 'energy_active_export_t3', 8, 2],
    ['9410', 'energy_active_import_settled_1', 8, 2],
    ['B612', 'voltage_b', 4, 0],
    ['b621', 'current_a', 4, 2],
    ['B630', 'power_active_total', 6, 4],
    ['B653', 'power_factor_c', 4, 3],
  ] as const)('holds under %s %s', (di, name, count, decimals) => {
    expect(dlt645Entry(di)?.item(0)).toMatchObject({
      name,
      format: { digits: count, decimals, signed: false },
    });
  });

  test.each(['9000', '9C10', 'B610', 'B614', 'B63F', 'C010', 'FFFF', 'zzzz'])(
    '%s is no number that it knows',
    (di) => expect(dlt645Entry(di)).toBeUndefined(),
  );
});

describe('the question who is there', () => {
  const own = (address: string, control = answerControl(0x13)) =>
    encodeDlt645({ address, control, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  const first = own('000000000161');
  const second = own('202109180007', answerControl(0x01));

  test.each([
    ['nobody', new Uint8Array(0), [], false],
    ['our own questions given back', concatBytes(addressRequest(), addressRequest1997()), [], false],
    ['a meter behind our own question', concatBytes(addressRequest(), first), ['000000000161'], false],
    ['two, one after the other', concatBytes(first, second, first), ['000000000161', '202109180007'], false],
    ['two at once', first.map((byte, at) => byte & (second[at] ?? 0xff)), [], true],
    ['noise', Uint8Array.of(0x00, 0x13), [], true],
    ['an answer that broke off', first.slice(0, 12), [], true],
  ])('answered by %s', (_, bytes, addresses, garbled) => {
    expect(readAddresses(bytes)).toEqual({ addresses, garbled });
  });

  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const address of readAddresses(bytes).addresses) expect(address).toMatch(/^[0-9A]{12}$/);
      }),
    );
  });
});
