import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openUhppoteController, type UhppoteSimulator } from '../../simulators/uhppote-controller.ts';
import { eventually } from '../../test/house.ts';
import { type BadNetwork, openUdpRelay, type UdpRelay } from '../../test/udp-relay.ts';
import type { LinkState } from '../contract/device-state.ts';
import type { UhppoteLink } from '../contract/site.ts';
import { createManualClock, systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { readHeader, writeMessage } from '../protocols/uhppote/codec.ts';
import type { LogPlace } from '../protocols/uhppote/session.ts';
import { LineTally } from './line-tally.ts';
import type { ControllerNews } from './uhppote-controller.ts';
import { createUhppoteLinks, type UhppoteLinks } from './uhppote-links.ts';
import { openUhppoteWire, type UhppoteWire } from './uhppote-wire.ts';

const serial = 423_187_757;
const number = 9_959_822;
const shownAt = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

let controller: UhppoteSimulator | undefined;
const relays: UdpRelay[] = [];
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  for (const relay of relays.splice(0)) relay.close();
  controller?.close();
});

/** What a link hands over, kept as the database would: the place with what came with it. */
function createKeeper() {
  let place: LogPlace | null = null;
  const indexes: number[] = [];
  const news: ControllerNews[] = [];
  const states: LinkState[] = [];
  const strangers: number[] = [];
  return {
    ...{ indexes, news, states, strangers },
    place: () => place,
    deps: {
      clock: systemClock,
      log: silentLog,
      shownAt,
      placeOf: () => place,
      async deliver(_plan: unknown, items: readonly ControllerNews[], next: LogPlace | null) {
        news.push(...items);
        // In the order of the log; what was pushed may have been there before.
        for (const item of items) if (item.kind === 'event' && next) indexes.push(item.event.index);
        if (next) place = next;
        return true;
      },
      status() {},
      state: (state: LinkState) => states.push(state),
      stranger: (_link: string, who: number) => strangers.push(who),
    },
  };
}
type Keeper = ReturnType<typeof createKeeper>;

async function follow(
  keeper: Keeper,
  { host, announce, timeoutMs = 150 }: { host: number; announce?: number; timeoutMs?: number },
): Promise<UhppoteLinks> {
  const links = createUhppoteLinks(keeper.deps);
  closers.push(links.close);
  links.configure([
    {
      link: {
        ...{ id: 'doors', kind: 'uhppote', broadcast: `127.0.0.1:${host}`, listen: '127.0.0.1:0', timeoutMs },
        ...(announce === undefined ? {} : { announce: `127.0.0.1:${announce}` }),
      },
      controllers: [
        {
          ...{ device: 'controller', serial, cards: 'wiegand26', pollMs: 50 },
          host: { host: '127.0.0.1', port: host },
        },
      ],
    },
  ]);
  await eventually('the link is up', () => keeper.states.at(-1)?.state === 'up');
  return links;
}
const seconds = (count: number) => ({ expiresAt: Date.now() + count * 1_000, sent: () => {} });

const bad: BadNetwork[] = [
  { seed: 7, lost: 0.2, doubled: 0.15, latestMs: 25 },
  { seed: 4_711, lost: 0.3, doubled: 0.3, latestMs: 10 },
];

describe.each(bad)('over a network that loses $lost, doubles $doubled and shuffles', (network) => {
  test('every event of the log comes once and in order', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const asking = await openUdpRelay(controller.port, network);
    relays.push(asking);
    const keeper = createKeeper();
    await follow(keeper, { host: asking.port, timeoutMs: 40 });
    const sim = controller;
    await eventually('it is set up', () => sim.memory.special && keeper.place() !== null, 30_000);
    for (let n = 0; n < 30; n++) {
      sim.happen(n % 2 === 0 ? 23 : 24, 1);
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await eventually('all are there', () => keeper.place()?.index === 30, 60_000);
    expect(keeper.indexes).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(keeper.news.filter(({ kind }) => kind === 'lost')).toEqual([]);
    expect(keeper.news.filter(({ kind }) => kind === 'memory-new')).toHaveLength(1);
    expect(asking.lost).toBeGreaterThan(10);
  }, 90_000);

  test('cards are stored and deleted as they are confirmed, never otherwise', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const asking = await openUdpRelay(controller.port, network);
    relays.push(asking);
    const links = await follow(createKeeper(), { host: asking.port, timeoutMs: 40 });
    const put = { action: 'cardPut', card: '0063E9AE', doors: ['1'], from: null, until: null } as const;
    let confirmed = 0;
    for (let n = 0; n < 12; n++) {
      const order = n % 2 === 0 ? put : ({ action: 'cardDelete', card: '0063E9AE' } as const);
      const outcome = await links.order('doors', serial, order, seconds(30));
      if (!outcome.ok) continue;
      confirmed++;
      expect(controller.memory.cards.has(number)).toBe(order === put);
    }
    expect(confirmed).toBeGreaterThan(6);
  }, 90_000);
});

