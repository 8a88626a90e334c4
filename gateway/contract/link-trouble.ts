import { z } from 'zod';

/** Why a link is down: a code and what it is about, for a console to say in its user's language. */
export const linkTroubleSchema = z.discriminatedUnion('code', [
  /** Nothing listens at its address. */
  z.object({ code: z.literal('refused') }),
  /** No way leads there. */
  z.object({ code: z.literal('unreachable') }),
  z.object({ code: z.literal('timeout') }),
  /** No machine has this name. */
  z.object({ code: z.literal('name-unknown'), name: z.string() }),
  /** The serial device is not there; `unplugged`: not any more. */
  z.object({ code: z.literal('no-device'), path: z.string() }),
  z.object({ code: z.literal('unplugged'), path: z.string() }),
  z.object({ code: z.literal('no-permission'), path: z.string() }),
  /** Another program has the serial device. */
  z.object({ code: z.literal('in-use'), path: z.string() }),
  z.object({ code: z.literal('not-dialled-in') }),
  /** Two units dial in under one registration. */
  z.object({ code: z.literal('two-units') }),
  /** A unit that dialled in has sent nothing for so long. */
  z.object({ code: z.literal('silent'), s: z.number().int().nonnegative() }),
  /** The connection stands, but whoever is behind it answers no question. */
  z.object({ code: z.literal('answers-nothing') }),
  /** What comes is another protocol. */
  z.object({ code: z.literal('wrong-protocol') }),
  z.object({ code: z.literal('closed-by-peer') }),
  /** A broker does not take the name and password. */
  z.object({ code: z.literal('sign-in-refused') }),
  /** A broker ends the connection, perhaps since another client has the same id. */
  z.object({ code: z.literal('put-out'), clientId: z.string() }),
  /** A broker does not let the gateway subscribe. */
  z.object({ code: z.literal('subscription-refused'), topic: z.string() }),
  /** The certificate of the far end is not believed. */
  z.object({ code: z.literal('certificate') }),
  /** The environment of the gateway lacks a name that the link needs. */
  z.object({ code: z.literal('not-set'), name: z.string() }),
  /** The gateway itself does not listen for what would come: its embedded broker, its port for dial-in units. */
  z.object({ code: z.literal('broker-off') }),
  z.object({ code: z.literal('dial-in-off') }),
  z.object({ code: z.literal('bridge-absent') }),
  z.object({ code: z.literal('bridge-left') }),
  z.object({ code: z.literal('bridge-lost') }),
  /** Known by the words beside it alone. */
  z.object({ code: z.literal('other') }),
]);
export type LinkTrouble = z.infer<typeof linkTroubleSchema>;

/** `error` says in plain English, for logs and integrators, what `trouble` says in a code. */
export interface LinkDown {
  error: string;
  trouble: LinkTrouble;
}
