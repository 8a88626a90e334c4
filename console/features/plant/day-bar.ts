import type { ScheduleView } from '../../../gateway/contract/plant.ts';
import type { PointValue, Quality } from '../../../gateway/contract/reading.ts';

/** A part of the day, UTC ms. */
export interface Stretch {
  from: number;
  to: number;
}

/** A value of a yes-or-no point in the past. */
export interface Seen {
  at: number;
  value: PointValue;
  quality: Quality;
}

/**
 * When a device was on and when nobody knows, from its history and the moment until which it reaches.
 * @param rows oldest first; the last one before `begin` tells how the day began
 */
export function seenStretches(
  rows: readonly Seen[],
  begin: number,
  until: number,
): { on: Stretch[]; unknown: Stretch[] } {
  const on: Stretch[] = [];
  const unknown: Stretch[] = [];
  let since = begin;
  let state: boolean | null = null;
  const end = (to: number) => {
    const into = state === true ? on : state === null ? unknown : undefined;
    if (to > since) into?.push({ from: since, to });
  };
  for (const { at, value, quality } of rows) {
    if (at >= until) break;
    const next = quality === 'bad' || typeof value !== 'boolean' ? null : value;
    if (next === state) continue;
    if (at > begin) end(at);
    state = next;
    since = Math.max(begin, at);
  }
  end(until);
  return { on, unknown };
}

/** How far through the day a moment is, 0 … 1. */
export function placeIn(day: Stretch, at: number): number {
  return Math.min(1, Math.max(0, (at - day.from) / (day.to - day.from)));
}

/** Which way the clock switches next: the contrary of what it wants now. */
export function nextIsOn(schedule: Pick<ScheduleView, 'state' | 'today'>, now: number): boolean | null {
  if (schedule.state?.nextAt == null) return null;
  return !schedule.today.some(({ from, to }) => from <= now && now < to);
}
