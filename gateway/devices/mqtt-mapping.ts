import type {
  CommandAnswerSource,
  DeviceType,
  MessageEvent,
  OwnTime,
  PayloadCodec,
  StateTopicSource,
  Whose,
} from '../contract/device-type.ts';
import { fillTopic, placeholdersOf } from '../contract/mqtt-topic.ts';
import type { PointValue } from '../contract/reading.ts';
import type { Device } from '../contract/site.ts';
import { discoveryTopic } from '../protocols/home-assistant/discovery.ts';
import { sparkplugRoot } from '../protocols/sparkplug/session.ts';
import { type CommandMapping, mapCommands } from './command-mapping.ts';
import { type JsonStep, parseJsonPath } from './json-path.ts';
import type { LiveDevice, LivePoint } from './live-device.ts';
import { compileOwnTime, type ReadTime } from './own-time.ts';

/** Paths of which the first that leads somewhere counts. */
export type Paths = readonly (readonly JsonStep[])[];

/** A point in the messages of a topic; without paths the whole payload is its value. */
export interface MappedPoint {
  readonly paths: Paths | null;
  readonly point: LivePoint;
}

/** An event in the messages of a topic. */
export interface MappedEvent {
  readonly paths: Paths;
  readonly is: readonly PointValue[];
  readonly event: string;
}

/** A topic that tells whether a device or a bridge is there. */
export interface StateTopic {
  readonly topic: string;
  readonly steps: readonly JsonStep[] | null;
  readonly online: readonly string[];
  readonly offline: readonly string[];
  readonly neither: readonly string[];
  /** Whatever comes there says this. */
  readonly says: 'online' | 'offline' | null;
}

/** Where the answer to a command says whose it is and what became of it. */
export interface MappedAnswer {
  readonly id: readonly JsonStep[];
  readonly ok: { readonly paths: Paths; readonly is: readonly PointValue[] } | null;
  readonly error: Paths;
}

/** What a device reads on one topic. */
export interface MappedTopic {
  readonly points: MappedPoint[];
  readonly events: MappedEvent[];
  readonly states: StateTopic[];
  readonly answers: MappedAnswer[];
  /** Many devices have it. */
  readonly shared: boolean;
}

/** The topics of an installed device whose type has `link: mqtt`. */
export interface MqttMapping extends CommandMapping {
  readonly topics: ReadonlyMap<string, MappedTopic>;
  /** Points by the names of Sparkplug B's metrics. */
  readonly metrics: ReadonlyMap<string, LivePoint>;
  /** Announced entities by their address, `component/object` or `component/node/object`; a point may stand in one. */
  readonly entities: ReadonlyMap<string, LivePoint>;
  readonly bridge: StateTopic | null;
  /** The device's own time. */
  readonly at: { readonly steps: readonly JsonStep[]; readonly read: ReadTime } | null;
  /** How a message on a shared topic tells whose it is, and by what name it means this device. */
  readonly whose: WhoseName | null;
  readonly name: string;
  /** Where bytes stand as base64, and what reads them. */
  readonly decode: readonly { readonly steps: readonly JsonStep[]; readonly codec: PayloadCodec }[];
  /** Whatever lies under these the device says itself, whether its type reads it or not. */
  readonly stems: readonly string[];
}

