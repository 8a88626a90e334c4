import { connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import type { LinkState } from '../contract/device-state.ts';
import { linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { Fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { encodeEm4100Serial } from '../protocols/em4100/serial.ts';
import { listenForDtus, type UnknownDtu } from './dtu-listener.ts';
import { createTakeovers } from './dtu-takeovers.ts';
import { createLinks } from './links.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

async function open() {
  const unknown: UnknownDtu[] = [];
  const frames: string[] = [];
  const states: LinkState[] = [];
  const dtus = await listenForDtus({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    unknown: (caller) => unknown.push(caller),
  });
  closers.push(() => dtus.close());
  const links = createLinks({
    ...{ clock: systemClock, log: silentLog, dtus },
    polled() {},
    failed() {},
    frame(link, bytes, _at, done) {
      frames.push(`${link.id} ${Buffer.from(bytes).toString('latin1')}`);
      done(true);
    },
    state: (state) => states.push(state),
  });
  closers.push(() => links.close());
  const reader = (id: string, registration: string) => ({
    link: linkSchema.parse({ id, kind: 'dtu', registration, protocol: 'rfid-em4100-serial' }),
    polled: [],
  });
  const dial = async (said: string | Uint8Array) => {
    const socket = connect({ host: '127.0.0.1', port: dtus.port });
    closers.push(() => socket.destroy());
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(said);
    return socket;
  };
  return { unknown, frames, states, dtus, links, reader, dial };
}

test('a tag reader behind a unit that dials in is heard, and only on its own link', async () => {
  const { links, reader, dial, frames, states } = await open();
  links.configure([reader('gate', 'hex:FE 00 00 01'), reader('roof', 'roof-unit')]);
  const socket = await dial(Uint8Array.of(0xfe, 0, 0, 1));
  await eventually('its link is up', () => states.some(({ id, state }) => id === 'gate' && state === 'up'));
  socket.write(encodeEm4100Serial('010063E9AE'));
  await eventually('the tag has come', () => frames.length > 0);
  expect(frames).toEqual([expect.stringMatching(/^gate .*010063E9AE/s)]);
  socket.destroy();
  await eventually('its link is down', () => states.at(-1)?.state === 'down');
  expect(states.map(({ id, state, error }) => [id, state, error])).toEqual([
    ['gate', 'up', null],
    ['gate', 'down', 'the far end closed the connection'],
  ]);
});

test('a unit that nobody expects is told, and is on its link once there is one', async () => {
  const { links, reader, dial, unknown, states, dtus } = await open();
  await dial('unit-77');
  await dial('unit-77');
  await eventually('each try is told', () => unknown.length === 2);
  for (const { from, bytes } of unknown)
    expect([from, Buffer.from(bytes).toString()]).toEqual(['127.0.0.1', 'unit-77']);
  expect(dtus.stats()).toEqual({ connections: 2, registrations: 0, unknown: 2 });
  links.configure([reader('late', 'unit-77')]);
  await eventually('its link is up', () => states.at(-1)?.state === 'up');
});

test('a link that is taken away closes its connection, and says nothing more', async () => {
  const { links, reader, dial, states } = await open();
  links.configure([reader('gate', 'unit-1')]);
  const socket = await dial('unit-1');
  await eventually('its link is up', () => states.at(-1)?.state === 'up');
  links.configure([]);
  await eventually('the connection is closed', () => socket.closed);
  expect(states).toHaveLength(1);
});

test('a port that is taken is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const listening = listenForDtus({
    ...{ host: '127.0.0.1', port, clock: systemClock, log: silentLog },
    unknown() {},
  });
  const error = await listening.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Fault);
  expect(error).toMatchObject({
    code: 'port.busy',
    detail: expect.stringMatching(`:${port} .*set GATEHOUSE_DTU_PORT \\(dtu.port in gatehouse.yaml`),
  });
});

test('takeovers of a dead connection are one unit that dials in again; of a live one, again and again, they are two units', () => {
  const takeovers = createTakeovers();
  let now = 0;
  const after = (ms: number, aliveMs: number | null) => {
    now += ms;
    return takeovers.judge('line', now, aliveMs === null ? null : now - aliveMs)?.trouble.code ?? null;
  };
  for (let i = 0; i < 5; i++) expect(after(60_000, 30_000)).toBeNull();
  expect(after(1_000, 500)).toBeNull();
  expect(after(200_000, 500)).toBeNull();
  // The first of these is long ago.
  expect(after(200_000, 500)).toBeNull();
  expect(after(1_000, 500)).toBe('two-units');
  expect(after(59_000, null)).toBe('two-units');
  expect(after(1_001, null)).toBeNull();
});

test('a crowd that does not say who it is keeps nobody else out', async () => {
  const { dial, dtus, links, reader, states } = await open();
  // Loopback has more than one address.
  const stranger = connect({ host: '127.0.0.1', port: dtus.port, localAddress: '127.0.0.9' });
  closers.push(() => stranger.destroy());
  await new Promise((resolve) => stranger.once('connect', resolve));
  const crowd = await Promise.all(Array.from({ length: 90 }, () => dial('?')));
  await eventually('some of the crowd are closed', () => crowd.filter(({ closed }) => closed).length >= 20);
  expect(stranger.closed).toBe(false);
  links.configure([reader('gate', 'unit-7')]);
  stranger.write('unit-7');
  await eventually('its link is up', () => states.some(({ id, state }) => id === 'gate' && state === 'up'));
});
