import { z } from 'zod';
import { linkTroubleSchema } from './link-trouble.ts';

/** Why a question to a device has no answer that could be used: a code and what it is about, for a console to say in its user's language. */
export const askFaultSchema = z.discriminatedUnion('code', [
  /** Nothing came. */
  z.object({ code: z.literal('silent'), timeoutMs: z.number() }),
  /** Sound answers of other Modbus units only. */
  z.object({ code: z.literal('other-unit'), unit: z.number().int(), timeoutMs: z.number() }),
  /** Sound answers of other meters only. */
  z.object({ code: z.literal('other-meter'), timeoutMs: z.number() }),
  /** It answered something else than was asked: another question, another number of values. */
  z.object({ code: z.literal('other-answer') }),
  /** An answer began and broke off. */
  z.object({ code: z.literal('short') }),
  /** A frame of the right shape whose check sum is wrong. */
  z.object({ code: z.literal('checksum') }),
  /** Bytes that are no frame of the protocol. */
  z.object({ code: z.literal('noise') }),
  /** The connection is sound, but what comes on it is not Modbus TCP. */
  z.object({ code: z.literal('not-modbus-tcp') }),
  /** A Modbus exception (Modbus Application Protocol V1.1b3 §7) to this function at this register. */
  z.object({
    code: z.literal('exception'),
    exception: z.number().int(),
    function: z.number().int(),
    address: z.number().int(),
  }),
  /** A meter will not; `word`: its error word or status, hex. */
  z.object({ code: z.literal('refused'), asked: z.string(), word: z.string() }),
  z.object({
    code: z.literal('line-down'),
    /** Why, where that is known. */
    trouble: linkTroubleSchema.optional(),
  }),
  z.object({ code: z.literal('not-carried'), protocol: z.string() }),
  /** A unit or number that cannot be on the wire. */
  z.object({ code: z.literal('not-askable') }),
  /** The line was busy until its time was over. */
  z.object({ code: z.literal('expired') }),
]);
export type AskFault = z.infer<typeof askFaultSchema>;
