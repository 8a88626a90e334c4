import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';

/** 未到 pending, 正常 normal, 早到 early, 迟到 late, 漏检 missed, 乱序 out of order. */
export const checkResultSchema = z.enum(['pending', 'normal', 'early', 'late', 'missed', 'out-of-order']);
export type CheckResult = z.infer<typeof checkResultSchema>;

export const roundCheckSchema = z.object({
  checkpoint: keySchema,
  dueAt: timeSchema,
  result: checkResultSchema,
  at: timeSchema.nullable(),
  guard: z.string().nullable(),
  reader: z.string().nullable(),
  /** Known only later than the round was judged (a wand's upload). */
  lateEvidence: z.boolean(),
});

export const roundSchema = z.object({
  id: recordIdSchema,
  plan: keySchema,
  route: keySchema,
  name: z.string(),
  state: z.enum(['running', 'done', 'missed']),
  startsAt: timeSchema,
  /** When it is judged. */
  endsAt: timeSchema,
  checks: z.array(roundCheckSchema),
  /** Set when it fell into an outage of the gateway: "gateway down HH:MM–HH:MM". */
  note: z.string().nullable(),
});
export type Round = z.infer<typeof roundSchema>;

export const checkinSchema = z.object({
  id: recordIdSchema,
  reader: keySchema,
  /** Normalised tag (contract/tag.ts). */
  tag: z.string(),
  checkpoint: keySchema.nullable(),
  guard: z.string().nullable(),
  at: timeSchema,
  receivedAt: timeSchema,
});
export type Checkin = z.infer<typeof checkinSchema>;
