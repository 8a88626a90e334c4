import { concatBytes } from '../bytes.ts';
import {
  answerControl,
  controlBits,
  dlt645Function,
  dlt645PreambleBytes,
  encodeDlt645,
  reversedBytes,
  reversedHex,
  scanDlt645,
} from './frame.ts';

// DL/T 645-2007 §7.2 and §7.3: one value is read by one question, or by several when the meter says that more frames follow.

/** One reading of one data identifier on its way. */
export interface MeterReading {
  readonly meter: string;
  readonly di: string;
  /** Number of the frame that is awaited: 0 the first answer, then 1 … 255 of those that follow it. */
  readonly seq: number;
  /** What earlier frames brought. */
  readonly data: Uint8Array;
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
  /** This meter answered, but to another question: another identifier, function or frame number. */
  | 'question'
  /** Bytes that are no frame. */
  | 'noise';

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

/** Begins to read a data identifier (eight hex digits, high byte first) of a meter (twelve digits). */
export function beginReading(meter: string, di: string): MeterReading {
  return { meter, di, seq: 0, data: new Uint8Array(0) };
}

/** The bytes of the question that this reading asks now. RangeError when the meter number or the identifier is none. */
export function readingRequest({ meter, di, seq }: MeterReading): Uint8Array {
  const identifier = reversedBytes(di, 4);
  return encodeDlt645(
    seq === 0
      ? { address: meter, control: dlt645Function.read, data: identifier }
      : {
          address: meter,
          control: dlt645Function.readMore,
          data: concatBytes(identifier, Uint8Array.of(seq)),
        },
    dlt645PreambleBytes,
  );
}

/** Asks the one meter on a line for its number (§7.5); for the bench, where no second meter answers. */
export function addressRequest(): Uint8Array {
  return encodeDlt645(
    { address: 'AAAAAAAAAAAA', control: dlt645Function.readAddress, data: new Uint8Array(0) },
    dlt645PreambleBytes,
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
  const code = seq === 0 ? dlt645Function.read : dlt645Function.readMore;
  const { frames, broken, openAt } = scanDlt645(received);
  let passedOver: MeterAnswerError | null = null;
  for (const { frame } of frames) {
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
    const body = frame.data.subarray(4, seq === 0 ? undefined : -1);
    if (frame.data.length < (seq === 0 ? 5 : 6) || reversedHex(frame.data, 0, 4) !== di) continue;
    if (seq !== 0 && frame.data.at(-1) !== seq) continue;
    const data = concatBytes(reading.data, body);
    if (!bits.more) return { state: 'answer', data };
    if (seq < lastSeq) return { state: 'more', reading: { ...reading, seq: seq + 1, data } };
  }
  const ours = broken.some(({ address, control }) => address === meter && controlBits(control).fromMeter);
  if (ours) return { state: 'failed', error: 'checksum' };
  if (!options.timeOver) return { state: 'waiting' };
  if (openAt !== null && passedOver === null) return { state: 'failed', error: 'short' };
  if (passedOver !== null) return { state: 'failed', error: passedOver };
  const onlyEcho = frames.length > 0;
  return { state: 'failed', error: received.length === 0 || onlyEcho ? 'silence' : 'noise' };
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
  const { meter: address, di, seq } = reading;
  const code = seq === 0 ? dlt645Function.read : dlt645Function.readMore;
  if ('refused' in outcome)
    return encodeDlt645({
      address,
      control: answerControl(code, { refused: true }),
      data: Uint8Array.of(outcome.refused),
    });
  const number = seq === 0 ? [] : [seq];
  return encodeDlt645({
    address,
    control: answerControl(code, { more: outcome.more === true }),
    data: concatBytes(reversedBytes(di, 4), outcome.data, Uint8Array.from(number)),
  });
}
