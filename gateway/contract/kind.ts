import { z } from 'zod';
import { alarmDefinitionSchema } from './alarm.ts';
import { categorySchema, keySchema, labelSchema } from './names.ts';
import { pointValueSchema } from './reading.ts';

export const pointDefinitionSchema = z.strictObject({
  label: labelSchema,
  type: z.enum(['number', 'bool', 'enum', 'text']),
  unit: z.string().optional(),
  /** Physically possible span; a value outside is of bad quality. */
  min: z.number().optional(),
  max: z.number().optional(),
  /** The words of an enum point, in the order in which history numbers them. */
  values: z.record(z.string(), labelSchema).optional(),
  decimals: z.number().int().min(0).max(6).optional(),
  /** A meter's register: it only grows, until it rolls over; consumption is the difference of two of its values. */
  register: z.boolean().optional(),
  /** A value that has not moved for so long is a stuck sensor: the device counts as stale. Only for points that always move. */
  stuckAfterMs: z
    .number()
    .int()
    .min(60_000)
    .max(30 * 86_400_000)
    .optional(),
  /** Nobody knows it while that point reads one of these: a zone is neither at rest nor in alarm while its line is cut. */
  unknownWhile: z.strictObject({ point: z.string(), is: z.array(z.string()).min(1) }).optional(),
  /**
   * A bare channel: what it means is said by the device that is bound to it. Its own alarms are told only while none is, and one
   * is bound to a point that it makes unknown.
   */
  channel: z.boolean().optional(),
});
export type PointDefinition = z.infer<typeof pointDefinitionSchema>;

export const eventDefinitionSchema = z.strictObject({
  label: labelSchema,
  /** `alarm`: shown as "unclassified" even when a machine fails on it; `record`: swipes, check-ins; `state`: arm, mains. */
  class: z.enum(['alarm', 'record', 'state']),
  /** Points of the device that this event tells the value of: `panel.armed` sets `armed` true. Null: it is not known any more. */
  sets: z.record(z.string(), pointValueSchema).optional(),
});
export type EventDefinition = z.infer<typeof eventDefinitionSchema>;

/** A word that a command takes with it. `list`: of texts; `time`: UTC ms; `enum`: one of its values. */
export const argumentDefinitionSchema = z.strictObject({
  label: labelSchema,
  type: z.enum(['text', 'number', 'bool', 'time', 'list', 'enum']),
  optional: z.boolean().default(false),
  /** Of a number. A type may narrow its limits, never widen them. */
  unit: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  decimals: z.number().int().min(0).max(6).optional(),
  /** The words of an enum. */
  values: z.record(z.string(), labelSchema).optional(),
});
export type ArgumentDefinition = z.infer<typeof argumentDefinitionSchema>;

export const commandDefinitionSchema = z.strictObject({
  label: labelSchema,
  /** What it takes with it; where some are named, others are refused. */
  args: z.record(z.string(), argumentDefinitionSchema).default({}),
  /** Sent by the gateway itself as a part of something larger (a card that is issued); nobody gives it by hand. */
  internal: z.boolean().default(false),
  /**
   * Confirmed when this point reads this value, or what was asked for by the argument of this name, within the time; without it
   * the device's own answer confirms.
   */
  confirm: z
    .union([
      z.strictObject({ point: z.string(), value: pointValueSchema }),
      z.strictObject({ point: z.string(), argument: z.string() }),
    ])
    .optional(),
  confirmWithinMs: z.number().int().min(100).max(600_000).default(5_000),
  /** How long after the request it may still be sent. */
  expiresMs: z.number().int().min(100).max(600_000).default(10_000),
  /** Two steps in the console: choose, then confirm. */
  guarded: z.boolean().default(true),
});
export type CommandDefinition = z.infer<typeof commandDefinitionSchema>;

export const settingDefinitionSchema = z.strictObject({
  label: labelSchema,
  type: z.enum(['number', 'text', 'bool']).default('number'),
  unit: z.string().optional(),
  default: z.union([z.number(), z.string(), z.boolean()]).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  /** The words that a text may be; without it any may stand there. */
  values: z.record(z.string(), labelSchema).optional(),
  /** A password or key: the site names it as `env:NAME`; it is never written into the site file, the database or an export. */
  secret: z.boolean().optional(),
});
export type SettingDefinition = z.infer<typeof settingDefinitionSchema>;

/** What a device is, independent of its maker. Alarms, pages and reports are written against kinds. */
export const kindSchema = z.strictObject({
  id: keySchema,
  label: labelSchema,
  category: categorySchema,
  /** Picture on the plan. */
  icon: z.string().optional(),
  points: z.record(z.string(), pointDefinitionSchema).default({}),
  events: z.record(z.string(), eventDefinitionSchema).default({}),
  commands: z.record(z.string(), commandDefinitionSchema).default({}),
  settings: z.record(z.string(), settingDefinitionSchema).default({}),
  alarms: z.record(z.string(), alarmDefinitionSchema).default({}),
  /** Has an armed state: armed, disarmed, bypassed from here. */
  zone: z.boolean().default(false),
  /** A zone that is always on, whatever the arming (panic, fire, tamper). */
  alwaysArmed: z.boolean().default(false),
  /** Loss of it is announced; a camera or a bare channel may say no. */
  supervised: z.boolean().default(true),
  /** What silence makes of it: `stale` where its readings are what counts, also on a connection that stands; else `offline`. */
  silence: z.enum(['offline', 'stale']).default('offline'),
});
export type Kind = z.infer<typeof kindSchema>;
