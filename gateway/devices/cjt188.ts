import type { Cjt188Profile, Cjt188Read as PointRead } from '../contract/device-type.ts';
import type { Cjt188Read } from '../protocols/asked-read.ts';
import { type Cjt188Quantity, decodeMeasurements } from '../protocols/cjt188/data.ts';
import type { LiveDevice } from './live-device.ts';

const meterAddress = /^[0-9A-Fa-f]{14}$/;
const meterType = /^[1-4][0-9]$/;
/** What a field may measure; an energy in m³/h is an answer of another shape than the type says. */
const quantities: Readonly<Record<string, Cjt188Quantity>> = {
  total: 'volume',
  settlement: 'volume',
  energy: 'energy',
  energy_settlement: 'energy',
  power: 'power',
  flow: 'flow',
  volume: 'volume',
};

/**
 * What is read of a meter: all its present measurements at once.
 * @throws RangeError when the address or the type of meter is none
 */
export function cjt188Reads({ device, type, settings }: LiveDevice): Cjt188Read[] {
  const address = String(device.address).toUpperCase();
  if (!meterAddress.test(address))
    throw new RangeError(`"${device.address}" is no meter address: give its fourteen digits, in quotes`);
  const kind = String(settings.meterType ?? type.cjt188?.meterType);
  if (!meterType.test(kind))
    throw new RangeError(`"${kind}" is no type of meter: give two digits in quotes, for example "10"`);
  const highFirst = type.cjt188?.identifierHighFirst ?? false;
  return [{ protocol: 'cjt188', reading: { type: kind, address, highFirst } }];
}

/** The raw value of a point in an answer; null: the meter says that it has none; undefined: there is no such value. */
export function cjt188Value(
  point: PointRead,
  { reading }: Cjt188Read,
  data: Uint8Array,
  profile: Cjt188Profile | undefined,
): number | boolean | null | undefined {
  const seen = decodeMeasurements(reading.type, data, profile);
  if (!seen) return undefined;
  // An answer of another shape: what has no unit of its own would be read from the wrong bytes.
  const shifted = [...seen.measured].some(
    ([field, { quantity }]) => quantity !== undefined && quantity !== quantities[field],
  );
  if (shifted && !(point.field in quantities)) return undefined;
  switch (point.field) {
    case 'status':
      return seen.status === undefined ? undefined : (seen.status & point.mask) !== 0;
    case 'supply_c':
    case 'return_c':
    case 'work_hours':
      return seen.plain.get(point.field);
    default: {
      const measured = seen.measured.get(point.field);
      return measured?.quantity === quantities[point.field] ? measured?.base : undefined;
    }
  }
}
