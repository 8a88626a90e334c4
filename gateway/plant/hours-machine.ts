import type { RunHours } from '../contract/plant.ts';

/** A machine that ran before and after a gap of at most this long ran through it; of a longer one nobody knows. */
const bridgedMs = 3_600_000;

export interface KeptHours {
  hours: RunHours;
  /** Since when nobody knows whether it runs; null: it is known. UTC ms. */
  blindSince: number | null;
}

export function newHours(device: string, running: boolean, now: number): KeptHours {
  return {
    hours: {
      id: device,
      ...{ runMs: 0, since: running ? now : null, starts: 0, running },
      ...{ startedAt: null, stoppedAt: null, unknownMs: 0 },
    },
    blindSince: null,
  };
}

/**
 * What is seen of a machine; null: nobody knows any more.
 * @returns the same object when nothing changes
 */
export function countRunning(kept: KeptHours, running: boolean | null, now: number): KeptHours {
  const { hours, blindSince } = kept;
  const passedMs = hours.since === null ? 0 : Math.max(0, now - hours.since);
  if (running === null) {
    if (blindSince !== null) return kept;
    return { hours: { ...hours, runMs: hours.runMs + passedMs, since: null }, blindSince: now };
  }
  if (blindSince === null && running === hours.running) return kept;
  const gapMs = blindSince === null ? 0 : Math.max(0, now - blindSince);
  const ranOn = hours.running && running && gapMs <= bridgedMs;
  const unknownMs = ranOn || (!hours.running && !running) ? 0 : gapMs;
  return {
    hours: {
      ...hours,
      runMs: hours.runMs + passedMs + (ranOn ? gapMs : 0),
      since: running ? now : null,
      starts: hours.starts + (running && !hours.running ? 1 : 0),
      running,
      startedAt: running && !hours.running ? now : hours.startedAt,
      stoppedAt: !running && hours.running ? now : hours.stoppedAt,
      unknownMs: hours.unknownMs + unknownMs,
    },
    blindSince: null,
  };
}

/** The wall clock was stepped: what runs keeps its length. */
export function shiftHours(kept: KeptHours, deltaMs: number): KeptHours {
  const { hours, blindSince } = kept;
  return {
    hours: { ...hours, since: hours.since === null ? null : hours.since + deltaMs },
    blindSince: blindSince === null ? null : blindSince + deltaMs,
  };
}

/** Milliseconds that it has run up to a moment. */
export function runMsAt({ runMs, since }: RunHours, now: number): number {
  return runMs + (since === null ? 0 : Math.max(0, now - since));
}
