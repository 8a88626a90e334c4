import type { RawHeard } from '../devices/type-trial.ts';
import { fault } from '../lib/errors.ts';

/** So many people may wait for a device at a time. */
const mostWaiting = 16;

/** Lets somebody see what a device sends, as it came. Nothing is kept, and while nobody waits nothing is looked at. */
export interface Listening {
  /** Whether anybody waits at all: ask it before anything else is done. */
  readonly active: boolean;
  /** Something came for a device. */
  heard(device: string, raw: RawHeard): void;
  /**
   * The next thing that comes for a device; null when nothing does in time.
   * @throws queue.full
   */
  next(device: string, waitMs: number, gone: AbortSignal): Promise<RawHeard | null>;
}

export function createListening(wakeAfter: (ms: number, wake: () => void) => () => void): Listening {
  const waiting = new Map<string, Set<(raw: RawHeard | null) => void>>();
  let count = 0;
  return {
    get active() {
      return count > 0;
    },
    heard(device, raw) {
      for (const take of waiting.get(device) ?? []) take(raw);
    },
    next(device, waitMs, gone) {
      if (count >= mostWaiting)
        throw fault('queue.full', `${count} trials wait for their devices already; try again in a moment`);
      count++;
      return new Promise((resolve) => {
        const set = waiting.get(device) ?? new Set();
        waiting.set(device, set);
        let open = true;
        const end = (raw: RawHeard | null) => {
          if (!open) return;
          open = false;
          count--;
          set.delete(end);
          if (set.size === 0 && waiting.get(device) === set) waiting.delete(device);
          cancel();
          gone.removeEventListener('abort', left);
          resolve(raw);
        };
        const left = () => end(null);
        const cancel = wakeAfter(waitMs, left);
        set.add(end);
        gone.addEventListener('abort', left, { once: true });
        if (gone.aborted) left();
      });
    },
  };
}
