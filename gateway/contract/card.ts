import { z } from 'zod';
import { commandFailureSchema } from './command.ts';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';

/** issued 已发, lost 已挂失 (may be restored), revoked 已注销 (for good; the number may be issued anew). */
export const cardStateSchema = z.enum(['issued', 'lost', 'revoked']);
export type CardState = z.infer<typeof cardStateSchema>;

/** waiting: not gone out yet; sending: on its way; confirmed by the controller; failed: refused, or not answered. */
export const cardEntryStateSchema = z.enum(['waiting', 'sending', 'confirmed', 'failed']);

/** How far one controller has come with a card. */
export const cardEntrySchema = z.object({
  controller: keySchema,
  /** What it shall come to. */
  wanted: z.enum(['stored', 'deleted']),
  /** Doors of this controller that the card shall open. */
  doors: z.array(keySchema),
  state: cardEntryStateSchema,
  since: timeSchema,
  /** Why it has failed, or has not gone out. */
  error: z.string().nullable(),
  /** As in the command that carried it. */
  failure: commandFailureSchema.nullable().default(null),
  /** It goes out again by itself: after a pause, or when the controller is back. */
  again: z.boolean(),
});
export type CardEntry = z.infer<typeof cardEntrySchema>;

/** One issue of a card: who may open which doors with it, and which controllers know. */
export const cardSchema = z.object({
  id: recordIdSchema,
  /** Canonical (contract/tag.ts). */
  number: z.string(),
  /** A person of the site; null for somebody who is none, known by name alone. */
  person: keySchema.nullable(),
  holder: z.string(),
  state: cardStateSchema,
  doors: z.array(keySchema),
  validFrom: timeSchema.nullable(),
  validUntil: timeSchema.nullable(),
  issuedAt: timeSchema,
  issuedBy: z.string(),
  changedAt: timeSchema,
  changedBy: z.string(),
  /** Of the last change. */
  reason: z.string().nullable(),
  controllers: z.array(cardEntrySchema),
});
export type Card = z.infer<typeof cardSchema>;
