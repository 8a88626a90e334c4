import { z } from 'zod';
import { keySchema, labelSchema, recordIdSchema, timeSchema } from './names.ts';

/** How a register became known: the newest of its hour, or by hand; a replaced meter leaves its last and brings its first. */
export const markSources = ['hour', 'manual', 'final', 'initial'] as const;
export const markSourceSchema = z.enum(markSources);
export type MarkSource = z.infer<typeof markSourceSchema>;

/** `rolled-over`: past its last digit, counted through. `backwards`: smaller than before and neither roll-over nor replacement; kept, not counted. */
export const markFlagSchema = z.enum(['rolled-over', 'backwards']);
export type MarkFlag = z.infer<typeof markFlagSchema>;

export const periodSchema = z.enum(['hour', 'day', 'month']);
export type Period = z.infer<typeof periodSchema>;

/**
 * How well a consumption is known. `measured`: a register at both ends. `estimated`: an end lies in a gap and is a share of what
 * the gap took. `partial`: the period is not over, or readings begin or end within it. `unknown`: nothing can be said.
 */
export const knowledgeSchema = z.enum(['measured', 'estimated', 'partial', 'unknown']);
export type Knowledge = z.infer<typeof knowledgeSchema>;

export const amountSchema = z.object({ consumption: z.number().nullable(), knowledge: knowledgeSchema });
export type Amount = z.infer<typeof amountSchema>;

/** A meter with its registers as they are now. */
export const meterSchema = z.object({
  id: keySchema,
  name: z.string(),
  area: keySchema,
  kind: keySchema,
  main: keySchema.nullable(),
  /** Its own, or that of its main. */
  account: z.string().nullable(),
  generates: z.boolean(),
  digits: z.number().int(),
  /** The first is the one meant where none is named. */
  registers: z.array(
    z.object({
      point: z.string(),
      label: labelSchema,
      unit: z.string(),
      decimals: z.number().int(),
      register: z.number().nullable(),
      /** When it was read. */
      at: timeSchema.nullable(),
      today: amountSchema,
      month: amountSchema,
    }),
  ),
  limits: z.object({
    lossPercent: z.number(),
    lossMinimum: z.number(),
    nightFlow: z.number().nullable(),
  }),
});
export type Meter = z.infer<typeof meterSchema>;

/** What a supply account used, over its meters that no meter of the same account stands before. */
export const accountUseSchema = z.object({
  account: z.string().nullable(),
  kind: keySchema,
  unit: z.string(),
  meters: z.number().int(),
  /** Used within the account: what its meters drew, less what belongs to other accounts behind them. */
  used: amountSchema,
  /** Fed in by its generation, or back out through its meters. */
  fed: amountSchema,
});
export type AccountUse = z.infer<typeof accountUseSchema>;

/** One period of one register. */
export const consumptionSchema = amountSchema.extend({
  from: timeSchema,
  to: timeSchema,
  /** The register at the end, as far as one was read within the hour before it. */
  register: z.number().nullable(),
  events: z.array(z.enum(['rolled-over', 'backwards', 'replaced'])),
});
export type Consumption = z.infer<typeof consumptionSchema>;

/** A stretch without readings whose whole consumption is known, and its spread is not. */
export const gapSchema = z.object({ from: timeSchema, to: timeSchema, consumption: z.number() });
export type Gap = z.infer<typeof gapSchema>;

/** A main meter against what is behind it. */
export const balanceSchema = z.object({
  main: keySchema,
  unit: z.string(),
  /** What came in: through the main, and from generation behind it. */
  supplied: z.number().nullable(),
  /** What sub-meters drew, and what left through the main. */
  delivered: z.number().nullable(),
  loss: z.number().nullable(),
  percent: z.number().nullable(),
  knowledge: knowledgeSchema,
  limitPercent: z.number(),
  minimum: z.number(),
  /** Beyond both limits. */
  over: z.boolean(),
  parts: z.array(z.object({ meter: keySchema, drawn: amountSchema, fed: amountSchema })),
});
export type Balance = z.infer<typeof balanceSchema>;

/** One known register, as the table of readings shows it. */
export const registerRowSchema = z.object({
  at: timeSchema,
  source: markSourceSchema,
  /** Of source `hour`: the full hour whose register it is; null of the very first reading. */
  hour: timeSchema.nullable(),
  register: z.number(),
  /** Since the row before. */
  consumption: z.number().nullable(),
  flag: markFlagSchema.nullable(),
  entry: recordIdSchema.nullable(),
  note: z.string().nullable(),
  who: z.string().nullable(),
});
export type RegisterRow = z.infer<typeof registerRowSchema>;

/** What somebody entered by hand. */
export const meterEntrySchema = z.object({
  id: recordIdSchema,
  meter: keySchema,
  point: z.string(),
  kind: z.enum(['reading', 'replacement']),
  at: timeSchema,
  /** Of a reading. */
  register: z.number().optional(),
  /** Of a replacement: the old meter's last register and the new one's first. */
  final: z.number().optional(),
  initial: z.number().optional(),
  note: z.string().optional(),
  who: z.string(),
  enteredAt: timeSchema,
  /** Since the register before it; null where there is none. */
  consumption: z.number().nullable(),
  withdrawn: z.object({ at: timeSchema, who: z.string(), reason: z.string() }).optional(),
});
export type MeterEntry = z.infer<typeof meterEntrySchema>;
