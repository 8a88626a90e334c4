import type { ClientMessage, LiveMessage } from '../../gateway/contract/live.ts';
import type { LiveStore } from './live-store.ts';

/** Just what is used of a WebSocket, so that a test can stand in for the far side. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  onMessage(text: string): void;
  onClose(code: number): void;
}

export interface LiveTimers {
  monoMs: () => number;
  after: (ms: number, run: () => void) => () => void;
}

/** Silence after which the picture is called old: four missed beats of the gateway, so that the operator reads it within 5 s. */
export const staleAfterMs = 4_000;
/** Close code of the gateway: the session has ended. */
const signedOutCode = 4001;
/** A look that is late by this says that the browser itself stood still; what was said meanwhile has yet to be read. */
const stoodStillMs = 1_000;
const readOnMs = 300;
const firstRetryMs = 500;
const longestRetryMs = 10_000;

/**
 * Keeps one `/live` socket: goes on where the last one ended (`since=epoch:seq`), comes back with a growing pause, and gives up
 * a socket that has been silent for 4 s, open or not. `onRefused` is told when a socket closes without ever having spoken, or
 * because its session has ended: the caller asks the API who is signed in.
 */
export function createLiveClient(options: {
  store: LiveStore;
  timers: LiveTimers;
  open: (since: string | null, events: SocketEvents) => Socket;
  onRefused: () => void;
  onConnected: () => void;
}) {
  const { store, timers } = options;
  let socket: Socket | null = null;
  let running = false;
  let failures = 0;
  let cancelRetry: (() => void) | null = null;
  let cancelWatch: (() => void) | null = null;

  function drop(): void {
    cancelWatch?.();
    cancelWatch = null;
    if (socket === null) return;
    const old = socket;
    socket = null;
    old.close();
  }

  function retry(waitMs?: number): void {
    drop();
    store.lose();
    cancelRetry?.();
    if (!running) return;
    // A little chance, so that all consoles of a site do not come back in the same instant.
    const pauseMs = Math.min(longestRetryMs, firstRetryMs * 2 ** failures) * (0.75 + Math.random() / 2);
    failures++;
    cancelRetry = timers.after(waitMs ?? pauseMs, connect);
  }

  function watch(openedAt: number, notBefore = 0): void {
    const lookAt = Math.max(Math.max(openedAt, store.heardAt()) + staleAfterMs, notBefore);
    cancelWatch = timers.after(lookAt - timers.monoMs(), () => {
      const now = timers.monoMs();
      if (Math.max(openedAt, store.heardAt()) + staleAfterMs > now) watch(openedAt);
      else if (now - lookAt >= stoodStillMs) watch(openedAt, now + readOnMs);
      else retry();
    });
  }

  function receive(text: string): void {
    let applied: 'ok' | 'resync';
    try {
      applied = store.apply(JSON.parse(text) as LiveMessage);
    } catch {
      applied = 'resync';
    }
    if (applied === 'resync') {
      store.forgetPlace();
      retry();
    }
  }

  function connect(): void {
    cancelRetry?.();
    cancelRetry = null;
    drop();
    if (!running) return;
    let spoke = false;
    // What a socket says after it has been dropped is not heard.
    const current = () => socket === next;
    const next = options.open(store.resumePoint(), {
      onMessage(text) {
        if (!current()) return;
        if (!spoke) {
          spoke = true;
          failures = 0;
          options.onConnected();
        }
        receive(text);
      },
      onClose(code) {
        if (!current()) return;
        if (!spoke || code === signedOutCode) options.onRefused();
        retry();
      },
    });
    socket = next;
    watch(timers.monoMs());
  }

  return {
    start(): void {
      if (running) return;
      running = true;
      failures = 0;
      connect();
    },
    stop(): void {
      running = false;
      cancelRetry?.();
      cancelRetry = null;
      drop();
    },
    /** The browser says the network is back, or the tab is looked at again: do not wait out the pause. */
    hurry(): void {
      if (running && cancelRetry !== null) {
        failures = 0;
        connect();
      }
    },
    /** False when it could not be handed to a socket. */
    send(message: ClientMessage): boolean {
      if (socket === null || store.connection().state !== 'live') return false;
      socket.send(JSON.stringify(message));
      return true;
    },
  };
}

export type LiveClient = ReturnType<typeof createLiveClient>;
