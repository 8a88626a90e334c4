import { z } from 'zod';
import { keySchema, labelSchema } from './names.ts';

/** What one file of devices may hold; more is refused with words. */
export const exchangeLimits = { rows: 10_000, columns: 400, bytes: 20 * 1024 * 1024 } as const;

/** Content types of the two formats. */
export const exchangeTypes = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
} as const;
export const exchangeFormatSchema = z.enum(['xlsx', 'csv']);
export type ExchangeFormat = z.infer<typeof exchangeFormatSchema>;

/** Something wrong with one cell, a row, or (row null) the file. Rows and columns are named as a spreadsheet names them. */
export const exchangeProblemSchema = z.object({
  row: z.number().int().nullable(),
  column: z.string().nullable().describe('The letters over the column: C'),
  field: z.string().nullable().describe('What stands in that column: area, settings.highM'),
  id: z.string().nullable().describe('The device or point of the row'),
  severity: z.enum(['error', 'warning']),
  message: labelSchema,
});
export type ExchangeProblem = z.infer<typeof exchangeProblemSchema>;

/** `deleted`: asked for by the column `action`. `example`: a row of the template, or one that names no point, which is passed over. */
export const exchangeOutcomeSchema = z.enum(['new', 'changed', 'same', 'deleted', 'error', 'example']);
export type ExchangeOutcome = z.infer<typeof exchangeOutcomeSchema>;

export const exchangeRowSchema = z.object({
  row: z.number().int().nullable(),
  id: z.string(),
  name: z.string(),
  outcome: exchangeOutcomeSchema,
  fields: z
    .array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }))
    .describe('What changes; of a new point, what it is'),
});
export type ExchangeRow = z.infer<typeof exchangeRowSchema>;

/** What a file or an edit comes to. */
export const exchangeReportSchema = z.object({
  file: z.string(),
  format: z.enum(['xlsx', 'csv', 'edit']),
  encoding: z.string().nullable().describe('Of a CSV file: utf-8, gb18030, utf-16le'),
  sheet: z.string().nullable(),
  counts: z.record(exchangeOutcomeSchema, z.number().int()),
  problems: z.array(exchangeProblemSchema).describe('Errors first, by row and column'),
  more: z.number().int().describe('Problems that are not listed'),
  rows: z.array(exchangeRowSchema),
  plan: z
    .string()
    .nullable()
    .describe('Names exactly these changes; null when there are errors. Given back, nothing else is applied'),
  applied: z.boolean(),
});
export type ExchangeReport = z.infer<typeof exchangeReportSchema>;

/** The same change to many devices; null takes a field away. */
export const deviceEditSchema = z.strictObject({
  devices: z.array(keySchema).min(1).max(exchangeLimits.rows),
  set: z.strictObject({
    area: keySchema.optional(),
    link: keySchema.nullable().optional(),
    cameras: z.array(keySchema).nullable().optional(),
    settings: z
      .record(z.string().max(60), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional(),
  }),
});
export type DeviceEdit = z.infer<typeof deviceEditSchema>;
