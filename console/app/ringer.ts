import { useSyncExternalStore } from 'react';
import { live } from './live.ts';
import { stationSound } from './preferences.ts';
import { type Ring, ring, type Silences, silenceAll } from './ring.ts';
import { createSound, openAudioContext } from './sound.ts';

/** The one loudspeaker of this page. */
export const sound = createSound(openAudioContext, stationSound);

let silences: Silences = new Map();
let now: Ring = { priority: null, silenced: false, wakeAt: null };
let wake: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function follow(): void {
  const at = performance.now();
  const next = ring(live.list('alarms'), silences, at);
  clearTimeout(wake);
  if (next.wakeAt !== null) wake = setTimeout(follow, Math.max(0, next.wakeAt - at) + 1);
  sound.play(next.priority);
  if (next.priority === now.priority && next.silenced === now.silenced) return;
  now = next;
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Sounds what the alarms ask for, from the frame that brings them; started once, before anything is drawn. */
export function startRinging(): void {
  live.subscribe('alarms', follow);
}

/** Quiet for 30 s; an alarm that comes meanwhile, or trips again, rings at once. */
export function silence(): void {
  silences = silenceAll(live.list('alarms'), performance.now());
  follow();
}

/** Whether what should be heard is being heard: the context runs and the due pattern plays (or nothing is due). */
export function isAudible(): boolean {
  return sound.state() === 'running' && sound.playing() === now.priority;
}

export function useRing(): Ring {
  return useSyncExternalStore(subscribe, () => now);
}

export function useSoundState() {
  return useSyncExternalStore(sound.subscribe, sound.state);
}

/** For browser tests, which have to hear what a loudspeaker would: to look at, not to steer with. */
export function exposeSound(): void {
  Object.defineProperty(window, '__gatehouseSound', {
    value: Object.freeze({
      get state() {
        return sound.state();
      },
      get playing() {
        return sound.playing();
      },
      level: () => sound.level(),
    }),
    writable: false,
    configurable: false,
  });
}
