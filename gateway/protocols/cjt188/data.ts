import { byteAt, concatBytes } from '../bytes.ts';
import { reversedBytes, reversedHex } from '../meter-frame.ts';
import { decodeNumber, encodeNumber, formatBytes, packedFormat } from '../packed-number.ts';

// CJ/T 188-2004 §7.5 and annex: what a meter answers to 901F, its present measurements. Numbers are BCD, low byte first.

/** Where makers differ from the standard. */
export interface Cjt188Profile {
  /** The byte of the unit stands before its value, not behind it. */
  unitFirst?: boolean;
  /** The clock begins with the century, not with the second. */
  clockHighFirst?: boolean;
  /** Decimals of the flow; the standard has four (XXXX.XXXX), two of everything else. */
  flowDecimals?: number;
}

export type Cjt188Quantity = 'energy' | 'power' | 'volume' | 'flow';

interface Unit {
  name: string;
  quantity: Cjt188Quantity;
  /** So many of the quantity's base unit: kWh, kW, m³, m³/h. */
  factor: number;
}

const unit = (name: string, quantity: Cjt188Quantity, factor: number): Unit => ({ name, quantity, factor });
const kWhOfGJ = 1e9 / 3.6e6;

/** The codes of units (§7.5.4). */
const units = new Map<number, Unit>([
  [0x02, unit('Wh', 'energy', 0.001)],
  [0x05, unit('kWh', 'energy', 1)],
  [0x08, unit('MWh', 'energy', 1_000)],
  [0x0a, unit('MWhx100', 'energy', 100_000)],
  [0x01, unit('J', 'energy', kWhOfGJ / 1e9)],
  [0x0b, unit('kJ', 'energy', kWhOfGJ / 1e6)],
  [0x0e, unit('MJ', 'energy', kWhOfGJ / 1e3)],
  [0x11, unit('GJ', 'energy', kWhOfGJ)],
  [0x13, unit('GJx100', 'energy', 100 * kWhOfGJ)],
  [0x14, unit('W', 'power', 0.001)],
  [0x17, unit('kW', 'power', 1)],
  [0x1a, unit('MW', 'power', 1_000)],
  [0x29, unit('L', 'volume', 0.001)],
  [0x2c, unit('m3', 'volume', 1)],
  [0x32, unit('L/h', 'flow', 0.001)],
  [0x35, unit('m3/h', 'flow', 1)],
]);

/** A value with the unit that the meter gave it; `value` null: it has none, undefined: its digits are none. */
export interface Measured {
  value: number | null | undefined;
  /** Undefined: the code is of no unit. */
  unit: string | undefined;
  /** The value in kWh, kW, m³ or m³/h; undefined where unit or digits are none. */
  base: number | null | undefined;
  quantity: Cjt188Quantity | undefined;
}

/** Names of the measured values by the names of the vectors. */
export const measuredNames = [
  'total',
  'settlement',
  'energy',
  'energy_settlement',
  'power',
  'flow',
  'volume',
] as const;
export type MeasuredName = (typeof measuredNames)[number];
/** Values without a unit of their own: °C and hours. */
export const plainNames = ['supply_c', 'return_c', 'work_hours'] as const;
export type PlainName = (typeof plainNames)[number];

export interface Cjt188Data {
  measured: ReadonlyMap<MeasuredName, Measured>;
  plain: ReadonlyMap<PlainName, number | null | undefined>;
  /** `YYYY-MM-DD hh:mm:ss` as the meter has it; null when it is none, as of a meter without a clock. */
  time: string | null;
  /** Both bytes of the status, the first as the low one; undefined when the answer ends before it. */
  status: number | undefined;
}

const amount = packedFormat(8, 2);
const formatOf = (name: MeasuredName, { flowDecimals = 4 }: Cjt188Profile) =>
  name === 'flow' ? packedFormat(8, flowDecimals) : amount;
const temperature = packedFormat(6, 2);
const hours = packedFormat(6, 0);
const measuredBytes = 1 + formatBytes(amount);
const plainBytes = formatBytes(temperature);
const clockBytes = 7;
const statusBytes = 2;

/** A heat meter (types 20 to 29); all others answer as a water meter does. */
export function isHeat(type: string): boolean {
  return type.startsWith('2');
}

const heatMeasured: readonly MeasuredName[] = ['energy_settlement', 'energy', 'power', 'flow', 'volume'];
const waterMeasured: readonly MeasuredName[] = ['total', 'settlement'];

/** Bytes of the measurements of a whole answer. */
export function measurementBytes(type: string): number {
  const body = isHeat(type)
    ? heatMeasured.length * measuredBytes + plainNames.length * plainBytes
    : waterMeasured.length * measuredBytes;
  return body + clockBytes + statusBytes;
}