describe('a door', () => {
  test('whose controller does not hear the word is told again, once its log has proved that', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const keeper = createKeeper();
    const links = await follow(keeper, { host: controller.port });
    const sim = controller;
    await eventually('it is set up', () => sim.memory.special && keeper.place() !== null);
    sim.deaf.set('openDoor', 1);
    expect(await links.order('doors', serial, { action: 'open', door: '1' }, seconds(5))).toEqual({
      ok: true,
    });
    expect(sim.asked.get('openDoor')).toBe(1);
    expect(sim.deaf.get('openDoor')).toBe(0);
  });

  test('whose controller is not reached is not said to be open', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const asking = await openUdpRelay(controller.port);
    relays.push(asking);
    const keeper = createKeeper();
    const links = await follow(keeper, { host: asking.port, timeoutMs: 40 });
    const sim = controller;
    await eventually('it is set up', () => sim.memory.special && keeper.place() !== null);
    asking.cut = true;
    const outcome = await links.order('doors', serial, { action: 'open', door: '1' }, seconds(5));
    expect(outcome).toMatchObject({ ok: false, error: 'timeout' });
    expect(sim.asked.get('openDoor')).toBeUndefined();
  });

  test('that was opened is not opened again because the answer was lost', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const keeper = createKeeper();
    const links = await follow(keeper, { host: controller.port });
    const sim = controller;
    await eventually('it is set up', () => sim.memory.special && keeper.place() !== null);
    sim.unanswered.add('openDoor');
    expect(await links.order('doors', serial, { action: 'open', door: '1' }, seconds(5))).toEqual({
      ok: true,
    });
    expect(sim.asked.get('openDoor')).toBe(1);
  });

  test('is not opened when the time for it is over', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const links = await follow(createKeeper(), { host: controller.port });
    const outcome = await links.order('doors', serial, { action: 'open', door: '1' }, seconds(-1));
    expect(outcome).toMatchObject({ ok: false, error: 'expired' });
    expect(controller.asked.get('openDoor')).toBeUndefined();
  });
});

describe('orders to one controller', () => {
  const put = { action: 'cardPut', card: '0063E9AE', doors: ['1'], from: null, until: null } as const;

  test('are carried out though one before them failed', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const keeper = createKeeper();
    const sim = controller;
    let broken = false;
    const calendar = (at: number) => {
      if (broken) throw new RangeError('Invalid time value');
      return shownAt(at);
    };
    Object.assign(keeper.deps, { shownAt: calendar });
    const links = await follow(keeper, { host: controller.port });
    await eventually('it is set up', () => sim.memory.special && keeper.place() !== null);
    broken = true;
    const bounded = { ...put, until: Date.now() + 86_400_000 };
    const failing = links.order('doors', serial, bounded, seconds(5));
    const next = links.order('doors', serial, put, seconds(5));
    await expect(failing).rejects.toThrow(/Invalid time/);
    expect(await next).toEqual({ ok: true });
    expect(sim.memory.cards.has(number)).toBe(true);
  });

  test('store a card with a bound beyond all dates until the last day that a controller keeps', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const links = await follow(createKeeper(), { host: controller.port });
    const bounds = { from: -8_640_000_000_000_000, until: 8_640_000_000_000_000 };
    expect(await links.order('doors', serial, { ...put, ...bounds }, seconds(5))).toEqual({ ok: true });
    expect(controller.memory.cards.get(number)).toMatchObject({ from: '2001-01-01', until: '2099-12-31' });
  });

  test.each([
    ['cardPut', put, 'getCard', 'putCard'],
    ['open', { action: 'open', door: '1' }, 'status', 'openDoor'],
    ['unlock', { action: 'unlock', door: '1' }, 'getDoor', 'setDoor'],
  ] as const)(
    'do not go out after they expired while the controller was slow: %s',
    async (_, order, before, told) => {
      controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
      const keeper = createKeeper();
      const sim = controller;
      const links = await follow(keeper, { host: controller.port });
      await eventually('it is set up', () => sim.memory.special && keeper.place() !== null);
      // The question before it is heard at the second sending, when the time is over.
      const sent = vi.fn();
      sim.deaf.set(before, 1);
      const when = { expiresAt: Date.now() + 100, sent };
      const outcome = await links.order('doors', serial, order, when);
      expect(outcome).toMatchObject({ ok: false, error: 'expired' });
      expect(sent).not.toHaveBeenCalled();
      expect(sim.asked.get(told)).toBeUndefined();
    },
  );
});

