import { inspectAdemco685 } from './ademco-685/codec.ts';
import { bytesToHex, hexToBytes, textToBytes } from './bytes.ts';
import { inspectCardNumber } from './card-number/codec.ts';
import { inspectCjt188 } from './cjt188/inspect.ts';
import { inspectContactId } from './contact-id/codec.ts';
import { inspectDlt645, inspectDlt645Stream } from './dlt645/inspect.ts';
import { inspectDs1990 } from './ds1990/codec.ts';
import { inspectEm4100Raw } from './em4100/raw.ts';
import { inspectEm4100Serial } from './em4100/serial.ts';
import { type Decoded, type Decoder, refused } from './frame.ts';
import { inspectGbt26875 } from './gbt26875/inspect.ts';
import { inspectDiscovery } from './home-assistant/discovery.ts';
import { inspectMilesight } from './milesight/codec.ts';
import {
  inspectModbusDevice,
  inspectModbusRtu,
  inspectModbusTcp,
  inspectModbusValue,
} from './modbus/inspect.ts';
import { inspectOsdp, inspectOsdpSecureChannel } from './osdp/inspect.ts';
import { inspectPatrolBatch } from './patrol-batch/codec.ts';
import { inspectDc09 } from './sia-dc09/codec.ts';
import { inspectSparkplug } from './sparkplug/codec.ts';
import { inspectSurgard } from './surgard/codec.ts';
import { inspectDahuaPatrol, inspectGb28181Alarm } from './topic-families/events.ts';
import { inspectHomie5 } from './topic-families/homie5.ts';
import { inspectKingPigeon } from './topic-families/king-pigeon.ts';
import { inspectMilesightMessage } from './topic-families/milesight.ts';
import { inspectShelly2 } from './topic-families/shelly2.ts';
import { inspectTasmota } from './topic-families/tasmota.ts';
import { inspectThingsBoard } from './topic-families/thingsboard.ts';
import { inspectZigbee2Mqtt } from './topic-families/zigbee2mqtt.ts';
import { inspectUhppote } from './uhppote/inspect.ts';
import { inspectWiegand } from './wiegand/inspect.ts';

/** Every protocol that the frame inspector knows, by the id that the vectors use. A new protocol is a line here. */
export const decoders: Readonly<Record<string, Decoder>> = {
  'modbus-rtu': inspectModbusRtu,
  'modbus-tcp': inspectModbusTcp,
  'modbus-wordorder': inspectModbusValue,
  'modbus-device': inspectModbusDevice,
  'dlt645-2007': inspectDlt645,
  'dlt645-1997': inspectDlt645,
  'dlt645-2007-stream': inspectDlt645Stream,
  cjt188: inspectCjt188,
  'contact-id': inspectContactId,
  'surgard-mlr2': inspectSurgard,
  'ademco-685': inspectAdemco685,
  'sia-dc09': inspectDc09,
  'rfid-em4100-serial': inspectEm4100Serial,
  'rfid-em4100-raw': inspectEm4100Raw,
  'card-number-forms': inspectCardNumber,
  'patrol-batch': inspectPatrolBatch,
  gb26875: inspectGbt26875,
  'lorawan-milesight': inspectMilesight,
  'sparkplug-b': inspectSparkplug,
  'ibutton-ds1990': inspectDs1990,
  'mqtt-tasmota': inspectTasmota,
  'mqtt-shelly2': inspectShelly2,
  'mqtt-zigbee2mqtt': inspectZigbee2Mqtt,
  'mqtt-milesight': inspectMilesightMessage,
  'mqtt-thingsboard': inspectThingsBoard,
  'mqtt-homie5': inspectHomie5,
  'mqtt-kingpigeon': inspectKingPigeon,
  'mqtt-ha-discovery': inspectDiscovery,
  'patrol-dahua': inspectDahuaPatrol,
  'gb28181-alarm': inspectGb28181Alarm,
  uhppote: inspectUhppote,
  wiegand: inspectWiegand,
  osdp: inspectOsdp,
  'osdp-sc': inspectOsdpSecureChannel,
};

/** A frame and what cannot be seen in it, as the vectors and the command line give them. */
export interface FrameQuestion {
  /** Hex digits of the frame. */
  hex?: string;
  /** The same bytes for reading; taken only when there is no `hex`. */
  text?: string;
  profile?: unknown;
  key_hex?: string;
  topic?: string | null;
  bits?: string;
  direction?: string;
}

