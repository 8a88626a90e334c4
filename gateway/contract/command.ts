import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';
import { type PointValue, pointValueSchema } from './reading.ts';

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

const durationSchema = z.number().int().nonnegative();

/** A reading that proves a command done: `device.point`, its value, and how near to that a number must be. */
export const commandProofSchema = z.object({
  key: z.string(),
  value: pointValueSchema,
  within: z.number().nonnegative().optional(),
});
export type CommandProof = z.infer<typeof commandProofSchema>;

export function isProvedBy({ value: wanted, within = 0 }: CommandProof, value: PointValue): boolean {
  return typeof wanted === 'number' && typeof value === 'number'
    ? Math.abs(value - wanted) <= within
    : value === wanted;
}

/** Why a command came to nothing: a code and what it is about, for a console to say in its user's language. */
export const commandFailureSchema = z.discriminatedUnion('code', [
  /** What carries it out could not be reached; `why` as in its device state. */
  z.object({ code: z.literal('offline'), device: keySchema, why: z.string() }),
  /** Its time was over before a byte left. */
  z.object({ code: z.literal('too-late') }),
  z.object({ code: z.literal('line-down') }),
  z.object({ code: z.literal('not-sent') }),
  /** Nobody knows whether it was sent: its link never said, or the gateway stopped meanwhile. */
  z.object({ code: z.literal('link-silent') }),
  z.object({ code: z.literal('interrupted') }),
  z.object({ code: z.literal('no-answer'), withinMs: durationSchema.nullable() }),
  /** What came was no answer. */
  z.object({ code: z.literal('garbled') }),
  /** `words` are the device's own; null when it gave none. */
  z.object({ code: z.literal('refused'), words: z.string().nullable() }),
  /** The point (`device.point`) that proves it did not come to read this. */
  z.object({
    code: z.literal('not-read'),
    point: z.string(),
    value: pointValueSchema,
    withinMs: durationSchema,
    /** What it read instead, of a command that takes a value. */
    reads: pointValueSchema.optional(),
  }),
  /** It was done, but the point reads this again. */
  z.object({ code: z.literal('undone'), point: z.string(), value: pointValueSchema }),
  z.object({ code: z.literal('superseded'), by: recordIdSchema }),
  /** The gateway did not take it: the device has no such command, or something holds it. */
  z.object({ code: z.literal('not-taken') }),
]);
export type CommandFailure = z.infer<typeof commandFailureSchema>;

/** `error` says in plain English, for logs and scripts, what `failure` says in a code. */
export interface WhyNot {
  error: string;
  failure: CommandFailure;
}

export const commandSchema = z.object({
  id: recordIdSchema,
  device: keySchema,
  command: z.string(),
  args: z.record(z.string(), z.unknown()),
  /** Of a command that takes a value: what its point read before. */
  was: pointValueSchema.optional(),
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
  /** The same as a code. Null, too, in records of releases that kept only the words. */
  failure: commandFailureSchema.nullable().default(null),
});
export type Command = z.infer<typeof commandSchema>;
