import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';

/** requested → sending (durable before the bytes) → sent → confirmed | failed | expired; found in `sending` after a crash: unknown. */
export const commandStateSchema = z.enum([
  'requested',
  'sending',
  'sent',
  'confirmed',
  'failed',
  'expired',
  'unknown',
]);
export type CommandState = z.infer<typeof commandStateSchema>;

export const commandSchema = z.object({
  id: recordIdSchema,
  device: keySchema,
  command: z.string(),
  args: z.record(z.string(), z.unknown()),
  state: commandStateSchema,
  requestedAt: timeSchema,
  requestedBy: z.string(),
  /** Why: an operator's reason, or the alarm whose linkage asked for it. */
  reason: z.string().nullable(),
  alarm: recordIdSchema.nullable(),
  expiresAt: timeSchema,
  sentAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  error: z.string().nullable(),
});
export type Command = z.infer<typeof commandSchema>;
