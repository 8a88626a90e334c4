import { z } from 'zod';
import { badReasonSchema } from './bad-value.ts';
import { deviceStateSchema } from './device-state.ts';
import { argumentDefinitionSchema } from './kind.ts';
import { categorySchema, keySchema, labelSchema } from './names.ts';
import { livePointSchema } from './reading.ts';
import { deviceSchema } from './site.ts';

/** A word that a command of an installed unit takes. `step`: what one step of a number on the wire is worth, where it has steps. */
export const takenViewSchema = argumentDefinitionSchema.extend({ step: z.number().optional() });
export type TakenView = z.infer<typeof takenViewSchema>;

/** A device as the API shows it: what the site says of it, what it is, and how it is. */
export const deviceViewSchema = deviceSchema.extend({
  kind: keySchema.nullable(),
  category: categorySchema.nullable(),
  state: deviceStateSchema,
  /** Commands that this installed unit takes. */
  commands: z.array(z.string()),
  /** What those of them take that take something, by name; limits and words are those of this unit. */
  takes: z.record(z.string(), z.record(z.string(), takenViewSchema)),
  /** Why it does not work as configured: its type is missing or broken, a binding leads nowhere. */
  problem: z.string().nullable(),
});
export type DeviceView = z.infer<typeof deviceViewSchema>;

/** A point with its newest value; the value is null and the times are 0 until it is first heard. */
export const pointViewSchema = livePointSchema.extend({
  label: labelSchema,
  unit: z.string().optional(),
  decimals: z.number().int().optional(),
  /** Why its value is not good; null: it is, or nobody knows. */
  why: badReasonSchema.nullable(),
});
export type PointView = z.infer<typeof pointViewSchema>;
