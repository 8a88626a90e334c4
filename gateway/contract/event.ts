import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';

/** An event type is a dotted word of the field: `zone.alarm`, `access.granted`, `checkin`, `panic`. */
export const eventTypeSchema = z.string().regex(/^[a-z][a-zA-Z]*(\.[a-z][a-zA-Z0-9]*)*$/);
export const eventDataSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type EventData = z.infer<typeof eventDataSchema>;

/** A stored event as `GET /events` answers it. */
export const eventSchema = z.object({
  id: recordIdSchema,
  device: keySchema,
  /** The device's own id of it; unique per device, the duplicate key for 30 days. */
  externalId: z.string().nullable(),
  type: eventTypeSchema,
  data: eventDataSchema,
  /** When it happened by the device's clock if that was sane, else when it arrived. */
  occurredAt: timeSchema,
  receivedAt: timeSchema,
  /** The device's time was absent or more than −7 days … +5 min off. */
  deviceTimeUsed: z.boolean(),
  late: z.boolean(),
});
export type StoredEvent = z.infer<typeof eventSchema>;

/** An event as a device type yields it, before it is stored. */
export interface FieldEvent {
  device: string;
  externalId: string | null;
  type: string;
  data: EventData;
  /** Device time in UTC ms, when the device sent one. */
  at: number | null;
  receivedAt: number;
  /** When it came, of one that is understood only now: its own time is judged against that. */
  cameAt?: number;
}
