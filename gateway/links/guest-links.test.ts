import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import { type Link, linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createGuestLinks } from './guest-links.ts';

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

function guests() {
  const made = createGuestLinks({ clock: systemClock, log: silentLog, heard() {} });
  closers.push(made.close);
  return made;
}

const linkTo = (port: number, id = 'new'): Link =>
  linkSchema.parse({ id, kind: 'modbus-tcp', host: '127.0.0.1', port, timeoutMs: 100 });
const read = { protocol: 'modbus', unit: 1, fc: 3, address: 0, quantity: 1 } as const;
const unseen = { sent() {}, received() {} };

test('whoever wants one link at the same time shares its connection, and it is closed after the last', async () => {
  const far = await openFarEnd();
  const { use } = guests();
  const outcomes = await Promise.all(
    [1, 2].map(() =>
      use(linkTo(far.port), async (guest) => {
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
  const asking = use(slow, async (guest) => {
    const outcome = guest.ask('new', read, unseen);
    giveWay([linkTo(1, 'other')]);
    expect(guest.state().state).toBe('up');
    giveWay([linkTo(far.port, 'of-the-site')]);
    return { outcome: await outcome, after: guest.state() };
  });
  expect(await asking).toMatchObject({ outcome: { error: 'line-down' }, after: { state: 'down' } });
});

test('so many are open at a time, and what has to come by itself cannot be one', async () => {
  const far = await openFarEnd();
  const { use } = guests();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const eight = Array.from({ length: 8 }, (_, i) => use(linkTo(far.port, `new-${i}`), () => held));
  await expect(use(linkTo(far.port, 'ninth'), async () => {})).rejects.toThrow(/8 links/);
  release();
  await Promise.all(eight);
  await use(linkTo(far.port, 'ninth'), async (guest) => expect(guest.state().state).toBe('up'));
  const unit = linkSchema.parse({
    id: 'unit',
    kind: 'dtu',
    registration: '12345678',
    protocol: 'modbus-rtu',
  });
  const bridge = linkSchema.parse({ id: 'z2m', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt'] });
  for (const link of [unit, bridge])
    await expect(use(link, async () => {})).rejects.toThrow(/once it is saved/);
});
