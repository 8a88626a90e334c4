import { cameAt, type RawHeard } from '../devices/type-trial.ts';
import { fault } from '../lib/errors.ts';

/** The places that stand for the gateway's own receivers among the links. */
export const alarmReceiverPlace = '$alarm-receiver';
export const fireReceiverPlace = '$fire-receiver';

/** The place where all is heard that is known to come from a device; other places are ids of links. */
export const devicePlace = (device: string): string => `device ${device}`;

/** So many people may wait for the next thing at a time. */
const mostWaiting = 16;
/** Of one place the last words of so many senders are kept, and no longer ones. */
const mostKept = 500;
const mostKeptBytes = 2_048;

type Listener = (heard: RawHeard) => void;

/** Where what comes can be listened to beside the main line. While nobody listens nothing is looked at. */
export interface Overhearing {
  /** Whether anybody listens at all: ask it before anything else is done. */
  readonly active: boolean;
  /** Something came at a place. */
  heard(place: string, heard: RawHeard): void;
  /** Keeps the last words of a sender that seldom speaks, in memory: whoever tries it need not wait for the next. */
  keep(place: string, sender: string, heard: RawHeard): void;
  /** What was kept of a place, in the order in which it came. */
  kept(place: string, after: number): RawHeard[];
  /** @returns stops listening */
  listen(place: string, listener: Listener): () => void;
  /**
   * The next thing that comes at a place, and is wanted; null when nothing does in time.
   * @throws queue.full
   */
  next(
    place: string,
    waitMs: number,
    gone: AbortSignal,
    wanted?: (heard: RawHeard) => boolean,
  ): Promise<RawHeard | null>;
}

/** A message's payload is a part of a larger buffer, which must not live as long. */
function copied(heard: RawHeard): RawHeard {
  if (heard.way === 'topic')
    return { ...heard, message: { ...heard.message, payload: Buffer.from(heard.message.payload) } };
  return heard.way === 'report' ? { ...heard, bytes: Uint8Array.from(heard.bytes) } : heard;
}

function sizeOf(heard: RawHeard): number {
  if (heard.way === 'topic') return heard.message.topic.length + heard.message.payload.length;
  return heard.way === 'report' ? heard.bytes.length : 0;
}

export function createOverhearing(wakeAfter: (ms: number, wake: () => void) => () => void): Overhearing {
  const listeners = new Map<string, Set<Listener>>();
  const last = new Map<string, Map<string, RawHeard>>();
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
    keep(place, sender, heard) {
      if (sizeOf(heard) > mostKeptBytes) return;
      const senders = last.get(place) ?? new Map<string, RawHeard>();
      last.set(place, senders);
      // Set anew, it is the last.
      senders.delete(sender);
      senders.set(sender, copied(heard));
      if (senders.size > mostKept) for (const oldest of senders.keys()) return void senders.delete(oldest);
    },
    kept: (place, after) => [...(last.get(place)?.values() ?? [])].filter((heard) => cameAt(heard) > after),
    listen,
    next(place, waitMs, gone, wanted = () => true) {
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
        const stop = listen(place, (heard) => {
          if (wanted(heard)) end(heard);
        });
        const cancel = wakeAfter(waitMs, left);
        gone.addEventListener('abort', left, { once: true });
        if (gone.aborted) left();
      }).finally(() => {
        waiting--;
      });
    },
  };
}
