import type { EventData, FieldEvent } from '../contract/event.ts';
import type { Quality, Reading } from '../contract/reading.ts';
import { asError, fault } from '../lib/errors.ts';
import { suggestion } from '../lib/nearest.ts';
import { readJsonPath } from './json-path.ts';
import { type LiveDevice, show } from './live-device.ts';
import {
  addProblem,
  type CommandAnswer,
  type DeviceMessage,
  messageOf,
  mostProblems,
  readingOf,
  sane,
} from './message.ts';

// The native MQTT topics (`gatehouse/{device}/…`). `readings` is the hottest path of the house: checks are written out by
// hand, one JSON.parse, no schema. Names from the wire are only ever looked up in maps.

const mostFields = 32;
const longestText = 500;
const fieldName = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

type Json = Record<string, unknown>;

function topicOf(device: LiveDevice, tail: string): string {
  return `gatehouse/${device.id}/${tail}`;
}

function parseObject(device: LiveDevice, tail: string, payload: Buffer, example: string): Json {
  let message: unknown;
  try {
    message = JSON.parse(payload.toString());
  } catch (error) {
    const hint = /\b(NaN|Infinity)\b/.test(payload.toString('latin1', 0, 2_000))
      ? ' (NaN and Infinity are not JSON: send null with "quality": "bad")'
      : '';
    throw fault(
      'message.invalid',
      `${topicOf(device, tail)}: the payload is not JSON: ${asError(error).message}${hint}; send for example ${example}`,
      { cause: error },
    );
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw fault(
      'message.invalid',
      `${topicOf(device, tail)}: the payload must be a JSON object, for example ${example}`,
    );
  return message as Json;
}

function isQuality(word: unknown): word is Quality {
  return word === 'good' || word === 'uncertain' || word === 'bad';
}

/** Only own fields count: `{"__proto__": …}` from the wire is data, and what objects inherit is not. */
function own(message: Json, name: string): unknown {
  return Object.hasOwn(message, name) ? message[name] : undefined;
}

const readingsExample = '{"values": {"level": 1.24}}';

function decodeReadings(
  device: LiveDevice,
  tail: string,
  payload: Buffer,
  receivedAt: number,
): DeviceMessage {
  const message = parseObject(device, tail, payload, readingsExample);
  const readings: Reading[] = [];
  const problems: string[] = [];

  let at = receivedAt;
  let clockRefused = false;
  const deviceAt = message.at;
  if (deviceAt !== undefined) {
    if (typeof deviceAt !== 'number')
      addProblem(problems, `"at" is ${show(deviceAt)}; send UTC milliseconds`);
    else if (sane(deviceAt, receivedAt)) at = Math.trunc(deviceAt);
    else clockRefused = true;
  }
  let quality: Quality = 'good';
  if (message.quality !== undefined) {
    if (isQuality(message.quality)) quality = message.quality;
    else {
      quality = 'uncertain';
      addProblem(problems, `"quality" is ${show(message.quality)}; it is good, uncertain or bad`);
    }
  }
  let seq: number | null = null;
  if (message.seq !== undefined) {
    if (typeof message.seq === 'number' && Number.isSafeInteger(message.seq)) seq = message.seq;
    else addProblem(problems, `"seq" is ${show(message.seq)}; send a whole number`);
  }

  const values = own(message, 'values');
  if (tail === 'readings' && device.wire.size > 0) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      if (device.paths.length === 0)
        throw fault(
          'message.invalid',
          `${topicOf(device, tail)}: "values" is missing or no object; send for example ${readingsExample}`,
        );
    } else {
      for (const name of Object.keys(values)) {
        const point = device.wire.get(name);
        if (point) readings.push(readingOf(point, (values as Json)[name], quality, at, receivedAt, problems));
        // Finding what was probably meant costs something: not for the ten-thousandth unknown name.
        else if (device.paths.length === 0 && problems.length <= mostProblems)
          addProblem(
            problems,
            `a ${device.kind.id} has no point ${show(name)}${suggestion(name, device.wire.keys())} (it has ${[...device.wire.keys()].join(', ')})`,
          );
      }
    }
  } else if (device.wire.size === 0 && device.paths.length === 0)
    throw fault(
      'message.invalid',
      `${topicOf(device, tail)}: a ${device.kind.id} has no points, so it sends no readings`,
    );
  for (const { topic: branch, steps, point } of device.paths) {
    if (tail !== branch) continue;
    const raw = readJsonPath(message, steps);
    if (raw !== undefined) readings.push(readingOf(point, raw, quality, at, receivedAt, problems));
  }
  const plain = seq === null && !clockRefused;
  return messageOf(device.id, receivedAt, readings, problems, plain ? null : { seq, clockRefused });
}

/** The details of an event: a bad one is left out and told, since an alarm is never lost for it. */
function eventData(data: unknown, problems: string[]): EventData {
  // No prototype: its names come from the wire.
  const clean = Object.create(null) as EventData;
  if (data === undefined) return clean;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    addProblem(problems, `"data" is ${show(data)}; send an object, for example {"zone": 3}`);
    return clean;
  }
  let fields = 0;
  for (const [name, value] of Object.entries(data)) {
    const scalar =
      value === null ||
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      (typeof value === 'string' && value.length <= longestText);
    if (!fieldName.test(name))
      addProblem(problems, `data: ${show(name)} cannot name a field: letters, digits and _ only`);
    else if (!scalar)
      addProblem(
        problems,
        `data.${name}: ${show(value)} is not a plain value of at most ${longestText} characters`,
      );
    else if (fields === mostFields) addProblem(problems, `data has more than ${mostFields} fields`);
    else {
      clean[name] = value as EventData[string];
      fields++;
    }
  }
  return clean;
}

