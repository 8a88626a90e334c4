import type { LogPlace } from '../protocols/uhppote/session.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { logPlacesQuery } from './store.ts';

const prefix = 'devices.log/';

/** Up to which event the log of each controller, by its serial number, is on disk: written with the events themselves. */
export function createLogPlaces({ memory, query }: { memory: Memory; query: Query }) {
  const places = memory.table<LogPlace>('log-places');
  return {
    async load(): Promise<void> {
      for (const { name, value } of await query<{ name: string; value: string }>(logPlacesQuery))
        places.load(name.slice(prefix.length), JSON.parse(value) as LogPlace);
    },
    /** As committed; null: it was never followed. */
    of: (serial: number): LogPlace | null => places.committed.get(String(serial)) ?? null,
    keep(turn: Turn, serial: number, place: LogPlace): void {
      places.set(String(serial), place);
      turn.write('devices.logPlace', `${prefix}${serial}`, JSON.stringify(place));
    },
    forget(turn: Turn, serial: string): void {
      if (!places.get(serial)) return;
      places.set(serial, undefined);
      turn.write('devices.dropLogPlace', `${prefix}${serial}`);
    },
  };
}
