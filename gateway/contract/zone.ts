import { z } from 'zod';
import { keySchema, timeSchema } from './names.ts';

/** Arming of a device whose kind is a zone (防区). */
export const zoneStateSchema = z.object({
  id: keySchema,
  armed: z.boolean(),
  changedAt: timeSchema,
  changedBy: z.string(),
  bypass: z.object({ by: z.string(), reason: z.string(), until: timeSchema }).nullable(),
});
export type ZoneState = z.infer<typeof zoneStateSchema>;
