import type { FieldEvent } from '../contract/event.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import { asError, misunderstood } from '../lib/errors.ts';
import { base64ToBytes } from '../protocols/bytes.ts';
import type { Offer } from './home-assistant-offer.ts';
import { readAllJsonPath, readJsonPath, replaceAt } from './json-path.ts';
import { type LiveDevice, show } from './live-device.ts';
import { type CommandAnswer, type DeviceMessage, messageOf, readingOf, sane } from './message.ts';
import type { MappedAnswer, Paths, StateTopic, WhoseName } from './mqtt-mapping.ts';
import { type ChildOf, decodeNative } from './native.ts';
import { readPayload } from './payload-codecs.ts';
import type { TopicReader, TopicRoute } from './topic-index.ts';

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
        const told = { topic: this.#topic, error: asError(error).message };
        throw misunderstood([misread('topic-not-json', told)], { cause: error });
      }
      this.#parsed = true;
      if (typeof this.#json !== 'object' || this.#json === null)
        throw misunderstood([misread('topic-not-object', { topic: this.#topic, value: show(this.#json) })]);
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

/** A record in a message: the whole of it, or one device's part. */
type Json = () => unknown;

/** The message with its base64 read: further paths go on in what the codec has found. */
function decodedJson({ mqtt }: LiveDevice, json: unknown, topic: string, problems: Misread[]): unknown {
  let read = json;
  for (const { steps, codec } of mqtt?.decode ?? [])
    read = replaceAt(read, steps, (text) => {
      const bytes = typeof text === 'string' ? base64ToBytes(text) : null;
      if (!bytes) throw misunderstood([misread('not-base64', { topic, value: show(text) })]);
      const { values, problem } = readPayload(codec, bytes);
      if (problem !== null) problems.push(misread('payload', { words: problem }));
      return values;
    });
  return read;
}

/** True when it stands at any path, else the value of the first one that leads somewhere; undefined when none does. */
function firstOf(paths: Paths, json: unknown): unknown {
  const found = paths.map((steps) => readJsonPath(json, steps)).filter((one) => one !== undefined);
  return found.includes(true) ? true : found[0];
}

/** What happens several times in one message is looked at each time. */
const happens = (paths: Paths, is: readonly PointValue[], json: unknown) =>
  paths.some((steps) => readAllJsonPath(json, steps).some((one) => is.includes(one as PointValue)));

const longestWords = 200;

/** What a message says to a command; null when it answers none. */
function answerIn({ id, ok, error }: MappedAnswer, json: unknown): CommandAnswer | null {
  const means = readJsonPath(json, id);
  if (typeof means !== 'string' && typeof means !== 'number') return null;
  const words = firstOf(error, json) ?? null;
  const done = ok ? happens(ok.paths, ok.is, json) : words === null;
  if (done) return { id: String(means), ok: true, error: null };
  const said = words === null ? null : typeof words === 'string' ? words : JSON.stringify(words);
  return { id: String(means), ok: false, error: said?.slice(0, longestWords) ?? null };
}

function decodeReader(
  { device, mapped }: TopicReader,
  payload: Payload,
  record: Json,
  { topic, receivedAt, retained }: TopicMessage,
  wasBad: TopicHouse['wasBad'],
): DeviceMessage | null {
  const { points, events, states, answers } = mapped;
  const readings: Reading[] = [];
  const told: FieldEvent[] = [];
  const problems: Misread[] = [];
  let at = receivedAt;
  let clockRefused = false;
  const inJson = events.length > 0 || answers.length > 0 || points.some(({ paths }) => paths !== null);
  const json = inJson ? decodedJson(device, record(), topic, problems) : null;
  const own = device.mqtt?.at;
  if (own && inJson) {
    const said = own.read(readJsonPath(json, own.steps));
    if (said !== null && sane(said, receivedAt)) at = said;
    else clockRefused = said !== null;
  }
  for (const { paths, point } of points) {
    const raw = paths !== null ? firstOf(paths, json) : point.type === 'text' ? payload.text : payload.scalar;
    // A message may hold a part of the values only; null is how a bridge says that it knows none.
    if (raw === undefined) continue;
    // A type that does not fit says so once, not with every message.
    const words = wasBad(point.key) ? [] : problems;
    readings.push(readingOf(point, raw, raw === null ? 'bad' : 'good', at, receivedAt, words));
  }
  for (const { paths, is, event: type } of events) {
    // What a broker has kept happened once, and not now.
    if (retained || !happens(paths, is, json)) continue;
    const when = at === receivedAt ? null : at;
    told.push({ device: device.id, externalId: null, type, data: {}, at: when, receivedAt });
  }
  // What a broker has kept answers nothing that is asked now.
  const answered = retained ? [] : answers.flatMap((one) => answerIn(one, json) ?? []);
  // On a topic on which it is asked and answers the gateway hears itself, too.
  if (answers.length > 0 && answered.length + readings.length + told.length + states.length === 0)
    return null;
  const said = states.map((state) => statusIn(state, payload, record)).find((one) => one !== null);
  const status = said ? { status: said } : {};
  return messageOf(device.id, receivedAt, readings, problems, {
    events: told,
    retained,
    clockRefused,
    ...status,
    ...(answered[0] && { answer: answered[0] }),
  });
}

/** The word of a state topic: in JSON where the type says so and the payload is an object, else the bare payload. */
function statusIn(state: StateTopic, payload: Payload, record: Json): 'online' | 'offline' | null {
  const { topic, steps, online, offline, neither, says } = state;
  if (says !== null) return says;
  const found = payload.text.startsWith('{') ? readJsonPath(record(), steps ?? []) : payload.text.trim();
  const word = typeof found === 'boolean' ? String(found) : found;
  if (typeof word === 'string') {
    if (online.includes(word)) return 'online';
    if (offline.includes(word)) return 'offline';
    if (neither.includes(word)) return null;
  }
  throw misunderstood([
    misread('state-word', {
      ...{ topic, value: show(word) },
      ...{ online: online.join(', '), offline: offline.join(', ') },
    }),
  ]);
}

/** The parts of a message on a shared topic, each with the name of its device. */
function partsOf({ steps, fields }: WhoseName, payload: Payload, topic: string): [string, unknown][] {
  const { json } = payload;
  const name = steps && readJsonPath(json, steps);
  if (typeof name === 'string' || typeof name === 'number') return [[String(name), json]];
  if (fields && !Array.isArray(json))
    return Object.entries(json as object).flatMap(([device, part]): [string, unknown][] =>
      Array.isArray(part) ? part.map((one) => [device, one]) : [[device, part]],
    );
  throw misunderstood([misread('no-owner', { topic })]);
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
  /** On a shared topic: names of devices that the site does not have. */
  readonly strangers: readonly string[];
  /** What the link must say to that. */
  readonly replies?: readonly { topic: string; payload: Uint8Array }[];
  /** An announcement that no device of the site takes. */
  readonly offer?: Offer;
  /** An announcement that a device of the site is read by, to be kept; null: it was taken away. */
  readonly announced?: { readonly address: string; readonly config: string | null };
  /** Topics of which the broker shall tell again what it keeps: it may have told it before anybody knew what it means. */
  readonly again?: readonly string[];
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
    throw misunderstood([misread('retained-event', { topic })]);
  return { ...decodeNative(device, tail, payload, receivedAt, childOf), retained };
}

/**
 * What a message on an MQTT link says of the devices behind it.
 * @throws message.invalid when nothing of it can be used: a dead letter
 */
export function decodeTopic(route: TopicRoute, message: TopicMessage, house: TopicHouse): TopicDecoded {
  // An empty message takes a retained one away: it says nothing of the device.
  if (message.payload.length === 0) return { messages: [], bridge: null, strangers: [] };
  if (route.native) {
    const { device, tail } = route.native;
    const native = decodeNativeTopic(house.device(device), tail, message, house.child);
    return { messages: [native], bridge: null, strangers: [] };
  }
  const payload = new Payload(message);
  const read = (reader: TopicReader, record: Json) =>
    decodeReader(reader, payload, record, message, house.wasBad);
  const messages = route.readers.flatMap((reader) => read(reader, () => payload.json) ?? []);
  const strangers = new Set<string>();
  const parts = route.shared ? partsOf(route.shared.whose, payload, message.topic) : [];
  for (const [name, part] of parts) {
    const readers = route.shared?.readers.get(name);
    if (!readers) strangers.add(name);
    for (const reader of readers ?? []) {
      const message = read(reader, () => part);
      if (message) messages.push(message);
    }
  }
  const bridge = route.bridge && statusIn(route.bridge, payload, () => payload.json);
  return { messages, bridge: bridge && bridge === 'online', strangers: [...strangers] };
}
