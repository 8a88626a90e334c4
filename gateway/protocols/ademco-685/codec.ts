import { bytesToText, textToBytes } from '../bytes.ts';
import { type ContactIdMessage, contactIdFields, qualifierOf } from '../contact-id/codec.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';

// Computer output of the Ademco 685 and of receivers that speak like it (MX8000 in 685 mode, Installation and Operation Guide
// §8.5; VisorAlarm Plus 2U appendix): LF, receiver and group (a digit each), account, the report, CR.

export const ademco685Start = 0x0a;
export const ademco685End = 0x0d;
export const ademco685Ack = 0x06;
export const ademco685Nak = 0x15;

interface Origin {
  receiver: string;
  group: string;
}

/** Of a channel: nothing to say is `normal`, and so is a digit that the manual does not list. */
export type ChannelState = 'new' | 'opening' | 'restore' | 'closing' | 'normal' | 'still';

export type Ademco685Message =
  /** `1234 18 E131 01 C015`; `subject`: whether C or U stood before the number, null when neither did. */
  | ({ kind: 'contact-id'; message: ContactIdMessage; subject: 'zone' | 'user' | null } & Origin)
  /** Ademco High Speed: a digit for each of nine channels. */
  | ({ kind: 'high-speed'; account: string; channels: string } & Origin)
  /** 3x1, 4x1, 4x2: one or two digits that mean what the installer chose. */
  | ({ kind: 'low-speed'; account: string; code: string } & Origin)
  /** `00 OKAY @`: the line lives. */
  | { kind: 'heartbeat' }
  /** Of the receiver itself, or of a format that is not read here: to be acknowledged and shown as it is. */
  | { kind: 'other'; text: string };

export type Ademco685Error = 'framing' | 'length' | 'format';
export type Ademco685Result = { ok: true; message: Ademco685Message } | { ok: false; error: Ademco685Error };

const start = '^(?<receiver>\\d)(?<group>\\d) (?<account>[0-9A-Fa-f]{4})';
const contactId = new RegExp(
  `${start} (?:18|98) (?<q>[ERP])(?<event>[0-9A-F]{3}) (?<partition>[0-9A-F]{2}) (?<subject>[CU]?)(?<number>[0-9A-F]{2,3})$`,
  'i',
);
const highSpeed = new RegExp(`${start} {1,2}(?<low>\\d{4}) {1,2}(?<high>\\d{4}) (?<last>\\d)$`);
const lowSpeed = new RegExp(`${start} {1,2}(?<first>[0-9A-F])(?: (?<second>[0-9A-F]))?$`, 'i');
const heartbeat = /^\d\d OKAY @$/;

const channelStates: Record<string, ChannelState> = {
  1: 'new',
  2: 'opening',
  3: 'restore',
  4: 'closing',
  5: 'normal',
  6: 'still',
};

/** One frame from LF to CR. */
export function decodeAdemco685(bytes: Uint8Array): Ademco685Result {
  if (bytes[0] !== ademco685Start || bytes.at(-1) !== ademco685End || bytes.length < 2)
    return { ok: false, error: 'framing' };
  // Some receivers leave a blank before the CR.
  const text = bytesToText(bytes.subarray(1, -1)).trimEnd();
  if (/[^\x20-\x7e]/.test(text)) return { ok: false, error: 'format' };
  if (heartbeat.test(text)) return { ok: true, message: { kind: 'heartbeat' } };
  const cid = contactId.exec(text)?.groups;
  const qualifier = qualifierOf((cid?.q ?? '').toUpperCase());
  if (cid && qualifier !== null) {
    const message: ContactIdMessage = {
      account: (cid.account ?? '').toUpperCase(),
      qualifier,
      event: (cid.event ?? '').toUpperCase(),
      partition: cid.partition ?? '',
      zoneOrUser: (cid.number ?? '').padStart(3, '0'),
    };
    const subject = { C: 'zone', U: 'user' }[(cid.subject ?? '').toUpperCase()] as
      | 'zone'
      | 'user'
      | undefined;
    return { ok: true, message: { kind: 'contact-id', message, subject: subject ?? null, ...originOf(cid) } };
  }
  const fast = highSpeed.exec(text)?.groups;
  if (fast) {
    const channels = `${fast.low}${fast.high}${fast.last}`;
    return {
      ok: true,
      message: { kind: 'high-speed', account: fast.account ?? '', channels, ...originOf(fast) },
    };
  }
  const slow = lowSpeed.exec(text)?.groups;
  if (slow) {
    const code = `${slow.first}${slow.second ?? ''}`;
    return { ok: true, message: { kind: 'low-speed', account: slow.account ?? '', code, ...originOf(slow) } };
  }
  // A report that begins as one and goes on otherwise is broken: it is asked for again.
  if (new RegExp(`${start} (18|98) `).test(text)) return { ok: false, error: 'format' };
  if (!/^\d\d ./.test(text)) return { ok: false, error: text.length < 4 ? 'length' : 'format' };
  return { ok: true, message: { kind: 'other', text } };
}

function originOf(groups: Record<string, string>): Origin {
  return { receiver: groups.receiver ?? '', group: groups.group ?? '' };
}

/** What each channel of a High Speed report says, by its number from 1; normal ones are left out. */
export function channelReports(channels: string): { channel: number; state: ChannelState }[] {
  return [...channels].flatMap((digit, index) => {
    const state = channelStates[digit] ?? 'normal';
    return state === 'normal' ? [] : [{ channel: index + 1, state }];
  });
}

/** A Contact ID frame as a receiver sends it (for simulators and tests). RangeError when a field does not fit. */
export function encodeAdemco685(
  { receiver, group }: Origin,
  subject: 'zone' | 'user',
  { account, qualifier, event, partition, zoneOrUser }: ContactIdMessage,
): Uint8Array {
  const q = { 1: 'E', 3: 'R', 6: 'P' }[qualifier];
  const letter = subject === 'zone' ? 'C' : 'U';
  const text = `${receiver}${group} ${account} 18 ${q}${event} ${partition} ${letter}${zoneOrUser}`;
  const frame = textToBytes(`\n${text}\r`);
  const read = decodeAdemco685(frame);
  if (!read.ok || read.message.kind !== 'contact-id')
    throw new RangeError(
      `${text}: receiver and group 1, account 4, event 3, partition 2, zone or user 3 hexadecimal digits`,
    );
  return frame;
}

/** `ademco-685`: one frame, and the byte to answer it with. */
export function inspectAdemco685(input: FrameInput): Decoded {
  const result = decodeAdemco685(input.bytes);
  if (!result.ok) return refused(result.error, { reply: '15' });
  const { message } = result;
  if (message.kind === 'high-speed')
    return {
      valid: true,
      ...message,
      channels_1_8: message.channels.slice(0, 8),
      channel_9: message.channels.slice(8),
      reports: channelReports(message.channels),
      reply: '06',
    };
  if (message.kind !== 'contact-id') return { valid: true, ...message, reply: '06' };
  const { message: event, subject, kind: _, ...origin } = message;
  const fields = contactIdFields(event);
  return { valid: true, ...origin, ...fields, kind: subject ?? fields.subject, reply: '06' };
}
