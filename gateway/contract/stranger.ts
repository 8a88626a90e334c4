import { z } from 'zod';
import { keptMisreadSchema } from './kept-misread.ts';
import type { Misread } from './misread.ts';
import { timeSchema } from './names.ts';

/** Something that the gateway hears and that nobody on the site is: perhaps a device that has yet to be added. */
export const strangerSchema = z.object({
  /** The same while it is heard again and again. */
  id: z.string(),
  kind: z.enum([
    /** A topic that no device takes. */
    'topic',
    /** A device that a message on a shared topic names. */
    'name',
    /** What announces itself for Home Assistant. */
    'announcement',
    /** A unit that dials in with a registration that no link has. */
    'unit',
    /** A door controller, by its serial number. */
    'controller',
    /** An account of an alarm panel. */
    'account',
    /** A client that the embedded broker does not let in. */
    'sign-in',
  ]),
  /** The link on which it is heard; null where the gateway itself listens. */
  link: z.string().nullable(),
  /** Its topic, name, registration, account, or user name. */
  what: z.string(),
  /** The address that it comes from, where one is known. */
  from: z.string().nullable(),
  firstAt: timeSchema,
  lastAt: timeSchema,
  count: z.number().int(),
  /** The first bytes that it said, hex. */
  sample: z.string(),
  /** What it may be. */
  types: z.array(z.string()),
  /** The address that it would have as a device of such a type. */
  address: z.string().nullable(),
  /** How that was guessed. */
  by: z
    .enum([
      'topic',
      'topic-and-values',
      'name',
      'metrics',
      'native-topic',
      'protocol',
      'known-name',
      'announcement',
    ])
    .nullable(),
  /** What to do about it, in plain English. */
  words: z.string(),
  /** The same by a code, for other languages. */
  why: keptMisreadSchema,
});
export type Stranger = z.infer<typeof strangerSchema>;

/** What a message of nobody known may be. */
export type StrangerGuess = Pick<Stranger, 'types' | 'address' | 'by'> & { why: Misread };
