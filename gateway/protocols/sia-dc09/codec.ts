import { bytesToHex } from '../bytes.ts';
import { type ContactIdMessage, contactIdFields, qualifierOf } from '../contact-id/codec.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { type SiaEvent, siaEvents } from '../sia-dc03/block.ts';
import { type Dc09Message, type Dc09Outgoing, encodeDc09, openDc09Frame, readDc09Frame } from './frame.ts';
import { readDc09Time } from './time.ts';

/** What a message tells. */
export type Dc09Contents =
  /** `ADM-CID`, and vendors' tokens that carry the same. */
  | { kind: 'contact-id'; account: string | null; message: ContactIdMessage }
  /** `SIA-DCS`: one or more events. */
  | { kind: 'sia'; account: string | null; events: SiaEvent[] }
  /** `NULL`, whatever stands in it: the panel lives. */
  | { kind: 'alive' }
  /** ACK, NAK, DUH, RSP: an answer to what we have sent. */
  | { kind: 'answer'; answer: string }
  /** Something that is not read here. */
  | { kind: 'other'; account: string | null; text: string };

const answers = new Set(['ACK', 'NAK', 'DUH', 'RSP']);

/** What answers something is not answered itself, whoever sent it: two receivers would go on for ever. */
export const isDc09Answer = (id: string): boolean => answers.has(id);

/** Panels send a few events in a message; 2 KiB of made-up ones would be a thousand rows. */
const mostEvents = 32;
const withAccount = /^(?:#([0-9A-Fa-f]{1,16}))? ?\|(.*)$/s;
const contactId = /^([0-9EPR])([0-9A-F]{3}) ?([0-9A-F]{2}) ?([0-9A-F]{3})$/i;

export function dc09Contents({ id, data, account: sender }: Dc09Message): Dc09Contents {
  if (isDc09Answer(id)) return { kind: 'answer', answer: id };
  if (id === 'NULL') return { kind: 'alive' };
  const [, named = null, text = data] = withAccount.exec(data) ?? [];
  const account = named?.toUpperCase() ?? null;
  const cid = contactId.exec(text);
  if (cid) {
    const [, q = '', event = '', partition = '', zoneOrUser = ''] = cid;
    // Some vendors count a further state of their own codes with 2: a report all the same.
    const qualifier = qualifierOf(q.toUpperCase()) ?? 1;
    const message: ContactIdMessage = {
      account: account ?? sender ?? '',
      qualifier,
      event: event.toUpperCase(),
      partition: partition.toUpperCase(),
      zoneOrUser: zoneOrUser.toUpperCase(),
    };
    return { kind: 'contact-id', account, message };
  }
  const events = id === 'SIA-DCS' ? siaEvents(text) : [];
  return events.length > 0 && events.length <= mostEvents
    ? { kind: 'sia', account, events }
    : { kind: 'other', account, text };
}

/** `H`: when it happened, which is before it was sent; as if it were UTC, ms. */
export function dc09OccurredAt({
  xdata,
  timestamp,
}: Pick<Dc09Message, 'xdata' | 'timestamp'>): number | null {
  for (const block of xdata) {
    const at = block.startsWith('H') ? readDc09Time(block.slice(1)) : null;
    if (at !== null) return at;
  }
  return timestamp;
}

/** The answer to a message: the same number, receiver, line and account, encrypted if it was (§5.5.1). */
export function dc09Answer(
  id: 'ACK' | 'DUH',
  message: Pick<Dc09Message, 'seq' | 'receiver' | 'line' | 'account' | 'quirks'>,
  seal: { key: Uint8Array | null; timestamp: number | null },
): Dc09Outgoing {
  const { seq, receiver, line, account, quirks } = message;
  const binaryCrc = quirks.includes('binary_crc');
  return { id, seq, receiver, line, account, data: '', ...seal, binaryCrc };
}

const utcText = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** What padding the inspector shows: chance would show another answer each time. */
const shownPad = 'GATEHOUSEGATEHOU';

/** `sia-dc09`: one frame, and what it is answered with. */
export function inspectDc09(input: FrameInput): Decoded {
  const read = readDc09Frame(input.bytes);
  if (!read.ok) return refused(read.error);
  const { body, ...head } = read.frame;
  const opened = openDc09Frame(read.frame, input.key);
  if (!opened.ok) return refused(opened.error, { ...shownHead(head), text: body });
  const { message } = opened;
  const contents = dc09Contents(message);
  const fields = {
    ...shownHead(head),
    data: message.data,
    ...(message.xdata.length > 0 && { xdata: message.xdata }),
    ...(message.timestamp !== null && { timestamp_utc: utcText(message.timestamp) }),
    ...(message.quirks[0] !== undefined && { quirk: message.quirks[0], quirks: message.quirks }),
    ...shownContents(contents),
    ...(contents.kind !== 'answer' && { response_hex: shownAnswer(message, input.key) }),
  };
  // The receiver takes it, since the CRC holds; the inspector says what is wrong.
  if (message.quirks.includes('wrong_length')) return refused('length', fields);
  return { valid: true, ...fields };
}

function shownHead({
  id,
  encrypted,
  seq,
  receiver,
  line,
  account,
}: Omit<Dc09Message, 'data' | 'xdata' | 'timestamp'>) {
  return { id, encrypted, seq, receiver, line, account };
}

function shownContents(contents: Dc09Contents): Record<string, unknown> {
  if (contents.kind === 'sia') return { events: contents.events };
  if (contents.kind !== 'contact-id') return {};
  const { qualifier, event, partition, zoneOrUser } = contents.message;
  const { account: _, ...words } = contactIdFields(contents.message);
  return { ...words, cid: { qualifier, event, partition, zone_or_user: zoneOrUser } };
}

function shownAnswer(message: Dc09Message, key: Uint8Array | null): string {
  const { encrypted, timestamp } = message;
  const seal = encrypted ? { key, timestamp } : { key: null, timestamp: null };
  return bytesToHex(encodeDc09(dc09Answer('ACK', message, seal), shownPad));
}
