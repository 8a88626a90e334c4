import type { DeviceType, StateTopicSource } from '../contract/device-type.ts';
import { fillTopic } from '../contract/mqtt-topic.ts';
import type { Device } from '../contract/site.ts';
import { type JsonStep, parseJsonPath } from './json-path.ts';
import type { LiveDevice, LivePoint } from './live-device.ts';

/** A point in the messages of a topic; without steps the whole payload is its value. */
export interface MappedPoint {
  readonly steps: readonly JsonStep[] | null;
  readonly point: LivePoint;
}

/** A topic that tells whether a device or a bridge is there. */
export interface StateTopic {
  readonly topic: string;
  readonly steps: readonly JsonStep[] | null;
  readonly online: string;
  readonly offline: string;
}

/** The topics of an installed device whose type has `link: mqtt`. */
export interface MqttMapping {
  readonly points: ReadonlyMap<string, readonly MappedPoint[]>;
  readonly availability: StateTopic | null;
  readonly bridge: StateTopic | null;
  /** The path of the device's own time. */
  readonly at: readonly JsonStep[] | null;
  /** By the command's name in the type. */
  readonly commands: ReadonlyMap<string, { readonly topic: string; readonly payload: string }>;
  /** Whatever lies under these the device says itself, whether its type reads it or not. */
  readonly stems: readonly string[];
}

/** What the names in braces stand for in the topics of a device. */
export function topicNames(
  device: Pick<Device, 'id' | 'address'>,
  settings: LiveDevice['settings'],
): (name: string) => string | number | boolean | undefined {
  return (name) => {
    if (name === 'address') return device.address;
    if (name === 'device') return device.id;
    return Object.hasOwn(settings, name) ? settings[name] : undefined;
  };
}

export function topicsOf(source: { topic?: string | string[] | undefined }): string[] {
  return typeof source.topic === 'string' ? [source.topic] : (source.topic ?? []);
}

/** Every topic of a type with `link: mqtt`, its names in braces still open, each once. */
export function topicsOfType(type: DeviceType): string[] {
  if (type.link !== 'mqtt') return [];
  const { points, availability, bridge, commands } = type;
  const topics = [
    ...Object.values(points).flatMap((source) => ('topic' in source ? topicsOf(source) : [])),
    ...[availability, bridge].flatMap((source) => source?.topic ?? []),
    ...Object.values(commands).flatMap((source) => ('mqtt' in source ? source.mqtt.topic : [])),
  ];
  return [...new Set(topics)];
}

/**
 * The template up to the end of the level that names the device: `tele/{address}/STATE` → `tele/{address}`.
 * @returns null when it names none
 */
function stemOf(template: string): string | null {
  const named = Math.max(template.lastIndexOf('{address}'), template.lastIndexOf('{device}'));
  if (named === -1) return null;
  const end = template.indexOf('/', named);
  return end === -1 ? template : template.slice(0, end);
}

/** Fills in the topics of a type for one device; what cannot be filled in is told in `problems`, and the rest works. */
export function buildMapping(
  device: Device,
  type: DeviceType,
  live: { points: ReadonlyMap<string, LivePoint>; settings: LiveDevice['settings']; problems: string[] },
): MqttMapping {
  const nameOf = topicNames(device, live.settings);
  const stems = new Set<string>();

  function fill(template: string): string | null {
    const topic = fillTopic(template, nameOf);
    if (topic === null) live.problems.push(`a name in the topic ${template} has no value: set its address`);
    const stem = stemOf(template);
    const filled = stem === null ? null : fillTopic(stem, nameOf);
    if (filled !== null) stems.add(filled);
    return topic;
  }

  function state(source: StateTopicSource | undefined): StateTopic | null {
    const topic = source && fill(source.topic);
    if (!source || topic == null) return null;
    const { json, online, offline } = source;
    return { topic, steps: json === undefined ? null : parseJsonPath(json), online, offline };
  }

  const points = new Map<string, MappedPoint[]>();
  for (const [name, source] of Object.entries(type.points)) {
    const point = live.points.get(name);
    if (!point || !('topic' in source)) continue;
    const steps = 'json' in source ? parseJsonPath(source.json) : null;
    for (const template of topicsOf(source)) {
      const topic = fill(template);
      if (topic !== null) points.set(topic, [...(points.get(topic) ?? []), { steps, point }]);
    }
  }
  const commands = new Map<string, { topic: string; payload: string }>();
  for (const [name, source] of Object.entries(type.commands)) {
    if (!('mqtt' in source)) continue;
    const topic = fill(source.mqtt.topic);
    const { payload } = source.mqtt;
    if (topic !== null)
      commands.set(name, { topic, payload: typeof payload === 'string' ? payload : JSON.stringify(payload) });
  }
  const bridge = state(type.bridge);
  // What else a bridge says beside its state (its devices, its log) is its own affair.
  if (bridge?.topic.includes('/')) stems.add(bridge.topic.slice(0, bridge.topic.lastIndexOf('/')));
  return {
    points,
    availability: state(type.availability),
    bridge,
    at: type.at === undefined ? null : parseJsonPath(type.at),
    commands,
    stems: [...stems],
  };
}