test('the bytes of a controller’s cards do not stand in the status of its link', async () => {
  controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
  const links = await follow(createKeeper(), { host: controller.port });
  await eventually('it has answered', () => (links.status()[0]?.counters.answered ?? 0) > 0);
  expect(links.status()[0]?.last).toMatchObject({ sent: null, received: null });
});

test('an event that is pushed does not overtake one whose push was lost', async () => {
  controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
  const keeper = createKeeper();
  await follow(keeper, { host: controller.port });
  const sim = controller;
  await eventually('it is followed', () => keeper.place() !== null && sim.memory.listener.port > 0);
  sim.happen(23, 1);
  await eventually('the first is on disk', () => keeper.place()?.index === 1);
  sim.mute = true;
  sim.happen(38, 1);
  sim.mute = false;
  sim.happen(24, 1);
  sim.happen(20, 2);
  await eventually('all are on disk', () => keeper.place()?.index === 4);
  const told = keeper.news.flatMap((item) => (item.kind === 'event' ? [item.event.index] : []));
  expect([...new Set(told)]).toEqual([1, 2, 3, 4]);
});

test('events that are pushed come before the next poll, and a stranger’s are told once and not taken', async () => {
  controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
  const keeper = createKeeper();
  await follow(keeper, { host: controller.port });
  const sim = controller;
  await eventually('it is set up', () => sim.memory.special && sim.memory.listener.port > 0);
  const stranger = await openUhppoteController({ serial: 405_419_896, zoneOffsetMs: 0 });
  closers.push(stranger.close);
  Object.assign(stranger.memory, { listener: sim.memory.listener, special: true });
  stranger.happen(38, 1);
  stranger.happen(38, 1);
  await eventually('the stranger is told', () => keeper.strangers.length > 0);
  sim.happen(23, 1);
  await eventually('the event is there', () => keeper.news.some(({ kind }) => kind === 'event'));
  expect(keeper.strangers).toEqual([405_419_896]);
  expect(
    keeper.news
      .filter(({ kind }) => kind === 'event')
      .every((item) => 'event' in item && item.event.reason === 23),
  ).toBe(true);
});

test('a port that is taken is told with its name, and the link comes up when it is free', async () => {
  const holder = createSocket('udp4');
  await new Promise<void>((resolve) => {
    holder.bind(0, '127.0.0.1', resolve);
  });
  const { port } = holder.address();
  const keeper = createKeeper();
  const clock = createManualClock(Date.now());
  const links = createUhppoteLinks({ ...keeper.deps, clock });
  closers.push(links.close);
  const link: UhppoteLink = {
    ...{ id: 'doors', kind: 'uhppote', broadcast: '127.0.0.1:1', listen: `127.0.0.1:${port}`, timeoutMs: 50 },
  };
  links.configure([{ link, controllers: [] }]);
  await eventually('it is down', () => keeper.states.at(-1)?.state === 'down');
  expect(keeper.states.at(-1)?.error).toContain(`127.0.0.1:${port}`);
  await new Promise<void>((resolve) => {
    holder.close(resolve);
  });
  await clock.advance(10_000);
  await eventually('it is up', () => keeper.states.at(-1)?.state === 'up');
});

