import type { LiveDevice, LivePoint } from './live-device.ts';
import type { MappedTopic, StateTopic, WhoseName } from './mqtt-mapping.ts';

/** A device and what it reads on a topic. */
export interface TopicReader {
  readonly device: LiveDevice;
  readonly mapped: MappedTopic;
}

/** The devices that have a topic together, by the name that its messages have for them. */
export interface SharedTopic {
  readonly whose: WhoseName;
  readonly readers: Map<string, TopicReader[]>;
}

/** What a topic on an MQTT link stands for. */
export interface TopicRoute {
  /** Devices whose own topic it is: nearly always one. */
  readonly readers: TopicReader[];
  /** Set when its messages say whose they are. */
  shared: SharedTopic | null;
  /** Set when it tells whether a bridge is there. */
  bridge: StateTopic | null;
  /** Set when it is a native topic: what follows `gatehouse/{device}/`. */
  native: { readonly device: string; readonly tail: string } | null;
}

/** Devices by `group/node` and their name behind it; those that read the node itself under an empty name. */
export type SparkplugNodes = ReadonlyMap<string, ReadonlyMap<string, readonly LiveDevice[]>>;

export interface TopicIndex {
  /** One look into a map, however many devices there are. */
  find(link: string, topic: string): TopicRoute | undefined;
  /** Whether a known device or bridge says this itself, and no type reads it: nothing is wrong then. */
  isKnownTalk(link: string, topic: string): boolean;
  /** Devices of Sparkplug B on a link. */
  sparkplug(link: string): SparkplugNodes;
  /** What devices on a link read of announced entities, by the entity's address. */
  entities(link: string): ReadonlyMap<string, readonly EntityReader[]>;
}

/** A device that reads an announced entity, and the point that its value is. */
export interface EntityReader {
  readonly device: LiveDevice;
  readonly point: LivePoint;
}

interface LinkTopics {
  routes: Map<string, TopicRoute>;
  stems: Set<string>;
  sparkplug: Map<string, Map<string, LiveDevice[]>>;
  entities: Map<string, EntityReader[]>;
}

/** `group/node` or `group/node/device`, as they may stand in a topic. */
const sparkplugAddress = /^([^/+#]+\/[^/+#]+)(?:\/([^/+#]+))?$/;

/** @returns null when the address cannot stand in a topic of Sparkplug B */
export function sparkplugSubject(address: string): { node: string; device: string | null } | null {
  const [, node, device = null] = sparkplugAddress.exec(address) ?? [];
  return node === undefined ? null : { node, device };
}

const nativeTails = ['readings', 'events', 'status', 'commands/ack'];

/** The key of the way by which a bridge's devices are reached. */
export function bridgeWay(link: string, topic: string): string {
  return `${link} ${topic}`;
}

export function buildTopicIndex(devices: Iterable<LiveDevice>): TopicIndex {
  const links = new Map<string, LinkTopics>();

  function linkOf(id: string) {
    const known = links.get(id) ?? {
      routes: new Map(),
      stems: new Set(),
      sparkplug: new Map(),
      entities: new Map(),
    };
    links.set(id, known);
    return known;
  }

  function routeOf(link: string, topic: string): TopicRoute {
    const { routes } = linkOf(link);
    const route = routes.get(topic) ?? { readers: [], shared: null, bridge: null, native: null };
    routes.set(topic, route);
    return route;
  }

  function addSparkplug(link: string, device: LiveDevice, address: string): void {
    const subject = sparkplugSubject(address);
    if (!subject) {
      device.problems.push(
        `"${address}" is no address of Sparkplug B: give group/node/device, or group/node`,
      );
      return;
    }
    const { node, device: name } = subject;
    const { sparkplug } = linkOf(link);
    const names = sparkplug.get(node) ?? new Map<string, LiveDevice[]>();
    sparkplug.set(node, names.set(name ?? '', [...(names.get(name ?? '') ?? []), device]));
  }

  for (const device of devices) {
    const { link } = device.device;
    if (link === undefined) continue;
    const { mqtt } = device;
    if (mqtt) {
      for (const [topic, mapped] of mqtt.topics) {
        const route = routeOf(link, topic);
        if (!mapped.shared || !mqtt.whose) {
          route.readers.push({ device, mapped });
          continue;
        }
        route.shared ??= { whose: mqtt.whose, readers: new Map() };
        const { readers } = route.shared;
        readers.set(mqtt.name, [...(readers.get(mqtt.name) ?? []), { device, mapped }]);
      }
      if (mqtt.metrics.size > 0) addSparkplug(link, device, mqtt.name);
      for (const [address, point] of mqtt.entities) {
        const { entities } = linkOf(link);
        entities.set(address, [...(entities.get(address) ?? []), { device, point }]);
      }
      if (mqtt.bridge) routeOf(link, mqtt.bridge.topic).bridge = mqtt.bridge;
      for (const stem of mqtt.stems) linkOf(link).stems.add(stem);
    } else if (device.type.link === 'native') {
      const tree = `gatehouse/${device.id}`;
      for (const tail of new Set([...nativeTails, ...device.paths.map(({ topic }) => topic)]))
        routeOf(link, `${tree}/${tail}`).native = { device: device.id, tail };
      // An outside broker sends our own commands back to us.
      linkOf(link).stems.add(`${tree}/commands`);
    }
  }

  return {
    find: (link, topic) => links.get(link)?.routes.get(topic),
    sparkplug: (link) => links.get(link)?.sparkplug ?? new Map(),
    entities: (link) => links.get(link)?.entities ?? new Map(),
    isKnownTalk(link, topic) {
      const stems = links.get(link)?.stems;
      // What the gateways of this and other sites say themselves: `gatehouse/$alarms/…`.
      if (topic.startsWith('gatehouse/$')) return true;
      if (!stems) return false;
      for (let end = topic.length; end > 0; end = topic.lastIndexOf('/', end - 1))
        if (stems.has(topic.slice(0, end))) return true;
      return false;
    },
  };
}
