import type { Reading } from '../contract/reading.ts';
import { asError, fault } from '../lib/errors.ts';
import { type JsonStep, readJsonPath } from './json-path.ts';
import { type LiveDevice, show } from './live-device.ts';
import { type DeviceMessage, messageOf, readingOf, sane } from './message.ts';
import type { StateTopic } from './mqtt-mapping.ts';
import { type ChildOf, decodeNative } from './native.ts';
import type { TopicRoute } from './topic-index.ts';

// Messages that come by a bridge or an outside broker: of products with topics of their own (Zigbee2MQTT, Tasmota …), by
// the mapping of their device type, and native ones.

/** A message on a link of brokers. */
export interface TopicMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** UTC ms of its last byte. */
  readonly receivedAt: number;
  /** The broker kept it and tells it because we have just subscribed. */
  readonly retained: boolean;
}

/** A payload that is looked at as text or as JSON, whichever its readers ask for; parsed once. */
class Payload {
  readonly text: string;
  readonly #topic: string;
  #json: unknown;
  #parsed = false;

  constructor({ topic, payload }: TopicMessage) {
    this.#topic = topic;
    this.text = payload.toString();
  }

  /** @throws message.invalid */
  get json(): unknown {
    if (!this.#parsed) {
      try {
        this.#json = JSON.parse(this.text);
      } catch (error) {
        throw fault(
          'message.invalid',
          `${this.#topic}: the payload is not JSON: ${asError(error).message}; correct what is sent, or let the type take the whole payload ("topic" without "json")`,
          { cause: error },
        );
      }
      this.#parsed = true;
      if (typeof this.#json !== 'object' || this.#json === null)
        throw fault(
          'message.invalid',
          `${this.#topic}: ${show(this.#json)} is no JSON object, as its type reads`,
        );
    }
    return this.#json;
  }

  /** The whole payload as one value: a number, true, false or null where it reads so, else its text. */
  get scalar(): unknown {
    try {
      const value: unknown = JSON.parse(this.text);
      return typeof value === 'object' && value !== null ? this.text : value;
    } catch {
      return this.text;
    }
  }
}

const zoned = /(Z|[+-]\d{2}:?\d{2})$/;

/** UTC ms that a device's own time stands for; null when it says none that can be placed. */
function deviceTime(raw: unknown): number | null {
  if (typeof raw === 'number') return Number.isFinite(raw) ? Math.trunc(raw) : null;
  // Without its zone a time says nothing: Tasmota sends its local one.
  if (typeof raw !== 'string' || !zoned.test(raw)) return null;
  const at = Date.parse(raw);
  return Number.isNaN(at) ? null : at;
}

function decodeReadings(
  device: LiveDevice,
  points: TopicRoute['readers'][number]['points'],
  payload: Payload,
  { receivedAt, retained }: TopicMessage,
  wasBad: TopicHouse['wasBad'],
): DeviceMessage {
  const readings: Reading[] = [];
  const problems: string[] = [];
  let at = receivedAt;
  let clockRefused = false;
  const path = device.mqtt?.at;
  if (path && points.some(({ steps }) => steps !== null)) {
    const said = deviceTime(readJsonPath(payload.json, path));
    if (said !== null && sane(said, receivedAt)) at = said;
    else clockRefused = said !== null;
  }
  for (const { steps, point } of points) {
    const raw =
      steps !== null
        ? readJsonPath(payload.json, steps)
        : point.type === 'text'
          ? payload.text
          : payload.scalar;
    // A message may hold a part of the values only; null is how a bridge says that it knows none.
    if (raw === undefined) continue;
    // A type that does not fit says so once, not with every message.
    const told = wasBad(point.key) ? [] : problems;
    readings.push(readingOf(point, raw, raw === null ? 'bad' : 'good', at, receivedAt, told));
  }
  return messageOf(device.id, receivedAt, readings, problems, { retained, clockRefused });
}

/** The word of a state topic: in JSON where the type says so and the payload is an object, else the bare payload. */
function isOnline({ topic, steps, online, offline }: StateTopic, payload: Payload): boolean {
  const word = payload.text.startsWith('{')
    ? readJsonPath(payload.json, steps ?? ([] as JsonStep[]))
    : payload.text.trim();
  if (word === online) return true;
  if (word === offline) return false;
  throw fault('message.invalid', `${topic}: ${show(word)} is neither ${online} nor ${offline}`);
}

/** What decoding asks of the house. */
export interface TopicHouse {
  /** Throws when the device cannot be used as configured. */
  device(id: string): LiveDevice;
  child: ChildOf;
  /** Whether the point's newest value is bad already. */
  wasBad(key: string): boolean;
}

/** What a message on a topic says; `bridge` is set when a bridge tells on it whether it is there. */
export interface TopicDecoded {
  readonly messages: DeviceMessage[];
  readonly bridge: boolean | null;
}

/** A native message of a device behind a broker. Of what the broker has kept, only states are worth something. */
function decodeNativeTopic(
  device: LiveDevice,
  tail: string,
  { payload, receivedAt, retained, topic }: TopicMessage,
  childOf: ChildOf,
): DeviceMessage {
  if (!retained) return decodeNative(device, tail, payload, receivedAt, childOf);
  if (tail === 'events' || tail === 'commands/ack')
    throw fault(
      'message.invalid',
      `${topic}: the broker has kept it, and what happened once does not happen anew; publish it without retain`,
    );
  return { ...decodeNative(device, tail, payload, receivedAt, childOf), retained };
}

/**
 * What a message on an MQTT link says of the devices behind it.
 * @throws message.invalid when nothing of it can be used: a dead letter
 */
export function decodeTopic(route: TopicRoute, message: TopicMessage, house: TopicHouse): TopicDecoded {
  // An empty message takes a retained one away: it says nothing of the device.
  if (message.payload.length === 0) return { messages: [], bridge: null };
  if (route.native) {
    const { device, tail } = route.native;
    return { messages: [decodeNativeTopic(house.device(device), tail, message, house.child)], bridge: null };
  }
  const { receivedAt, retained } = message;
  const payload = new Payload(message);
  const messages = route.readers.map(({ device, points }) =>
    decodeReadings(device, points, payload, message, house.wasBad),
  );
  for (const { device, state } of route.availability) {
    const status = isOnline(state, payload) ? 'online' : 'offline';
    messages.push(messageOf(device, receivedAt, [], [], { status, retained }));
  }
  return { messages, bridge: route.bridge ? isOnline(route.bridge, payload) : null };
}