export function isProtocol(id: string): boolean {
  return Object.hasOwn(decoders, id);
}

/** What the codec of a protocol sees in a frame. Never throws: an unknown protocol and broken hex are answers too. */
export function decodeFrame(protocol: string, question: FrameQuestion): Decoded {
  const decoder = isProtocol(protocol) ? decoders[protocol] : undefined;
  if (!decoder) return refused('unknown_protocol', { protocol });
  const { hex, text, direction } = question;
  const bytes = hex === undefined ? textToBytes(text ?? '') : hexToBytes(hex);
  if (!bytes) return refused('hex');
  const key = question.key_hex === undefined ? null : hexToBytes(question.key_hex);
  if (question.key_hex !== undefined && !key) return refused('key');
  return decoder({
    bytes,
    text: hex === undefined ? (text ?? '') : null,
    profile: question.profile ?? null,
    key,
    topic: question.topic ?? null,
    bits: question.bits ?? null,
    direction: direction === 'request' || direction === 'response' ? direction : null,
  });
}

export interface VectorResult {
  id: string;
  protocol: string;
  passed: boolean;
  /** Where it differs: the field's path, what was expected and what came. */
  differences: { field: string; expected: unknown; actual: unknown }[];
}

/** Numbers agree within 1e-9 of the greater; fields that were not expected are not looked at. */
function compare(expected: unknown, actual: unknown, field: string, into: VectorResult['differences']): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const agree = Math.abs(expected - actual) <= 1e-9 * Math.max(Math.abs(expected), Math.abs(actual));
    if (!agree) into.push({ field, expected, actual });
  } else if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    expected.forEach((item, i) => {
      compare(item, actual[i], `${field}[${i}]`, into);
    });
  } else if (isObject(expected) && isObject(actual)) {
    for (const [name, value] of Object.entries(expected)) {
      compare(
        value,
        Object.hasOwn(actual, name) ? actual[name] : undefined,
        field ? `${field}.${name}` : name,
        into,
      );
    }
  } else if (expected !== actual) {
    into.push({ field, expected, actual });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function runVector(vector: unknown): VectorResult {
  const whole = isObject(vector) ? vector : {};
  const id = typeof whole.id === 'string' ? whole.id : '?';
  const protocol = typeof whole.protocol === 'string' ? whole.protocol : '?';
  const differences: VectorResult['differences'] = [];
  const expected = whole.expect;
  if (!isProtocol(protocol)) {
    differences.push({ field: 'protocol', expected: 'a known protocol', actual: protocol });
  } else if (!isObject(expected) || Object.keys(expected).length === 0) {
    differences.push({ field: 'expect', expected: 'an object with fields', actual: expected });
  } else {
    const actual = decodeFrame(protocol, whole as FrameQuestion);
    compare(expected, actual, '', differences);
    const reply = whole.response_hex;
    if (typeof reply === 'string') {
      const wanted = hexToBytes(reply);
      compare(wanted && bytesToHex(wanted), actual.response_hex, 'response_hex', differences);
    }
  }
  return { id, protocol, passed: differences.length === 0, differences };
}

/**
 * Runs vectors (a list of objects with `id`, `protocol`, `hex` or `text`, inputs and `expect`), all of them or those of
 * the named protocols. A name that is no protocol fails by itself, so that a misspelt name cannot look like success.
 */
export function runVectors(vectors: unknown, protocols?: readonly string[]): VectorResult[] {
  if (!Array.isArray(vectors)) {
    return [
      {
        id: '?',
        protocol: '?',
        passed: false,
        differences: [{ field: '', expected: 'a list of vectors', actual: typeof vectors }],
      },
    ];
  }
  const unknown = (protocols ?? []).filter((name) => !isProtocol(name));
  const chosen = vectors.filter(
    (vector: unknown) =>
      protocols === undefined || (isObject(vector) && protocols.includes(String(vector.protocol))),
  );
  const results = chosen.map(runVector);
  for (const name of unknown) {
    if (results.some((result) => result.protocol === name)) continue;
    results.push({
      id: '?',
      protocol: name,
      passed: false,
      differences: [{ field: 'protocol', expected: 'a known protocol', actual: name }],
    });
  }
  return results;
}
