import protobuf from 'protobufjs/light.js';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { shortestFloat32 } from '../modbus/registers.ts';

// Sparkplug B payloads (Eclipse Sparkplug 3.0.0, chapter 6 and its sparkplug_b.proto), without data sets and templates.

export type SparkplugValue = number | boolean | string | null;

export interface SparkplugMetric {
  /** Data of a metric that a birth has declared may come by its alias alone. */
  name: string | null;
  alias: number | null;
  /** UTC ms. */
  at: number | null;
  datatype: number | null;
  /** It was kept while the node was away. */
  historical: boolean;
  /** As it stands there: what it means needs the datatype, which data need not repeat. */
  raw: number | bigint | boolean | string | null;
}

export interface SparkplugPayload {
  at: number | null;
  /** 0 to 255; a death by will has none. */
  seq: number | null;
  metrics: SparkplugMetric[];
}

const uint64 = (id: number) => ({ type: 'uint64', id });
const bool = (id: number) => ({ type: 'bool', id });
const root = protobuf.Root.fromJSON({
  nested: {
    Payload: {
      // The schema is proto2: what is there and zero is told from what is not there.
      edition: 'proto2',
      fields: {
        timestamp: uint64(1),
        metrics: { rule: 'repeated', type: 'Metric', id: 2 },
        seq: uint64(3),
      },
    },
    Metric: {
      edition: 'proto2',
      fields: {
        name: { type: 'string', id: 1 },
        alias: uint64(2),
        timestamp: uint64(3),
        datatype: { type: 'uint32', id: 4 },
        isHistorical: bool(5),
        isNull: bool(7),
        intValue: { type: 'uint32', id: 10 },
        longValue: uint64(11),
        floatValue: { type: 'float', id: 12 },
        doubleValue: { type: 'double', id: 13 },
        booleanValue: bool(14),
        stringValue: { type: 'string', id: 15 },
      },
    },
  },
});
const payloadType = root.lookupType('Payload');

interface RawMetric {
  name?: string;
  alias?: string;
  timestamp?: string;
  datatype?: number;
  isHistorical?: boolean;
  isNull?: boolean;
  intValue?: number;
  longValue?: string;
  floatValue?: number;
  doubleValue?: number;
  booleanValue?: boolean;
  stringValue?: string;
}

const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

function rawOf(metric: RawMetric): SparkplugMetric['raw'] {
  if (metric.isNull) return null;
  const long = metric.longValue === undefined ? undefined : BigInt(metric.longValue);
  const float = metric.floatValue === undefined ? undefined : shortestFloat32(metric.floatValue);
  const { intValue, doubleValue, booleanValue, stringValue } = metric;
  return intValue ?? long ?? float ?? doubleValue ?? booleanValue ?? stringValue ?? null;
}

/** @returns null when the bytes are no payload; never throws */
export function decodeSparkplug(bytes: Uint8Array): SparkplugPayload | null {
  try {
    const {
      timestamp,
      seq,
      metrics = [],
    } = payloadType.toObject(payloadType.decode(bytes), {
      longs: String,
    }) as { timestamp?: string; seq?: string; metrics?: RawMetric[] };
    return {
      at: numberOf(timestamp),
      seq: numberOf(seq),
      metrics: metrics.map((metric) => ({
        name: metric.name ?? null,
        alias: numberOf(metric.alias),
        at: numberOf(metric.timestamp),
        datatype: metric.datatype ?? null,
        historical: metric.isHistorical ?? false,
        raw: rawOf(metric),
      })),
    };
  } catch {
    return null;
  }
}

/** Bits of the signed whole numbers, by datatype: Int8, Int16, Int32, Int64. */
const signedBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 };

/** What a metric says, by the datatype that it or its birth declares: whole numbers travel as two's complement. */
export function sparkplugValue(raw: SparkplugMetric['raw'], datatype: number | null): SparkplugValue {
  const bits = datatype === null ? undefined : signedBits[datatype];
  if (typeof raw === 'bigint') return Number(bits === undefined ? raw : BigInt.asIntN(bits, raw));
  if (typeof raw !== 'number' || bits === undefined || !Number.isInteger(raw)) return raw;
  return Number(BigInt.asIntN(bits, BigInt(raw)));
}

const booleanType = 11;

/** The command by which a node says all of its births anew (Sparkplug 3.0.0, `Node Control/Rebirth`). */
export function encodeRebirth(nowMs: number): Uint8Array {
  const metric = {
    name: 'Node Control/Rebirth',
    timestamp: nowMs,
    datatype: booleanType,
    booleanValue: true,
  };
  return payloadType.encode(payloadType.create({ timestamp: nowMs, metrics: [metric] })).finish();
}

export function inspectSparkplug({ bytes }: FrameInput): Decoded {
  const payload = decodeSparkplug(bytes);
  if (!payload) return refused('format');
  return {
    valid: true,
    timestamp: payload.at,
    seq: payload.seq,
    metrics: payload.metrics.map(({ name, alias, datatype, raw }) => ({
      ...(name !== null && { name }),
      ...(alias !== null && { alias }),
      ...(datatype !== null && { datatype }),
      value: sparkplugValue(raw, datatype),
    })),
  };
}
