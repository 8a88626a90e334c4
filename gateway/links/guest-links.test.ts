import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import { type Link, linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createGuestLinks, type GuestLinks } from './guest-links.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** A far end that takes connections and says nothing. */
async function openFarEnd() {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, connections: () => connections, open: () => sockets.size };
}

function guests(siteLinks: Link[] = []) {
  const made = createGuestLinks({
    ...{ clock: systemClock, log: silentLog, siteLinks: () => siteLinks },
    heard() {},
  });
  closers.push(made.close);
  return made;
}

const linkTo = (port: number, id = 'new'): Link =>
  linkSchema.parse({ id, kind: 'modbus-tcp', host: '127.0.0.1', port, timeoutMs: 100 });
const read = { protocol: 'modbus', unit: 1, fc: 3, address: 0, quantity: 1 } as const;
const unseen = { sent() {}, received() {} };
const wanted = () => new AbortController().signal;
/** An address from which nothing comes back, not even a refusal (RFC 5737). */
const nowhere = (id = 'new'): Link => ({ ...linkTo(502, id), host: '192.0.2.1' }) as Link;

test('whoever wants one link at the same time shares its connection, and it is closed after the last', async () => {
  const far = await openFarEnd();
  const { use } = guests();
  const outcomes = await Promise.all(
    [1, 2].map(() =>
      use(linkTo(far.port), wanted(), async (guest) => {
        expect(guest.state()).toMatchObject({ id: 'new', state: 'up' });
        return guest.ask('new', read, unseen);
      }),
    ),
  );
  expect(outcomes).toMatchObject([{ error: 'timeout' }, { error: 'timeout' }]);
  expect(far.connections()).toBe(1);
  await eventually('the connection is closed', () => far.open() === 0);
});

test('one that the site has now is closed, and its question fails as on a line that was lost', async () => {
  const far = await openFarEnd();
  const { use, giveWay } = guests();
  const slow = { ...linkTo(far.port), timeoutMs: 30_000 } as Link;
  const asking = use(slow, wanted(), async (guest) => {
    const outcome = guest.ask('new', read, unseen);
    giveWay([linkTo(1, 'other')]);
    expect(guest.state().state).toBe('up');
    giveWay([linkTo(far.port, 'of-the-site')]);
    return { outcome: await outcome, after: guest.state() };
  });
  expect(await asking).toMatchObject({ outcome: { error: 'line-down' }, after: { state: 'down' } });
});

