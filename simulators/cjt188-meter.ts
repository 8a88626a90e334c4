import {
  type Cjt188Profile,
  type Cjt188Values,
  encodeMeasurements,
} from '../gateway/protocols/cjt188/data.ts';
import {
  type Cjt188Frame,
  cjt188AnswerControl,
  cjt188Control,
  cjt188Function,
  encodeCjt188,
} from '../gateway/protocols/cjt188/frame.ts';
import { encodeCjt188Answer } from '../gateway/protocols/cjt188/session.ts';

/** A water or heat meter by CJ/T 188. */
export interface SimulatedCjt188Meter {
  /** Two hex digits: 10 cold water, 20 heat. */
  meterType: string;
  /** Fourteen hex digits. */
  address: string;
  values: Cjt188Values;
  /** Where it differs from the standard. */
  profile?: Cjt188Profile;
  /** Answers nothing, as a device without power does. */
  dead?: boolean;
}

function isAddressed(meter: SimulatedCjt188Meter, { type, address }: Cjt188Frame): boolean {
  const anyType = type === 'AA' || type === meter.meterType;
  return anyType && [...address].every((digit, place) => digit === 'A' || digit === meter.address[place]);
}

/** What the meter answers to a frame on its line; null: nothing. */
export function answerOfCjt188Meter(meter: SimulatedCjt188Meter, frame: Cjt188Frame): Uint8Array | null {
  const { fromMeter, code } = cjt188Control(frame.control);
  if (fromMeter || meter.dead || !isAddressed(meter, frame)) return null;
  const { meterType: type, address, values, profile } = meter;
  if (code === cjt188Function.readAddress)
    return encodeCjt188({ type, address, control: cjt188AnswerControl(code), data: frame.data.slice(0, 3) });
  if (code !== cjt188Function.read) return null;
  const reading = { type, address, highFirst: frame.data[0] === 0x90 };
  return encodeCjt188Answer(reading, { data: encodeMeasurements(type, values, profile) });
}
