import { z } from 'zod';
import { commandFailureSchema, commandProofSchema } from './command.ts';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';

/** One device that a linkage asked to do something, and whether it is known to have done it. */
export const linkedActionSchema = z.object({
  device: keySchema,
  deviceName: z.string(),
  command: z.string(),
  args: z.record(z.string(), z.unknown()),
  /** `failed`: not confirmed, and `error` says why. It becomes `confirmed` whenever the device shows it. */
  state: z.enum(['waiting', 'confirmed', 'failed']),
  error: z.string().nullable(),
  /** As in a command. */
  failure: commandFailureSchema.nullable().default(null),
  /** When it came into this state. */
  since: timeSchema,
  /** The newest command that was sent for it; null when none could be. */
  commandId: recordIdSchema.nullable(),
  tries: z.number().int(),
  /** When it is asked again; null: not by the clock. */
  retryAt: timeSchema.nullable(),
  /** The reading that proves it, and that disproves it later; null where the device's own answer is the proof. */
  proof: commandProofSchema.nullable(),
});
export type LinkedAction = z.infer<typeof linkedActionSchema>;

/** What one linkage did on account of one alarm, followed until that alarm is closed. */
export const linkageRunSchema = z.object({
  alarm: recordIdSchema,
  /** The device of that alarm. */
  device: keySchema,
  linkage: keySchema,
  /** Of the linkage, as it was then. */
  name: z.string(),
  startedAt: timeSchema,
  /** When those not confirmed are named. */
  listAt: timeSchema,
  listed: z.boolean(),
  /** What it brought about is held: a command that would undo it is refused until the alarm is reset. */
  holds: z.boolean(),
  actions: z.array(linkedActionSchema),
  /** Devices of the kind in the area that take no such command: look after them by hand. */
  without: z.array(z.object({ device: keySchema, deviceName: z.string() })),
  endedAt: timeSchema.nullable(),
});
export type LinkageRun = z.infer<typeof linkageRunSchema>;