test('so many are open at a time, and what has to come by itself cannot be one', async () => {
  const fars = await Promise.all(Array.from({ length: 9 }, openFarEnd));
  const port = (i: number) => fars[i]?.port ?? 0;
  const { use } = guests();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const eight = Array.from({ length: 8 }, (_, i) => use(linkTo(port(i), `new-${i}`), wanted(), () => held));
  await expect(use(linkTo(port(8), 'ninth'), wanted(), async () => {})).rejects.toThrow(/8 links/);
  release();
  await Promise.all(eight);
  await use(linkTo(port(8), 'ninth'), wanted(), async (guest) => expect(guest.state().state).toBe('up'));
  const unit = linkSchema.parse({
    id: 'unit',
    kind: 'dtu',
    registration: '12345678',
    protocol: 'modbus-rtu',
  });
  const bridge = linkSchema.parse({ id: 'z2m', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt'] });
  for (const link of [unit, bridge])
    await expect(use(link, wanted(), async () => {})).rejects.toThrow(/once it is saved/);
});

describe('one whose far end has not answered yet', () => {
  test.each([
    [
      'the site has the place now',
      (made: GuestLinks) => made.giveWay([nowhere('of-the-site')]),
      /the site has/,
    ],
    ['the gateway stops', (made: GuestLinks) => made.close(), /the gateway stops/],
  ])('is over when %s: whoever waits for it is told', async (_, end, words) => {
    const made = guests();
    const told = made.use(nowhere(), wanted(), async (guest) => guest.state());
    end(made);
    expect(await told).toMatchObject({ id: 'new', state: 'down', error: expect.stringMatching(words) });
  });

  test('is waited for no longer than it is wanted, and is closed with the last who wants it', async () => {
    const { use, check } = guests();
    const [first, second] = [new AbortController(), new AbortController()];
    const over: string[] = [];
    const waiting = [first, second].map((gone, i) =>
      use(nowhere(), gone.signal, async (guest) => over.push(`${i} ${guest.state().state}`)),
    );
    first.abort();
    await waiting[0];
    expect(over).toEqual(['0 connecting']);
    expect(() => check(nowhere('other'))).toThrow(/"new", which is not saved/);
    second.abort();
    await waiting[1];
    expect(over).toEqual(['0 connecting', '1 down']);
    check(nowhere('other'));
    // Who has gone before it begins leaves nothing behind.
    await use(nowhere(), first.signal, async (guest) => expect(guest.state().state).toBe('down'));
    check(nowhere('other'));
  });
});

test('a question ends with the last who wants its answer', async () => {
  const far = await openFarEnd();
  const gone = new AbortController();
  const slow = { ...linkTo(far.port), timeoutMs: 30_000 } as Link;
  const { use } = guests();
  const asking = use(slow, gone.signal, async (guest) => {
    const outcome = guest.ask('new', read, unseen);
    gone.abort();
    return outcome;
  });
  expect(await asking).toMatchObject({ error: 'line-down' });
  await eventually('the connection is closed', () => far.open() === 0);
});

test('one that cannot be opened is not among those that are open', async () => {
  const { use } = guests();
  const broken = linkSchema.parse({ id: 'new', kind: 'bus', path: 'tcp://nowhere', protocol: 'modbus-rtu' });
  for (let time = 0; time < 9; time++)
    await expect(use(broken, wanted(), async () => {})).rejects.toThrow(/write tcp:\/\/host:port/);
});

describe('a second master', () => {
  const bus = (path: string, id = 'new'): Link =>
    linkSchema.parse({ id, kind: 'bus', path, protocol: 'modbus-rtu' });
  const refusal = { code: 'state.conflict', errors: [{ path: 'newLink' }] };

  test.each([
    [bus('tcp://GATE.local:4196'), bus('tcp://gate.local:4196', 'plant')],
    [bus('tcp://gate.local:502'), { ...linkTo(502, 'plant'), host: 'Gate.Local' } as Link],
    [{ ...linkTo(502), host: 'fd00::A' } as Link, bus('tcp://[FD00::a]:0502', 'plant')],
  ])('is refused on a link of the site, however it is written', async (link, ofTheSite) => {
    const { use } = guests([linkTo(1, 'another'), ofTheSite]);
    await expect(use(link, wanted(), async () => {})).rejects.toMatchObject({
      ...{ ...refusal, detail: expect.stringContaining('use link "plant"') },
    });
    const { check } = guests([{ ...ofTheSite, ...('port' in ofTheSite && { port: 503 }) } as Link]);
    if ('port' in ofTheSite) check(link);
  });

  test('is refused at a serial port by each of its names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-ports-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    const [port, byId] = [join(folder, 'ttyUSB0'), join(folder, 'usb-FTDI-if00-port0')];
    writeFileSync(port, '');
    symlinkSync(port, byId);
    expect(() => guests([bus(port, 'plant')]).check(bus(byId))).toThrow(/use link "plant"/);
    expect(() => guests([bus(byId, 'plant')]).check(bus(port))).toThrow(/use link "plant"/);
    guests([bus(port, 'plant')]).check(bus(join(folder, 'ttyUSB1')));
  });

  test('is refused where another link that is not saved is asked; the very same is shared', async () => {
    const far = await openFarEnd();
    const { use } = guests();
    const twin = bus(`tcp://127.0.0.1:${far.port}`, 'twin');
    await use(linkTo(far.port), wanted(), async () => {
      await expect(use(twin, wanted(), async () => {})).rejects.toMatchObject(refusal);
      await use(linkTo(far.port), wanted(), async (guest) => expect(guest.state().state).toBe('up'));
    });
    await use(twin, wanted(), async (guest) => expect(guest.state().state).toBe('up'));
  });
});
