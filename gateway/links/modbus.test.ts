import { createServer, type Server, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { AskedAnswer } from '../protocols/asked-read.ts';
import { encodeRtuResponse } from '../protocols/modbus/rtu.ts';
import { createLinks, type LinkPlan } from './links.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** A far end whose answers the test writes itself; `answer` gets each segment as it came. */
async function serve(
  answer: (socket: Socket, bytes: Buffer, count: number) => void,
): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => answer(socket, bytes, ++count));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, connections: () => connections };
}

interface Seen {
  polled: { device: string; words: (readonly number[] | string)[]; at: number }[];
  failed: { device: string; error: string; words: string }[];
}

/** What came of a read: its values, or the words of its refusal. */
const wordsOf = (answer: AskedAnswer) =>
  'words' in answer ? answer.words : 'refused' in answer ? answer.refused : 'a meter';

function openLinks(plans: LinkPlan[]) {
  const seen: Seen = { polled: [], failed: [] };
  let changed = () => {};
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled(device, answers) {
      seen.polled.push({ device, words: answers.map(wordsOf), at: performance.now() });
      changed();
    },
    failed(device, answer) {
      seen.failed.push({ device, error: answer.error, words: answer.words });
      changed();
    },
    frame: (_link, _bytes, _at, done) => done(true),
    state: () => changed(),
  });
  closers.push(() => links.close());
  links.configure(plans);
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      changed = () => {
        if (condition()) resolve();
      };
      changed();
    });
  return { links, seen, until };
}

const tcpLink = (port: number, timeoutMs = 400): LinkPlan['link'] => ({
  id: 'unit',
  kind: 'modbus-tcp',
  host: '127.0.0.1',
  port,
  timeoutMs,
});
const busLink = (port: number, timeoutMs = 400): LinkPlan['link'] => ({
  id: 'bus',
  kind: 'bus',
  path: `tcp://127.0.0.1:${port}`,
  baudRate: 9_600,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  protocol: 'modbus-rtu',
  timeoutMs,
  gapMs: 1,
});
const read = (unit: number, address: number) => ({
  protocol: 'modbus' as const,
  unit,
  fc: 4 as const,
  address,
  quantity: 2,
});
const device = (id: string, unit: number, periodMs = 50) => ({
  id,
  periodMs,
  reads: [read(unit, 0)],
});

function tcpAnswer(request: Buffer, registers: number[]): Buffer {
  const out = Buffer.alloc(9 + registers.length * 2);
  request.copy(out, 0, 0, 4);
  out.writeUInt16BE(3 + registers.length * 2, 4);
  out[6] = request[6] ?? 0;
  out[7] = request[7] ?? 0;
  out[8] = registers.length * 2;
  for (const [i, register] of registers.entries()) out.writeUInt16BE(register, 9 + 2 * i);
  return out;
}

test('answers that come split in single bytes or merged with noise of an older transaction are read right', async () => {
  const { port } = await serve((socket, request, count) => {
    const answer = tcpAnswer(request, [count, 7]);
    if (count % 2 === 1) {
      const late = Buffer.from(answer);
      late.writeUInt16BE((late.readUInt16BE(0) + 500) & 0xffff, 0);
      late.writeUInt16BE(9_999, 9);
      socket.write(Buffer.concat([late, answer]));
    } else for (const byte of answer) socket.write(Buffer.of(byte));
  });
  const { seen, until } = openLinks([{ link: tcpLink(port), polled: [device('meter', 1)] }]);
  await until(() => seen.polled.length >= 6);
  expect(seen.polled.map(({ words }) => words[0])).toEqual(seen.polled.map((_, i) => [i + 1, 7]));
  expect(seen.failed).toEqual([]);
});

test('a server that answers no more is connected anew after two time-outs', async () => {
  const { port, connections } = await serve((socket, request, count) => {
    if (count > 2) socket.write(tcpAnswer(request, [5, 6]));
  });
  const { seen, until } = openLinks([{ link: tcpLink(port), polled: [device('meter', 1)] }]);
  await until(() => seen.polled.length >= 1);
  expect(seen.failed.map(({ error }) => error).sort()).toEqual(['line-down', 'timeout', 'timeout']);
  expect(seen.polled[0]?.words[0]).toEqual([5, 6]);
  expect(connections()).toBe(2);
});

