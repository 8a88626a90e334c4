import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToText, concatBytes } from '../bytes.ts';
import { crc16 } from '../crc16.ts';
import { createDc09Assembler, longestDc09Frame } from './assembler.ts';
import { decryptDc09, encryptDc09, readDc09Key } from './cipher.ts';
import { dc09Contents, dc09OccurredAt } from './codec.ts';
import {
  type Dc09Frame,
  type Dc09Outgoing,
  encodeDc09,
  encodeDc09Nak,
  openDc09Frame,
  readDc09Frame,
} from './frame.ts';
import { formatDc09Time, readDc09Time } from './time.ts';

const pad = 'ABCDEFGHIJKLMNOP';
const text = (characters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength });
const hex = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF'), minLength, maxLength });
const key = fc
  .constantFrom(16, 24, 32)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const timestamp = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1_000);

const outgoing: fc.Arbitrary<Dc09Outgoing> = fc
  .record({
    id: fc.constantFrom('SIA-DCS', 'ADM-CID', 'NULL', 'HENG-BO', 'ACK'),
    seq: fc.integer({ min: 0, max: 9_999 }).map((n) => String(n).padStart(4, '0')),
    receiver: fc.option(hex(0, 6).map((digits) => `R${digits}`)),
    line: fc.option(hex(0, 6).map((digits) => `L${digits}`)),
    account: fc.option(hex(1, 16)),
    data: text('#|0123456789ABNriQ/ ', 40).map((data) => (data === '' ? data : `#1234|${data}`)),
    xdata: fc.array(
      text('HXYMV0123456789:,-', 20).map((block) => `V${block}`),
      { maxLength: 3 },
    ),
    timestamp: fc.option(timestamp),
    key: fc.option(key),
    binaryCrc: fc.boolean(),
  })
  // What is encrypted must carry its time (§5.4).
  .map((frame) => ({ ...frame, timestamp: frame.key ? (frame.timestamp ?? 0) : frame.timestamp }));

function frameOf(bytes: Uint8Array): Dc09Frame {
  const read = readDc09Frame(bytes);
  if (!read.ok) throw new Error(read.error);
  return read.frame;
}

test('every message comes back from its frame, encrypted or not', () => {
  fc.assert(
    fc.property(outgoing, (sent) => {
      const frame = frameOf(encodeDc09(sent, pad));
      const { id, seq, receiver, line, account, data, xdata, timestamp: sentAt } = sent;
      expect(openDc09Frame(frame, sent.key)).toEqual({
        ok: true,
        message: {
          ...{ id, seq, receiver, line, account, data, xdata, timestamp: sentAt },
          encrypted: sent.key !== null,
          quirks: sent.binaryCrc ? ['binary_crc'] : [],
        },
      });
    }),
  );
});

test('a frame with any byte changed is refused, or says the same', () => {
  fc.assert(
    fc.property(outgoing, fc.nat(), fc.integer({ min: 1, max: 255 }), (sent, place, change) => {
      const good = encodeDc09(sent, pad);
      const at = 1 + (place % (good.length - 2));
      const bytes = Uint8Array.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      const read = readDc09Frame(bytes);
      // The length does not stand under the CRC, and the CRC's own digits may be small letters.
      if (read.ok) expect(read.frame.body).toBe(frameOf(good).body);
    }),
  );
});

test('no frame whose CRC does not hold is taken, whatever else is in it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), hex(4, 4), (inside, crc) => {
      const body = concatBytes(Buffer.from('"ADM-CID"0001L0#1234[', 'latin1'), inside);
      const bytes = concatBytes(
        Uint8Array.of(0x0a),
        Buffer.from(`${crc}0030`, 'latin1'),
        body,
        Uint8Array.of(0x0d),
      );
      const end = bytes.lastIndexOf(0x0d);
      if (readDc09Frame(bytes).ok) expect(Number.parseInt(crc, 16)).toBe(crc16(0, bytes, 9, end));
    }),
  );
});

test('any bytes and any key are answered, never thrown at', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.option(fc.uint8Array({ maxLength: 40 })),
      (bytes, some) => {
        const read = readDc09Frame(concatBytes(Uint8Array.of(0x0a), bytes, Uint8Array.of(0x0d)));
        if (read.ok) openDc09Frame(read.frame, some);
      },
    ),
  );
});

