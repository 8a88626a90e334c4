import { concatBytes } from '../bytes.ts';
import {
  type HeardMeters,
  heardMeters,
  type MeterAnswerError,
  missedAnswer,
  preambleBytes,
  reversedBytes,
  reversedHex,
} from '../meter-frame.ts';
import {
  answerControl,
  controlBits,
  dlt645Function,
  dlt645Function1997,
  encodeDlt645,
  scanDlt645,
} from './frame.ts';

// DL/T 645-2007 §7.2 and §7.3: one value is read by one question, or by several when the meter says that more frames follow. The
// length of its data identifier tells the edition: four bytes, or two of 1997, where frames that follow have no number.

interface Edition {
  identifierBytes: number;
  read: number;
  readMore: number;
  /** Bytes of the frame number at the end of what follows. */
  numberBytes: number;
}
const edition2007: Edition = { ...dlt645Function, identifierBytes: 4, numberBytes: 1 };
const edition1997: Edition = { ...dlt645Function1997, identifierBytes: 2, numberBytes: 0 };

function editionOf(di: string): Edition {
  return di.length === 4 ? edition1997 : edition2007;
}

/** One reading of one data identifier on its way. */
export interface MeterReading {
  readonly meter: string;
  readonly di: string;
  /** Number of the frame that is awaited: 0 the first answer, then 1 … 255 of those that follow it. */
  readonly seq: number;
  /** What earlier frames brought. */
  readonly data: Uint8Array;
}

export type MeterAnswer =
  | { state: 'waiting' }
  /** More frames follow: ask for the next. */
  | { state: 'more'; reading: MeterReading }
  /** The value's bytes, low byte first, without identifier and frame number. */
  | { state: 'answer'; data: Uint8Array }
  /** The meter refuses, and says why (`refusalWords`). */
  | { state: 'refused'; code: number }
  | { state: 'failed'; error: MeterAnswerError };

/** The highest frame number (§7.3). */
const lastSeq = 255;

/** Begins to read a data identifier (eight hex digits, or four, high byte first) of a meter (twelve digits). */
export function beginReading(meter: string, di: string): MeterReading {
  return { meter, di, seq: 0, data: new Uint8Array(0) };
}

/** The identifier as it is asked for and answered, and the number of the frame where it has one. */
function framed({ di, seq }: MeterReading, data: Uint8Array): { code: number; data: Uint8Array } {
  const { identifierBytes, read, readMore, numberBytes } = editionOf(di);
  const number = seq > 0 && numberBytes > 0 ? Uint8Array.of(seq) : new Uint8Array(0);
  return {
    code: seq === 0 ? read : readMore,
    data: concatBytes(reversedBytes(di, identifierBytes), data, number),
  };
}

/** The bytes of the question that this reading asks now. RangeError when the meter number or the identifier is none. */
export function readingRequest(reading: MeterReading): Uint8Array {
  const { code: control, data } = framed(reading, new Uint8Array(0));
  return encodeDlt645({ address: reading.meter, control, data }, preambleBytes);
}

const anyMeter = 'AAAAAAAAAAAA';

/** Asks the one meter on a line for its number (§7.5); for the bench, where no second meter answers. */
export function addressRequest(): Uint8Array {
  return encodeDlt645(
    { address: anyMeter, control: dlt645Function.readAddress, data: new Uint8Array(0) },
    preambleBytes,
  );
}

/** The same of a meter of 1997, which has no such function: any meter is asked for its energy, and its answer bears its number. */
export function addressRequest1997(): Uint8Array {
  return readingRequest(beginReading(anyMeter, '9010'));
}

/** Who has answered either question, when its time is over. */
export function readAddresses(received: Uint8Array): HeardMeters {
  return heardMeters(
    scanDlt645(received),
    received.length,
    ({ control, address }) => controlBits(control).fromMeter && address !== anyMeter,
  );
}

/**
 * Reads what has come since the question. Call it with everything received, each time more has come, and once more with
 * `timeOver`. Frames of other meters and answers to other questions are passed over while there is time; a broken frame of
 * this meter ends the exchange at once.
 */
export function readAnswer(
  reading: MeterReading,
  received: Uint8Array,
  options: { timeOver?: boolean } = {},
): MeterAnswer {
  const { meter, di, seq } = reading;
  const { identifierBytes, read, readMore, numberBytes } = editionOf(di);
  const code = seq === 0 ? read : readMore;
  const numbered = seq > 0 && numberBytes > 0;
  const scan = scanDlt645(received);
  let passedOver: MeterAnswerError | null = null;
  for (const { frame } of scan.frames) {
    const bits = controlBits(frame.control);
    // Our own question, given back by a converter that echoes.
    if (!bits.fromMeter) continue;
    if (frame.address !== meter) {
      passedOver ??= 'meter';
      continue;
    }
    passedOver = 'question';
    if (bits.code !== code) continue;
    const [first] = frame.data;
    if (bits.refused) {
      if (frame.data.length === 1 && first !== undefined) return { state: 'refused', code: first };
      continue;
    }
    const body = frame.data.subarray(identifierBytes, numbered ? -1 : undefined);
    if (frame.data.length < identifierBytes + (numbered ? 2 : 1)) continue;
    if (reversedHex(frame.data, 0, identifierBytes) !== di) continue;
    if (numbered && frame.data.at(-1) !== seq) continue;
    const data = concatBytes(reading.data, body);
    if (!bits.more) return { state: 'answer', data };
    if (seq < lastSeq) return { state: 'more', reading: { ...reading, seq: seq + 1, data } };
  }
  const ours = scan.broken.some(
    ({ address, control }) => address === meter && controlBits(control).fromMeter,
  );
  if (ours) return { state: 'failed', error: 'checksum' };
  if (!options.timeOver) return { state: 'waiting' };
  return { state: 'failed', error: missedAnswer(scan, passedOver, received.length) };
}

/** The bits of the error word (§5.2.6, annex): what the meter says, and where to look. */
const refusals: readonly [bit: number, words: string][] = [
  [0x40, 'more tariffs than the meter has'],
  [0x20, 'more day slots than the meter has'],
  [0x10, 'more year zones than the meter has'],
  [0x08, 'the baud rate cannot be changed'],
  [0x04, 'the password is wrong or missing'],
  [0x02, 'the meter has no such data'],
  [0x01, 'another error'],
];

/** What an error word says. */
export function refusalWords(code: number): string {
  const words = refusals.flatMap(([bit, text]) => ((code & bit) !== 0 ? [text] : []));
  return words.join(', ') || 'no reason given';
}

/** What a meter answers to a reading's question (for simulators and tests). */
export function encodeAnswer(
  reading: MeterReading,
  outcome: { data: Uint8Array; more?: boolean } | { refused: number },
): Uint8Array {
  const { code, data } = framed(reading, 'refused' in outcome ? new Uint8Array(0) : outcome.data);
  const address = reading.meter;
  if ('refused' in outcome)
    return encodeDlt645({
      address,
      control: answerControl(code, { refused: true }),
      data: Uint8Array.of(outcome.refused),
    });
  return encodeDlt645({ address, control: answerControl(code, { more: outcome.more === true }), data });
}
