import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import { concatBytes } from '../protocols/bytes.ts';
import { createDlt645Assembler } from '../protocols/dlt645/frame.ts';
import { beginReading, encodeAnswer } from '../protocols/dlt645/session.ts';
import { reversedHex } from '../protocols/meter-frame.ts';
import { encodeRtuResponse } from '../protocols/modbus/rtu.ts';
import { createLinks } from './links.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

const timeoutMs = 80;

/** What came of the reads: hex of a value, or the words of a refusal; and of the polls that failed. */
interface Seen {
  polled: { device: string; values: string[] }[];
  failed: { device: string; error: string; words: string }[];
}

const shown = (answer: AskedAnswer): string => {
  if ('refused' in answer) return answer.refused;
  return Buffer.from('data' in answer ? answer.data : answer.words).toString('hex');
};

const reading = (meter: string, di: string): AskedRead => ({ protocol: 'dlt645', meter, di, dataBytes: 2 });
const meter = '000000000161';
const other = '000000000162';
const voltage = '02010100';
const volts = Uint8Array.of(0x00, 0x22);
const wrong = Uint8Array.of(0x99, 0x99);
const good = encodeAnswer(beginReading(meter, voltage), { data: volts });

/** A bus with meters on it; `answer` gets each question with its number, and writes what it likes. */
async function openBus(
  answer: (write: (bytes: Uint8Array) => void, question: { di: string; seq: number; count: number }) => void,
  devices: { id: string; periodMs?: number; reads: AskedRead[] }[] = [
    { id: 'meter', reads: [reading(meter, voltage)] },
  ],
) {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    const questions = createDlt645Assembler();
    socket.on('data', (bytes) => {
      for (const { data } of questions.push(bytes))
        answer((out) => socket.write(out), {
          di: reversedHex(data, 0, 4),
          seq: data[4] ?? 0,
          count: ++count,
        });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const seen: Seen = { polled: [], failed: [] };
  let changed = () => {};
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled(device, answers) {
      seen.polled.push({ device, values: answers.map(shown) });
      changed();
    },
    failed(device, { error, words }) {
      seen.failed.push({ device, error, words });
      changed();
    },
    frame: (_link, _bytes, _at, done) => done(true),
    state: () => changed(),
  });
  links.configure([
    {
      link: linkSchema.parse({
        id: 'meters',
        kind: 'bus',
        path: `tcp://127.0.0.1:${port}`,
        protocol: 'dlt645-2007',
        baudRate: 115_200,
        timeoutMs,
        gapMs: 1,
        also: { 'modbus-rtu': { timeoutMs } },
      }),
      polled: devices.map((device) => ({ periodMs: 20, ...device })),
    },
  ]);
  closers.push(
    () => server.close(),
    () => {
      for (const socket of sockets) socket.destroy();
    },
    () => links.close(),
  );
  return {
    seen,
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        changed = () => {
          if (condition()) resolve();
        };
        changed();
      }),
  };
}

describe('what is no good answer never becomes a value, and is told in words', () => {
  const damaged = good.slice();
  damaged[12] = (damaged[12] ?? 0) ^ 0x10;
  const of = (meterNumber: string, di: string) =>
    encodeAnswer(beginReading(meterNumber, di), { data: wrong });
  test.each([
    ['a wrong checksum', damaged, 'broken', 'the checksum of the answer to 02010100 is wrong'],
    ['a truncated frame', good.slice(0, -4), 'broken', 'the answer to 02010100 broke off'],
    ['another meter', of(other, voltage), 'timeout', 'another meter spoke meanwhile'],
    ['another question', of(meter, '02020100'), 'broken', 'did not answer 02010100, but another question'],
    ['noise', Uint8Array.of(0x00, 0xff, 0x3c), 'broken', 'no DL/T 645 frame: check baud rate, parity'],
    ['silence', new Uint8Array(0), 'timeout', `no answer within ${timeoutMs} ms to 02010100`],
  ] as const)('%s', async (_, bytes, error, words) => {
    const { seen, until } = await openBus((write, { count }) => write(count === 1 ? bytes : good));
    await until(() => seen.polled.length >= 1);
    expect(seen.failed).toEqual([{ device: 'meter', error, words: expect.stringContaining(words) }]);
    expect(seen.polled[0]?.values).toEqual(['0022']);
  });

  test('an error reply is the refusal of that value alone', async () => {
    const none = '02800002';
    const { seen, until } = await openBus(
      (write, { di }) =>
        write(di === none ? encodeAnswer(beginReading(meter, none), { refused: 0x02 }) : good),
      [{ id: 'meter', reads: [reading(meter, none), reading(meter, voltage)] }],
    );
    await until(() => seen.polled.length >= 1);
    expect(seen.polled[0]?.values).toEqual([
      `meter ${meter} refuses 02800002: the meter has no such data (error word 02)`,
      '0022',
    ]);
    expect(seen.failed).toEqual([]);
  });

  test('a meter that refuses everything is told so, and is asked on at its period', async () => {
    const { seen, until } = await openBus((write) =>
      write(encodeAnswer(beginReading(meter, voltage), { refused: 0x04 })),
    );
    await until(() => seen.failed.length >= 4);
    expect(new Set(seen.failed.map(({ error }) => error))).toEqual(new Set(['refused']));
    expect(seen.failed[0]?.words).toContain('the password is wrong or missing');
  });

  test('a late answer does not answer the question of the next meter', async () => {
    const { seen, until } = await openBus(
      (write, { count }) => {
        // The first meter answers when the second has been asked.
        if (count === 1) return;
        if (count === 2) write(of(meter, voltage));
        write(encodeAnswer(beginReading(count === 2 ? other : meter, voltage), { data: volts }));
      },
      [
        { id: 'late', periodMs: 500, reads: [reading(meter, voltage)] },
        { id: 'next', periodMs: 500, reads: [reading(other, voltage)] },
      ],
    );
    await until(() => seen.polled.length >= 1);
    expect(seen.polled[0]).toEqual({ device: 'next', values: ['0022'] });
    expect(seen.failed).toMatchObject([{ device: 'late', error: 'timeout' }]);
  });
});

