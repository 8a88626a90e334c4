import { createRequire } from 'node:module';
import type Protobuf from 'protobufjs/light.js';
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
const schema = {
  nested: {
    Payload: {
      // The schema is proto2: what is there and zero is told from what is not there.
      edition: 'proto2',
      fields: {
        timestamp: uint64(1),
        metrics: { rule: 'repeated' as const, type: 'Metric', id: 2 },
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
};

let payload: Protobuf.Type | undefined;

/** Loaded with the first message: a start need not wait for what most sites never hear. */
function payloadType(): Protobuf.Type {
  if (payload) return payload;
  const { Root } = createRequire(import.meta.url)('protobufjs/light.js') as typeof Protobuf;
  payload = Root.fromJSON(schema).lookupType('Payload');
  return payload;
}

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
    } = payloadType().toObject(payloadType().decode(bytes), {
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

/** What a metric says, by the datatype that it or its birth declares: whole numbers travel as two's complement. */
export function sparkplugValue(raw: SparkplugMetric['raw'], datatype: number | null): SparkplugValue {
  const whole = datatype === null ? undefined : wholeNumbers[datatype];
  const bits = whole?.signed ? whole.bits : undefined;
  if (typeof raw === 'bigint') return Number(bits === undefined ? raw : BigInt.asIntN(bits, raw));
  if (typeof raw !== 'number' || bits === undefined || !Number.isInteger(raw)) return raw;
  return Number(BigInt.asIntN(bits, BigInt(raw)));
}

/** Sparkplug 3.0.0 §6.4.16: the numbers of the datatypes that a command can carry. */
const datatypes = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  string: 12,
  dateTime: 13,
  text: 14,
} as const;

/** Whole numbers: how many bits they have, and whether below zero. */
const wholeNumbers: Readonly<Record<number, { bits: number; signed: boolean }>> = {
  [datatypes.int8]: { bits: 8, signed: true },
  [datatypes.int16]: { bits: 16, signed: true },
  [datatypes.int32]: { bits: 32, signed: true },
  [datatypes.int64]: { bits: 64, signed: true },
  [datatypes.uint8]: { bits: 8, signed: false },
  [datatypes.uint16]: { bits: 16, signed: false },
  [datatypes.uint32]: { bits: 32, signed: false },
  [datatypes.uint64]: { bits: 64, signed: false },
  [datatypes.dateTime]: { bits: 64, signed: false },
};

function wholeField(value: number, { bits, signed }: { bits: number; signed: boolean }) {
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  if (!Number.isSafeInteger(value) || value < low || value > high) return null;
  // Sparkplug 3.0.0 §6.4.17: as two's complement, from 64 bits on in a field of its own.
  if (bits < 64) return { intValue: Number(BigInt.asUintN(32, BigInt(value))) };
  return { longValue: String(BigInt.asUintN(64, BigInt(value))) };
}

/** The field in which a value travels; null when the datatype cannot carry it. */
function fieldOf(value: number | boolean | string, datatype: number): Partial<RawMetric> | null {
  const whole = wholeNumbers[datatype];
  switch (typeof value) {
    case 'boolean':
      return datatype === datatypes.boolean ? { booleanValue: value } : null;
    case 'string':
      return datatype === datatypes.string || datatype === datatypes.text ? { stringValue: value } : null;
    case 'number':
      if (whole) return wholeField(value, whole);
      if (!Number.isFinite(value)) return null;
      if (datatype === datatypes.float) return { floatValue: value };
      return datatype === datatypes.double ? { doubleValue: value } : null;
  }
}

/**
 * A command of one metric (Sparkplug 3.0.0, NCMD and DCMD): by its alias where its birth has declared one, else by its name.
 * @param nowMs UTC ms
 * @returns null when the datatype cannot carry the value
 */
export function encodeCommand(
  metric: { name: string; alias: number | null; datatype: number },
  value: number | boolean | string,
  nowMs: number,
): Uint8Array | null {
  const { name, alias, datatype } = metric;
  const field = fieldOf(value, datatype);
  if (!field) return null;
  const called = alias === null ? { name } : { alias };
  const type = payloadType();
  const metrics = [{ ...called, timestamp: nowMs, datatype, ...field }];
  return type.encode(type.fromObject({ timestamp: nowMs, metrics })).finish();
}

/** The command by which a node says all of its births anew (Sparkplug 3.0.0, `Node Control/Rebirth`). */
export function encodeRebirth(nowMs: number): Uint8Array {
  const metric = { name: 'Node Control/Rebirth', alias: null, datatype: datatypes.boolean };
  return encodeCommand(metric, true, nowMs) ?? new Uint8Array();
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
