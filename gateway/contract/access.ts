import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';

/** One line of the access log, drawn from the stored events `access.*` of doors. */
export const accessEventSchema = z.object({
  id: recordIdSchema,
  door: keySchema,
  type: z.enum(['granted', 'denied', 'forced', 'held', 'opened', 'closed', 'read']),
  card: z.string().nullable(),
  person: keySchema.nullable(),
  personName: z.string().nullable(),
  direction: z.string().nullable(),
  reason: z.string().nullable(),
  occurredAt: timeSchema,
  receivedAt: timeSchema,
});
export type AccessEvent = z.infer<typeof accessEventSchema>;

/** What is known of a door right now. */
export const doorStateSchema = z.object({
  id: keySchema,
  name: z.string(),
  area: keySchema,
  state: z.enum(['open', 'closed', 'forced', 'held', 'unknown']),
  since: timeSchema.nullable(),
  lastPerson: z.string().nullable(),
});
export type DoorState = z.infer<typeof doorStateSchema>;
