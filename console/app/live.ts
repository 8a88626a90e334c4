import { useRef, useSyncExternalStore } from 'react';
import type { Entity } from '../../gateway/contract/live.ts';
import { createLiveClient } from './live-client.ts';
import { createLiveStore, type EntityRows, type PointNow } from './live-store.ts';
import { createShownLedger } from './shown.ts';

/** Shortest time between two drawings: 25 a second keep a flood readable and the painting well within 100 ms. */
const drawMs = 40;
/** Longest, however many rows there are to draw: an alarm must be seen within its two seconds on a slow machine, too. */
const longestDrawMs = 250;
/** A drawing may take this part of the time: the rest is for the operator's keys, and for painting. */
const share = 1 / 3;

let drawnAt = Number.NEGATIVE_INFINITY;
let pauseMs = drawMs;

function publish(flush: () => void): void {
  const draw = () => {
    drawnAt = performance.now();
    flush();
    // React draws in a microtask of this task; the next task knows what it cost.
    setTimeout(() => {
      const tookMs = performance.now() - drawnAt;
      pauseMs = Math.min(longestDrawMs, Math.max(drawMs, tookMs / share));
    }, 0);
  };
  const waitMs = drawnAt + pauseMs - performance.now();
  // The microtask runs after the whole message has been applied.
  if (waitMs <= 0) queueMicrotask(draw);
  else setTimeout(draw, waitMs);
}

/** The one picture of the site that all screens share. */
export const live = createLiveStore({ monoMs: () => performance.now(), publish });

export const shownLedger = createShownLedger();

const refused = new Set<() => void>();

/** Called when the gateway turned the socket away: perhaps the session has ended. */
export function onLiveRefused(listener: () => void): () => void {
  refused.add(listener);
  return () => refused.delete(listener);
}

export const liveClient = createLiveClient({
  store: live,
  timers: {
    monoMs: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  },
  open: (since, events) => {
    const url = new URL('/live', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    if (since !== null) url.searchParams.set('since', since);
    const socket = new WebSocket(url);
    socket.onmessage = (event) => events.onMessage(String(event.data));
    socket.onclose = (event) => events.onClose(event.code);
    return socket;
  },
  onRefused: () => {
    for (const listener of refused) listener();
  },
  onConnected: () => shownLedger.forget(),
});

export type { EntityRows, PointNow } from './live-store.ts';

type Subscribe = (listener: () => void) => () => void;
const subscriptions = new Map<string, Subscribe>();

/** The same function each time, or React would subscribe anew at every drawing. */
function subscribeTo(topic: Parameters<typeof live.subscribe>[0]): Subscribe {
  let subscribe = subscriptions.get(topic);
  if (subscribe === undefined) {
    subscribe = (listener) => live.subscribe(topic, listener);
    subscriptions.set(topic, subscribe);
  }
  return subscribe;
}

/** All rows of an entity, in no promised order; the same array until one of them changes. */
export function useEntities<E extends Entity>(entity: E): readonly EntityRows[E][] {
  return useSyncExternalStore(subscribeTo(entity), () => live.list(entity));
}

/** All rows of an entity by id; the same map until one of them changes. */
export function useEntityMap<E extends Entity>(entity: E): ReadonlyMap<string, EntityRows[E]> {
  return useSyncExternalStore(subscribeTo(entity), () => live.map(entity));
}

/** One row; drawn again only when that row changes. */
export function useEntity<E extends Entity>(entity: E, id: string | undefined): EntityRows[E] | undefined {
  return useSyncExternalStore(subscribeTo(entity), () =>
    id === undefined ? undefined : live.get(entity, id),
  );
}

/** One point of one device as last heard; undefined: never. */
export function usePoint(device: string, point: string): PointNow | undefined {
  return useSyncExternalStore(subscribeTo('values'), () => live.point(device, point));
}

export function useConnection() {
  return useSyncExternalStore(subscribeTo('connection'), live.connection);
}

/** Grows by one with each beat of the gateway. */
export function useBeat(): number {
  return useSyncExternalStore(subscribeTo('beat'), live.beats);
}

const noPoints: Readonly<Record<string, PointNow>> = {};

/** Several points of one device as last heard, by name; those never heard are left out. The same object until one of them changes. */
export function usePoints(device: string, names: readonly string[]): Readonly<Record<string, PointNow>> {
  const known = useRef(noPoints);
  return useSyncExternalStore(subscribeTo('values'), () => {
    const heard = names.flatMap((name) => {
      const now = live.point(device, name);
      return now === undefined ? [] : [[name, now] as const];
    });
    const before = known.current;
    if (heard.length !== Object.keys(before).length || heard.some(([name, now]) => before[name] !== now))
      known.current = heard.length === 0 ? noPoints : Object.fromEntries(heard);
    return known.current;
  });
}
