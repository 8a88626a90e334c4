import type { RawHeard } from '../devices/type-trial.ts';
import { fault } from '../lib/errors.ts';

/** The place that stands for the gateway's own alarm receiver among the links. */
export const alarmReceiverPlace = '$alarm-receiver';

/** The place where all is heard that is known to come from a device; other places are ids of links. */
export const devicePlace = (device: string): string => `device ${device}`;

/** So many people may wait for the next thing at a time. */
const mostWaiting = 16;

type Listener = (heard: RawHeard) => void;

/** Where what comes can be listened to beside the main line. Nothing is kept, and while nobody listens nothing is looked at. */
export interface Overhearing {
  /** Whether anybody listens at all: ask it before anything else is done. */
  readonly active: boolean;
  /** Something came at a place. */
  heard(place: string, heard: RawHeard): void;
  /** @returns stops listening */
  listen(place: string, listener: Listener): () => void;
  /**
   * The next thing that comes at a place; null when nothing does in time.
   * @throws queue.full
   */
  next(place: string, waitMs: number, gone: AbortSignal): Promise<RawHeard | null>;
}

export function createOverhearing(wakeAfter: (ms: number, wake: () => void) => () => void): Overhearing {
  const listeners = new Map<string, Set<Listener>>();
  let waiting = 0;

  function listen(place: string, listener: Listener): () => void {
    const those = listeners.get(place) ?? new Set();
    listeners.set(place, those.add(listener));
    return () => {
      those.delete(listener);
      if (those.size === 0 && listeners.get(place) === those) listeners.delete(place);
    };
  }

  return {
    get active() {
      return listeners.size > 0;
    },
    heard(place, heard) {
      for (const listener of [...(listeners.get(place) ?? [])]) listener(heard);
    },
    listen,
    next(place, waitMs, gone) {
      if (waiting >= mostWaiting)
        throw fault('queue.full', `${waiting} trials wait for their devices already; try again in a moment`);
      waiting++;
      return new Promise<RawHeard | null>((resolve) => {
        const end = (heard: RawHeard | null) => {
          stop();
          cancel();
          gone.removeEventListener('abort', left);
          resolve(heard);
        };
        const left = () => end(null);
        const stop = listen(place, end);
        const cancel = wakeAfter(waitMs, left);
        gone.addEventListener('abort', left, { once: true });
        if (gone.aborted) left();
      }).finally(() => {
        waiting--;
      });
    },
  };
}
