import type { OsdpFrame } from './frame.ts';
import type { Handshake } from './handshake.ts';
import type { NakReason, PeripheralId } from './messages.ts';
import type { ChannelState, OsdpHappening, OsdpState } from './report.ts';
import type { SecureChannel } from './secure-channel.ts';

// What the conversation with one reader is made of (OSDP v2.2 §5.7, annex D): what goes in, what comes out, what is kept.

/** A reader that is to be secure is never spoken to otherwise; `key: null` is one that cannot be read. */
export type Protection =
  | { mode: 'plain' }
  | { mode: 'installation' }
  | { mode: 'key'; key: Uint8Array | null };

export interface OsdpReader {
  address: number;
  protection: Protection;
}

/** Something that the reader is told to do. */
export interface OsdpOrder {
  id: string;
  code: number;
  data: Uint8Array;
  /** Monotonic ms; not sent later. */
  latestMono: number;
}

export type OsdpInput =
  /** It has the line. @param random 8 bytes nobody can guess */
  | { type: 'turn'; random: Uint8Array }
  | { type: 'reply'; frame: OsdpFrame }
  /** Nothing usable came in time. */
  | { type: 'silence' }
  /** What was reported as `happened` under this number is on disk. */
  | { type: 'durable'; number: number }
  | { type: 'order'; order: OsdpOrder }
  | { type: 'line-down' };

export type OrderFailure = 'refused' | 'timeout' | 'expired' | 'line-down';
export type OsdpOutput =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'state'; state: OsdpState }
  | { type: 'happened'; number: number; happening: OsdpHappening }
  | { type: 'done'; order: string }
  | { type: 'failed'; order: string; why: OrderFailure; reason?: NakReason }
  /** It has said nothing usable for `offlineMs`. */
  | { type: 'lost' }
  /** The channel cannot be had as the site wants it: told once, and tried for again. */
  | { type: 'barred'; channel: ChannelState };

export interface Sent {
  bytes: Uint8Array;
  code: number;
  sequence: number;
  order: OsdpOrder | null;
  /** Its reply has come; the reader repeats that reply until it hears the next sequence number. */
  answered: boolean;
}

export interface OsdpSession {
  phase: 'begin' | 'challenge' | 'proof' | 'identity' | 'capabilities' | 'running';
  sent: Sent | null;
  handshake: Handshake | null;
  channel: SecureChannel | null;
  orders: readonly OsdpOrder[];
  /** Status questions that are due. */
  questions: readonly number[];
  /** Those that this reader does not know. */
  unknown: readonly number[];
  askStatusMono: number;
  /** When it is next told how it is spoken with it: a sign of life. */
  tellChannelMono: number;
  /** What it is, not told yet. */
  identity: PeripheralId | null;
  /** How much has happened so far. */
  happened: number;
  /** The one whose reply waits for its commit: the next sequence number would acknowledge it. */
  holding: number | null;
  misses: number;
  /** Commands carry a CRC, else the sum of one byte, which is all that some readers know. */
  crc: boolean;
  /** It has answered to a sum. It stays with that only when it does not answer to a CRC then: it may have just come back. */
  sumHeard: boolean;
  usableMono: number;
  /** Told as lost or barred, and not usable since. */
  lost: boolean;
  barred: ChannelState | null;
  /** When it wants the line next, monotonic ms. */
  nextMono: number;
}

export function openOsdpSession(nowMono: number): OsdpSession {
  return {
    ...{ phase: 'begin', sent: null, handshake: null, channel: null, orders: [], questions: [], unknown: [] },
    ...{
      askStatusMono: 0,
      tellChannelMono: 0,
      identity: null,
      happened: 0,
      holding: null,
      misses: 0,
      crc: true,
      sumHeard: false,
      usableMono: nowMono,
      lost: false,
      barred: null,
    },
    nextMono: nowMono,
  };
}
