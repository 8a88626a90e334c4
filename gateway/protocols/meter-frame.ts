import { byteAt, concatBytes } from './bytes.ts';

// What DL/T 645 and CJ/T 188 have in common: FE before a frame, 68 at its start, the sum of all its bytes from there, 16 at its end.
// Each says by itself what lies between (`FrameReader`).

export const frameStart = 0x68;
export const frameEnd = 0x16;
const preambleByte = 0xfe;
/** FE bytes before a request; a meter that sleeps loses the first of them. */
export const preambleBytes = 4;

export type MeterFrameError = 'header' | 'length' | 'address' | 'checksum' | 'terminator';

/** The frame that begins at a place and its length; `open` when the bytes end before it does. */
export type ReadFrame<Frame> =
  | { ok: true; frame: Frame; length: number }
  | { ok: false; error: MeterFrameError | 'open' };

export interface FrameReader<Frame> {
  /** Nothing of a frame whose sum fails is believed. */
  frameAt(bytes: Uint8Array, at: number): ReadFrame<Frame>;
  /** Address and control as they stand there: not to be believed, but they tell whose it was meant to be. */
  meant(bytes: Uint8Array, at: number): { address: string; control: number };
}

export type MeterFrameResult<Frame> = { ok: true; frame: Frame } | { ok: false; error: MeterFrameError };

/** Bytes from the place on, last first, as hex digits: an address, a data identifier. */
export function reversedHex(bytes: Uint8Array, at: number, length: number): string {
  let hex = '';
  for (let i = at + length - 1; i >= at; i--)
    hex += byteAt(bytes, i).toString(16).padStart(2, '0').toUpperCase();
  return hex;
}

/** The bytes of hex digits, last pair first. RangeError when they are not so many pairs. */
export function reversedBytes(hex: string, length: number): Uint8Array {
  if (hex.length !== 2 * length || !/^[0-9A-Fa-f]*$/.test(hex))
    throw new RangeError(`${hex}: give ${2 * length} digits`);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[length - 1 - i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += byteAt(bytes, i);
  return sum & 0xff;
}

/** What is wrong with sum and end of a frame whose sum stands at a place; null: nothing. */
export function tailError(bytes: Uint8Array, at: number, sumAt: number): MeterFrameError | 'open' | null {
  if (sumAt + 2 > bytes.length) return 'open';
  if (byteAt(bytes, sumAt) !== sumOf(bytes, at, sumAt)) return 'checksum';
  return byteAt(bytes, sumAt + 1) === frameEnd ? null : 'terminator';
}

/** A body that begins with 68, with FE before it, its sum and the end. */
export function closeFrame(body: Uint8Array, preamble: number): Uint8Array {
  return concatBytes(
    new Uint8Array(preamble).fill(preambleByte),
    body,
    Uint8Array.of(sumOf(body, 0, body.length), frameEnd),
  );
}

/** One whole frame, with or without FE before it, and nothing behind it. */
export function decodeFrameWith<Frame>(
  reader: FrameReader<Frame>,
  bytes: Uint8Array,
): MeterFrameResult<Frame> {
  const at = bytes.findIndex((byte) => byte !== preambleByte);
  if (at < 0) return { ok: false, error: 'length' };
  const result = reader.frameAt(bytes, at);
  if (!result.ok)
    return result.error === 'open' ? { ok: false, error: 'length' } : { ok: false, error: result.error };
  return bytes.length - at === result.length
    ? { ok: true, frame: result.frame }
    : { ok: false, error: 'length' };
}

/** What lies in bytes from a line, in which noise, late answers and echoes may be. */
export interface FoundFrame<Frame> {
  frame: Frame;
  /** Where it ends. */
  end: number;
}

export interface BrokenFrame {
  address: string;
  control: number;
  error: MeterFrameError;
}

export interface LineScan<Frame> {
  frames: FoundFrame<Frame>[];
  /** Frames of the right shape whose sum or end is wrong. */
  broken: BrokenFrame[];
  /** Where a frame may have begun that has not ended; null: nowhere. */
  openAt: number | null;
}

/** Looks for frames in bytes that begin and end anywhere. */
export function scanWith<Frame>(reader: FrameReader<Frame>, bytes: Uint8Array): LineScan<Frame> {
  const found: LineScan<Frame> = { frames: [], broken: [], openAt: null };
  let at = bytes.indexOf(frameStart);
  while (at >= 0) {
    const result = reader.frameAt(bytes, at);
    if (result.ok) {
      const end = at + result.length;
      found.frames.push({ frame: result.frame, end });
      // What seemed to have begun before a whole frame was noise.
      found.openAt = null;
      at = bytes.indexOf(frameStart, end);
      continue;
    }
    if (result.error === 'open') found.openAt ??= at;
    else if (result.error !== 'header')
      found.broken.push({ ...reader.meant(bytes, at), error: result.error });
    at = bytes.indexOf(frameStart, at + 1);
  }
  return found;
}

export interface FrameAssembler<Frame> {
  /** Adds bytes as they came; answers the frames that are now whole. */
  push(bytes: Uint8Array): Frame[];
  /** Forgets an unfinished frame. */
  reset(): void;
}

/** Cuts a byte stream into frames whose sum holds; what is no frame is thrown away. Holds at most one unfinished frame. */
export function assembleWith<Frame>(reader: FrameReader<Frame>): FrameAssembler<Frame> {
  let held: Uint8Array = new Uint8Array(0);
  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      const { frames, openAt } = scanWith(reader, held);
      held = openAt === null ? new Uint8Array(0) : held.slice(openAt);
      return frames.map(({ frame }) => frame);
    },
    reset() {
      held = new Uint8Array(0);
    },
  };
}

/** What is wrong with what came back. The bytes are on a shared line: noise, a late answer, an echo may be among them. */
export type MeterAnswerError =
  /** Nothing came. */
  | 'silence'
  /** An answer began and broke off. */
  | 'short'
  /** A frame of this meter whose sum or end fails. */
  | 'checksum'
  /** Sound frames of other meters only. */
  | 'meter'
  /** This meter answered, but to another question. */
  | 'question'
  /** Bytes that are no frame. */
  | 'noise';

/** What the meters on a line have said to the question who they are. */
export interface HeardMeters {
  /** Their addresses, each once. */
  addresses: string[];
  /** Something came that is no frame: two have spoken at once, or one otherwise than the line is set. */
  garbled: boolean;
}

/**
 * Who has answered the question for an address, when its time is over.
 * @param fromMeter whether a frame is an answer to it, and not the question given back by a converter that echoes
 */
export function heardMeters<Frame extends { address: string }>(
  { frames, broken, openAt }: LineScan<Frame>,
  receivedBytes: number,
  fromMeter: (frame: Frame) => boolean,
): HeardMeters {
  const addresses = frames.flatMap(({ frame }) => (fromMeter(frame) ? [frame.address] : []));
  return {
    addresses: [...new Set(addresses)],
    garbled: broken.length > 0 || openAt !== null || (frames.length === 0 && receivedBytes > 0),
  };
}

/** Why a scan holds no answer, when the time for it is over. */
export function missedAnswer(
  { frames, openAt }: LineScan<unknown>,
  passedOver: MeterAnswerError | null,
  receivedBytes: number,
): MeterAnswerError {
  if (passedOver !== null) return passedOver;
  if (openAt !== null) return 'short';
  // Nothing but our own question, given back by a converter that echoes, is silence, too.
  return receivedBytes === 0 || frames.length > 0 ? 'silence' : 'noise';
}
