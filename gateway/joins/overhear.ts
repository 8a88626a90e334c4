/** Something that came by itself, as whoever listens beside the main line hears it. */
export interface Overheard {
  /** The topic, or the account that names itself; null for a frame of a line. */
  about: string | null;
  bytes: Uint8Array;
  /** UTC ms. */
  receivedAt: number;
  /** A broker had kept it. */
  retained: boolean;
}

type Listener = (heard: Overheard) => void;

/** The place that stands for the gateway's own alarm receiver among the links. */
export const alarmReceiverPlace = '$alarm-receiver';

/** Where what comes can be listened to beside the main line; costs nothing while nobody does. */
export function createOverhearing() {
  const listeners = new Map<string, Set<Listener>>();
  return {
    /** Whether anybody listens: what would be told need not be put together otherwise. */
    get active(): boolean {
      return listeners.size > 0;
    },
    /** @returns stops listening */
    listen(place: string, listener: Listener): () => void {
      const those = listeners.get(place) ?? new Set();
      listeners.set(place, those.add(listener));
      return () => {
        those.delete(listener);
        if (those.size === 0 && listeners.get(place) === those) listeners.delete(place);
      };
    },
    heard(place: string, heard: Overheard): void {
      for (const listener of [...(listeners.get(place) ?? [])]) listener(heard);
    },
  };
}
export type Overhearing = ReturnType<typeof createOverhearing>;
