import { bytesToText } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { type ContactIdEvent, contactIdEvent } from './events.ts';

// SIA DC-05-1999.09 (Ademco Contact ID): ACCT MT Q XYZ GG CCC S, sixteen digits.

/** 1 new or opening, 3 restore or closing, 6 reported before and still there. */
export type ContactIdQualifier = 1 | 3 | 6;

/** The part that every carrier has: receivers take the check digit away and write E, R, P for the qualifier. */
export interface ContactIdMessage {
  account: string;
  qualifier: ContactIdQualifier;
  /** XYZ as it came. */
  event: string;
  /** GG; 00 is none in particular. */
  partition: string;
  /** CCC; 000 is none in particular. */
  zoneOrUser: string;
}

export type ContactIdError = 'length' | 'format' | 'message_type' | 'qualifier' | 'checksum';
export type ContactIdResult =
  | { ok: true; message: ContactIdMessage; messageType: '18' | '98' }
  | { ok: false; error: ContactIdError };

/**
 * What a message tells: `disarmed` and `armed` change the panel's state, `restored` closes the open alarm of the same
 * account, event, partition and zone, `still` never raises anew (DC-05 §5.2), `raised` is everything new.
 */
export type ContactIdSense = 'raised' | 'restored' | 'still' | 'disarmed' | 'armed';

export function contactIdSense(event: ContactIdEvent, qualifier: ContactIdQualifier): ContactIdSense {
  if (qualifier === 6) return 'still';
  // Panels report a partly armed system as an event (Q1) or as a closing (Q3); both say the same.
  if (event.arming === 'partial') return 'armed';
  if (event.arming !== null) return qualifier === 1 ? 'disarmed' : 'armed';
  return qualifier === 1 ? 'raised' : 'restored';
}

const qualifierNames: Record<ContactIdQualifier, string> = {
  1: 'new_event_or_opening',
  3: 'restore_or_closing',
  6: 'still_present',
};

export function qualifierOf(character: string): ContactIdQualifier | null {
  switch (character) {
    case '1':
    case 'E':
      return 1;
    case '3':
    case 'R':
      return 3;
    case '6':
    case 'P':
      return 6;
    default:
      return null;
  }
}

/** Digits count as their value, 0 as 10, B to F as 11 to 15; with the check digit they make a multiple of 15 (DC-05 §4.2). */
function digitSum(digits: string): number {
  let sum = 0;
  for (const digit of digits) sum += digit === '0' ? 10 : Number.parseInt(digit, 16);
  return sum;
}

/** The check digit for the fifteen digits before it. */
export function checkDigit(digits: string): string {
  const missing = 15 - (digitSum(digits) % 15);
  return missing === 10 ? '0' : missing.toString(16).toUpperCase();
}

/** One message of sixteen digits; blanks between its fields, as manuals print it, are passed over. */
export function decodeContactId(text: string): ContactIdResult {
  const digits = text.replace(/\s/g, '').toUpperCase();
  if (!/^[0-9A-F]*$/.test(digits)) return { ok: false, error: 'format' };
  if (digits.length !== 16) return { ok: false, error: 'length' };
  if (digitSum(digits) % 15 !== 0) return { ok: false, error: 'checksum' };
  const messageType = digits.slice(4, 6);
  if (messageType !== '18' && messageType !== '98') return { ok: false, error: 'message_type' };
  const qualifier = qualifierOf(digits.charAt(6));
  if (qualifier === null || !/\d/.test(digits.charAt(6))) return { ok: false, error: 'qualifier' };
  return {
    ok: true,
    messageType,
    message: {
      account: digits.slice(0, 4),
      qualifier,
      event: digits.slice(7, 10),
      partition: digits.slice(10, 12),
      zoneOrUser: digits.slice(12, 15),
    },
  };
}

/** The sixteen digits of a message. RangeError when a field has not its digits. */
export function encodeContactId(message: ContactIdMessage, messageType: '18' | '98' = '18'): string {
  const { account, qualifier, event, partition, zoneOrUser } = message;
  const digits = `${account}${messageType}${qualifier}${event}${partition}${zoneOrUser}`.toUpperCase();
  if (
    !/^[0-9A-F]{15}$/.test(digits) ||
    account.length !== 4 ||
    event.length !== 3 ||
    partition.length !== 2
  ) {
    throw new RangeError(
      `Contact ID ${digits}: account 4, event 3, partition 2, zone or user 3 hexadecimal digits`,
    );
  }
  return digits + checkDigit(digits);
}

/** The fields of the frame inspector; receivers' codecs show the same. */
export function contactIdFields(message: ContactIdMessage): Record<string, unknown> {
  const event = contactIdEvent(message.event);
  const sense = contactIdSense(event, message.qualifier);
  return {
    account: message.account,
    qualifier: qualifierNames[message.qualifier],
    event: message.event,
    partition: message.partition,
    zone_or_user: message.zoneOrUser,
    subject: event.subject,
    class: event.class,
    sense,
    ...(sense === 'armed' ? { arming: event.arming } : {}),
    sia: message.qualifier === 3 ? event.sia.restore : event.sia.new,
    label: event.label,
  };
}

/** `contact-id`: one message. */
export function inspectContactId(input: FrameInput): Decoded {
  const result = decodeContactId(bytesToText(input.bytes));
  if (!result.ok) return refused(result.error);
  return { valid: true, ...contactIdFields(result.message), message_type: result.messageType };
}
