import { bytesToHex, bytesToText, concatBytes, hexToBytes, textToBytes } from '../bytes.ts';

// What a dial-in unit (DTU, 4G or NB modem with a serial port) says for itself on the connection on which it carries the serial
// bytes: once, or with every heartbeat, a registration; now and then a heartbeat. Both are fixed bytes that its tool sets.

/** The bytes of a setting: text, or hex digits after `hex:`. Null when the digits are none. */
export function signalBytes(setting: string): Uint8Array | null {
  return setting.startsWith('hex:') ? hexToBytes(setting.slice('hex:'.length)) : textToBytes(setting);
}

/** The setting that gives these bytes: a text where they are one, else hex. */
export function signalSetting(bytes: Uint8Array): string {
  const text = bytesToText(bytes);
  return /^[!-~]+$/.test(text) && !text.startsWith('hex:') ? text : `hex:${bytesToHex(bytes)}`;
}

/** How a unit is known, and what it says beside the serial bytes. */
export interface DtuIdentity {
  link: string;
  registration: Uint8Array;
  heartbeat: Uint8Array | null;
}

function startsAt(bytes: Uint8Array, at: number, signal: Uint8Array): boolean {
  if (at + signal.length > bytes.length) return false;
  return signal.every((byte, i) => bytes[at + i] === byte);
}

function indexOf(bytes: Uint8Array, signal: Uint8Array, from: number): number {
  for (let at = from; at + signal.length <= bytes.length; at++) if (startsAt(bytes, at, signal)) return at;
  return -1;
}

const isWord = (byte: number | undefined): boolean =>
  byte !== undefined && /[0-9A-Za-z]/.test(String.fromCharCode(byte));

function endsWith(bytes: Uint8Array, end: number, signal: Uint8Array): boolean {
  return end >= signal.length && startsAt(bytes, end - signal.length, signal);
}

/** A number within a longer one is another unit's: what stands beside a registration is no letter or digit, or a signal again. */
function standsAlone(bytes: Uint8Array, at: number, { registration, heartbeat }: DtuIdentity): boolean {
  const signals = heartbeat ? [registration, heartbeat] : [registration];
  const end = at + registration.length;
  const before = !isWord(registration[0]) || !isWord(bytes[at - 1]);
  const after = !isWord(registration.at(-1)) || !isWord(bytes[end]);
  return (
    (before || signals.some((signal) => endsWith(bytes, at, signal))) &&
    (after || signals.some((signal) => startsAt(bytes, end, signal)))
  );
}

/** Who says this at the beginning of a connection, whatever stands before it, and what follows; null: nobody known. */
export function findRegistration<Identity extends DtuIdentity>(
  bytes: Uint8Array,
  known: Iterable<Identity>,
): { identity: Identity; rest: Uint8Array } | null {
  let found: { identity: Identity; rest: Uint8Array } | null = null;
  for (const identity of known) {
    const { registration } = identity;
    if (found && found.identity.registration.length >= registration.length) continue;
    for (let at = indexOf(bytes, registration, 0); at >= 0; at = indexOf(bytes, registration, at + 1)) {
      if (!standsAlone(bytes, at, identity)) continue;
      found = { identity, rest: bytes.slice(at + registration.length) };
      break;
    }
  }
  return found;
}

/** Shorter signals are looked for only where nothing else has come: in serial bytes they stand by chance. */
const leastInStream = 4;
const lineEnds: readonly number[] = [0x0d, 0x0a];

export interface Stripped {
  /** The serial bytes. */
  payload: Uint8Array;
  /** Bytes at the end with which a signal may begin. */
  open: Uint8Array;
}

/** Serial bytes without the signals among them. A line end behind a signal belongs to it. */
export function stripSignals(bytes: Uint8Array, { registration, heartbeat }: DtuIdentity): Stripped {
  const signals = heartbeat ? [registration, heartbeat] : [registration];
  const none = new Uint8Array(0);
  if (heartbeat && heartbeat.length < leastInStream && isOnly(bytes, heartbeat))
    return { payload: none, open: none };
  const long = signals.filter(({ length }) => length >= leastInStream);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const signal = long.find((one) => startsAt(bytes, at, one));
    if (!signal) {
      at++;
      continue;
    }
    parts.push(bytes.slice(from, at));
    at += signal.length;
    while (lineEnds.includes(bytes[at] ?? -1)) at++;
    from = at;
  }
  const rest = bytes.slice(from);
  const openAt = beginningAt(rest, long);
  return { payload: concatBytes(...parts, rest.slice(0, openAt)), open: rest.slice(openAt) };
}

/** Nothing but a signal, once or more, and line ends. */
function isOnly(bytes: Uint8Array, signal: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (startsAt(bytes, at, signal)) at += signal.length;
    else if (at > 0 && lineEnds.includes(bytes[at] ?? -1)) at++;
    else return false;
  }
  return bytes.length > 0;
}

/** Where the longest beginning of a signal at the end of the bytes stands; their length: nowhere. */
function beginningAt(bytes: Uint8Array, signals: readonly Uint8Array[]): number {
  const longest = Math.max(0, ...signals.map(({ length }) => length - 1));
  for (let at = Math.max(0, bytes.length - longest); at < bytes.length; at++) {
    const tail = bytes.subarray(at);
    if (signals.some((signal) => tail.length < signal.length && startsAt(signal, 0, tail))) return at;
  }
  return bytes.length;
}