/** An event that would be taken: the first of the device's own kind. */
function eventExample(device: LiveDevice): string {
  const [type = '…'] = device.events.keys();
  return `{"id": "4711", "type": "${type}", "data": {}}`;
}

function externalIdOf(id: unknown, problems: string[]): string | null {
  if (typeof id === 'string' && id.length > 0 && id.length <= 128) return id;
  if (typeof id === 'number' && Number.isFinite(id)) return String(id);
  addProblem(
    problems,
    id === undefined
      ? '"id" is missing, so a repeat of this event cannot be told from a second one; send one that is unique per device'
      : `"id" is ${show(id)}; send a text of 1 to 128 characters`,
  );
  return null;
}

/** Names of a panel's zone and user beside their numbers, from the device's settings. */
export function nameNumbers(device: LiveDevice, data: EventData): EventData {
  const zone = device.zones.get(String(data.zone));
  if (zone !== undefined && data.zoneName === undefined) data.zoneName = zone;
  const person = device.users.get(String(data.user));
  if (person !== undefined && data.person === undefined) data.person = person;
  return data;
}

/** Whose event it is: the device's own, or that of the door it names, when that is one of its children. */
function subjectOf(device: LiveDevice, data: unknown, childOf: ChildOf): LiveDevice {
  if (typeof data !== 'object' || data === null) return device;
  const door = own(data as Json, 'door');
  return typeof door === 'string' || typeof door === 'number'
    ? (childOf(device.id, String(door)) ?? device)
    : device;
}

function decodeEvent(
  device: LiveDevice,
  tail: string,
  payload: Buffer,
  receivedAt: number,
  childOf: ChildOf,
): DeviceMessage {
  const message = parseObject(device, tail, payload, eventExample(device));
  const type = own(message, 'type');
  const subject = subjectOf(device, own(message, 'data'), childOf);
  if (typeof type !== 'string' || !subject.events.has(type)) {
    const known = [...subject.events.keys()];
    if (known.length === 0)
      throw fault('message.invalid', `${topicOf(device, tail)}: a ${subject.kind.id} sends no events`);
    throw fault(
      'message.invalid',
      `${topicOf(device, tail)}: ${type === undefined ? '"type" is missing' : `a ${subject.kind.id} has no event ${show(type)}${suggestion(String(type), known)}`} (it has ${known.join(', ')}); send for example ${eventExample(subject)}`,
    );
  }
  const problems: string[] = [];
  const sent = own(message, 'at');
  const at = typeof sent === 'number' && Number.isFinite(sent) ? Math.trunc(sent) : null;
  if (sent !== undefined && at === null) addProblem(problems, `"at" is ${show(sent)}; send UTC milliseconds`);
  const event: FieldEvent = {
    device: subject.id,
    externalId: externalIdOf(own(message, 'id'), problems),
    type,
    data: nameNumbers(subject, eventData(own(message, 'data'), problems)),
    at,
    receivedAt,
  };
  return messageOf(device.id, receivedAt, [], problems, {
    events: [event],
    clockRefused: at !== null && !sane(at, receivedAt),
  });
}

function decodeStatus(device: LiveDevice, tail: string, payload: Buffer, receivedAt: number): DeviceMessage {
  const word = payload.length <= 16 ? payload.toString() : '';
  if (word === 'online' || word === 'offline')
    return messageOf(device.id, receivedAt, [], [], { status: word });
  // An empty retained message removes the retained one: it says nothing of the device.
  if (payload.length === 0) return messageOf(device.id, receivedAt, [], [], null);
  throw fault(
    'message.invalid',
    `${topicOf(device, tail)}: ${show(payload.toString('utf8', 0, 60))} is no status; send online or offline`,
  );
}

function decodeAnswer(device: LiveDevice, tail: string, payload: Buffer, receivedAt: number): DeviceMessage {
  const example = '{"id": "the command\'s id", "ok": true}';
  const message = parseObject(device, tail, payload, example);
  const { id, ok, error } = message;
  if (typeof id !== 'string' || typeof ok !== 'boolean')
    throw fault(
      'message.invalid',
      `${topicOf(device, tail)}: "id" must be the command's id and "ok" true or false; send for example ${example}`,
    );
  const answer: CommandAnswer = {
    id,
    ok,
    error: typeof error === 'string' ? error.slice(0, longestText) : null,
  };
  return messageOf(device.id, receivedAt, [], [], { answer });
}

/** The child that a device means by a name. */
export type ChildOf = (parent: string, name: string) => LiveDevice | undefined;

/**
 * A message of a device on its native topics.
 * @param tail what follows `gatehouse/{device}/`
 * @param childOf a controller speaks for its doors
 * @param receivedAt UTC ms of its last byte
 * @throws message.invalid when nothing of it can be used: what is wrong, where, and what to send instead
 */
export function decodeNative(
  device: LiveDevice,
  tail: string,
  payload: Buffer,
  receivedAt: number,
  childOf: ChildOf,
): DeviceMessage {
  switch (tail) {
    case 'readings':
      return decodeReadings(device, tail, payload, receivedAt);
    case 'events':
      return decodeEvent(device, tail, payload, receivedAt, childOf);
    case 'status':
      return decodeStatus(device, tail, payload, receivedAt);
    case 'commands/ack':
      return decodeAnswer(device, tail, payload, receivedAt);
    default:
      if (device.paths.some((path) => path.topic === tail))
        return decodeReadings(device, tail, payload, receivedAt);
      throw fault(
        'message.invalid',
        `${topicOf(device, tail)} is none of a device's topics: readings, events, status, commands/ack`,
      );
  }
}