test('an answer is read right in single bytes, behind FE, an echo and the end of another', async () => {
  const { seen, until } = await openBus((write, { count }) => {
    const echo = encodeAnswer(beginReading(other, voltage), { data: wrong });
    const bytes = concatBytes(echo.slice(9), Uint8Array.of(0xfe, 0xfe), good);
    if (count === 1) for (const byte of bytes) write(Uint8Array.of(byte));
    else write(bytes);
  });
  await until(() => seen.polled.length >= 3);
  expect(seen.polled.map(({ values }) => values)).toEqual([['0022'], ['0022'], ['0022']]);
  expect(seen.failed).toEqual([]);
});

test('an answer in three frames is asked for to its end, while another device waits its turn', async () => {
  const block = '0001FF00';
  const asked: string[] = [];
  const { seen, until } = await openBus(
    (write, { di, seq }) => {
      asked.push(`${di}/${seq}`);
      if (di === voltage) write(encodeAnswer(beginReading(other, voltage), { data: volts }));
      else
        write(
          encodeAnswer(
            { ...beginReading(meter, block), seq },
            { data: Uint8Array.of(seq, seq), more: seq < 2 },
          ),
        );
    },
    [
      { id: 'long', periodMs: 1_000, reads: [reading(meter, block)] },
      { id: 'next', periodMs: 1_000, reads: [reading(other, voltage)] },
    ],
  );
  await until(() => seen.polled.length >= 2);
  expect(seen.polled).toEqual([
    { device: 'long', values: ['000001010202'] },
    { device: 'next', values: ['0022'] },
  ]);
  expect(asked).toEqual([`${block}/0`, `${block}/1`, `${block}/2`, `${voltage}/0`]);
});

test('two protocols take turns on one bus: one question at a time', async () => {
  const server = createServer((socket) => {
    const questions = createDlt645Assembler();
    let outstanding = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      outstanding++;
      expect(outstanding).toBe(1);
      const isMeter = questions.push(bytes).length > 0;
      setTimeout(() => {
        outstanding--;
        socket.write(isMeter ? good : encodeRtuResponse(bytes[0] ?? 0, { fc: 4, registers: [0x11, 0x22] }));
      }, 5);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const values = new Map<string, string[]>();
  const failures = new Map<string, string>();
  let changed = () => {};
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled(device, answers) {
      values.set(device, [...(values.get(device) ?? []), ...answers.map(shown)]);
      changed();
    },
    failed(device, { words }) {
      failures.set(device, words);
    },
    frame: () => {},
    state: () => {},
  });
  closers.push(() => links.close());
  const common = { kind: 'bus', path: `tcp://127.0.0.1:${port}`, timeoutMs: 500 };
  const unit: AskedRead = { protocol: 'modbus', unit: 1, fc: 4, address: 0, quantity: 2 };
  const device = (id: string, read: AskedRead) => ({ id, periodMs: 20, reads: [read] });
  links.configure([
    {
      link: linkSchema.parse({ ...common, id: 'both', protocol: 'modbus-rtu', also: { 'dlt645-2007': {} } }),
      polled: [device('unit', unit), device('meter', reading(meter, voltage))],
    },
  ]);
  await new Promise<void>((resolve) => {
    changed = () => {
      if ((values.get('unit')?.length ?? 0) >= 5 && (values.get('meter')?.length ?? 0) >= 5) resolve();
    };
    changed();
  });
  expect(new Set(values.get('unit'))).toEqual(new Set(['1122']));
  expect(new Set(values.get('meter'))).toEqual(new Set(['0022']));
  expect(failures).toEqual(new Map());
});

test('a read of a protocol that the link does not carry is told in words, and nothing is sent', async () => {
  let bytes = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (received) => {
      bytes += received.length;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const words = await new Promise<string>((resolve) => {
    const links = createLinks({
      clock: systemClock,
      log: silentLog,
      polled: () => {},
      failed: (_device, failure) => resolve(failure.words),
      frame: () => {},
      state: () => {},
    });
    closers.push(() => links.close());
    const link = linkSchema.parse({
      id: 'plain',
      kind: 'bus',
      path: `tcp://127.0.0.1:${port}`,
      protocol: 'modbus-rtu',
    });
    links.configure([{ link, polled: [{ id: 'meter', periodMs: 1_000, reads: [reading(meter, voltage)] }] }]);
  });
  expect(words).toBe('link plain does not carry dlt645');
  expect(bytes).toBe(0);
});
