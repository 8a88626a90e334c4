import { encodeOsdp, type OsdpFrame } from './frame.ts';
import { replies } from './messages.ts';
import type { ChannelState } from './report.ts';
import {
  clientCryptogram,
  firstMac,
  type SecureChannel,
  type SessionKeys,
  sameBytes,
  seal,
  serverCryptogram,
  sessionKeys,
} from './secure-channel.ts';

// How a secure channel comes to stand (OSDP v2.2 annex D.4), and how a command goes out with it or without.

/** The handshake as far as it has come. */
export interface Handshake {
  random: Uint8Array;
  keys: SessionKeys;
  /** Once the reader has proved its key. */
  cryptogram: Uint8Array | null;
}

/** @param random RND.A */
export function beginHandshake(key: Uint8Array, random: Uint8Array): Handshake {
  return { random, keys: sessionKeys(key, random), cryptogram: null };
}

type Fault = { fault: ChannelState };

/** CCRYPT: the reader's unique id, RND.B and its cryptogram (D.4.2). */
export function takeChallenge(handshake: Handshake, { code, data }: OsdpFrame): Handshake | Fault {
  if (code !== replies.CCRYPT || data.length !== 32) return { fault: 'unsupported' };
  const { keys, random } = handshake;
  const theirs = data.slice(8, 16);
  if (!sameBytes(data.slice(16), clientCryptogram(keys, random, theirs))) return { fault: 'wrong-key' };
  return { ...handshake, cryptogram: serverCryptogram(keys, random, theirs) };
}

/** RMAC_I: the reader has checked our cryptogram, too, and says where the MACs begin (D.4.4). */
export function takeProof(
  keys: SessionKeys,
  cryptogram: Uint8Array,
  { code, data, security }: OsdpFrame,
): SecureChannel | Fault {
  const first = firstMac(keys, cryptogram);
  const good = code === replies.RMAC_I && security?.data[0] === 1 && sameBytes(data, first);
  return good ? { keys, command: first, reply: first } : { fault: 'wrong-key' };
}

/** A command as it goes out, and the channel after it. @param block of the handshake: it goes outside of any channel */
export function commandBytes(
  command: Pick<OsdpFrame, 'address' | 'sequence' | 'code' | 'data' | 'crc'>,
  channel: SecureChannel | null,
  block: OsdpFrame['security'],
): { bytes: Uint8Array; channel: SecureChannel | null } {
  const plain: OsdpFrame = { ...command, reply: false, mac: null, security: block };
  const sealed = channel && block === null ? seal(channel, plain) : null;
  return { bytes: encodeOsdp(sealed?.frame ?? plain), channel: sealed?.channel ?? channel };
}
