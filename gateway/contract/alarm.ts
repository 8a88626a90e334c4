import { z } from 'zod';
import {
  categorySchema,
  keySchema,
  labelSchema,
  prioritySchema,
  recordIdSchema,
  timeSchema,
} from './names.ts';
import { pointValueSchema } from './reading.ts';

/** ISA-18.2 / IEC 62682 states, as DECISIONS words them. */
export const alarmStateSchema = z.enum(['unacknowledged', 'acknowledged', 'returned', 'latched', 'closed']);
export type AlarmState = z.infer<typeof alarmStateSchema>;

/** The key under which the gateway raises its own alarms; no device may take it. */
export const gatewayDevice = 'gatehouse';

/** How soon the condition must be noticed: fast 1 s (zones, panic, fire, doors), process 10 s, slow 5 min (meters). */
export const detectWithinSchema = z.enum(['fast', 'process', 'slow']);
export const detectWithinMs = { fast: 1_000, process: 10_000, slow: 300_000 } as const;

/**
 * What rooms that watch devices over time may find: the plant room its sequences and plans, the metering room its balances, the
 * linkage room actions that nothing confirms, the cameras room that no picture comes.
 */
export const findings = [
  'step-missed',
  'against-plan',
  'loss',
  'night-flow',
  'not-confirmed',
  'no-picture',
] as const;
export type Finding = (typeof findings)[number];

/** A number, or the name of one of the device's settings: `$highM`. */
export const limitSchema = z.union([z.number(), z.string().regex(/^\$[a-zA-Z][a-zA-Z0-9]*$/)]);
const delayMs = z.number().int().min(0).max(86_400_000);
const named = z.strictObject({ point: z.string(), value: pointValueSchema }).optional();
const conditions = {
  /** The same told by another point as well: a float beside a level. It trips by either and is back by both; one never heard is not wired. */
  or: named,
  /** Counts only while this point reads this value: high while no pump runs. While nobody knows, it neither raises nor ends. */
  while: named,
  /** While this point reads this value the rule says nothing: a tank that is isolated for cleaning is not low. Unknown excuses nothing. */
  unless: named,
};

export const alarmRuleSchema = z.discriminatedUnion('rule', [
  z.strictObject({
    rule: z.enum(['above', 'below']),
    point: z.string(),
    limit: limitSchema,
    /** The value must come back by this much beyond the limit before the alarm returns; unit of the point. */
    deadband: z.number().min(0).default(0),
    ...conditions,
    onDelayMs: delayMs.default(0),
    offDelayMs: delayMs.default(0),
  }),
  z.strictObject({
    rule: z.literal('is'),
    point: z.string(),
    value: pointValueSchema,
    ...conditions,
    onDelayMs: delayMs.default(0),
    offDelayMs: delayMs.default(0),
  }),
  z.strictObject({
    rule: z.literal('when'),
    /** CEL over the points of the device. */
    when: z.string().min(1),
    onDelayMs: delayMs.default(0),
    offDelayMs: delayMs.default(0),
  }),
  z.strictObject({
    rule: z.literal('event'),
    event: z.string(),
    /** Without it the alarm is momentary: raised as returned, closed by acknowledge. */
    clearedBy: z.string().optional(),
    /** Only reset closes it (panic, fire). */
    latched: z.boolean().default(false),
    /** Field of the event's data that tells instances apart (`zone`, `user`, `point`). */
    instance: z.string().optional(),
    /**
     * Further fields by which a restore is this alarm's and no other's (`partition`, `code`): where several things are told by one
     * event, the end of one must not be taken for the end of another.
     */
    apart: z.array(z.string()).min(1).optional(),
    /** Raise only while the zone is armed (intrusion). */
    onlyArmed: z.boolean().default(false),
  }),
  z.strictObject({
    /** A named fault of supervision: the device itself is silent, its line is open … raised by the devices room. */
    rule: z.literal('supervision'),
    fault: z.enum(['offline', 'stale']),
  }),
  z.strictObject({
    /** Raised and cleared by the room that watches for it over time; no reading or event alone shows it. */
    rule: z.literal('finding'),
    finding: z.enum(findings),
  }),
]);
export type AlarmRule = z.infer<typeof alarmRuleSchema>;

