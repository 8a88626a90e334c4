import { bytesToHex, concatBytes } from '../bytes.ts';
import {
  type HeardMeters,
  heardMeters,
  type MeterAnswerError,
  missedAnswer,
  preambleBytes,
} from '../meter-frame.ts';
import { cjt188AnswerControl, cjt188Control, cjt188Function, encodeCjt188, scanCjt188 } from './frame.ts';

// CJ/T 188-2004 §7.4: one question, one answer. The answer repeats the data identifier and the serial number of the question; makers
// write the identifier in either order and answer with a serial number of their own, so either order is taken and the number is not
// looked at.

/** One reading of the present measurements of a meter. */
export interface Cjt188Reading {
  /** Two hex digits. */
  readonly type: string;
  /** Fourteen hex digits. */
  readonly address: string;
  /** The question has the identifier's high byte first, as meters of 2004 want it; those of 2018 have the low one first. */
  readonly highFirst: boolean;
}

export type Cjt188Answer =
  | { state: 'waiting' }
  /** The measurements, without identifier and serial number. */
  | { state: 'answer'; data: Uint8Array }
  /** The meter refuses; both bytes of its status, first byte high, as hex. */
  | { state: 'refused'; status: string }
  | { state: 'failed'; error: MeterAnswerError };

/** Present measurements. */
const measurements = [0x90, 0x1f] as const;
const headBytes = 3;
const serial = 0;

function isIdentifier(data: Uint8Array, [high, low]: readonly [number, number]): boolean {
  const [first, second] = data;
  return (first === high && second === low) || (first === low && second === high);
}

/** The bytes of the question. RangeError when type or address are none. */
export function cjt188Request({ type, address, highFirst }: Cjt188Reading): Uint8Array {
  const [high, low] = measurements;
  const data = highFirst ? Uint8Array.of(high, low, serial) : Uint8Array.of(low, high, serial);
  return encodeCjt188({ type, address, control: cjt188Function.read, data }, preambleBytes);
}

/** The address of a meter, as data identifier. */
const ownAddress = [0x81, 0x0a] as const;
const anyType = 'AA';
const anyAddress = 'AAAAAAAAAAAAAA';

/** Asks the one meter on a line for its address (CJ/T 188-2004 §7.4.4); for the bench, where no second meter answers. */
export function cjt188AddressRequest(highFirst: boolean): Uint8Array {
  const [high, low] = ownAddress;
  const data = highFirst ? Uint8Array.of(high, low, serial) : Uint8Array.of(low, high, serial);
  return encodeCjt188(
    { type: anyType, address: anyAddress, control: cjt188Function.readAddress, data },
    preambleBytes,
  );
}

/** Who has answered it, when its time is over. */
export function readCjt188Addresses(received: Uint8Array): HeardMeters {
  return heardMeters(
    scanCjt188(received),
    received.length,
    ({ control, address }) => cjt188Control(control).fromMeter && address !== anyAddress,
  );
}

/**
 * Reads what has come since the question. Call it with everything received, each time more has come, and once more with
 * `timeOver`. Frames of other meters and answers to other questions are passed over while there is time; a broken frame of
 * this meter ends the exchange at once.
 */
export function readCjt188Answer(
  reading: Cjt188Reading,
  received: Uint8Array,
  options: { timeOver?: boolean } = {},
): Cjt188Answer {
  const scan = scanCjt188(received);
  let passedOver: MeterAnswerError | null = null;
  for (const { frame } of scan.frames) {
    const { fromMeter, refused, code } = cjt188Control(frame.control);
    // Our own question, given back by a converter that echoes.
    if (!fromMeter) continue;
    if (frame.address !== reading.address || frame.type !== reading.type) {
      passedOver ??= 'meter';
      continue;
    }
    passedOver = 'question';
    if (code !== cjt188Function.read) continue;
    const { data } = frame;
    // Serial number and status (§7.4.2).
    if (refused) return { state: 'refused', status: bytesToHex(data.subarray(1, 3)) };
    if (data.length > headBytes && isIdentifier(data, measurements))
      return { state: 'answer', data: data.slice(headBytes) };
  }
  const ours = scan.broken.some(
    ({ address, control }) => address === reading.address && cjt188Control(control).fromMeter,
  );
  if (ours) return { state: 'failed', error: 'checksum' };
  if (!options.timeOver) return { state: 'waiting' };
  return { state: 'failed', error: missedAnswer(scan, passedOver, received.length) };
}

/** What a meter answers to a reading's question (for simulators and tests). */
export function encodeCjt188Answer(
  { type, address, highFirst }: Cjt188Reading,
  outcome: { data: Uint8Array } | { refused: readonly [number, number] },
): Uint8Array {
  const [high, low] = measurements;
  if ('refused' in outcome)
    return encodeCjt188({
      type,
      address,
      control: cjt188AnswerControl(cjt188Function.read, true),
      data: Uint8Array.of(serial, ...outcome.refused),
    });
  const identifier = highFirst ? [high, low] : [low, high];
  return encodeCjt188({
    type,
    address,
    control: cjt188AnswerControl(cjt188Function.read),
    data: concatBytes(Uint8Array.of(...identifier, serial), outcome.data),
  });
}
