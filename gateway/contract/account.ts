import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';
import { permissions, roleSchema } from './permissions.ts';

/** The languages of the console; which one is a user's own choice. */
export const languageSchema = z.enum(['zh', 'en']);
export type Language = z.infer<typeof languageSchema>;

/** Characters (code points). Long ones are welcome, there are no rules of composition; common ones are refused. */
export const passwordLength = { shortest: 12, longest: 128 };

export const userSchema = z.object({
  id: keySchema,
  name: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
  language: languageSchema.nullable(),
  createdAt: timeSchema,
});
export type UserView = z.infer<typeof userSchema>;

/** Who is signed in: what the console builds itself around. */
export const sessionSchema = z.object({
  /** User key, or `token:name`. */
  user: z.string(),
  name: z.string(),
  role: roleSchema,
  permissions: z.array(z.enum(permissions)),
  language: languageSchema.nullable(),
  /** When signing in again is due whatever one does; null for a token, which lasts until it is deleted. */
  expiresAt: timeSchema.nullable(),
});
export type SessionView = z.infer<typeof sessionSchema>;

/** `needed` until the first administrator exists. */
export const setupStateSchema = z.object({ needed: z.boolean() });

export const tokenSchema = z.object({
  id: recordIdSchema,
  name: keySchema,
  role: roleSchema,
  createdAt: timeSchema,
  createdBy: z.string(),
});
export type TokenView = z.infer<typeof tokenSchema>;

/** One line of the audit trail; `hash` covers all of it and `prev`, the hash of the line before. */
export const auditLineSchema = z.object({
  seq: z.number().int(),
  at: timeSchema,
  who: z.string(),
  station: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  prev: z.string(),
  hash: z.string(),
});
export type AuditLine = z.infer<typeof auditLineSchema>;