export interface WhoseName {
  readonly steps: readonly JsonStep[] | null;
  readonly fields: boolean;
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

const listOf = <T>(one: T | T[] | undefined): T[] =>
  one === undefined ? [] : Array.isArray(one) ? one : [one];

export function topicsOf(source: { topic?: string | string[] | undefined }): string[] {
  return listOf(source.topic);
}

export function pathsOf(source: { json?: string | string[] | undefined }): string[] {
  return listOf(source.json);
}

export function availabilityOf(type: DeviceType): StateTopicSource[] {
  return listOf(type.availability);
}

/** Whether a type reads metrics of Sparkplug B: its address is `group/node` or `group/node/device`. */
export function readsMetrics(type: DeviceType): boolean {
  return Object.values(type.points).some((source) => 'metric' in source);
}

/** Whether a type reads what Home Assistant's discovery announces: its address is that of an entity. */
export function readsEntities(type: DeviceType): boolean {
  return Object.values(type.points).some((source) => 'entity' in source);
}

/** Whether it is told of a device of this type as there or gone: then it may be silent. */
export function isToldOf(type: DeviceType): boolean {
  return type.availability !== undefined || readsMetrics(type);
}

/** Whether a topic names the device; if not, many have it. */
export function namesDevice(template: string): boolean {
  return placeholdersOf(template).some((name) => name === 'address' || name === 'device');
}

/**
 * Every topic of a type with `link: mqtt`, its names in braces still open, each once. `{discovery}` is the first level of
 * Home Assistant's discovery topics on the device's link.
 */
export function topicsOfType(type: DeviceType): string[] {
  if (type.link !== 'mqtt') return [];
  const { points, events, bridge, answer, commands } = type;
  const topics = [
    ...Object.values(points).flatMap((source) => ('topic' in source ? topicsOf(source) : [])),
    ...Object.values(events).flatMap(topicsOf),
    ...availabilityOf(type).map(({ topic }) => topic),
    ...(bridge ? [bridge.topic] : []),
    ...(answer ? [answer.topic] : []),
    ...(readsEntities(type) ? ['{discovery}/{address}/config'] : []),
    ...(readsMetrics(type) ? [`${sparkplugRoot}/{address}`] : []),
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

function stateTopic(topic: string, source: StateTopicSource): StateTopic {
  const { json, online, offline, neither, says = null } = source;
  return {
    topic,
    steps: json === undefined ? null : parseJsonPath(json),
    online: listOf(online),
    offline: listOf(offline),
    neither,
    says,
  };
}

function ownTime(source: OwnTime | undefined): MqttMapping['at'] {
  if (source === undefined) return null;
  const steps = parseJsonPath(typeof source === 'string' ? source : source.json);
  return steps && { steps, read: compileOwnTime(source) };
}

function whoseName(whose: Whose | undefined): WhoseName | null {
  if (!whose) return null;
  return { steps: whose.json === undefined ? null : parseJsonPath(whose.json), fields: whose.fields };
}

function mappedAnswer(
  { id, ok, error }: CommandAnswerSource,
  fillPaths: (source: { json?: string | string[] | undefined }) => Paths,
): MappedAnswer {
  const [steps = []] = fillPaths({ json: id });
  return {
    id: steps,
    ok: ok ? { paths: fillPaths(ok), is: ok.is } : null,
    error: fillPaths({ json: error }),
  };
}

/** Fills in the topics of a type for one device; what cannot be filled in is told in `problems`, and the rest works. */
export function buildMapping(
  device: Device,
  type: DeviceType,
  live: {
    points: ReadonlyMap<string, LivePoint>;
    settings: LiveDevice['settings'];
    /** The names of what a command takes with it. */
    argumentsOf(command: string): readonly string[];
    problems: string[];
  },
): MqttMapping {
  const nameOf = topicNames(device, live.settings);
  const stems = new Set<string>();
  const topics = new Map<string, MappedTopic>();

  function fill(template: string): string | null {
    const topic = fillTopic(template, nameOf);
    if (topic === null) live.problems.push(`a name in the topic ${template} has no value: set its address`);
    const stem = stemOf(template);
    const filled = stem === null ? null : fillTopic(stem, nameOf);
    if (filled !== null) stems.add(filled);
    return topic;
  }

  function at(template: string, take: (mapped: MappedTopic, topic: string) => void): void {
    const topic = fill(template);
    if (topic === null) return;
    const mapped = topics.get(topic) ?? {
      points: [],
      events: [],
      states: [],
      answers: [],
      shared: !namesDevice(template),
    };
    topics.set(topic, mapped);
    take(mapped, topic);
  }

  function fillPaths(source: { json?: string | string[] | undefined }): Paths {
    return pathsOf(source).flatMap((template) => {
      const path = fillTopic(template, nameOf);
      const steps = path === null ? null : parseJsonPath(path);
      if (!steps) live.problems.push(`a name in the path ${template} has no value that can stand there`);
      return steps ? [steps] : [];
    });
  }

  for (const [name, source] of Object.entries(type.points)) {
    const point = live.points.get(name);
    if (!point || !('topic' in source)) continue;
    const paths = 'json' in source ? fillPaths(source) : null;
    for (const template of topicsOf(source)) at(template, ({ points }) => points.push({ paths, point }));
  }
  const metrics = new Map<string, LivePoint>();
  for (const [name, source] of Object.entries(type.points)) {
    const point = live.points.get(name);
    const metric = 'metric' in source ? fillTopic(source.metric, nameOf) : null;
    if (point && metric !== null) metrics.set(metric, point);
  }
  // A further entity that the device does not name is one that it does not have.
  const entities = new Map<string, LivePoint>();
  for (const [name, source] of Object.entries(type.points)) {
    const point = live.points.get(name);
    const address = 'entity' in source ? fillTopic(source.entity, nameOf) : null;
    if (!point || address === null) continue;
    if (discoveryTopic(`${address}/config`)) entities.set(address, point);
    else
      live.problems.push(
        `"${address}" is no announced entity: write component/object, or component/node/object, for example sensor/kitchen/temperature`,
      );
  }
  for (const [event, source] of Object.entries<MessageEvent>(type.events)) {
    const mapped = { paths: fillPaths(source), is: source.is, event };
    for (const template of topicsOf(source)) at(template, ({ events }) => events.push(mapped));
  }
  for (const source of availabilityOf(type))
    at(source.topic, ({ states }, topic) => states.push(stateTopic(topic, source)));
  const { answer } = type;
  if (answer) at(answer.topic, ({ answers }) => answers.push(mappedAnswer(answer, fillPaths)));
  const ways = mapCommands(type, {
    nameOf,
    fill,
    argumentsOf: live.argumentsOf,
    problems: live.problems,
  });
  // A setting that is left empty: nothing stands between this device and its link.
  const bridgeTopic = type.bridge ? fillTopic(type.bridge.topic, nameOf) : null;
  const bridge = type.bridge && bridgeTopic !== null ? stateTopic(bridgeTopic, type.bridge) : null;
  // What else a bridge says beside its state (its devices, its log) is its own affair.
  if (bridge?.topic.includes('/')) stems.add(bridge.topic.slice(0, bridge.topic.lastIndexOf('/')));
  return {
    topics,
    metrics,
    entities,
    bridge,
    at: ownTime(type.at),
    whose: whoseName(type.whose),
    name: String(device.address ?? device.id),
    decode: Object.entries(type.decode).flatMap(([path, codec]) => {
      const steps = parseJsonPath(path);
      return steps ? [{ steps, codec }] : [];
    }),
    ...ways,
    stems: [...stems],
  };
}
