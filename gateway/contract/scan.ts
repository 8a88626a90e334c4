import { z } from 'zod';
import { linkTroubleSchema } from './link-trouble.ts';
import { keySchema, timeSchema } from './names.ts';
import { linkSchema } from './site.ts';

/** Asks each unit id for one register: functions 3, then 4, at address 0. */
const unitsFields = {
  protocol: z.literal('modbus'),
  from: z.number().int().min(0).max(255).default(1),
  to: z.number().int().min(0).max(255).default(32),
};
/** Asks the one meter on the pair of wires for its number; where several are, they speak at once. */
const meterFields = { protocol: z.literal(['dlt645', 'cjt188']) };
/** Calls all door controllers of a network. */
const controllersFields = { protocol: z.literal('uhppote') };

/** What is looked for on a link. Each protocol has its own way; another one is one more line here. */
export const scanRequestSchema = z.discriminatedUnion('protocol', [
  z.strictObject(unitsFields),
  z.strictObject(meterFields),
  z.strictObject(controllersFields),
]);
export type ScanRequest = z.infer<typeof scanRequestSchema>;

const guestFields = {
  newLink: linkSchema
    .optional()
    .describe(
      'A link that the site does not have, with the key of the path: it is opened for this scan alone',
    ),
};
export const scanStartSchema = z.discriminatedUnion('protocol', [
  z.strictObject({ ...unitsFields, ...guestFields }),
  z.strictObject({ ...meterFields, ...guestFields }),
  z.strictObject({ ...controllersFields, ...guestFields }),
]);

export const scanFindSchema = z.object({
  /** As a device of the site would have it. */
  address: z.string(),
  /** `exception`: it answered that it has no such register, so it is there. `garbled`: something answers that cannot be read. */
  how: z.enum(['answer', 'exception', 'garbled']),
  /** From the question to its answer, ms. */
  ms: z.number(),
  /** The IP address of a door controller; null: of all else. */
  at: z.string().nullable(),
  /** Devices of the site that have this address on this link; a door controller on any link. */
  devices: z.array(keySchema),
});
export type ScanFind = z.infer<typeof scanFindSchema>;

/** Why a scan found less than it might: the line is down, or several meters spoke at once. */
export const scanProblemSchema = z.object({
  code: z.enum(['line-down', 'collision']),
  words: z.string(),
  /** Why the line is down, where that is known. */
  trouble: linkTroubleSchema.nullable(),
});

export const scanSchema = z.object({
  link: keySchema,
  request: scanRequestSchema,
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  /** Questions that are done with, of how many there may be. */
  asked: z.number().int(),
  total: z.number().int(),
  finds: z.array(scanFindSchema),
  problem: scanProblemSchema.nullable(),
});
export type Scan = z.infer<typeof scanSchema>;
