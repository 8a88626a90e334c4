import { expect, test } from 'vitest';
import type { LiveMessage } from '../../gateway/contract/live.ts';
import { createLiveClient, type SocketEvents, staleAfterMs } from './live-client.ts';
import { createLiveStore } from './live-store.ts';

interface FarSide {
  since: string | null;
  sent: string[];
  closed: boolean;
  say(message: LiveMessage): void;
  sayText(text: string): void;
  hangUp(code?: number): void;
}

/** A client whose clock and far side are moved by hand. */
function clientOf() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const sockets: FarSide[] = [];
  const told = { refused: 0, connected: 0 };
  const store = createLiveStore({ monoMs: () => now, publish: (flush) => flush() });
  const client = createLiveClient({
    store,
    timers: {
      monoMs: () => now,
      after: (ms, run) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((each) => each !== timer);
        };
      },
    },
    open: (since: string | null, events: SocketEvents) => {
      const far: FarSide = {
        since,
        sent: [],
        closed: false,
        say: (message) => events.onMessage(JSON.stringify(message)),
        sayText: (text) => events.onMessage(text),
        hangUp: (code = 1006) => events.onClose(code),
      };
      sockets.push(far);
      return {
        send: (text) => far.sent.push(text),
        close: () => {
          far.closed = true;
        },
      };
    },
    onRefused: () => told.refused++,
    onConnected: () => told.connected++,
  });
  function pass(ms: number): void {
    const end = now + ms;
    for (;;) {
      const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      timers = timers.filter((timer) => timer !== next);
      now = next.at;
      next.run();
    }
    now = end;
  }
  /** No timer runs for so long; then those that are due. */
  function stall(ms: number): void {
    now += ms;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    for (const timer of due) timer.run();
  }
  const last = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  function comeLive(): void {
    last().say({ type: 'hello', epoch: 'e1', seq: 3, serverTime: 1 });
    last().say({ type: 'snapshot', seq: 3, part: 0, last: true, changes: [], values: [] });
  }
  return { client, store, sockets, told, pass, stall, last, comeLive };
}

test('the first socket asks for everything, the next for what came since', () => {
  const { client, sockets, last, comeLive, pass } = clientOf();
  client.start();
  expect(last().since).toBeNull();
  comeLive();
  last().hangUp();
  pass(1_000);
  expect(sockets).toHaveLength(2);
  expect(last().since).toBe('e1:3');
});

test('silence is called a lost line well within 5 s, and the silent socket is given up', () => {
  const { client, store, sockets, comeLive, pass } = clientOf();
  client.start();
  comeLive();
  pass(staleAfterMs - 1);
  expect(store.connection().state).toBe('live');
  pass(1);
  expect(store.connection().state).toBe('lost');
  expect(staleAfterMs).toBeLessThanOrEqual(4_500);
  pass(2_000);
  expect(sockets[0]?.closed).toBe(true);
  expect(sockets.length).toBeGreaterThan(1);
});

test('a browser that itself stood still does not call the line lost before it has read on', () => {
  const { client, store, last, comeLive, pass, stall } = clientOf();
  client.start();
  comeLive();
  stall(30_000);
  expect(store.connection().state).toBe('live');
  last().say({ type: 'beat', serverTime: 1 });
  pass(3_000);
  expect(store.connection().state).toBe('live');
});

test('beats keep a quiet line alive', () => {
  const { client, store, sockets, last, comeLive, pass } = clientOf();
  client.start();
  comeLive();
  for (let second = 0; second < 20; second++) {
    pass(1_000);
    last().say({ type: 'beat', serverTime: second });
  }
  expect(store.connection().state).toBe('live');
  expect(sockets).toHaveLength(1);
});

test('a socket that never opens is given up too', () => {
  const { client, sockets, pass } = clientOf();
  client.start();
  pass(staleAfterMs + 2_000);
  expect(sockets[0]?.closed).toBe(true);
  expect(sockets).toHaveLength(2);
});

test('the pauses grow to some ten seconds and never further', () => {
  const { client, sockets, last, pass } = clientOf();
  client.start();
  const counts: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    const before = sockets.length;
    for (let step = 0; step < 600; step++) {
      if (!last().closed) last().hangUp();
      pass(100);
    }
    counts.push(sockets.length - before);
  }
  expect(counts[0]).toBeGreaterThan(6);
  expect(counts[4]).toBeGreaterThanOrEqual(4);
  expect(counts[4]).toBeLessThanOrEqual(9);
});

test('a break in the chain comes back for a whole snapshot', () => {
  const { client, last, comeLive, pass, store } = clientOf();
  client.start();
  comeLive();
  last().say({ type: 'change', seq: 9, prev: 8, serverTime: 1, changes: [] });
  expect(store.connection().state).toBe('lost');
  pass(1_000);
  expect(last().since).toBeNull();
});

test('a message that is no JSON comes back for a whole snapshot', () => {
  const { client, last, comeLive, pass } = clientOf();
  client.start();
  comeLive();
  last().sayText('<html>');
  pass(1_000);
  expect(last().since).toBeNull();
});

test('a socket that closes before it has spoken, or as signed out, asks who is signed in', () => {
  const { client, told, last, comeLive, pass } = clientOf();
  client.start();
  last().hangUp();
  expect(told.refused).toBe(1);
  pass(1_000);
  comeLive();
  last().hangUp(1006);
  expect(told.refused).toBe(1);
  pass(1_000);
  comeLive();
  last().hangUp(4001);
  expect(told.refused).toBe(2);
});

test('what a dropped socket still says is not heard', () => {
  const { client, store, sockets, comeLive, pass } = clientOf();
  client.start();
  comeLive();
  pass(staleAfterMs + 1_500);
  sockets[0]?.say({ type: 'beat', serverTime: 99 });
  expect(store.beats()).toBe(0);
});

test('after stop nothing is opened any more', () => {
  const { client, sockets, comeLive, pass } = clientOf();
  client.start();
  comeLive();
  client.stop();
  pass(60_000);
  expect(sockets).toHaveLength(1);
  expect(sockets[0]?.closed).toBe(true);
});

test('hurry does not wait out the pause', () => {
  const { client, sockets, last } = clientOf();
  client.start();
  last().hangUp();
  client.hurry();
  expect(sockets).toHaveLength(2);
});

test('nothing is sent while the line is not live', () => {
  const { client, last, comeLive } = clientOf();
  client.start();
  const message = { type: 'shown', alarms: [], audible: true, visible: true } as const;
  expect(client.send({ ...message, alarms: [] })).toBe(false);
  comeLive();
  expect(client.send({ ...message, alarms: [] })).toBe(true);
  expect(last().sent).toEqual([JSON.stringify(message)]);
});
