import { bytesToText, textToBytes } from '../bytes.ts';
import { type ContactIdMessage, contactIdFields, qualifierOf } from '../contact-id/codec.ts';
import { type Decoded, type FrameInput, profileField, refused } from '../frame.ts';
import { type SiaEvent, siaEvents } from '../sia-dc03/block.ts';

// Sur-Gard receivers' serial output: MLR2-DG installation manual p. 39-44, MLR2-E p. 38-40, "SG Automation Output"
// (System I to III) §4. A frame is text that ends with DC4; its first character names the protocol, then comes the
// receiver (2) and the line: 1 character on MLR2, 3 on System receivers.

export const surgardEnd = 0x14;
export const surgardAck = 0x06;
export const surgardNak = 0x15;

interface Origin {
  receiver: string;
  line: string;
  /** The receiver's clock, `HH:MM:SS-dd/mm`, where it was set to send it. */
  clock: string | null;
}

export type SurgardMessage =
  /** Protocol 5, and Q with accounts of ten digits: the event itself. */
  | ({ kind: 'contact-id'; message: ContactIdMessage } & Origin)
  /** Sent about every 30 s when nothing else is; shows that the line lives. */
  | ({ kind: 'heartbeat' } & Origin)
  /** Protocol 3: one SIA event. */
  | ({ kind: 'sia'; account: string; code: string; point: string } & Origin)
  /** Protocol S: an SIA block as the panel sent it, one or more events. */
  | ({ kind: 'sia-2'; account: string; data: string; events: SiaEvent[] } & Origin)
  /** Protocol 1 with O or C: an opening or closing with group and user. */
  | ({ kind: 'open-close'; account: string; code: 'O' | 'C'; group: string | null; user: string } & Origin)
  /** Protocol 1 with any other event code (A alarm, R restore, T trouble, B bypass …). */
  | ({ kind: 'basic'; account: string; code: string; group: string | null; zone: string } & Origin)
  /** Protocol 0: of the receiver itself (line trouble, call without data, power). */
  | ({ kind: 'receiver'; data: string } & Origin)
  /** Another of the receiver's formats: to be acknowledged and shown as it is. */
  | { kind: 'other'; protocol: string; receiver: string; data: string };

export type SurgardError = 'terminator' | 'length' | 'format';
export type SurgardResult = { ok: true; message: SurgardMessage } | { ok: false; error: SurgardError };

export interface SurgardProfile {
  /** Characters of the line field; told from the blanks in the frame when not given. */
  lineDigits?: 1 | 3;
}

const line = '(?<line>[0-9A-Za-z]|[0-9A-Za-z]{3})';
const start = (protocol: string) => `^${protocol}(?<receiver>[0-9A-Za-z]{2})${line}`;
/** Software receivers put "-" where the manual has a blank. */
const blank = '[ -]';
const clock = '(?<clock>\\d\\d:\\d\\d:\\d\\d-\\d\\d/\\d\\d)?$';
const hex = '[0-9A-Fa-f]';
const cidTail = `(?<q>[ERPerp136])(?<event>${hex}{3})(?<partition>${hex}{2})(?<zone>${hex}{3})`;