test('units that are dead from the start, or die together, cost those beside them nothing', async () => {
  let dead = [1, 2];
  const { port, connections } = await serve((socket, request) => {
    if (!dead.includes(request[6] ?? 0)) socket.write(tcpAnswer(request, [5, 6]));
  });
  const polled = [1, 2, 3, 4].map((unit) => device(`meter-${unit}`, unit));
  const { seen, until } = openLinks([{ link: tcpLink(port, 100), polled }]);
  const answers = (unit: number) => seen.polled.filter((one) => one.device === `meter-${unit}`).length;
  await until(() => answers(3) >= 40 && answers(4) >= 40);
  expect(seen.failed.filter(({ error }) => error !== 'timeout')).toEqual([]);
  expect(connections()).toBe(1);
  dead = [];
  await until(() => answers(1) >= 3 && answers(2) >= 3);
  dead = [1, 2];
  const [before3, before4] = [answers(3), answers(4)];
  await until(() => answers(3) >= before3 + 40 && answers(4) >= before4 + 40);
  expect(connections()).toBe(1);
});

test('an answer of another unit, function or length is never a value', async () => {
  const wrong = [
    (answer: Buffer) => answer.writeUInt8(9, 6),
    (answer: Buffer) => answer.writeUInt8(3, 7),
    (answer: Buffer) => answer.writeUInt8(2, 8),
  ];
  const { port } = await serve((socket, request, count) => {
    const answer = tcpAnswer(request, [count, count]);
    wrong[count - 1]?.(answer);
    socket.write(answer);
  });
  const { seen, until } = openLinks([{ link: tcpLink(port), polled: [device('meter', 1)] }]);
  await until(() => seen.polled.length >= 1);
  expect(seen.failed.length).toBe(3);
  expect(seen.polled[0]?.words[0]).toEqual([4, 4]);
});

test('an exception is told in words with its mend', async () => {
  const { port } = await serve((socket, request) => {
    const answer = Buffer.from([request[0] ?? 0, request[1] ?? 0, 0, 0, 0, 3, 1, 0x84, 2]);
    socket.write(answer);
  });
  const { seen, until } = openLinks([{ link: tcpLink(port), polled: [device('meter', 1)] }]);
  await until(() => seen.failed.length >= 1);
  expect(seen.failed[0]).toMatchObject({ error: 'refused' });
  expect(seen.failed[0]?.words).toContain('manuals often print');
});

test.each([0x0a, 0x0b])('exception %d of a gateway is the silence of the unit behind it', async (code) => {
  const { port } = await serve((socket, request) => {
    socket.write(Buffer.from([request[0] ?? 0, request[1] ?? 0, 0, 0, 0, 3, 1, 0x84, code]));
  });
  const { seen, until } = openLinks([{ link: tcpLink(port), polled: [device('meter', 1)] }]);
  await until(() => seen.failed.length >= 1);
  expect(seen.failed[0]).toMatchObject({ error: 'timeout', words: expect.stringContaining('gateway') });
});

test('on a bus a dead slave goes into quarantine and its neighbours keep their period', async () => {
  const { port } = await serve((socket, request) => {
    const unit = request[0] ?? 0;
    if (unit === 2) return;
    socket.write(encodeRtuResponse(unit, { fc: 4, registers: [unit, 1] }));
  });
  const { seen, until } = openLinks([
    { link: busLink(port, 120), polled: [device('a', 1, 200), device('dead', 2, 200), device('c', 3, 200)] },
  ]);
  await until(() => seen.polled.filter((poll) => poll.device === 'a').length >= 12);
  const times = seen.polled.filter((poll) => poll.device === 'a').map((poll) => poll.at);
  const late = times.slice(1).filter((at, i) => at - (times[i] ?? 0) > 400);
  expect(late.length).toBeLessThanOrEqual(1);
  expect(seen.failed.length).toBeGreaterThanOrEqual(2);
  expect(seen.failed.length).toBeLessThanOrEqual(6);
  for (const { device: id, words } of seen.polled) expect(words[0]).toEqual([id === 'a' ? 1 : 3, 1]);
});

test('on a bus a late answer and a frame with a wrong CRC never become a value', async () => {
  const { port } = await serve((socket, request, count) => {
    const answer = Buffer.from(encodeRtuResponse(request[0] ?? 0, { fc: 4, registers: [count, 1] }));
    if (count === 1) setTimeout(() => socket.write(answer), 420);
    else if (count === 2) {
      answer.writeUInt8((answer.at(-1) ?? 0) ^ 0xff, answer.length - 1);
      socket.write(answer);
    } else socket.write(answer);
  });
  const { seen, until } = openLinks([{ link: busLink(port, 200), polled: [device('a', 1, 20)] }]);
  await until(() => seen.polled.length >= 3);
  expect(seen.polled.map(({ words }) => words[0]?.[0])).toEqual([3, 4, 5]);
});

