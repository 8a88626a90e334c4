import { z } from 'zod';
import { keySchema } from './names.ts';

/** A serial port of the gateway's machine. */
export const serialPortSchema = z.object({
  path: z
    .string()
    .describe(
      'What a link is given: the name that stays the same when things are plugged in anew, where there is one',
    ),
  device: z.string().describe('What the system calls it now, `/dev/ttyUSB0`'),
  link: keySchema.nullable().describe('The link of the site that has it'),
});
export type SerialPort = z.infer<typeof serialPortSchema>;
