import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexToBytes } from './bytes.ts';
import { decoders, type FrameQuestion } from './decode.ts';
import { explainFrame } from './explain.ts';
import { guessFrame } from './guess.ts';

type Vector = FrameQuestion & { id: string; protocol: string; expect: Record<string, unknown> };

const folder = new URL('../../test/vectors/', import.meta.url);
const vectors = readdirSync(folder).flatMap(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector[],
);
const sound = vectors.filter((vector) => vector.expect.valid !== false);

/** What the vector says beside its bytes, as somebody who knows the device would. */
function guessed({ hex, text, profile, key_hex, topic, direction, bits }: Vector) {
  const hints = { profile, key_hex, topic, direction, bits };
  return { ...guessFrame(hex ?? text ?? '', hex === undefined ? 'text' : 'hex', hints), hints };
}

test('the protocol of every sound vector is the first guess, of every protocol', () => {
  // The number of an iButton as eight bytes in their own order is what its own protocol sends.
  const own = ({ id, protocol }: Vector) => (id === 'card-ibutton-sent' ? 'ibutton-ds1990' : protocol);
  const missed = sound.filter((vector) => guessed(vector).candidates[0]?.protocol !== own(vector));
  expect(missed.map(({ id }) => id)).toEqual([]);
  expect(sound.length).toBeGreaterThan(400);
  // A protocol that the guess does not know would have none of its own.
  expect(Object.keys(decoders).filter((id) => !sound.some(({ protocol }) => protocol === id))).toEqual([]);
  expect(Object.keys(decoders).length).toBeGreaterThanOrEqual(34);
});

test('by the bytes alone all but one of the vectors that are frames are found', () => {
  // Registers without a frame and the numbers of cards could be anything; a bare word needs its topic, and so do bits.
  const bare = new Set(['modbus-wordorder', 'modbus-device', 'card-number-forms']);
  const framed = sound.filter(({ protocol, topic, bits }) => !bare.has(protocol) && !topic && !bits);
  expect(framed.length).toBeGreaterThan(240);
  const missed = framed.filter(({ hex, text, protocol }) => {
    const [first] = guessFrame(hex ?? text ?? '', null, {}).candidates;
    return first?.protocol !== protocol;
  });
  expect(missed.length).toBeLessThanOrEqual(1);
});

test('a frame whose check sum fails is never called sure, and what was expected is told', () => {
  const failed = vectors.filter(({ expect: wanted }) => ['crc', 'checksum'].includes(String(wanted.error)));
  expect(failed.length).toBeGreaterThan(8);
  for (const vector of failed) {
    const { candidates, frames, hints } = guessed(vector);
    const own = candidates.find(({ protocol }) => protocol === vector.protocol);
    expect([vector.id, own?.certainty ?? 'broken']).toEqual([vector.id, 'broken']);
    const frame = frames.get(vector.protocol);
    if (!own || !frame) continue;
    const { check } = explainFrame(vector.protocol, frame, hints);
    expect(check).toMatchObject({ holds: false });
    expect(own.why.en).toContain(`${check?.computed} expected, ${check?.found} found`);
  }
});

