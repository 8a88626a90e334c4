import { z } from 'zod';

/** The key of a named thing (area, link, device, person …): chosen by people, unique in the site, never changed or reused. */
export const keySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a key is 1-63 characters of a-z, 0-9 and "-", not starting with "-"');

/** What people call a named thing. */
export const nameSchema = z.string().min(1).max(120);

/** The id of a record (event, alarm, ticket, command …): UUID version 7, RFC 9562 §5.7. */
export const recordIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a record id is a UUIDv7');

/** UTC epoch milliseconds. */
export const timeSchema = z.number().int();

/** Words for people, in both languages of the console. */
export const labelSchema = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
export type Label = z.infer<typeof labelSchema>;

/** Alarm priority: 1 紧急 critical, 2 高 high, 3 中 medium, 4 低 low. */
export const prioritySchema = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
export type Priority = z.infer<typeof prioritySchema>;

/** The categories that sort alarms, tickets and statistics (DOMAIN: systems of a compound). */
export const categorySchema = z.enum([
  'home-alarm',
  'perimeter',
  'access',
  'intercom',
  'fire',
  'water',
  'power',
  'lighting',
  'meter',
  'patrol',
  'video',
  'emergency',
  'lift',
  'system',
]);
export type Category = z.infer<typeof categorySchema>;
