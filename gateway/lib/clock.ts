/** One moment on both clocks: `wallMs` is UTC epoch ms, `monoMs` never steps. Durations run on mono, schedules on wall. */
export interface Instant {
  wallMs: number;
  monoMs: number;
}

export interface Clock {
  now(): Instant;
  /** Calls `wake` once after `delayMs` of monotonic time; the answer cancels it. */
  wakeAfter(delayMs: number, wake: () => void): () => void;
}

/** Node's longest timer is 2^31-1 ms; a longer wait wakes early and is asked for again. */
const longestMs = 2_147_483_000;

export const systemClock: Clock = {
  now: () => ({ wallMs: Date.now(), monoMs: performance.now() }),
  wakeAfter(delayMs, wake) {
    // After a stall the timers' turn comes before that of the sockets: what has arrived is read first, so that no answer that is
    // there already is called missing.
    let read: NodeJS.Immediate | undefined;
    const timer = setTimeout(
      () => {
        read = setImmediate(wake);
      },
      Math.min(Math.max(0, delayMs), longestMs),
    );
    return () => {
      clearTimeout(timer);
      clearImmediate(read);
    };
  },
};

export interface ManualClock extends Clock {
  /** Moves both clocks on, waking what is due on the way in order, and lets the woken work settle in between. */
  advance(ms: number, settle?: () => Promise<void>): Promise<void>;
  /** Steps the wall clock alone, as an operator or NTP does. */
  stepWall(ms: number): void;
}

/** A clock that stands until told: a month of rounds runs in a second. Used by tests and the simulation of schedules. */
export function createManualClock(startWallMs: number): ManualClock {
  let wallMs = startWallMs;
  let monoMs = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => ({ wallMs, monoMs }),
    wakeAfter(delayMs, wake) {
      const sleeper = { at: monoMs + Math.max(0, delayMs), wake };
      sleepers.add(sleeper);
      return () => sleepers.delete(sleeper);
    },
    async advance(ms, settle = async () => {}) {
      const end = monoMs + ms;
      for (;;) {
        await settle();
        let next: { at: number; wake: () => void } | undefined;
        for (const sleeper of sleepers)
          if (sleeper.at <= end && (!next || sleeper.at < next.at)) next = sleeper;
        if (!next) break;
        sleepers.delete(next);
        const step = Math.max(0, next.at - monoMs);
        monoMs += step;
        wallMs += step;
        next.wake();
      }
      wallMs += end - monoMs;
      monoMs = end;
      await settle();
    },
    stepWall(ms) {
      wallMs += ms;
    },
  };
}
