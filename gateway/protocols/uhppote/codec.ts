import { byteAt } from '../bytes.ts';
import { type FieldKind, type FieldValues, readField, writeField } from './fields.ts';

// UHPPOTE / "UT0311-L0x" door controllers: 64 bytes by UDP, port 60000. Byte 0 is 17, byte 1 the function, 4-7 the serial number;
// a reply has the function of its question. Layouts: public repository uhppoted/uhppote-core, messages/*_test.go.

export const messageBytes = 64;
export const uhppotePort = 60_000;
const startOfMessage = 0x17;
/** Firmware 6.62 begins the events that it pushes, and nothing else, with this. */
const startOfPushed662 = 0x19;
/** Goes along with what must not happen by a stray datagram. */
export const confirmation = 0x55aaaa55;

type Fields = Readonly<Record<string, readonly [kind: FieldKind, at: number]>>;

const eventFields = {
  index: ['u32', 8],
  type: ['u8', 12],
  granted: ['bool', 13],
  door: ['u8', 14],
  direction: ['u8', 15],
  card: ['u32', 16],
  time: ['time', 20],
  reason: ['u8', 27],
} as const satisfies Fields;
const cardFields = {
  card: ['u32', 8],
  from: ['date', 12],
  until: ['date', 16],
  doors: ['levels', 20],
  pin: ['u24', 24],
} as const satisfies Fields;
const doorFields = { door: ['u8', 8], state: ['u8', 9], delay: ['u8', 10] } as const satisfies Fields;
const done = { succeeded: ['bool', 8] } as const satisfies Fields;
const listenerFields = {
  address: ['ipv4', 8],
  port: ['u16', 12],
  interval: ['u8', 14],
} as const satisfies Fields;

/** Every function that is spoken here: what stands in its question and in its reply. */
export const layouts = {
  /** Also what a controller pushes by itself when something happens. */
  status: {
    code: 0x20,
    request: {},
    reply: {
      ...eventFields,
      doorsOpen: ['flags', 28],
      buttons: ['flags', 32],
      systemError: ['u8', 36],
      controllerTime: ['clock', 37],
      sequence: ['u32', 40],
      specialInfo: ['u8', 48],
      /** Bit 0: door 1 is unlocked, and so on. */
      relays: ['u8', 49],
      /** Bit 0: forced lock, bit 1: fire. */
      inputs: ['u8', 50],
    },
  },
  setTime: { code: 0x30, request: { time: ['time', 8] }, reply: { time: ['time', 8] } },
  getTime: { code: 0x32, request: {}, reply: { time: ['time', 8] } },
  openDoor: { code: 0x40, request: { door: ['u8', 8] }, reply: done },
  putCard: { code: 0x50, request: cardFields, reply: done },
  deleteCard: { code: 0x52, request: { card: ['u32', 8] }, reply: done },
  deleteCards: { code: 0x54, request: { confirmation: ['u32', 8] }, reply: done },
  countCards: { code: 0x58, request: {}, reply: { cards: ['u32', 8] } },
  getCard: { code: 0x5a, request: { card: ['u32', 8] }, reply: cardFields },
  getCardByIndex: { code: 0x5c, request: { index: ['u32', 8] }, reply: cardFields },
  setDoor: { code: 0x80, request: doorFields, reply: doorFields },
  getDoor: { code: 0x82, request: { door: ['u8', 8] }, reply: doorFields },
  recordSpecialEvents: { code: 0x8e, request: { enable: ['bool', 8] }, reply: done },
  setListener: { code: 0x90, request: listenerFields, reply: done },
  getListener: { code: 0x92, request: {}, reply: listenerFields },
  find: {
    code: 0x94,
    request: {},
    reply: {
      address: ['ipv4', 8],
      netmask: ['ipv4', 12],
      gateway: ['ipv4', 16],
      mac: ['mac', 20],
      firmware: ['version', 26],
      date: ['date', 28],
    },
  },
  getEvent: { code: 0xb0, request: { index: ['u32', 8] }, reply: eventFields },
  setEventIndex: {
    code: 0xb2,
    request: { index: ['u32', 8], confirmation: ['u32', 12] },
    reply: done,
  },
  getEventIndex: { code: 0xb4, request: {}, reply: { index: ['u32', 8] } },
} as const satisfies Record<string, { code: number; request: Fields; reply: Fields }>;

export type FunctionName = keyof typeof layouts;
export type Side = 'request' | 'reply';
export type Message<Name extends FunctionName, On extends Side> = {
  -readonly [Field in keyof (typeof layouts)[Name][On]]: (typeof layouts)[Name][On][Field] extends readonly [
    infer Kind extends FieldKind,
    number,
  ]
    ? FieldValues[Kind]
    : never;
};
export type Question<Name extends FunctionName> = Message<Name, 'request'>;
export type Reply<Name extends FunctionName> = Message<Name, 'reply'>;

const byCode = new Map(
  Object.entries(layouts).map(([name, { code }]) => [code as number, name as FunctionName]),
);

export interface Header {
  name: FunctionName;
  serial: number;
  /** Pushed by firmware 6.62. */
  pushed: boolean;
}

/** What a datagram is, by its first bytes; why it is none. */
export function readHeader(
  bytes: Uint8Array,
): ({ ok: true } & Header) | { ok: false; error: 'header' | 'function' } {
  const start = byteAt(bytes, 0);
  const name = byCode.get(byteAt(bytes, 1));
  const pushed = start === startOfPushed662 && name === 'status';
  if (bytes.length !== messageBytes || (start !== startOfMessage && !pushed))
    return { ok: false, error: 'header' };
  if (!name) return { ok: false, error: 'function' };
  return { ok: true, name, serial: readField('u32', bytes, 4), pushed };
}

/** The fields of a message whose header has been read. */
export function readMessage<Name extends FunctionName, On extends Side>(
  bytes: Uint8Array,
  name: Name,
  side: On,
): Message<Name, On> {
  const fields: Fields = layouts[name][side];
  return Object.fromEntries(
    Object.entries(fields).map(([field, [kind, at]]) => [field, readField(kind, bytes, at)]),
  ) as Message<Name, On>;
}

/** The 64 bytes of a question or a reply. `serial` 0 with `find`: whoever hears it answers. */
export function writeMessage<Name extends FunctionName, On extends Side>(
  name: Name,
  side: On,
  serial: number,
  values: Message<Name, On>,
): Uint8Array {
  const bytes = new Uint8Array(messageBytes);
  bytes[0] = startOfMessage;
  bytes[1] = layouts[name].code;
  writeField('u32', bytes, 4, serial);
  const fields: Fields = layouts[name][side];
  for (const [field, [kind, at]] of Object.entries(fields))
    writeField(kind, bytes, at, (values as Record<string, FieldValues[FieldKind]>)[field] as never);
  return bytes;
}

/** One event of a controller's log. */
export type UhppoteEvent = Reply<'getEvent'>;

/** What stands at a place of the log: an event, nothing yet, or something that newer events have overwritten. */
export type LogEntry = UhppoteEvent | 'none' | 'overwritten';

/** Type FF, index 0: overwritten; index 0 otherwise: there is none (uhppote-core, get_event.go). */
export function logEntry(reply: UhppoteEvent): LogEntry {
  if (reply.type === 0xff) return 'overwritten';
  return reply.index === 0 ? 'none' : reply;
}

/** The event that a status carries or a controller pushes; null for an empty log. */
export function eventOfStatus(status: Reply<'status'>): UhppoteEvent | null {
  const { index, type, granted, door, direction, card, time, reason } = status;
  return index === 0 ? null : { index, type, granted, door, direction, card, time, reason };
}