const contactId = new RegExp(`${start('5')}${blank}(?:18|98)(?<account>${hex}{4})${cidTail}${clock}`);
const contactIdLong = new RegExp(`${start('Q')}${blank}58(?<account>${hex}{10})${cidTail}${clock}`);
const heartbeat = new RegExp(`${start('1')} +@ *${clock}`);
const basic = new RegExp(
  `${start('1')} {4}(?<account>[ 0-9A-Za-z]{6}) (?<code>[0-9A-Za-z ])(?<group>[0-9A-Fa-f ])(?<zone>[0-9A-Za-z ]{3})${clock}`,
);
const sia = new RegExp(
  `${start('3')} {4}(?<account>[ 0-9A-Fa-f]{6})(?<code>[A-Z]{2})(?<point>[0-9A-Fa-f ]{4})${clock}`,
);
const block = /^\[#(?<account>[0-9A-Fa-f]{1,16}) *\| *(?<data>[^\]]*)\]/;
const siaBlock = new RegExp(`${start('S')}(?<block>\\[.*)$`);
const receiverBlock = new RegExp(`${start('0')}(?<block>[ \\[].*)$`);
const anyFrame = /^[0-9A-Za-z][0-9A-Za-z]{2}.{2,}$/;

function originOf(groups: Record<string, string>): Origin {
  return { receiver: groups.receiver ?? '', line: groups.line ?? '', clock: groups.clock ?? null };
}

function read(text: string, pattern: RegExp, profile: SurgardProfile): Record<string, string> | null {
  const groups = pattern.exec(text)?.groups;
  if (!groups) return null;
  if (profile.lineDigits !== undefined && (groups.line ?? '').length !== profile.lineDigits) return null;
  return groups as Record<string, string>;
}

function readContactId(text: string, profile: SurgardProfile): SurgardMessage | null {
  const groups = read(text, contactId, profile) ?? read(text, contactIdLong, profile);
  const qualifier = qualifierOf((groups?.q ?? '').toUpperCase());
  if (!groups || qualifier === null) return null;
  const message: ContactIdMessage = {
    account: (groups.account ?? '').toUpperCase(),
    qualifier,
    event: (groups.event ?? '').toUpperCase(),
    partition: groups.partition ?? '',
    zoneOrUser: groups.zone ?? '',
  };
  return { kind: 'contact-id', message, ...originOf(groups) };
}

function readBasic(text: string, profile: SurgardProfile): SurgardMessage | null {
  const beat = read(text, heartbeat, profile);
  if (beat) return { kind: 'heartbeat', ...originOf(beat) };
  const groups = read(text, basic, profile);
  if (!groups) return null;
  const account = (groups.account ?? '').trim();
  const code = (groups.code ?? '').trim();
  const group = (groups.group ?? '').trim() || null;
  const number = (groups.zone ?? '').trim();
  if (code === 'O' || code === 'C') {
    return { kind: 'open-close', account, code, group, user: number, ...originOf(groups) };
  }
  return { kind: 'basic', account, code, group, zone: number, ...originOf(groups) };
}

function readSia(text: string, profile: SurgardProfile): SurgardMessage | null {
  const groups = read(text, sia, profile);
  if (!groups) return null;
  return {
    kind: 'sia',
    account: (groups.account ?? '').trim(),
    code: groups.code ?? '',
    point: (groups.point ?? '').trim(),
    ...originOf(groups),
  };
}

function readSiaBlock(text: string, profile: SurgardProfile): SurgardMessage | null {
  const groups = read(text, siaBlock, profile);
  const inside = block.exec(groups?.block ?? '')?.groups;
  if (!groups || !inside) return null;
  const data = inside.data ?? '';
  return {
    kind: 'sia-2',
    account: inside.account ?? '',
    data,
    events: siaEvents(data),
    ...originOf(groups),
  };
}

function readReceiver(text: string, profile: SurgardProfile): SurgardMessage | null {
  const groups = read(text, receiverBlock, profile);
  return groups && { kind: 'receiver', data: (groups.block ?? '').trim(), ...originOf(groups) };
}

const readers = new Map<string, (text: string, profile: SurgardProfile) => SurgardMessage | null>([
  ['0', readReceiver],
  ['1', readBasic],
  ['3', readSia],
  ['5', readContactId],
  ['Q', readContactId],
  ['S', readSiaBlock],
]);

/** Lengths without DC4 and clock, with a line field of 1 and 3: tells a broken frame from a wrong one. */
const lengths = new Map([
  ['1', [20, 22]],
  ['3', [20, 22]],
  ['5', [20, 22]],
  ['Q', [26, 28]],
]);
const clockLength = 14;

function wrong(protocol: string, text: string): SurgardError {
  const right = lengths.get(protocol);
  return !right || right.some((length) => text.length === length || text.length === length + clockLength)
    ? 'format'
    : 'length';
}

/**
 * One frame with its DC4. A frame of a format that is not read here comes as `other`, because a receiver stops
 * for an answer: without an ACK it repeats three times and holds back what follows.
 */
export function decodeSurgard(bytes: Uint8Array, profile: SurgardProfile = {}): SurgardResult {
  if (bytes.at(-1) !== surgardEnd) return { ok: false, error: 'terminator' };
  // Line ends and stray acknowledgements before the frame are no part of it.
  const begin = bytes.findIndex((byte) => byte >= 0x20);
  const text = begin < 0 ? '' : bytesToText(bytes.subarray(begin, -1));
  if (/[^\x20-\x7e]/.test(text)) return { ok: false, error: 'format' };
  const protocol = text.charAt(0);
  const reader = readers.get(protocol);
  if (reader) {
    const message = reader(text, profile);
    if (message) return { ok: true, message };
    return { ok: false, error: wrong(protocol, text) };
  }
  if (text.length < 5) return { ok: false, error: 'length' };
  if (!anyFrame.test(text)) return { ok: false, error: 'format' };
  return { ok: true, message: { kind: 'other', protocol, receiver: text.slice(1, 3), data: text.slice(3) } };
}

/** A Contact ID frame as a receiver sends it (for simulators and tests). RangeError when a field does not fit. */
export function encodeSurgardContactId(
  receiver: string,
  lineField: string,
  message: ContactIdMessage,
): Uint8Array {
  const q = { 1: 'E', 3: 'R', 6: 'P' }[message.qualifier];
  const { account, event, partition, zoneOrUser } = message;
  const protocol = account.length === 10 ? 'Q' : '5';
  const format = account.length === 10 ? '58' : '18';
  const text = `${protocol}${receiver}${lineField} ${format}${account}${q}${event}${partition}${zoneOrUser}`;
  const frame = textToBytes(`${text}\x14`);
  if (!decodeSurgard(frame).ok) {
    throw new RangeError(
      `${text}: receiver 2, line 1 or 3, account 4 or 10, event 3, partition 2, zone or user 3 hexadecimal digits`,
    );
  }
  return frame;
}

/** The heartbeat of a receiver (for simulators and tests). */
export function encodeSurgardHeartbeat(receiver: string, lineField: string): Uint8Array {
  return textToBytes(`1${receiver}${lineField}${' '.repeat(11)}@${' '.repeat(4)}\x14`);
}

/** `surgard-mlr2`: one frame, and the byte to answer it with. */
export function inspectSurgard(input: FrameInput): Decoded {
  const digits = profileField(input.profile, 'line_digits');
  const result = decodeSurgard(input.bytes, digits === 1 || digits === 3 ? { lineDigits: digits } : {});
  if (!result.ok) return refused(result.error, { reply: '15' });
  const { message } = result;
  if (message.kind !== 'contact-id') return { valid: true, ...message, reply: '06' };
  const { message: event, ...origin } = message;
  return { valid: true, ...origin, ...contactIdFields(event), reply: '06' };
}
