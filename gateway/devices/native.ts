import type { EventData, FieldEvent } from '../contract/event.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { Quality, Reading } from '../contract/reading.ts';
import { asError, misunderstood } from '../lib/errors.ts';
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
    const topic = topicOf(device, tail);
    throw misunderstood([misread('not-json', { topic, error: asError(error).message, hint, example })], {
      cause: error,
    });
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw misunderstood([misread('not-object', { topic: topicOf(device, tail), example })]);
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
  const problems: Misread[] = [];

  let at = receivedAt;
  let clockRefused = false;
  const deviceAt = message.at;
  if (deviceAt !== undefined) {
    if (typeof deviceAt !== 'number') addProblem(problems, misread('at-bad', { value: show(deviceAt) }));
    else if (sane(deviceAt, receivedAt)) at = Math.trunc(deviceAt);
    else clockRefused = true;
  }
  let quality: Quality = 'good';
  if (message.quality !== undefined) {
    if (isQuality(message.quality)) quality = message.quality;
    else {
      quality = 'uncertain';
      addProblem(problems, misread('quality-bad', { value: show(message.quality) }));
    }
  }
  let seq: number | null = null;
  if (message.seq !== undefined) {
    if (typeof message.seq === 'number' && Number.isSafeInteger(message.seq)) seq = message.seq;
    else addProblem(problems, misread('seq-bad', { value: show(message.seq) }));
  }

  const values = own(message, 'values');
  if (tail === 'readings' && device.wire.size > 0) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      if (device.paths.length === 0)
        throw misunderstood([
          misread('values-missing', { topic: topicOf(device, tail), example: readingsExample }),
        ]);
    } else {
      for (const name of Object.keys(values)) {
        const point = device.wire.get(name);
        if (point) readings.push(readingOf(point, (values as Json)[name], quality, at, receivedAt, problems));
        // Finding what was probably meant costs something: not for the ten-thousandth unknown name.
        else if (device.paths.length === 0 && problems.length <= mostProblems)
          addProblem(
            problems,
            misread('no-point', {
              kind: device.kind.id,
              name: show(name),
              hint: suggestion(name, device.wire.keys()),
              known: [...device.wire.keys()].join(', '),
            }),
          );
      }
    }
  } else if (device.wire.size === 0 && device.paths.length === 0)
    throw misunderstood([misread('no-points', { topic: topicOf(device, tail), kind: device.kind.id })]);
  for (const { topic: branch, steps, point } of device.paths) {
    if (tail !== branch) continue;
    const raw = readJsonPath(message, steps);
    if (raw !== undefined) readings.push(readingOf(point, raw, quality, at, receivedAt, problems));
  }
  const plain = seq === null && !clockRefused;
  return messageOf(device.id, receivedAt, readings, problems, plain ? null : { seq, clockRefused });
}

/** The details of an event: a bad one is left out and told, since an alarm is never lost for it. */
function eventData(data: unknown, problems: Misread[]): EventData {
  // No prototype: its names come from the wire.
  const clean = Object.create(null) as EventData;
  if (data === undefined) return clean;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    addProblem(problems, misread('data-bad', { value: show(data) }));
    return clean;
  }
  let fields = 0;
  for (const [name, value] of Object.entries(data)) {
    const scalar =
      value === null ||
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      (typeof value === 'string' && value.length <= longestText);
    if (!fieldName.test(name)) addProblem(problems, misread('field-name', { name: show(name) }));
    else if (!scalar)
      addProblem(problems, misread('field-value', { name, value: show(value), most: longestText }));
    else if (fields === mostFields) addProblem(problems, misread('field-count', { most: mostFields }));
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

function externalIdOf(id: unknown, problems: Misread[]): string | null {
  if (typeof id === 'string' && id.length > 0 && id.length <= 128) return id;
  if (typeof id === 'number' && Number.isFinite(id)) return String(id);
  addProblem(problems, id === undefined ? misread('id-missing') : misread('id-bad', { value: show(id) }));
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
    const told = { topic: topicOf(device, tail), kind: subject.kind.id };
    if (known.length === 0) throw misunderstood([misread('no-events', told)]);
    const choice = { ...told, known: known.join(', '), example: eventExample(subject) };
    throw misunderstood([
      type === undefined
        ? misread('event-missing', choice)
        : misread('event-unknown', { ...choice, type: show(type), hint: suggestion(String(type), known) }),
    ]);
  }
  const problems: Misread[] = [];
  const sent = own(message, 'at');
  const at = typeof sent === 'number' && Number.isFinite(sent) ? Math.trunc(sent) : null;
  if (sent !== undefined && at === null) addProblem(problems, misread('at-bad', { value: show(sent) }));
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
  const value = show(payload.toString('utf8', 0, 60));
  throw misunderstood([misread('status-bad', { topic: topicOf(device, tail), value })]);
}

function decodeAnswer(device: LiveDevice, tail: string, payload: Buffer, receivedAt: number): DeviceMessage {
  const example = '{"id": "the command\'s id", "ok": true}';
  const message = parseObject(device, tail, payload, example);
  const { id, ok, error } = message;
  if (typeof id !== 'string' || typeof ok !== 'boolean')
    throw misunderstood([misread('ack-bad', { topic: topicOf(device, tail), example })]);
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
      throw misunderstood([misread('topic-none', { topic: topicOf(device, tail) })]);
  }
}