describe('encryption', () => {
  test('every text comes back with its key, and never in the clear with another', () => {
    fc.assert(
      fc.property(text('#|]AB0123_:,-', 100), key, key, (plain, mine, other) => {
        const sealed = encryptDc09(`|${plain}`, mine, pad);
        expect(sealed.length % 32).toBe(0);
        expect(decryptDc09(sealed, mine)?.endsWith(`|${plain}`)).toBe(true);
        if (Buffer.compare(mine, other) !== 0)
          expect(decryptDc09(sealed, other)).not.toBe(decryptDc09(sealed, mine));
      }),
    );
  });

  test('any padding without bar and brackets is taken away', () => {
    const bytes = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
    const padding = fc
      .array(
        bytes.filter((letter) => !'|[]'.includes(letter)),
        { minLength: 16, maxLength: 16 },
      )
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(outgoing, key, padding, (sent, mine, filling) => {
        const frame = frameOf(encodeDc09({ ...sent, key: mine, timestamp: sent.timestamp ?? 0 }, filling));
        expect(openDc09Frame(frame, mine)).toMatchObject({ ok: true, message: { data: sent.data } });
      }),
    );
  });

  test('a text of brackets is judged at once', () => {
    const sealed = encryptDc09(`|]${'[]'.repeat(500)}`, new Uint8Array(16), pad);
    const frame: Dc09Frame = {
      ...{ id: 'ADM-CID', encrypted: true, seq: '0001', receiver: null, line: 'L0', account: null },
      ...{ quirks: [], body: sealed },
    };
    const since = performance.now();
    expect(openDc09Frame(frame, new Uint8Array(16))).toEqual({ ok: false, error: 'decrypt' });
    expect(performance.now() - since).toBeLessThan(1_000);
  });

  test('a wrong key is found out', () => {
    fc.assert(
      fc.property(outgoing, key, (sent, other) => {
        fc.pre(sent.key !== null && Buffer.compare(sent.key, other) !== 0);
        expect(openDc09Frame(frameOf(encodeDc09(sent, pad)), other)).toMatchObject({ ok: false });
      }),
    );
  });

  test.each([
    ['00112233445566778899AABBCCDDEEFF', 16],
    ['00112233445566778899aabbccddeeff0011223344556677', 24],
    ['AAAAAAAAAAAAAAAA', 16],
    ['a key of 24 characters!!', 24],
    ['32 characters that are no digits', 32],
    ['ascii:00112233445566778899AABBCCDDEEFF', 32],
  ])('%s is a key of %i bytes', (written, length) => {
    expect(readDc09Key(written)?.length).toBe(length);
  });

  test.each(['', 'short', '0011223344556677', 'ascii:short', '密钥密钥密钥密钥密钥密钥密钥密钥'])(
    '%j is told from a key, or is one of 16 characters',
    (written) => {
      expect(readDc09Key(written)?.length ?? null).toBe(written === '0011223344556677' ? 16 : null);
    },
  );
});

test.each(['00:00:00,01-01-1970', '23:59:59,12-31-2099', '08:16:02,02-29-2028'])('%s is a time', (shown) => {
  expect(formatDc09Time(readDc09Time(shown) ?? Number.NaN)).toBe(shown);
});
test.each(['24:00:00,01-01-2026', '08:16:02,02-29-2026', '8:16:02,02-28-2026', '08:16:02,13-01-2026', ''])(
  '%j is none',
  (shown) => {
    expect(readDc09Time(shown)).toBeNull();
  },
);

test('a vendor token with Contact ID is Contact ID; an unreadable one is kept as it is', () => {
  const message = {
    ...{ seq: '0001', receiver: null, line: 'L0', account: 'ABC', encrypted: false, quirks: [] },
  };
  const contents = (id: string, data: string) =>
    dc09Contents({ ...message, id, data, xdata: [], timestamp: null });
  expect(contents('HENG-BO', '#000010|E134 00 007')).toMatchObject({
    kind: 'contact-id',
    account: '000010',
    message: { qualifier: 1, event: '134', zoneOrUser: '007' },
  });
  expect(contents('ADM-CID', '|3401 01 057')).toMatchObject({ account: null, message: { account: 'ABC' } });
  expect(contents('NULL', '#0000|0000 00 000')).toEqual({ kind: 'alive' });
  expect(contents('SIA-DCS', '#1234|')).toMatchObject({ kind: 'other' });
  expect(contents('SIA-DCS', `|N${'BA1/'.repeat(32)}`)).toMatchObject({ kind: 'sia' });
  expect(contents('SIA-DCS', `|N${'BA1/'.repeat(33)}`)).toMatchObject({ kind: 'other' });
  expect(contents('ACR-SF', '#1234|7')).toEqual({ kind: 'other', account: '1234', text: '7' });
});

test('the time of occurrence goes before the time of sending', () => {
  const sentAt = Date.UTC(2026, 2, 21, 8, 15, 31);
  expect(dc09OccurredAt({ xdata: ['X1', 'H08:15:28,03-21-2026'], timestamp: sentAt })).toBe(sentAt - 3_000);
  expect(dc09OccurredAt({ xdata: ['Hnonsense'], timestamp: sentAt })).toBe(sentAt);
});

