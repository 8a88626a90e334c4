import type { Dlt645Read as PointRead } from '../contract/device-type.ts';
import { type Dlt645Read, dlt645DataBytes } from '../protocols/asked-read.ts';
import { dlt645Entry } from '../protocols/dlt645/items.ts';
import { decodeNumber, formatBytes, type PackedFormat } from '../protocols/packed-number.ts';
import type { LiveDevice } from './live-device.ts';

/** How a point's number is packed: as the type states it, else as the standard has it; undefined when neither says. */
export function dlt645Format({ di, item, digits, decimals, signed }: PointRead): PackedFormat | undefined {
  const known = dlt645Entry(di)?.item(item).format;
  const stated = digits ?? known?.digits;
  if (stated === undefined) return undefined;
  return {
    digits: stated,
    decimals: decimals ?? known?.decimals ?? 0,
    signed: signed ?? known?.signed ?? false,
  };
}

/** How long the answer to an identifier is expected to be, bytes: a whole block, or up to the last value that is wanted. */
function dataBytesOf(di: string, wanted: readonly PointRead[]): number {
  const entry = dlt645Entry(di);
  if (entry?.count === null) return dlt645DataBytes;
  const values = wanted.map((read) => {
    const format = dlt645Format(read);
    return format ? formatBytes(format) * Math.max(read.item + 1, entry?.count ?? 1) : 0;
  });
  return Math.max(...values);
}

const meterNumber = /^\d{12}$/;

/**
 * What is read of a meter: each identifier once, in the order of the kind's points, so that the register comes first.
 * @throws RangeError when the address is no meter number
 */
export function dlt645Reads({ device, points }: LiveDevice): Dlt645Read[] {
  const meter = String(device.address);
  if (!meterNumber.test(meter))
    throw new RangeError(`"${meter}" is no meter number: give its twelve digits, in quotes`);
  const wanted = [...points.values()].flatMap(({ dlt645 }) => (dlt645 ? [dlt645] : []));
  const identifiers = new Set(wanted.map(({ di }) => di.toUpperCase()));
  return [...identifiers].map((di) => ({
    protocol: 'dlt645',
    meter,
    di,
    dataBytes: dataBytesOf(
      di,
      wanted.filter((read) => read.di.toUpperCase() === di),
    ),
  }));
}

/** The number of a point in an answer; null: the meter says that it has none; undefined: there is no such number. */
export function dlt645Value(point: PointRead, data: Uint8Array): number | null | undefined {
  const format = dlt645Format(point);
  return format && decodeNumber(data, point.item * formatBytes(format), format);
}
