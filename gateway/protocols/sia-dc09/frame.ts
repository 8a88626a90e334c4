import type { PanelQuirk } from '../../contract/link-status.ts';
import { bytesToText, concatBytes } from '../bytes.ts';
import { crc16 } from '../crc16.ts';
import { decryptDc09, encryptDc09 } from './cipher.ts';
import { formatDc09Time, readDc09Time } from './time.ts';

// ANSI/SIA DC-09-2013 §5: LF crc 0LLL "id" seq [Rrcvr] Lpref [#acct] [data] [xdata…] [_timestamp] CR. The CRC (ARC) and the
// length are of everything from the first quote to before CR. Of an encrypted frame ("*id") the rest after the first
// bracket is hex digits.

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;

export interface Dc09Head {
  /** Without the star of an encrypted frame. */
  id: string;
  encrypted: boolean;
  seq: string;
  /** With its R; null when it is left out. */
  receiver: string | null;
  /** With its L. */
  line: string | null;
  /** Without the #. */
  account: string | null;
  quirks: PanelQuirk[];
}

/** A frame whose CRC holds, its contents still as they came. */
export interface Dc09Frame extends Dc09Head {
  /** What follows the first bracket. */
  body: string;
}

export interface Dc09Message extends Dc09Head {
  /** Between the brackets. */
  data: string;
  /** Further blocks, without their brackets. */
  xdata: string[];
  /** What the sender's clock showed, as if it were UTC, ms; null when it sent none. */
  timestamp: number | null;
}

export type Dc09FrameError = 'framing' | 'crc' | 'format';

