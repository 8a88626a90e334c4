import { byteAt, bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { decodeWiegand } from '../wiegand/codec.ts';
import { wiegandFields } from '../wiegand/inspect.ts';
import { type OsdpFrame, readOsdp } from './frame.ts';
import {
  commands,
  nakReason,
  nameOf,
  readCapabilities,
  readFormattedCard,
  readKeys,
  readPeripheralId,
  readRawCard,
  readStates,
  replies,
} from './messages.ts';
import { clientCryptogram, firstMac, serverCryptogram, sessionKeys } from './secure-channel.ts';

const littleAt = (data: Uint8Array, at: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => byteAt(data, at + i) * 256 ** i).reduce(
    (sum, part) => sum + part,
    0,
  );

function replyFields({ code, data }: OsdpFrame): Record<string, unknown> {
  switch (code) {
    case replies.NAK:
      return { error_code: byteAt(data, 0), reason: nakReason(data) };
    case replies.PDID:
      return { ...readPeripheralId(data) };
    case replies.PDCAP:
      return { capabilities: readCapabilities(data) };
    case replies.LSTATR:
      return { tamper: byteAt(data, 0) !== 0, power_fail: byteAt(data, 1) !== 0 };
    case replies.ISTATR:
    case replies.OSTATR:
      return { states: readStates(data) };
    case replies.RSTATR:
      return { readers: [...data] };
    case replies.RAW: {
      const card = readRawCard(data);
      if (!card) return {};
      const { reader, format, bits } = card;
      const wiegand = decodeWiegand(bits);
      return {
        ...{ reader, format, bit_count: bits.length, bits },
        ...(wiegand.ok ? { wiegand: { valid: true, ...wiegandFields(wiegand.card) } } : {}),
      };
    }
    case replies.FMT:
      return { ...readFormattedCard(data) };
    case replies.KEYPAD: {
      // A PIN is nobody's business, not even in the inspector.
      const keys = readKeys(data);
      return keys ? { reader: keys.reader, key_count: keys.keys.length } : {};
    }
    case replies.COM:
      return { new_address: byteAt(data, 0), baud: littleAt(data, 1, 4) };
    default:
      return {};
  }
}

function commandFields({ code, data }: OsdpFrame): Record<string, unknown> {
  switch (code) {
    case commands.COMSET:
      return { new_address: byteAt(data, 0), baud: littleAt(data, 1, 4) };
    case commands.KEYSET:
      // The key itself is not shown: what is decoded ends in logs and messages.
      return { key_type: byteAt(data, 0), key_length: byteAt(data, 1) };
    case commands.OUT:
      return { output: byteAt(data, 0), control: byteAt(data, 1), ms: littleAt(data, 2, 2) * 100 };
    case commands.LED:
      return { reader: byteAt(data, 0), led: byteAt(data, 1) };
    case commands.BUZ:
      return { reader: byteAt(data, 0), tone: byteAt(data, 1), times: byteAt(data, 4) };
    default:
      return {};
  }
}

/** `osdp`: a frame in either direction. What is enciphered is told as hex digits. */
export function inspectOsdp({ bytes }: FrameInput): Decoded {
  const result = readOsdp(bytes);
  if (!result.ok) return refused(result.error);
  const { frame } = result;
  const { address, reply, sequence: seq, crc, code, security, data, mac } = frame;
  const ciphered = security?.type === 0x17 || security?.type === 0x18;
  const name = nameOf(code, reply) ?? code.toString(16).toUpperCase().padStart(2, '0');
  return {
    ...{ valid: true, address, reply, seq, crc, name },
    ...(security ? { security: security.type, security_data: bytesToHex(security.data) } : {}),
    ...(mac ? { mac: bytesToHex(mac) } : {}),
    ...(ciphered ? { enciphered: bytesToHex(data) } : reply ? replyFields(frame) : commandFields(frame)),
  };
}

/** `osdp-sc`: what follows from a base key, RND.A and RND.B, one behind the other. */
export function inspectOsdpSecureChannel({ bytes }: FrameInput): Decoded {
  if (bytes.length !== 32) return refused('length');
  const [key, a, b] = [bytes.slice(0, 16), bytes.slice(16, 24), bytes.slice(24)];
  const keys = sessionKeys(key, a);
  const server = serverCryptogram(keys, a, b);
  return {
    valid: true,
    s_enc: bytesToHex(keys.enc),
    s_mac1: bytesToHex(keys.mac1),
    s_mac2: bytesToHex(keys.mac2),
    client_cryptogram: bytesToHex(clientCryptogram(keys, a, b)),
    server_cryptogram: bytesToHex(server),
    r_mac_i: bytesToHex(firstMac(keys, server)),
  };
}