test.each(['00:00:00,00-00-2000', '08:16:02,00-00-0000'])('a clock that shows %s is not set', (shown) => {
  const frame = (encrypted: boolean): Dc09Frame => ({
    ...{ id: 'ADM-CID', seq: '0001', receiver: null, line: 'L0', account: '1234', quirks: [], encrypted },
    body: encrypted
      ? encryptDc09(`||1130 01 001]_${shown}`, new Uint8Array(16), pad)
      : `|1130 01 001]_${shown}`,
  });
  expect(openDc09Frame(frame(false), null)).toMatchObject({
    ok: true,
    message: { data: '|1130 01 001', timestamp: null, quirks: ['unset_clock'] },
  });
  expect(openDc09Frame(frame(true), new Uint8Array(16))).toEqual({ ok: false, error: 'decrypt' });
});

test('NAK tells our time and echoes nothing', () => {
  expect(bytesToText(encodeDc09Nak(Date.UTC(2026, 2, 21, 8, 16, 2), false)).slice(9)).toBe(
    '"NAK"0000R0L0A0[]_08:16:02,03-21-2026\r',
  );
});

describe('the assembler', () => {
  test('gives back the frames however they are cut, with noise between them', () => {
    fc.assert(
      fc.property(fc.array(outgoing, { maxLength: 5 }), fc.array(fc.nat({ max: 60 })), (sent, cuts) => {
        const frames = sent.map((frame) => encodeDc09(frame, pad));
        const stream = concatBytes(...frames.flatMap((frame) => [frame, Buffer.from('\0\r noise')]));
        const assembler = createDc09Assembler();
        const out: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          out.push(...assembler.push(stream.slice(at, at + cut)));
          at = Math.min(stream.length, at + cut);
        }
        expect(out.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
          frames.map((frame) => Buffer.from(frame).toString('hex')),
        );
      }),
    );
  });

  test('waits for the rest of a frame whose binary block holds a CR', () => {
    const frame = encodeDc09(
      {
        ...{ id: 'HENG-BO', seq: '0007', receiver: 'R1', line: 'L1', account: '138', key: null },
        ...{ data: '#000010|1799 00 000', xdata: ['\0\x01\r'], timestamp: 0 },
      },
      pad,
    );
    const assembler = createDc09Assembler();
    const middle = frame.indexOf(0x0d) + 1;
    expect(assembler.push(frame.slice(0, middle))).toEqual([]);
    expect(assembler.push(frame.slice(middle))).toEqual([frame]);
    expect(openDc09Frame(frameOf(frame), null)).toMatchObject({ message: { xdata: ['\r'] } });
  });

  test('a frame with a wrong length does not hold up the next one', () => {
    const wrong = Buffer.from('\nE5D50078"SIA-DCS"6002L0#AAA[|Nri1/CL501]_14:12:04,09-25-2019\r', 'latin1');
    expect(createDc09Assembler().push(wrong).map(bytesToText)).toEqual([wrong.toString('latin1')]);
    const broken = Buffer.from('\n00000078"SIA-DCS"2600L0#AAAA[|Nri1/CL501]\r', 'latin1');
    const assembler = createDc09Assembler();
    expect([...assembler.push(broken), ...assembler.push(wrong), ...assembler.push(wrong)]).toHaveLength(3);
  });

  test.each([
    ['that ends with CR LF', '', '\n'],
    ['after noise with an LF', '\nxyz', ''],
    ['after empty lines', '\r\n\r\n', '\r\n'],
  ])('takes every frame of a sender %s', (_, before, behind) => {
    fc.assert(
      fc.property(fc.array(outgoing, { minLength: 1, maxLength: 5 }), fc.nat({ max: 60 }), (sent, cut) => {
        const frames = sent.map((frame) => encodeDc09(frame, pad));
        const stream = concatBytes(
          ...frames.flatMap((frame) => [Buffer.from(before), frame, Buffer.from(behind)]),
        );
        const assembler = createDc09Assembler();
        const out = [...assembler.push(stream.slice(0, cut)), ...assembler.push(stream.slice(cut))];
        expect(out.filter((frame) => readDc09Frame(frame).ok).map(bytesToText)).toEqual(
          frames.map(bytesToText),
        );
      }),
    );
  });

  test('empty lines cost no more than reading them', () => {
    const noise = Buffer.from('\n\r'.repeat(100_000));
    const since = performance.now();
    createDc09Assembler().push(noise);
    expect(performance.now() - since).toBeLessThan(2_000);
  });

  test('holds no more than a frame of an endless stream', () => {
    const assembler = createDc09Assembler();
    for (let i = 0; i < 200; i++) expect(assembler.push(new Uint8Array(1_000).fill(0x0a))).toEqual([]);
    expect(assembler.dropped).toBeGreaterThanOrEqual(200_000 - longestDc09Frame);
  });

  test('whatever arrives, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (parts) => {
        const assembler = createDc09Assembler();
        for (const part of parts)
          for (const frame of assembler.push(concatBytes(Uint8Array.of(0x0a), part, Uint8Array.of(0x0d))))
            readDc09Frame(frame);
      }),
    );
  });
});
