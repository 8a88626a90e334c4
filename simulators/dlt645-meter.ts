import {
  answerControl,
  controlBits,
  type Dlt645Frame,
  dlt645Function,
  encodeDlt645,
} from '../gateway/protocols/dlt645/frame.ts';
import { dlt645Entry } from '../gateway/protocols/dlt645/items.ts';
import { beginReading, encodeAnswer } from '../gateway/protocols/dlt645/session.ts';
import { reversedBytes, reversedHex } from '../gateway/protocols/meter-frame.ts';
import { encodeNumber } from '../gateway/protocols/packed-number.ts';

/** A DL/T 645-2007 meter: what it holds by data identifier, one number or the numbers of a block. */
export interface SimulatedMeter {
  /** Twelve digits. */
  number: string;
  /** By identifier, eight hex digits; the values' units are those of the standard (kWh, V, A, kW). */
  values: Record<string, number | readonly number[]>;
  /** Bytes of values in one frame; what is longer is sent in several. */
  frameBytes?: number;
  /** Answers nothing, as a device without power does. */
  dead?: boolean;
}

const noSuchData = 0x02;
/** The longest data of an answer, less its identifier and frame number (DL/T 645-2007 §5.2.4). */
const longestValue = 195;

/** The bytes of a value as the standard packs them; null for one that the meter has not. */
function packed(meter: SimulatedMeter, di: string): Uint8Array | null {
  const value = Object.hasOwn(meter.values, di) ? meter.values[di] : undefined;
  const entry = dlt645Entry(di);
  if (value === undefined || !entry) return null;
  const numbers = typeof value === 'number' ? [value] : value;
  return Uint8Array.from(
    numbers.flatMap((number, index) => [...encodeNumber(number, entry.item(index).format)]),
  );
}

function isAddressed(meter: SimulatedMeter, address: string): boolean {
  return [...address].every((digit, place) => digit === 'A' || digit === meter.number[place]);
}

/** What the meter answers to a frame on its line; null: nothing. */
export function answerOfMeter(
  meter: SimulatedMeter,
  { address, control, data }: Dlt645Frame,
): Uint8Array | null {
  const { fromMeter, code } = controlBits(control);
  if (fromMeter || meter.dead || !isAddressed(meter, address)) return null;
  if (code === dlt645Function.readAddress)
    return encodeDlt645({
      address: meter.number,
      control: answerControl(code),
      data: reversedBytes(meter.number, 6),
    });
  const follows = code === dlt645Function.readMore;
  if ((code !== dlt645Function.read && !follows) || data.length < (follows ? 5 : 4)) return null;
  const di = reversedHex(data, 0, 4);
  const seq = follows ? (data[4] ?? 0) : 0;
  const reading = { ...beginReading(meter.number, di), seq };
  const bytes = packed(meter, di);
  const step = Math.min(meter.frameBytes ?? longestValue, longestValue);
  const part = bytes?.subarray(seq * step, (seq + 1) * step);
  if (!bytes || !part || part.length === 0) return encodeAnswer(reading, { refused: noSuchData });
  return encodeAnswer(reading, { data: part, more: (seq + 1) * step < bytes.length });
}