describe('questions to one controller', () => {
  async function wire(port: number): Promise<UhppoteWire> {
    const opened = await openUhppoteWire({
      tally: new LineTally(systemClock, 'asked'),
      ...{ clock: systemClock, timeoutMs: 50, pushed: () => {}, failed: () => {} },
      ...{ broadcast: { host: '127.0.0.1', port }, listen: { host: '127.0.0.1', port: 0 } },
    });
    closers.push(opened.close);
    return opened;
  }

  test('are open one at a time, urgent ones first', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    const opened = await wire(controller.port);
    const order: string[] = [];
    await Promise.all([
      opened.ask(serial, 'status', {}).then(() => order.push('first')),
      opened.ask(serial, 'countCards', {}).then(() => order.push('second')),
      opened.ask(serial, 'openDoor', { door: 1 }, { urgent: true }).then(() => order.push('urgent')),
    ]);
    expect(order).toEqual(['first', 'urgent', 'second']);
  });

  /** A socket on an address of this machine. */
  async function socketAt(address: string): Promise<Socket> {
    const socket = createSocket('udp4');
    closers.push(() => socket.close());
    await new Promise<void>((resolve) => {
      socket.bind(0, address, resolve);
    });
    return socket;
  }
  const cards = (count: number) => writeMessage('countCards', 'reply', serial, { cards: count });
  const sendTo = (socket: Socket, bytes: Uint8Array, { port, address }: RemoteInfo) =>
    new Promise<void>((resolve) => {
      socket.send(bytes, port, address, () => resolve());
    });

  test('are answered only by the address that the site gives the controller', async () => {
    const [real, impostor] = [await socketAt('127.0.0.1'), await socketAt('127.0.0.2')];
    const opened = await wire(real.address().port);
    opened.place(serial, { host: '127.0.0.1', port: real.address().port });
    real.on('message', async (_bytes, asker) => {
      await sendTo(impostor, cards(99), asker);
      await sendTo(real, cards(7), asker);
    });
    expect(await opened.ask(serial, 'countCards', {})).toMatchObject({ cards: 7 });
    expect(opened.addressOf(serial)).toBe('127.0.0.1');
  });

  test('go on to the broadcast when somebody sends what answers no question', async () => {
    const [real, impostor] = [await socketAt('127.0.0.1'), await socketAt('127.0.0.2')];
    const opened = await wire(real.address().port);
    let questions = 0;
    real.on('message', async (bytes, asker) => {
      const header = readHeader(bytes);
      if (!header.ok || header.name !== 'countCards') return;
      await sendTo(impostor, writeMessage('openDoor', 'reply', serial, { succeeded: true }), asker);
      if (++questions === 2) await sendTo(real, cards(7), asker);
    });
    expect(await opened.ask(serial, 'countCards', {})).toMatchObject({ cards: 7 });
    expect(opened.addressOf(serial)).toBe('127.0.0.1');
  });

  test('do not go out when their time is over while another is open', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    controller.unanswered.add('getTime');
    const opened = await wire(controller.port);
    const first = opened.ask(serial, 'getTime', {}, { tries: 1 });
    const latestMono = systemClock.now().monoMs + 10;
    expect(await opened.ask(serial, 'openDoor', { door: 1 }, { urgent: true, latestMono })).toBeNull();
    expect(await first).toBeNull();
    expect(await opened.ask(serial, 'countCards', {})).not.toBeNull();
    expect(controller.asked.get('openDoor')).toBeUndefined();
  });

  test('that are not answered come to nothing, after as many tries as they have', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    controller.unanswered.add('getTime');
    const opened = await wire(controller.port);
    expect(await opened.ask(serial, 'getTime', {})).toBeNull();
    expect(controller.asked.get('getTime')).toBe(3);
    expect(await opened.ask(serial, 'getTime', {}, { tries: 1 })).toBeNull();
    expect(controller.asked.get('getTime')).toBe(4);
    expect(await opened.ask(serial + 1, 'status', {}, { tries: 1 })).toBeNull();
  });

  test('are answered with nothing when the wire is closed', async () => {
    controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
    controller.unanswered.add('getTime');
    const opened = await wire(controller.port);
    const answers = Promise.all([opened.ask(serial, 'getTime', {}), opened.ask(serial, 'status', {})]);
    opened.close();
    expect(await answers).toEqual([null, null]);
    expect(await opened.ask(serial, 'status', {})).toBeNull();
  });
});