/** What stands in the measurements of a whole answer, in order, and how many bytes each takes. */
export function measurementLayout(
  type: string,
): { name: MeasuredName | PlainName | 'clock' | 'status'; bytes: number }[] {
  const heat = isHeat(type);
  return [
    ...(heat ? heatMeasured : waterMeasured).map((name) => ({ name, bytes: measuredBytes })),
    ...(heat ? plainNames : []).map((name) => ({ name, bytes: plainBytes })),
    { name: 'clock', bytes: clockBytes },
    { name: 'status', bytes: statusBytes },
  ];
}

function measuredAt(data: Uint8Array, at: number, name: MeasuredName, profile: Cjt188Profile): Measured {
  const { unitFirst = false } = profile;
  const value = decodeNumber(data, unitFirst ? at + 1 : at, formatOf(name, profile));
  const known = units.get(byteAt(data, unitFirst ? at : at + measuredBytes - 1));
  const base = typeof value === 'number' ? known && value * known.factor : value;
  return {
    value,
    unit: known?.name,
    // A product of decimals carries dust: 0.1 × 1000.
    base: typeof base === 'number' ? Number(base.toPrecision(12)) : base,
    quantity: known?.quantity,
  };
}

function clockAt(data: Uint8Array, at: number, { clockHighFirst = false }: Cjt188Profile): string | null {
  const field = data.subarray(at, at + clockBytes);
  const digits = reversedHex(clockHighFirst ? field.toReversed() : field, 0, clockBytes);
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (!match) return null;
  const [, year, month, day, hour, minute, second] = match;
  const time = `${year}-${month}-${day} ${hour}:${minute}:${second}`;
  // A clock that was never set is all zero; one with month 13 is none either.
  const instant = new Date(`${time.replace(' ', 'T')}Z`);
  const sound =
    !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(`${year}-${month}-${day}`);
  return sound && year !== '0000' ? time : null;
}

/**
 * The measurements in an answer of a meter of this type (two hex digits), without data identifier and serial number. An answer that
 * ends early has what it has; null when not even its first value is whole.
 */
export function decodeMeasurements(
  type: string,
  data: Uint8Array,
  profile: Cjt188Profile = {},
): Cjt188Data | null {
  if (data.length < measuredBytes) return null;
  const heat = isHeat(type);
  const measured = new Map<MeasuredName, Measured>();
  const plain = new Map<PlainName, number | null | undefined>();
  let at = 0;
  for (const name of heat ? heatMeasured : waterMeasured) {
    if (at + measuredBytes > data.length) break;
    measured.set(name, measuredAt(data, at, name, profile));
    at += measuredBytes;
  }
  if (heat)
    for (const name of plainNames) {
      if (at + plainBytes > data.length) break;
      plain.set(name, decodeNumber(data, at, name === 'work_hours' ? hours : temperature));
      at += plainBytes;
    }
  const whole = data.length >= at + clockBytes + statusBytes;
  const statusAt = at + clockBytes;
  return {
    measured,
    plain,
    time: whole ? clockAt(data, at, profile) : null,
    status: whole ? byteAt(data, statusAt) | (byteAt(data, statusAt + 1) << 8) : undefined,
  };
}

/** What the lowest two bits of the status say of the valve. */
export const valveWords = ['open', 'closed', 'unknown', 'fault'] as const;
/** The bit of the status for a weak battery. */
export const batteryMask = 0x04;

/** What a meter measures, to be packed as it answers (for simulators and tests). Values are in the unit that they name. */
export interface Cjt188Values {
  measured: Partial<Record<MeasuredName, readonly [value: number, unit: string]>>;
  plain?: Partial<Record<PlainName, number>>;
  /** `YYYYMMDDhhmmss`. */
  clock?: string;
  status?: readonly [number, number];
}

/** The way back of `decodeMeasurements`. RangeError for a value that does not fit, or a unit that has no code. */
export function encodeMeasurements(
  type: string,
  values: Cjt188Values,
  profile: Cjt188Profile = {},
): Uint8Array {
  const { unitFirst = false, clockHighFirst = false } = profile;
  const heat = isHeat(type);
  const parts = (heat ? heatMeasured : waterMeasured).flatMap((name) => {
    const [value, word] = values.measured[name] ?? [0, heat ? 'kWh' : 'm3'];
    const code = [...units].find(([, known]) => known.name === word)?.[0];
    if (code === undefined) throw new RangeError(`${word} is no unit of CJ/T 188`);
    const packed = encodeNumber(value, formatOf(name, profile));
    return unitFirst ? [Uint8Array.of(code), packed] : [packed, Uint8Array.of(code)];
  });
  if (heat)
    for (const name of plainNames)
      parts.push(encodeNumber(values.plain?.[name] ?? 0, name === 'work_hours' ? hours : temperature));
  const clock = reversedBytes(values.clock ?? '0'.repeat(2 * clockBytes), clockBytes);
  parts.push(clockHighFirst ? clock.reverse() : clock, Uint8Array.of(...(values.status ?? [0, 0])));
  return concatBytes(...parts);
}
