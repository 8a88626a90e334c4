import { z } from 'zod';
import { exchangeFormatSchema } from './exchange.ts';
import { keySchema } from './names.ts';
import { sheetLinks } from './point-heads.ts';

/** A type that is yet to be made from a sheet. */
export const newTypeSchema = z.object({
  kind: keySchema,
  link: z.enum(sheetLinks),
  zh: z.string().trim().min(1).max(100).describe('Its name in Chinese'),
  en: z.string().trim().min(1).max(100).describe('Its name in English'),
});
export type NewType = z.infer<typeof newTypeSchema>;

export const sheetQuerySchema = z.object({
  format: exchangeFormatSchema.default('xlsx'),
  language: z.enum(['zh', 'en']).default('zh').describe('Of the heads'),
});
