import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import { linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { LineTally } from './line-tally.ts';
import { createLinks } from './links.ts';
import { createScans } from './scans.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** A Modbus TCP server whose unit 1 answers, whose unit 2 refuses, whose unit 3 says nothing. */
async function openUnits(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (request) => {
      const answer = { 1: [0x03, 0x02, 0x00, 0x2a], 2: [0x83, 0x02], 3: null }[request[6] as 1 | 2 | 3];
      if (!answer) return;
      const head = Buffer.from(request.subarray(0, 7));
      head.writeUInt16BE(1 + answer.length, 4);
      socket.write(Buffer.concat([head, Buffer.from(answer)]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

test('questions, answers, refusals and time-outs of a link are counted, and its last exchange stands there in hex', async () => {
  const port = await openUnits();
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled() {},
    failed() {},
    frame() {},
    state() {},
  });
  closers.push(() => links.close());
  const link = linkSchema.parse({ id: 'unit', kind: 'modbus-tcp', host: '127.0.0.1', port, timeoutMs: 300 });
  const device = (unit: number) => ({
    id: `unit-${unit}`,
    periodMs: 60_000,
    reads: [{ protocol: 'modbus' as const, unit, fc: 3 as const, address: 7, quantity: 1 }],
  });
  const status = () => {
    const [found] = links.status();
    if (!found) throw new Error('no link');
    return found;
  };
  links.configure([{ link, polled: [device(1)] }]);
  await eventually('the first has answered', () => status().counters.answered === 1);
  expect(status().last).toMatchObject({
    ...{ topic: null, outcome: 'answered', words: null },
    ...{ sent: '000100000006010300070001', received: '000100000005010302002a' },
  });
  links.configure([{ link, polled: [device(2)] }]);
  await eventually('the second has refused', () => status().counters.refused === 1);
  expect(status().last).toMatchObject({ outcome: 'refused', received: '000200000003028302' });
  expect(status().last?.words).toContain('exception 02');
  links.configure([{ link, polled: [device(3)] }]);
  await eventually('the third was waited for', () => status().counters.timeouts === 1);
  expect(status()).toMatchObject({
    state: 'up',
    last: { outcome: 'timeout', received: '' },
    counters: { asked: 3, answered: 1, timeouts: 1, refused: 1, broken: 0, busy: 0 },
  });
});

test('what is asked to find out who is there is neither counted nor the last exchange: most of it is silence', async () => {
  const port = await openUnits();
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled() {},
    failed() {},
    frame() {},
    state() {},
  });
  closers.push(() => links.close());
  const link = linkSchema.parse({ id: 'unit', kind: 'modbus-tcp', host: '127.0.0.1', port, timeoutMs: 60 });
  links.configure([{ link, polled: [] }]);
  await eventually('it is up', () => links.states()[0]?.state === 'up');
  const scans = createScans({
    ...{ clock: systemClock, links, link: () => link, devicesAt: () => [] },
    controllers: { search: () => Promise.reject(new Error('not asked here')), deviceOf: () => null },
    guests: { check() {}, use: () => Promise.reject(new Error('not asked here')) },
    recordScanned: () => Promise.reject(new Error('not asked here')),
  });
  scans.start('unit', { protocol: 'modbus', from: 1, to: 5 });
  await eventually('the scan is over', () => scans.progress('unit').state !== 'running');
  expect(scans.progress('unit').finds.map(({ address }) => address)).toEqual(['1', '2']);
  const counters = { asked: 0, answered: 0, timeouts: 0, broken: 0, refused: 0, busy: 0, reconnects: 0 };
  expect(links.status()).toMatchObject([{ state: 'up', last: null, counters }]);
  // What a device of the site is asked counts as before.
  links.configure([
    {
      link,
      polled: [
        {
          ...{ id: 'unit-1', periodMs: 60_000 },
          reads: [{ protocol: 'modbus', unit: 1, fc: 3, address: 7, quantity: 1 }],
        },
      ],
    },
  ]);
  await eventually('it has answered', () => links.status()[0]?.counters.answered === 1);
  expect(links.status()[0]?.counters).toMatchObject({ asked: 1, timeouts: 0 });
});

test('one that nothing listens to is down with a code, and so is a name that nobody has and a port that is not there', async () => {
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled() {},
    failed() {},
    frame() {},
    state() {},
  });
  closers.push(() => links.close());
  const plan = (fields: object) => ({ link: linkSchema.parse(fields), polled: [] });
  links.configure([
    plan({ id: 'closed', kind: 'modbus-tcp', host: '127.0.0.1', port: 1 }),
    plan({ id: 'unnamed', kind: 'modbus-tcp', host: 'no-such-host.invalid' }),
    plan({ id: 'absent', kind: 'bus', path: '/dev/no-such-port', protocol: 'modbus-rtu' }),
    plan({ id: 'no-port', kind: 'dtu', registration: 'unit-1', protocol: 'modbus-rtu' }),
  ]);
  await eventually('all are down', () => links.states().every(({ state }) => state === 'down'));
  expect(links.states().map(({ id, trouble }) => [id, trouble])).toEqual([
    ['closed', { code: 'refused' }],
    ['unnamed', { code: 'name-unknown', name: 'no-such-host.invalid' }],
    ['absent', { code: 'no-device', path: '/dev/no-such-port' }],
    ['no-port', { code: 'dial-in-off' }],
  ]);
});

test('of a long answer its beginning is kept', () => {
  const tally = new LineTally(systemClock, 'asked');
  tally.asked(Uint8Array.of(1));
  for (let i = 0; i < 100; i++) tally.heard(new Uint8Array(1_000));
  expect(tally.status().last?.received?.length).toBe(2 * 1_024);
});

test('a line that comes up again was reconnected, one that came up once was not', () => {
  const tally = new LineTally(systemClock, 'heard');
  tally.opened();
  expect(tally.status().counters.reconnects).toBe(0);
  tally.opened();
  expect(tally.status().counters.reconnects).toBe(1);
  expect(tally.status().last).toBeNull();
});

test('of a line that carries card numbers and codes only counts are kept, and what became of the last question', () => {
  const asked = new LineTally(systemClock, 'asked', { withheld: true });
  asked.asked(Uint8Array.of(1, 2));
  asked.heard(Uint8Array.of(3, 4));
  asked.goesOn();
  expect(asked.status()).toMatchObject({
    counters: { asked: 1, answered: 1 },
    last: { sent: null, received: null, outcome: 'answered' },
  });
});
