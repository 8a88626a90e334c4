import { useSyncExternalStore } from 'react';

/** What this browser remembers for whoever is signed in; the language is also kept by the gateway. */
export interface Preferences {
  language: 'zh' | 'en';
  singleKeys: 'on' | 'off';
  /** In which the last device was added. */
  lastArea: string;
}

const listeners = new Set<() => void>();
let owner = '';

function nameOf(preference: keyof Preferences): string {
  return `gatehouse.${owner}.${preference}`;
}

/** Storage may be shut off in a kiosk: then the defaults hold. */
function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Nothing is lost but the memory of it.
  }
}

/** Whether this station is without sound, whoever is signed in: the browser stands at one place. */
export const stationSound = {
  declined: () => stored('gatehouse.station.sound') === 'off',
  remember: (declined: boolean) => store('gatehouse.station.sound', declined ? 'off' : null),
};

export function readPreference<P extends keyof Preferences>(preference: P): Preferences[P] | null {
  return stored(nameOf(preference)) as Preferences[P] | null;
}

export function writePreference<P extends keyof Preferences>(preference: P, value: Preferences[P]): void {
  store(nameOf(preference), value);
  for (const listener of [...listeners]) listener();
}

/** Whose preferences are meant from now on: a user's key, or '' before sign-in. */
export function preferencesOf(user: string): void {
  owner = user;
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreference<P extends keyof Preferences>(preference: P): Preferences[P] | null {
  return useSyncExternalStore(subscribe, () => readPreference(preference));
}
