import { z } from 'zod';
import { linkStateSchema } from './device-state.ts';
import { timeSchema } from './names.ts';

/** What is counted of a link since the gateway started or the link was changed; each kind of link counts some of these. */
export const linkCounters = [
  /** A line on which devices are asked: questions sent, and what became of them. */
  'asked',
  'answered',
  'timeouts',
  'broken',
  'refused',
  'busy',
  /** A line on which devices speak first: frames, and those that could not be understood. */
  'frames',
  'refusedFrames',
  /** A link of topics: messages from there, messages to there. */
  'received',
  'sent',
  /** How often it came up again after it was lost. */
  'reconnects',
] as const;
export type LinkCounter = (typeof linkCounters)[number];

/** What went over a link last. */
export const lastExchangeSchema = z.object({
  /** When the question went out, or the frame or message came in. */
  at: timeSchema,
  /** Of a message; null on a line of bytes. */
  topic: z.string().nullable(),
  /**
   * Hex, cut to its first 1,024 bytes; empty when nothing was sent, or nothing has come. Null where the bytes hold card numbers and
   * codes of people (readers by OSDP, door controllers): they are not kept.
   */
  sent: z.string().nullable(),
  received: z.string().nullable(),
  /** What became of a question; null while it is open, and where nobody asks. */
  outcome: z.enum(['answered', 'timeout', 'broken', 'refused', 'busy', 'line-down', 'expired']).nullable(),
  /** What was wrong, in plain English. */
  words: z.string().nullable(),
});
export type LastExchange = z.infer<typeof lastExchangeSchema>;

export const linkStatusSchema = linkStateSchema.extend({
  counters: z.partialRecord(z.enum(linkCounters), z.number().int()),
  last: lastExchangeSchema.nullable(),
});
export type LinkStatus = z.infer<typeof linkStatusSchema>;

/** What is counted of a port on which the gateway listens; `connections` is how many are open now, the rest since the start. */
export const portCounters = [
  'connections',
  /** Principals that are connected to the broker now. */
  'principals',
  'received',
  'sent',
  'refusedSignIns',
  'deniedTopics',
  'retained',
  'reports',
  'refusedFrames',
  /** Dial-in units that have said who they are, and that nobody knows. */
  'registrations',
  'unknownUnits',
] as const;
export type PortCounter = (typeof portCounters)[number];

/** What an alarm panel does otherwise than SIA DC-09 has it; its message is read and taken all the same. */
export const panelQuirks = [
  /** The length is written in decimal. */
  'decimal_length',
  /** The length is wrong either way, the CRC holds. */
  'wrong_length',
  /** The CRC as two bytes instead of four hex digits: it is answered alike. */
  'binary_crc',
  /** In the clear, and the clock was never set (`_00:00:00,00-00-2000`): taken as without a time. */
  'unset_clock',
  /** Encrypted, and nothing stands between the padding and the data. */
  'no_pad_terminator',
] as const;
export type PanelQuirk = (typeof panelQuirks)[number];

/** How many messages had a quirk since the start, and the newest of them. */
export const quirkCountSchema = z.object({
  quirk: z.enum(panelQuirks),
  count: z.number().int(),
  account: z.string(),
  at: timeSchema,
});
export type QuirkCount = z.infer<typeof quirkCountSchema>;

export const portStatusSchema = z.object({
  id: z.enum(['mqtt-broker', 'alarm-receiver', 'fire-receiver', 'dial-in']),
  port: z.number().int(),
  counters: z.partialRecord(z.enum(portCounters), z.number().int()),
  /** Of the alarm receiver: what panels send that is not as the standard has it. */
  quirks: z.array(quirkCountSchema),
});
export type PortStatus = z.infer<typeof portStatusSchema>;
