import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { concatBytes, hexToBytes } from '../bytes.ts';
import { type OsdpFrame, osdpHead } from './frame.ts';

// OSDP v2.2 annex D: AES-128; session keys from the base key and the controller's random number, a MAC that rolls from each
// frame to the next, in both directions.

const blockBytes = 16;
const macBytes = 4;
const noVector = new Uint8Array(blockBytes);

/** SCBK-D: the key that every peripheral in installation mode has, and everybody knows (annex D.3). */
export const installationKey = Uint8Array.from({ length: blockBytes }, (_, i) => 0x30 + i);

/** A base key as it is written: 32 hex digits. Null when it is none. */
export function readOsdpKey(text: string): Uint8Array | null {
  const bytes = /^[0-9A-Fa-f]{32}$/.test(text.trim()) ? hexToBytes(text.trim()) : null;
  return bytes?.length === blockBytes ? bytes : null;
}

function cbc(key: Uint8Array, vector: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-cbc', key, vector).setAutoPadding(false);
  return new Uint8Array(Buffer.concat([cipher.update(blocks), cipher.final()]));
}

const oneBlock = (key: Uint8Array, block: Uint8Array) => cbc(key, noVector, block);
const inverted = (bytes: Uint8Array) => bytes.map((byte) => ~byte & 0xff);

export interface SessionKeys {
  enc: Uint8Array;
  mac1: Uint8Array;
  mac2: Uint8Array;
}

/** Keys of one session (D.4.1). @param random RND.A of the controller, 8 bytes */
export function sessionKeys(key: Uint8Array, random: Uint8Array): SessionKeys {
  const derive = (second: number) =>
    oneBlock(key, concatBytes(Uint8Array.of(0x01, second), random.subarray(0, 6), new Uint8Array(8)));
  return { enc: derive(0x82), mac1: derive(0x01), mac2: derive(0x02) };
}

/** What the peripheral proves its key with: RND.A, then RND.B (D.4.2). */
export function clientCryptogram(keys: SessionKeys, a: Uint8Array, b: Uint8Array): Uint8Array {
  return oneBlock(keys.enc, concatBytes(a, b));
}

/** What the controller proves its key with: RND.B, then RND.A (D.4.3). */
export function serverCryptogram(keys: SessionKeys, a: Uint8Array, b: Uint8Array): Uint8Array {
  return oneBlock(keys.enc, concatBytes(b, a));
}

/** The MAC that the first frame of the session rolls on from (D.5.1). */
export function firstMac(keys: SessionKeys, cryptogram: Uint8Array): Uint8Array {
  return oneBlock(keys.mac2, oneBlock(keys.mac1, cryptogram));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A channel that stands: its keys, and the MAC of the newest frame in each direction. */
export interface SecureChannel {
  keys: SessionKeys;
  /** Of the controller's last command; that of the first is reckoned from `reply`. */
  command: Uint8Array;
  /** Of the peripheral's last reply. */
  reply: Uint8Array;
}

/** The MAC over the bytes before it, rolling on from the last frame of the other side (D.5.2). */
function macOf(keys: SessionKeys, vector: Uint8Array, head: Uint8Array): Uint8Array {
  const padded = head.length % blockBytes === 0 ? head : pad(head);
  const last = padded.length - blockBytes;
  const before = last === 0 ? vector : cbc(keys.mac1, vector, padded.subarray(0, last)).subarray(-blockBytes);
  return cbc(keys.mac2, before, padded.subarray(last));
}

/** 80, then zeros to whole blocks. */
function pad(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.ceil((bytes.length + 1) / blockBytes) * blockBytes);
  all.set(bytes);
  all[bytes.length] = 0x80;
  return all;
}

function unpad(bytes: Uint8Array): Uint8Array | null {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes[end - 1] === 0x80 ? bytes.slice(0, end - 1) : null;
}

/** The frame as it goes in the channel, and the channel after it. Data is enciphered; a frame without data has a MAC only. */
export function seal(channel: SecureChannel, frame: OsdpFrame): { frame: OsdpFrame; channel: SecureChannel } {
  const { keys } = channel;
  const vector = frame.reply ? channel.command : channel.reply;
  const [bare, ciphered] = frame.reply ? [0x16, 0x18] : [0x15, 0x17];
  const inside: OsdpFrame = {
    ...frame,
    security: { type: frame.data.length > 0 ? ciphered : bare, data: new Uint8Array(0) },
    data: frame.data.length > 0 ? cbc(keys.enc, inverted(vector), pad(frame.data)) : frame.data,
  };
  const mac = macOf(keys, vector, osdpHead(inside));
  return {
    frame: { ...inside, mac: mac.slice(0, macBytes) },
    channel: frame.reply ? { ...channel, reply: mac } : { ...channel, command: mac },
  };
}

/** The frame with its data in clear, and the channel after it; null when it is not from the other end of this channel. */
export function unseal(
  channel: SecureChannel,
  frame: OsdpFrame,
): { frame: OsdpFrame; channel: SecureChannel } | null {
  const { keys } = channel;
  const [bare, ciphered] = frame.reply ? [0x16, 0x18] : [0x15, 0x17];
  const type = frame.security?.type;
  if ((type !== bare && type !== ciphered) || !frame.mac) return null;
  const vector = frame.reply ? channel.command : channel.reply;
  const mac = macOf(keys, vector, osdpHead(frame));
  if (!sameBytes(mac.subarray(0, macBytes), frame.mac)) return null;
  let { data } = frame;
  if (type === ciphered) {
    if (data.length === 0 || data.length % blockBytes !== 0) return null;
    const decipher = createDecipheriv('aes-128-cbc', keys.enc, inverted(vector)).setAutoPadding(false);
    const clear = unpad(new Uint8Array(Buffer.concat([decipher.update(data), decipher.final()])));
    if (!clear) return null;
    data = clear;
  }
  return {
    frame: { ...frame, data },
    channel: frame.reply ? { ...channel, reply: mac } : { ...channel, command: mac },
  };
}
