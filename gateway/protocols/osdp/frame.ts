import { byteAt, concatBytes } from '../bytes.ts';

// OSDP v2.2 (IEC 60839-11-5) §5: 53 ADDR LEN(2, low first) CTRL [SCB] CODE DATA [MAC] CHECK. A mark byte FF may stand before it.

const startOfMessage = 0x53;
export const markByte = 0xff;
const headerBytes = 5;
const macBytes = 4;
/** The longest frame of the standard (§5.5). */
const longestFrame = 1_440;
/** Every peripheral answers to it: for setting up a single one. */
export const anyAddress = 0x7f;

const replyBit = 0x80;
const crcBit = 0x04;
const securityBit = 0x08;

/** Whether a security block of this type carries a MAC at the end of its frame (SCS_15 to SCS_18). */
export function hasMac(type: number): boolean {
  return type >= 0x15 && type <= 0x18;
}

export interface OsdpFrame {
  /** 0 to 126; 127 is everybody. */
  address: number;
  /** From a peripheral to the controller. */
  reply: boolean;
  /** 1 to 3; 0 begins anew. */
  sequence: number;
  /** A CRC of two bytes, else a sum of one. */
  crc: boolean;
  security: { type: number; data: Uint8Array } | null;
  code: number;
  /** As on the wire: enciphered in SCS_17 and SCS_18. */
  data: Uint8Array;
  /** The first four bytes of the MAC of SCS_15 to SCS_18. */
  mac: Uint8Array | null;
}

/** `start`: no 53; `check`: sum or CRC; `security`: a security block that does not fit its frame. */
export type OsdpFrameError = 'start' | 'length' | 'check' | 'security';
export type OsdpFrameResult = { ok: true; frame: OsdpFrame } | { ok: false; error: OsdpFrameError };

/** CRC-16 of polynomial 1021, begun with 1D0F (annex C). */
export function osdpCrc(bytes: Uint8Array): number {
  let crc = 0x1d0f;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return crc;
}

function sumOf(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}

const checkBytes = (crc: boolean) => (crc ? 2 : 1);

/** The bytes that the MAC covers: all before it, with the length of the whole frame. */
export function osdpHead(frame: OsdpFrame): Uint8Array {
  const { address, reply, sequence, crc, security, code, data } = frame;
  const block = security ? [2 + security.data.length, security.type, ...security.data] : [];
  const mac = security && hasMac(security.type) ? macBytes : 0;
  const length = headerBytes + block.length + 1 + data.length + mac + checkBytes(crc);
  return concatBytes(
    Uint8Array.of(
      ...[startOfMessage, address | (reply ? replyBit : 0), length & 0xff, length >> 8],
      sequence | (crc ? crcBit : 0) | (security ? securityBit : 0),
      ...block,
      code,
    ),
    data,
  );
}

/** @throws RangeError for what no frame can hold */
export function encodeOsdp(frame: OsdpFrame): Uint8Array {
  const body = concatBytes(osdpHead(frame), frame.mac ?? new Uint8Array(0));
  const { address, sequence, crc } = frame;
  if (address < 0 || address > anyAddress || sequence < 0 || sequence > 3)
    throw new RangeError(`no OSDP frame: address ${address}, sequence ${sequence}`);
  if (body.length + checkBytes(crc) > longestFrame)
    throw new RangeError(`an OSDP frame has at most ${longestFrame} bytes`);
  const check = osdpCrc(body);
  return concatBytes(body, crc ? Uint8Array.of(check & 0xff, check >> 8) : Uint8Array.of(sumOf(body)));
}

/** One whole frame, with a mark byte before it or without. */
export function readOsdp(bytes: Uint8Array): OsdpFrameResult {
  const all = bytes[0] === markByte ? bytes.subarray(1) : bytes;
  if (all[0] !== startOfMessage) return { ok: false, error: 'start' };
  const control = byteAt(all, 4);
  const crc = (control & crcBit) !== 0;
  const length = byteAt(all, 2) | (byteAt(all, 3) << 8);
  if (all.length !== length || length < headerBytes + 1 + checkBytes(crc))
    return { ok: false, error: 'length' };
  const end = length - checkBytes(crc);
  const body = all.subarray(0, end);
  const good = crc
    ? osdpCrc(body) === (byteAt(all, end) | (byteAt(all, end + 1) << 8))
    : sumOf(body) === byteAt(all, end);
  if (!good) return { ok: false, error: 'check' };
  return partsOf(body, crc);
}

function partsOf(body: Uint8Array, crc: boolean): OsdpFrameResult {
  const control = byteAt(body, 4);
  let at = headerBytes;
  let end = body.length;
  let security: OsdpFrame['security'] = null;
  let mac: Uint8Array | null = null;
  if (control & securityBit) {
    const blockLength = byteAt(body, at);
    const type = byteAt(body, at + 1);
    if (blockLength < 2 || at + blockLength > end) return { ok: false, error: 'security' };
    security = { type, data: body.slice(at + 2, at + blockLength) };
    at += blockLength;
    if (hasMac(type)) {
      end -= macBytes;
      mac = body.slice(end);
    }
  }
  if (at >= end) return { ok: false, error: security ? 'security' : 'length' };
  const address = byteAt(body, 1);
  return {
    ok: true,
    frame: {
      ...{ address: address & ~replyBit, reply: (address & replyBit) !== 0, sequence: control & 3, crc },
      ...{ security, code: byteAt(body, at), data: body.slice(at + 1, end), mac },
    },
  };
}

/** Cuts what comes on a line into the replies that are whole; commands (an echo of what was sent), noise and broken frames fall out. */
export function createOsdpAssembler(): { push(bytes: Uint8Array): OsdpFrame[]; reset(): void } {
  let held: Uint8Array = new Uint8Array(0);

  /** How many bytes can be dropped in front, and the frame that they were. */
  function next(): { drop: number; frame?: OsdpFrame } | null {
    const start = held.indexOf(startOfMessage);
    if (start !== 0) return { drop: start < 0 ? held.length : start };
    if (held.length < headerBytes) return null;
    const length = byteAt(held, 2) | (byteAt(held, 3) << 8);
    if (length < headerBytes + 2 || length > longestFrame) return { drop: 1 };
    if (held.length < length) return null;
    const result = readOsdp(held.subarray(0, length));
    return result.ok ? { drop: length, frame: result.frame } : { drop: 1 };
  }

  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const frames: OsdpFrame[] = [];
      for (let step = held.length > 0 ? next() : null; step; step = held.length > 0 ? next() : null) {
        held = held.slice(step.drop);
        if (step.frame?.reply) frames.push(step.frame);
      }
      return frames;
    },
    reset() {
      held = new Uint8Array(0);
    },
  };
}
