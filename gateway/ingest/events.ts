import type { EventData, FieldEvent, StoredEvent } from '../contract/event.ts';
import { deviceTimeAheadMs, deviceTimeBehindMs } from '../contract/reading.ts';
import type { Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

export const eventStatements: Statements = {
  insert: `INSERT INTO event (id, device, external_id, type, data, occurred_at, received_at, device_time_used, late)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
};

/** An event that comes this much after it happened is marked late. */
export const lateMs = 60_000;

/** When it happened, and whether the device's own clock could be used. */
export function occurrenceOf(
  deviceAt: number | null,
  receivedAt: number,
): { occurredAt: number; deviceTimeUsed: boolean } {
  const sane =
    deviceAt !== null &&
    deviceAt >= receivedAt - deviceTimeBehindMs &&
    deviceAt <= receivedAt + deviceTimeAheadMs;
  return { occurredAt: sane ? deviceAt : receivedAt, deviceTimeUsed: sane };
}

/** What devices with ids of their own have sent since an id (`idsSince`), oldest first. */
export const sinceQuery =
  'SELECT device, external_id, received_at FROM event WHERE id >= ? AND external_id IS NOT NULL ORDER BY id';

export interface EventRow {
  id: string;
  device: string;
  external_id: string | null;
  type: string;
  data: string;
  occurred_at: number;
  received_at: number;
  device_time_used: number;
  late: number;
}

export function eventOf(row: EventRow): StoredEvent {
  return {
    id: row.id,
    device: row.device,
    externalId: row.external_id,
    type: row.type,
    data: JSON.parse(row.data) as EventData,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    deviceTimeUsed: row.device_time_used === 1,
    late: row.late === 1,
  };
}

/**
 * Stores an event once. The duplicate key (device, its own id) holds for 30 days, in memory for the newest and in the
 * database for all: `isStored` asks it.
 * @returns null for a repeat
 */
export function createEvents(deps: { isStored(device: string, externalId: string): boolean }) {
  const newest = new Set<string>();
  const mostNewest = 50_000;

  return {
    receive(turn: Turn, event: FieldEvent): StoredEvent | null {
      const { device, externalId } = event;
      if (externalId !== null) {
        const key = `${device}/${externalId}`;
        if (newest.has(key) || deps.isStored(device, externalId)) return null;
        turn.after(() => {
          newest.add(key);
          if (newest.size > mostNewest) for (const oldest of newest) return void newest.delete(oldest);
        });
      }
      const { occurredAt, deviceTimeUsed } = occurrenceOf(event.at, event.cameAt ?? event.receivedAt);
      const stored: StoredEvent = {
        id: turn.id(),
        device,
        externalId,
        type: event.type,
        data: event.data,
        occurredAt,
        receivedAt: event.receivedAt,
        deviceTimeUsed,
        late: event.receivedAt - occurredAt > lateMs,
      };
      turn.write(
        'events.insert',
        stored.id,
        device,
        externalId,
        stored.type,
        JSON.stringify(stored.data),
        occurredAt,
        stored.receivedAt,
        deviceTimeUsed ? 1 : 0,
        stored.late ? 1 : 0,
      );
      return stored;
    },
  };
}
export type Events = ReturnType<typeof createEvents>;
