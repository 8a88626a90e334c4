import { z } from 'zod';
import { areaSchema, deviceSchema, linkSchema } from './site.ts';

/** A device with what it needs and the site does not have yet: all of it is added, or nothing. */
export const additionSchema = z.strictObject({
  area: areaSchema.optional().describe('The new area in which it stands'),
  link: linkSchema.optional().describe('The new link by which it is reached; it is opened at once'),
  device: deviceSchema,
});
export type Addition = z.infer<typeof additionSchema>;
