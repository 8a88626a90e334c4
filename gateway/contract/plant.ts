import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';
import { scheduleSchema } from './site.ts';

/**
 * What a standby generator has to do, in order: run, take the load, keep it while the mains is out; after the mains has
 * returned give the load back, and stop.
 */
export const sequenceStepNames = ['start', 'load', 'carry', 'unload', 'stop'] as const;
export type SequenceStepName = (typeof sequenceStepNames)[number];

export const sequenceStepSchema = z.object({
  step: z.enum(sequenceStepNames),
  /** The window in which it is expected; null while that is not known, or on the open side. */
  from: timeSchema.nullable(),
  by: timeSchema.nullable(),
  /** When it was seen to happen. */
  at: timeSchema.nullable(),
  /**
   * `missed`: not done in time and not since; `late`: done after that; `early`: before its window; `unseen`: done while nobody
   * could see when (gateway or device out of reach); `void`: not asked of it, since the mains was back or the watch ended.
   */
  result: z.enum(['waiting', 'done', 'late', 'early', 'missed', 'unseen', 'void']),
});
export type SequenceStep = z.infer<typeof sequenceStepSchema>;

/** One loss of mains and what the generator made of it. */
export const sequenceSchema = z.object({
  id: recordIdSchema,
  generator: keySchema,
  mains: keySchema,
  /** `outage`: the mains is out; `return`: it is back and the generator has not stopped yet. */
  state: z.enum(['outage', 'return', 'ended']),
  /** `good`: every step that could be judged was in time. */
  outcome: z.enum(['good', 'faulty']).nullable(),
  lostAt: timeSchema,
  returnedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  /** Whether the moments of loss and return were seen; if not, they are when it was noticed. */
  lossSeen: z.boolean(),
  returnSeen: z.boolean(),
  steps: z.array(sequenceStepSchema),
});
export type Sequence = z.infer<typeof sequenceSchema>;

/** A device of a schedule against its plan. */
export const plannedDeviceSchema = z.object({
  device: keySchema,
  /** What it was last seen as; null: not known. */
  on: z.boolean().nullable(),
  /** The switching waits: the device is out of reach, or an interlock holds it. */
  owed: z.boolean(),
  /** Switched otherwise by hand or by a linkage: respected until the next switching. */
  override: z
    .object({
      on: z.boolean(),
      by: z.string(),
      at: timeSchema,
      reason: z.string().nullable(),
    })
    .nullable(),
  /** Has differed from its plan since. */
  againstSince: timeSchema.nullable(),
});
export type PlannedDevice = z.infer<typeof plannedDeviceSchema>;

export const scheduleStateSchema = z.object({
  /** Key of the schedule. */
  id: keySchema,
  /** What its devices shall be; null: it rests, or the light level is not known yet. */
  wanted: z.boolean().nullable(),
  /** Of the last switching. */
  since: timeSchema.nullable(),
  /** When its clock switches next; null: not within eight days. With `light` the light level has its say, too. */
  nextAt: timeSchema.nullable(),
  /** By the light level; null without one. */
  dark: z.boolean().nullable(),
  devices: z.array(plannedDeviceSchema),
});
export type ScheduleState = z.infer<typeof scheduleStateSchema>;

/** A schedule as the API shows it. */
export const scheduleViewSchema = scheduleSchema.extend({
  state: scheduleStateSchema.nullable(),
  /** When the clock wants its devices on, within the present day of the site; with `light` the light level has its say, too. */
  today: z.array(z.object({ from: timeSchema, to: timeSchema })),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

/** How long a machine has run and how often it was started, counted from what it reports. */
export const runHoursSchema = z.object({
  /** Key of the device. */
  id: keySchema,
  /** Up to `since`, ms; while it runs, what has passed since then comes on top. */
  runMs: z.number().int(),
  /** Null while it does not run, or nobody knows. */
  since: timeSchema.nullable(),
  starts: z.number().int(),
  /** As last seen. */
  running: z.boolean(),
  startedAt: timeSchema.nullable(),
  stoppedAt: timeSchema.nullable(),
  /** Time of which it is not known how much of it was run, ms. */
  unknownMs: z.number().int(),
});
export type RunHours = z.infer<typeof runHoursSchema>;