export const alarmDefinitionSchema = z.strictObject({
  title: labelSchema,
  priority: prioritySchema,
  category: categorySchema,
  on: alarmRuleSchema,
  detectWithin: detectWithinSchema.default('process'),
  /** The alarm panel opens by itself. */
  popup: z.boolean().default(false),
  /** A panic button can never be shelved. */
  shelvable: z.boolean().default(true),
  /** What to do, step by step, in the operator's words. */
  guidance: z.object({ zh: z.array(z.string()).min(1), en: z.array(z.string()).min(1) }),
  /** Opens a ticket by itself. */
  ticket: z.boolean().default(false),
  /**
   * A command of the device itself (a pump's `stop`): asked for when the alarm rises, shelved or not, and again when what it
   * brought about is undone; until the alarm has returned no command is taken that would undo it.
   */
  interlock: z.string().optional(),
  /**
   * It explains such alarms, and the loss, of the devices behind this one (`parent`): while it stands they are recorded and
   * suppressed, with this device as their cause. An isolator has cut off a floor.
   */
  covers: z.boolean().default(false),
});
export type AlarmDefinition = z.infer<typeof alarmDefinitionSchema>;

export const alarmSchema = z.object({
  id: recordIdSchema,
  device: keySchema,
  point: z.string().optional(),
  definition: z.string(),
  instance: z.string().optional(),
  /** What else its restore has to say to be its own, as the event told it: `partition code`. */
  apart: z.string().optional(),
  area: keySchema,
  household: keySchema.optional(),
  category: categorySchema,
  priority: prioritySchema,
  state: alarmStateSchema,
  shelved: z.object({ by: z.string(), until: timeSchema, reason: z.string() }).optional(),
  suppressed: z.string().optional(),
  owner: z.string().optional(),
  ticket: recordIdSchema.optional(),
  count: z.number().int(),
  occurredAt: timeSchema,
  raisedAt: timeSchema,
  acknowledgedAt: timeSchema.optional(),
  acknowledgedBy: z.string().optional(),
  returnedAt: timeSchema.optional(),
  /** Why it returned when it was not the field: "removed by configuration". */
  returnedReason: z.string().optional(),
  resetAt: timeSchema.optional(),
  resetBy: z.string().optional(),
  closedAt: timeSchema.optional(),
  late: z.boolean(),
  /** Chattering: held as one alarm with a count instead of ringing at each change. */
  chattering: z.boolean().optional(),
  recorded: z.boolean(),
  value: pointValueSchema.optional(),
  limit: z.number().optional(),
  unit: z.string().optional(),
  title: labelSchema,
  /**
   * Why supervision has lost the device or trusts none of its values, as in its state: `poll timeout`, `will`, `silence`, `link
   * down`, `bad values` … Its words stand in the title, and follow when the reason changes.
   */
  why: z.string().optional(),
  deviceName: z.string(),
  areaName: z.string(),
  latched: z.boolean(),
  popup: z.boolean(),
  shelvable: z.boolean(),
  cameras: z.array(keySchema),
  /** Changes with each transition; the console tells it back in `shown`. */
  revision: z.number().int(),
});
export type Alarm = z.infer<typeof alarmSchema>;

/** One step in an alarm's life. Every one of them is stored. */
export const alarmTransitionSchema = z.object({
  alarm: recordIdSchema,
  revision: z.number().int(),
  at: timeSchema,
  from: alarmStateSchema.nullable(),
  to: alarmStateSchema,
  cause: z.enum([
    'raised',
    'retripped',
    'acknowledged',
    'returned',
    'reset',
    'closed',
    'shelved',
    'unshelved',
    'commented',
    'suppressed',
    'unsuppressed',
    'ticketed',
    'restored',
    'linked',
  ]),
  who: z.string().nullable(),
  station: z.string().nullable(),
  comment: z.string().nullable(),
});
export type AlarmTransition = z.infer<typeof alarmTransitionSchema>;

/** Where the two seconds went. All UTC ms by the gateway's clock, except `deviceAt` (the device's own). */
export const alarmLatencySchema = z.object({
  deviceAt: timeSchema.nullable(),
  receivedAt: timeSchema,
  committedAt: timeSchema.nullable(),
  sentAt: timeSchema.nullable(),
  shownAt: timeSchema.nullable(),
  audible: z.boolean().nullable(),
});
export type AlarmLatency = z.infer<typeof alarmLatencySchema>;

/** Sort of the operator's list: state first, then priority, then newest. */
export const openStates: readonly AlarmState[] = ['unacknowledged', 'returned', 'latched', 'acknowledged'];
