import { useCallback, useSyncExternalStore } from 'react';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { live } from '../../app/live.ts';

/** When the newest value of any point of a device was taken, UTC ms; undefined: it has none. */
export function lastHeardAt(device: string, kind: Kind | undefined): number | undefined {
  let newest: number | undefined;
  for (const point of Object.keys(kind?.points ?? {})) {
    const at = live.point(device, point)?.at;
    if (at !== undefined && (newest === undefined || at > newest)) newest = at;
  }
  return newest;
}

function subscribe(listener: () => void): () => void {
  return live.subscribe('values', listener);
}

export function useLastHeard(device: string, kind: Kind | undefined): number | undefined {
  return useSyncExternalStore(
    subscribe,
    useCallback(() => lastHeardAt(device, kind), [device, kind]),
  );
}
