import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { live, useEntities } from './live.ts';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of [...listeners]) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** UTC ms by the gateway's clock, in whole seconds; draws its component once a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(live.serverNow() / 1_000) * 1_000);
}

/** `0:42`, `12:05`, `3:07:10`, `2d 03:07` for a length of time in ms; days in the words of the language. */
export function formatDuration(ms: number, dayWord: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (n: number) => String(n).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${days}${dayWord} ${two(hours)}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${minutes}:${two(seconds % 60)}`;
}

export interface SiteTime {
  /** 21:03:45 */
  clock(ms: number): string;
  /** 11-22 21:03:45; with the year when it is not this one. */
  moment(ms: number): string;
  /** 2026-11-22 */
  date(ms: number): string;
  /** 3:07 since then, or until then. */
  duration(ms: number): string;
}

const made = new Map<string, SiteTime>();

/** Making a date format costs a good part of a millisecond, so each is made once. */
function siteTimeOf(timeZone: string | undefined, dayWord: string): SiteTime {
  const name = `${timeZone} ${dayWord}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  // sv-SE writes dates as ISO 8601 does, which both languages read the same way.
  const clock = new Intl.DateTimeFormat('sv-SE', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });
  const date = new Intl.DateTimeFormat('sv-SE', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    timeZone,
  });
  const time: SiteTime = {
    clock: (ms) => clock.format(ms),
    date: (ms) => date.format(ms),
    moment: (ms) => {
      const day = date.format(ms);
      const thisYear = date.format(live.serverNow()).slice(0, 4);
      return `${day.startsWith(thisYear) ? day.slice(5) : day} ${clock.format(ms)}`;
    },
    duration: (ms) => formatDuration(ms, dayWord),
  };
  made.set(name, time);
  return time;
}

/** Times as the site's clocks show them, wherever the browser stands. */
export function useSiteTime(): SiteTime {
  const { t } = useTranslation('app');
  const [site] = useEntities('site');
  return siteTimeOf(site?.timeZone, t('time.day'));
}
