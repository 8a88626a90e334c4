import { z } from 'zod';
import { askFaultSchema } from './ask-fault.ts';
import { eventDataSchema } from './event.ts';
import { frameFieldSchema } from './frame.ts';
import { keySchema } from './names.ts';
import { pointValueSchema, qualitySchema } from './reading.ts';
import { deviceSchema, linkSchema } from './site.ts';

/** The longest that a trial waits for a device that speaks first, s. */
export const longestListenS = 60;

/** A device as it would be added, to be tried before it is: nothing of it is kept. */
export const trialDraftSchema = deviceSchema
  .pick({ type: true, link: true, address: true, parent: true, bind: true, settings: true })
  .extend({
    /** The key that it shall have; topics of the gateway's own name it. */
    id: keySchema.optional(),
    /** The link by which it shall be reached where the site does not have it: it is opened for this trial alone. */
    newLink: linkSchema.optional(),
    /** How long a device that speaks first is waited for; 0: only say what must be set in it. */
    listenS: z.number().int().min(0).max(longestListenS).default(longestListenS),
    /** UTC ms: of a device that speaks first only what came after this counts. What it said last may have come before it is tried. */
    after: z.number().int().min(0).default(0),
  });
export type TrialDraft = z.infer<typeof trialDraftSchema>;

/** Why a card reader is not spoken with as its device is set: what the site wants, and what the reader has, do not fit. */
export const channelSchema = z.enum(['installation', 'wrong-key', 'key-required', 'unsupported', 'no-key']);

/** Why a trial came to less than it might: a code and what it is about; `words` say it in English, with the mend. */
export const trialFaultSchema = z.discriminatedUnion('code', [
  ...askFaultSchema.options,
  /** Nothing for this device came within so long. */
  z.object({ code: z.literal('nothing-heard'), seconds: z.number() }),
  /** What came was for this device, but cannot be understood. */
  z.object({ code: z.literal('not-understood') }),
  /** An account that no device has: its reports are taken once it is saved. */
  z.object({ code: z.literal('taken-once-saved') }),
  /** It signs in with a secret that it gets when it is saved. */
  z.object({ code: z.literal('secret-once-saved') }),
  /** A value was read, but it is none of this point's. */
  z.object({ code: z.literal('unusable-value') }),
  /** The type cannot work as the device is set. */
  z.object({ code: z.literal('not-workable') }),
  /** A point that it is bound to has no value yet. */
  z.object({ code: z.literal('no-value-yet'), from: z.string() }),
  /** Nothing came under this account or address, but under another one that no device of the site has. */
  z.object({ code: z.literal('other-sender'), what: z.string() }),
  /** A card reader answers, but cannot be spoken with as it is set. */
  z.object({ code: z.literal('channel'), channel: channelSchema }),
  /** A card reader with this address is spoken with already: by the site, or by another trial. */
  z.object({ code: z.literal('in-use') }),
  /** The receiver that it would report to is switched off; `variable` switches it on where the gateway is started. */
  z.object({ code: z.literal('receiver-off'), variable: z.string() }),
  /** It has no line to the gateway on which it could be tried. */
  z.object({ code: z.literal('no-line'), kind: z.string() }),
  /** It is reached through this device, which brings nothing of it. */
  z.object({ code: z.literal('not-brought'), parent: z.string() }),
]);
export type TrialFault = z.infer<typeof trialFaultSchema>;

/** A question that was not answered; `about` says what was asked. */
export const askedInVainSchema = z.object({ about: z.string(), fault: trialFaultSchema, words: z.string() });
export type AskedInVain = z.infer<typeof askedInVainSchema>;

/** One question and its answer, or one message that came by itself. */
export const trialExchangeSchema = z.object({
  /** `answered`, `failed`: it was asked. `taken`: heard, and this device's. `passed-over`: heard, but not this device's. */
  outcome: z.enum(['answered', 'failed', 'taken', 'passed-over']),
  /** The topic, or what was asked. */
  about: z.string(),
  /** Hex digits. */
  sent: z.string(),
  received: z.string(),
  /** What was received as text, where it is one. */
  text: z.string().nullable(),
  /** What was received, field by field, where the protocol has a name for each. */
  fields: z.array(frameFieldSchema),
  /** When it came, UTC ms, of what came by itself. */
  at: z.number().nullable(),
  /** From the question to the last byte of its answer; null when nothing was asked, or nothing came. */
  ms: z.number().nullable(),
});
export type TrialExchange = z.infer<typeof trialExchangeSchema>;

/** Something that must be set in the device, or must be known to set it. */
export const trialSetupSchema = z.object({
  item: z.enum([
    'mqtt-port',
    'mqtts-port',
    'client-id',
    'topic',
    'payload',
    'account',
    'receiver-port',
    'fire-address',
    'fire-port',
    'broker',
  ]),
  value: z.string(),
});
export type TrialSetup = z.infer<typeof trialSetupSchema>;

/** What a device says of itself that is no point of its kind. */
export const trialFactSchema = z.object({
  fact: z.enum(['serial', 'firmware', 'mac', 'ip', 'clock-off-s', 'opened', 'locked', 'encrypts']),
  /** The number of the door that it is about. */
  door: z.number().int().nullable(),
  /** Null: it has none. */
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
});
export type TrialFact = z.infer<typeof trialFactSchema>;

/** What a composed device is bound to, as it is now. */
export const trialInputSchema = z.object({
  /** The point, event or command that is bound. */
  name: z.string(),
  /** `device.point`. */
  from: z.string(),
  value: pointValueSchema,
  quality: qualitySchema,
  /** UTC ms; null: nothing came of it yet. */
  at: z.number().nullable(),
});
export type TrialInput = z.infer<typeof trialInputSchema>;

export const trialSchema = z.object({
  /** How the device is reached. `bound`: by others' points. `none`: it has no data of its own. */
  way: z.enum(['asked', 'listened', 'bound', 'none']),
  exchanges: z.array(trialExchangeSchema),
  points: z.array(
    z.object({
      point: z.string(),
      value: pointValueSchema,
      unit: z.string().nullable(),
      quality: qualitySchema,
    }),
  ),
  events: z.array(z.object({ type: z.string(), data: eventDataSchema })),
  facts: z.array(trialFactSchema),
  inputs: z.array(trialInputSchema),
  failures: z.array(z.object({ fault: trialFaultSchema, words: z.string() })),
  /** Of an asked device: how its neighbours on the line are, which tells a bad line from a bad device. */
  line: z
    .object({
      neighbours: z.number().int(),
      answering: z.number().int(),
      /** `9600 8N1`; null where there is no serial line. */
      settings: z.string().nullable(),
      kind: z.enum(['serial', 'serial-server', 'dial-in', 'tcp']),
    })
    .nullable(),
  setup: z.array(trialSetupSchema),
});
export type Trial = z.infer<typeof trialSchema>;