test('one bit turned in a frame with a check sum leaves nobody sure of a frame whose check fails', () => {
  const checked = sound.filter(
    ({ protocol, hex }) =>
      hex !== undefined &&
      ['modbus-rtu', 'dlt645-2007', 'cjt188', 'contact-id', 'rfid-em4100-serial', 'sia-dc09'].includes(
        protocol,
      ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...checked), fc.nat(), fc.nat({ max: 7 }), (vector, place, bit) => {
      const bytes = hexToBytes(vector.hex ?? '') ?? new Uint8Array(0);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const { candidates, frames } = guessFrame(Buffer.from(bytes).toString('hex'), 'hex', {});
      for (const { protocol, certainty } of candidates) {
        const frame = frames.get(protocol);
        if (certainty === 'sure' && frame)
          expect(explainFrame(protocol, frame, {}).check?.holds).not.toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever is pasted is an answer, and fields stand inside of the bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('hex')),
        fc.string(),
      ),
      fc.constantFrom(...Object.keys(decoders)),
      (input, protocol) => {
        const { candidates, frames } = guessFrame(input, null, {});
        const asked = candidates.map((one) => one.protocol).concat(frames.has(protocol) ? [protocol] : []);
        for (const each of asked) {
          const frame = frames.get(each);
          if (!frame) continue;
          for (const { offset, length } of explainFrame(each, frame, {}).fields) {
            if (offset === null || length === null) continue;
            expect(length).toBeGreaterThan(0);
            expect(offset + length).toBeLessThanOrEqual(frame.bytes.length);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ['a terminal', '01 04 04 43 66 33 34 1B 38'],
  ['an analyser', '01:04:04:43:66:33:34:1B:38'],
  ['a program', '0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x34, 0x1B, 0x38'],
  ['Python', "b'\\x01\\x04\\x04\\x43\\x66\\x33\\x34\\x1b\\x38'"],
  ['Python where it can as letters', "b'\\x01\\x04\\x04Cf34\\x1b8'"],
  ['a log', '2026-03-01 08:00:01.204 RX: 01 04 04 43 66 33 34 1B 38'],
  ['hexdump -C', '00000000  01 04 04 43 66 33 34 1b  38                       |...Cf34.8|\n'],
  ['xxd', '00000000: 0104 0443 6633 341b 38                   ...Cf34.8\n'],
  ['several lines', '01 04 04\n43 66 33 34\n1B 38\n'],
  ['brackets', '[01 04 04 43 66 33 34 1B 38]'],
])('hex as %s prints it is read', (_, input) => {
  const { candidates, frames } = guessFrame(input, null, {});
  expect(candidates[0]).toMatchObject({ protocol: 'modbus-rtu', as: 'hex', certainty: 'sure' });
  expect(Buffer.from(frames.get('modbus-rtu')?.bytes ?? []).toString('hex')).toBe('010404436633341b38');
});

test.each([
  ['sixteen digits', '1234181131010158', 'contact-id', 'text'],
  ['control characters written out', '\\n11 1234 18 E131 01 C015\\r', 'ademco-685', 'text'],
  ['control characters in brackets', '<LF>11 1234 18 E131 01 C015<CR>', 'ademco-685', 'text'],
  ['a terminal that swallowed them', '11 1234 18 E131 01 C015', 'ademco-685', 'framed'],
  ['a line of a Sur-Gard receiver', '5011 181234E12101001', 'surgard-mlr2', 'framed'],
  ['a tag as a reader sends it', '010063E9AE25', 'rfid-em4100-serial', 'framed'],
])('text of %s is read', (_, input, protocol, as) => {
  const found = guessFrame(input, null, {}).candidates.find((candidate) => candidate.protocol === protocol);
  expect(found).toMatchObject({ protocol, as });
});

test('question and answer that were pasted together are two frames with their fields', () => {
  const input = '01 04 00 00 00 02 71 CB\n01 04 04 43 66 33 34 1B 38';
  const { candidates, frames } = guessFrame(input, null, {});
  expect(candidates[0]).toMatchObject({ protocol: 'modbus-rtu', certainty: 'sure' });
  const frame = frames.get('modbus-rtu');
  if (!frame) throw new Error('no frame');
  const { fields, decoded } = explainFrame('modbus-rtu', frame, {});
  expect(decoded.frames).toMatchObject([{ address: 0, quantity: 2 }, { registers: [17254, 13108] }]);
  expect(fields.map(({ name, offset, length }) => [name, offset, length])).toEqual([
    ['unit', 0, 1],
    ['function', 1, 1],
    ['address', 2, 2],
    ['quantity', 4, 2],
    ['crc', 6, 2],
    ['unit', 8, 1],
    ['function', 9, 1],
    ['byte_count', 10, 1],
    ['register[0]', 11, 2],
    ['register[1]', 13, 2],
    ['crc', 15, 2],
  ]);
});

test('of question and answer whose CRC fails the one that fails is told', () => {
  const input = '01 04 00 00 00 02 71 CB 01 04 04 43 66 33 34 1B 39';
  const { candidates, frames } = guessFrame(input, null, {});
  expect(candidates.map(({ protocol, certainty }) => [protocol, certainty])).toEqual([
    ['modbus-rtu', 'broken'],
  ]);
  const frame = frames.get('modbus-rtu');
  if (!frame) throw new Error('no frame');
  expect(explainFrame('modbus-rtu', frame, {}).check).toMatchObject({
    offset: 15,
    found: '1B39',
    computed: '1B38',
  });
});

/** The fields of a vector, `name@offset+length=value`. */
function fieldsOf(id: string): string[] {
  const vector = vectors.find((one) => one.id === id);
  if (!vector) throw new Error(`there is no vector ${id}`);
  const frame = guessed(vector).frames.get(vector.protocol);
  if (!frame) throw new Error(`${id} is not guessed`);
  const { fields } = explainFrame(vector.protocol, frame, { profile: vector.profile });
  return fields.map(
    ({ name, offset, length, value, unit }) => `${name}@${offset}+${length}=${value}${unit ?? ''}`,
  );
}

test('each codec that knows its places names every byte of a frame', () => {
  expect(fieldsOf('dlt645-03')).toEqual([
    'start@0+1=68',
    'meter@1+6=000000000161',
    'start@7+1=68',
    'control@8+1=91',
    'data_length@9+1=8',
    'di@10+4=00010000',
    'energy_active_import@14+4=0.26kWh',
    'sum@18+1=8A',
    'end@19+1=16',
  ]);
  expect(fieldsOf('cjt188-02')).toEqual([
    'start@0+1=68',
    'meter_type@1+1=10',
    'meter@2+5=0011223344',
    'maker@7+2=7833',
    'control@9+1=81',
    'data_length@10+1=22',
    'di@11+2=901F',
    'ser@13+1=0',
    'total@14+5=556677m3',
    'settlement@19+5=556677m3',
    expect.stringMatching(/^clock@24\+7=20/),
    expect.stringMatching(/^status@31\+2=/),
    'sum@33+1=13',
    'end@34+1=16',
  ]);
  expect(fieldsOf('tcp-read')).toEqual([
    'transaction@0+2=1',
    'protocol_id@2+2=0',
    'length@4+2=6',
    'unit@6+1=1',
    'function@7+1=3',
    'address@8+2=0',
    'quantity@10+2=10',
  ]);
  expect(fieldsOf('cid-perimeter')).toEqual([
    'account@0+4=1234',
    'message_type@4+2=18',
    'qualifier@6+1=1',
    'event@7+3=131',
    'partition@10+2=01',
    'zone@12+3=015',
    'check_digit@15+1=8',
  ]);
  expect(fieldsOf('sg-duress').slice(0, 4)).toEqual([
    'protocol@0+1=5',
    'receiver@1+2=01',
    'line@3+1=1',
    'format@5+2=18',
  ]);
  expect(fieldsOf('tag-rdm6300')).toEqual([
    'start@0+1=02',
    'version@1+2=01',
    'number@3+8=0006547886',
    'checksum@11+2=25',
    'end@13+1=03',
  ]);
  expect(fieldsOf('dc09-01').slice(0, 9)).toEqual([
    'start@0+1=0A',
    'crc@1+4=0213',
    'length@5+4=0047',
    'id@9+9="HENG-BO"',
    'sequence@18+4=0000',
    'receiver@22+5=R1234',
    'line@27+5=L6789',
    expect.stringMatching(/^account@/),
    expect.stringMatching(/^data_account@/),
  ]);
});

test('codecs that do not tell places list what they say', () => {
  const vector = vectors.find(({ id }) => id === 'sparkplug-ddata-by-alias');
  if (!vector) throw new Error('no vector');
  const frame = guessed(vector).frames.get('sparkplug-b');
  if (!frame) throw new Error('not guessed');
  const { fields } = explainFrame('sparkplug-b', frame, {});
  expect(fields).toContainEqual({ name: 'metrics[0].value', offset: null, length: null, value: 2.5 });
});

test('bytes of one value are shown as each type and order', () => {
  const { frames } = guessFrame('43663333', null, {});
  const frame = frames.get('modbus-wordorder');
  if (!frame) throw new Error('not guessed');
  const { fields } = explainFrame('modbus-wordorder', frame, {});
  expect(fields.find(({ name }) => name === 'float32 ABCD')?.value).toBe(230.2);
  expect(fields.find(({ name }) => name === 'uint32 ABCD')?.value).toBe(0x43663333);
});