test('what a device refuses leaves the rest of it readable', async () => {
  const { port } = await serve((socket, request) => {
    const unit = request[0] ?? 0;
    const known = request[3] === 0;
    socket.write(encodeRtuResponse(unit, known ? { fc: 4, registers: [7, 1] } : { fc: 4, exception: 2 }));
  });
  const both = { id: 'a', periodMs: 20, reads: [read(1, 0), read(1, 90)] };
  const { seen, until } = openLinks([{ link: busLink(port, 200), polled: [both] }]);
  await until(() => seen.polled.length >= 2);
  expect(seen.polled[1]?.words).toEqual([[7, 1], expect.stringContaining('address 90')]);
  expect(seen.failed).toEqual([]);
});

test('what a device never answers is left out after two times, and never answered by what comes late', async () => {
  const { port } = await serve((socket, request) => {
    const answer = encodeRtuResponse(request[0] ?? 0, { fc: 4, registers: [request[3] ?? 0, 1] });
    // The middle read is answered when its time is over: with the words that the next would have, too.
    if (request[3] === 90) setTimeout(() => socket.write(answer), 330);
    else socket.write(answer);
  });
  const three = { id: 'a', periodMs: 20, reads: [read(1, 0), read(1, 90), read(1, 4)] };
  const { seen, until } = openLinks([{ link: busLink(port, 200), polled: [three] }]);
  await until(() => seen.polled.length >= 3);
  const last = seen.polled.at(-1)?.words;
  expect(last).toEqual([[0, 1], expect.stringContaining('no answer within'), [4, 1]]);
  expect(seen.failed.length).toBe(2);
});

test('a unit that talks on and on costs its time-out as noise, and neither the machine nor the neighbours', async () => {
  // The beginning of an answer, over and over: each has to be looked at as one.
  const babble = Buffer.alloc(4 << 20, Buffer.of(1, 4, 250));
  const { port } = await serve((socket, request) => {
    const unit = request[0] ?? 0;
    socket.write(unit === 1 ? babble : encodeRtuResponse(unit, { fc: 4, registers: [unit, 1] }));
  });
  const stall = monitorEventLoopDelay({ resolution: 5 });
  stall.enable();
  closers.push(() => stall.disable());
  const { seen, until } = openLinks([
    { link: busLink(port, 1_000), polled: [device('babbler', 1), device('b', 2)] },
  ]);
  await until(() => seen.failed.length >= 1 && seen.polled.length >= 3);
  expect(seen.failed[0]).toMatchObject({
    device: 'babbler',
    error: 'broken',
    words: expect.stringContaining('noise'),
  });
  for (const { words } of seen.polled) expect(words[0]).toEqual([2, 1]);
  expect(stall.max / 1e6).toBeLessThan(1_000);
});

test('a unit that cannot be on the wire fails by itself, and its neighbours are read', async () => {
  const { port } = await serve((socket, request) =>
    socket.write(encodeRtuResponse(request[0] ?? 0, { fc: 4, registers: [1, 2] })),
  );
  const { seen, until } = openLinks([
    { link: busLink(port), polled: [device('none', 300, 20), device('a', 1, 20)] },
  ]);
  await until(() => seen.polled.length >= 3 && seen.failed.length >= 1);
  expect(seen.failed[0]).toMatchObject({
    device: 'none',
    error: 'broken',
    words: expect.stringContaining('Modbus unit 300'),
  });
  expect(new Set(seen.polled.map((poll) => poll.device))).toEqual(new Set(['a']));
});

test('a write goes ahead of the polls and answers with what the slave says', async () => {
  const { port } = await serve((socket, request) => {
    if (request[1] === 5) socket.write(request);
    else socket.write(encodeRtuResponse(request[0] ?? 0, { fc: 4, registers: [0, 0] }));
  });
  const { links, seen, until } = openLinks([{ link: busLink(port), polled: [device('a', 1, 20)] }]);
  await until(() => seen.polled.length >= 1);
  const answer = await links.write(
    'bus',
    1,
    { request: { fc: 5, address: 3, value: 0xff00 }, mask: null },
    Date.now() + 5_000,
  );
  expect(answer).toMatchObject({ ok: true, value: { fc: 5, address: 3, value: 0xff00 } });
});

test('a line that cannot be opened is told once, and comes up when its far end does', async () => {
  const probe = await serve(() => {});
  closers.pop()?.();
  const { seen, until, links } = openLinks([{ link: tcpLink(probe.port), polled: [device('meter', 1)] }]);
  await until(() => links.states()[0]?.state === 'down');
  expect(links.states()[0]?.error).toContain('ECONNREFUSED');
  const server = createServer((socket) =>
    socket.on('data', (request) => socket.write(tcpAnswer(request, [1, 2]))),
  );
  await new Promise<void>((resolve) => server.listen(probe.port, '127.0.0.1', resolve));
  closers.push(() => server.close());
  await until(() => seen.polled.length >= 1);
  expect(links.states()[0]?.state).toBe('up');
});