const header =
  /^"(\*?)([A-Za-z0-9-]{1,20})"([0-9A-Fa-f]{4})(R[0-9A-Fa-f]{0,6})?(L[0-9A-Fa-f]{0,6})?(?:#([0-9A-Fa-f]{1,20}))?\[/;

/** Takes a frame apart as far as it can be without a key. */
export function readDc09Frame(
  bytes: Uint8Array,
): { ok: true; frame: Dc09Frame } | { ok: false; error: Dc09FrameError } {
  const begin = bytes.indexOf(lf);
  // Some senders end with CR and a NUL.
  const end = bytes.lastIndexOf(cr);
  if (begin < 0 || end < begin) return { ok: false, error: 'framing' };
  const binary = bytes[begin + 7] === quote && bytes[begin + 9] !== quote;
  const first = begin + (binary ? 7 : 9);
  if (bytes[first] !== quote || end <= first) return { ok: false, error: 'framing' };
  const crcText = bytesToText(bytes.subarray(begin + 1, first - 4));
  const sent = binary
    ? (crcText.charCodeAt(0) << 8) | crcText.charCodeAt(1)
    : /^[0-9A-Fa-f]{4}$/.test(crcText)
      ? Number.parseInt(crcText, 16)
      : -1;
  if (sent !== crc16(0, bytes, first, end)) return { ok: false, error: 'crc' };
  const text = bytesToText(bytes.subarray(first, end));
  const head = header.exec(text);
  if (!head) return { ok: false, error: 'format' };
  const [all, star, id = '', seq = '', receiver = null, line = null, account = null] = head;
  const lengthText = bytesToText(bytes.subarray(first - 4, first));
  const quirks: PanelQuirk[] = binary ? ['binary_crc'] : [];
  if (!isLength(lengthText, 16, text.length))
    quirks.push(isLength(lengthText, 10, text.length) ? 'decimal_length' : 'wrong_length');
  return {
    ok: true,
    frame: {
      id,
      encrypted: star === '*',
      seq,
      receiver,
      line,
      account: account?.toUpperCase() ?? null,
      quirks,
      body: text.slice(all.length),
    },
  };
}

function isLength(text: string, radix: 10 | 16, length: number): boolean {
  const digits = radix === 16 ? /^[0-9A-Fa-f]{4}$/ : /^\d{4}$/;
  return digits.test(text) && Number.parseInt(text, radix) === length;
}

/**
 * Where the next block of a chain ends, and what it holds. Panels with a binary length (two bytes or four digits before the
 * contents, then a bracket exactly there) may have brackets inside.
 */
function blockAt(text: string, at: number): { content: string; end: number } | null {
  const counted = [
    { from: at + 3, length: (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2) },
    { from: at + 5, length: /^\d{4}$/.test(text.slice(at + 1, at + 5)) ? +text.slice(at + 1, at + 5) : -1 },
  ];
  for (const { from, length } of counted)
    if (length > 0 && length < 256 && text.charAt(from + length) === ']')
      return { content: text.slice(from, from + length), end: from + length + 1 };
  const end = text.indexOf(']', at);
  return end < 0 ? null : { content: text.slice(at + 1, end), end: end + 1 };
}

/** A day or a month of 00. */
const unsetClock = /_\d\d:\d\d:\d\d,(?:00-\d\d|\d\d-00)-\d{4}$/;

/** `data][xdata]…_time` */
function readContents(text: string): Pick<Dc09Message, 'data' | 'xdata' | 'timestamp'> | null {
  const close = text.indexOf(']');
  if (close < 0) return null;
  const xdata: string[] = [];
  let at = close + 1;
  while (text.charAt(at) === '[') {
    const block = blockAt(text, at);
    if (!block) return null;
    xdata.push(block.content);
    at = block.end;
  }
  const time = text.slice(at);
  const timestamp = time === '' ? null : readDc09Time(time.slice(1));
  if (time !== '' && (!time.startsWith('_') || timestamp === null)) return null;
  return { data: text.slice(0, close), xdata, timestamp };
}

/** Takes the padding away; null when the text is none that was encrypted with this key. */
function unpad(plain: string): { text: string; terminated: boolean } | null {
  // Printable, but for padding (a whole block of it at the most) and the two bytes of a binary length.
  if (!/^[^|[\]]{0,16}\|?[\x20-\x7e]*\](?:\[[\s\S]*\])?_[\x20-\x7e]*$/.test(plain)) return null;
  const bar = plain.indexOf('|');
  const close = plain.indexOf(']');
  if (bar < 0 || bar > close) return { text: plain.slice(close), terminated: false };
  const rest = plain.slice(bar + 1);
  const account = /#[0-9A-Fa-f]+$/.exec(plain.slice(0, bar));
  // `padding#1234|data]`: the bar is that of the account, unless an account follows.
  if (account && !/^(#[0-9A-Fa-f]*)?\||^\]/.test(rest))
    return { text: plain.slice(account.index), terminated: false };
  return { text: rest, terminated: true };
}

/**
 * The contents of a frame. `key`: encrypted, and none is known; `decrypt`: the key is wrong; `format`: not as the standard
 * has it (an encrypted frame without its time, which §5.4 demands, is one).
 */
export function openDc09Frame(
  frame: Dc09Frame,
  key: Uint8Array | null,
): { ok: true; message: Dc09Message } | { ok: false; error: 'key' | 'decrypt' | 'format' } {
  const { body, ...head } = frame;
  if (!frame.encrypted) {
    const unset = unsetClock.test(body);
    const contents = readContents(unset ? body.replace(unsetClock, '') : body);
    if (!contents) return { ok: false, error: 'format' };
    const quirks: PanelQuirk[] = unset ? [...head.quirks, 'unset_clock'] : head.quirks;
    return { ok: true, message: { ...head, quirks, ...contents } };
  }
  if (!key) return { ok: false, error: 'key' };
  const plain = decryptDc09(body, key);
  if (plain === null) return { ok: false, error: 'format' };
  const unpadded = unpad(plain);
  const contents = unpadded && readContents(unpadded.text);
  if (!unpadded || !contents || contents.timestamp === null) return { ok: false, error: 'decrypt' };
  const quirks: PanelQuirk[] = unpadded.terminated ? head.quirks : [...head.quirks, 'no_pad_terminator'];
  return { ok: true, message: { ...head, quirks, ...contents } };
}

/** A frame to be sent. */
export interface Dc09Outgoing {
  id: string;
  seq: string;
  receiver: string | null;
  line: string | null;
  account: string | null;
  data: string;
  /** Without brackets, as they stand on the wire. */
  xdata?: readonly string[];
  /** What the receiver of it shall take for the time, as if it were UTC, ms. */
  timestamp: number | null;
  key: Uint8Array | null;
  binaryCrc?: boolean;
}

/** The bytes of a frame. `pad`: 16 characters for encryption, see `encryptDc09`. */
export function encodeDc09(frame: Dc09Outgoing, pad: string): Uint8Array {
  const { id, seq, receiver, line, account, data, xdata = [], timestamp, key } = frame;
  const blocks = xdata.map((block) => `[${block}]`).join('');
  const contents = `${data}]${blocks}${timestamp === null ? '' : `_${formatDc09Time(timestamp)}`}`;
  const named = account === null ? '' : `#${account}`;
  const head = `"${key ? '*' : ''}${id}"${seq}${receiver ?? ''}${line ?? ''}${named}[`;
  return frameDc09(head + (key ? encryptDc09(`|${contents}`, key, pad) : contents), frame.binaryCrc ?? false);
}

/** NAK has nothing to echo: the frame could not be trusted. It tells the sender our time (§5.5.1.4). */
export function encodeDc09Nak(timestamp: number, binaryCrc: boolean): Uint8Array {
  return frameDc09(`"NAK"0000R0L0A0[]_${formatDc09Time(timestamp)}`, binaryCrc);
}

const hex4 = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');

function frameDc09(text: string, binaryCrc: boolean): Uint8Array {
  const body = Buffer.from(text, 'latin1');
  const crc = crc16(0, body);
  const before = binaryCrc ? Uint8Array.of(crc >> 8, crc & 0xff) : Buffer.from(hex4(crc), 'latin1');
  return concatBytes(
    Uint8Array.of(lf),
    before,
    Buffer.from(hex4(body.length), 'latin1'),
    body,
    Uint8Array.of(cr),
  );
}
