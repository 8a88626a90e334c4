import { type Misread, misread } from '../contract/misread.ts';
import { isWithin } from '../contract/mqtt-topic.ts';
import { discoveryPrefix, isMqttLink, type Link, type MqttLink } from '../contract/site.ts';
import { misunderstood } from '../lib/errors.ts';
import { discoveryTopic, type Entity, isOn, readDiscovery } from '../protocols/home-assistant/discovery.ts';
import { numberIn, readTemplate } from '../protocols/home-assistant/template.ts';
import type { Catalogue } from './catalogue.ts';
import { offerOf } from './home-assistant-offer.ts';
import { type DeviceMessage, messageOf, readingOf } from './message.ts';
import type { TopicDecoded, TopicMessage } from './topic-decoding.ts';
import type { EntityReader } from './topic-index.ts';
import { rounded } from './transform.ts';
import { conversion } from './units.ts';

// Devices of the site that announce themselves by Home Assistant's discovery: what they are announced as says on which topics
// they speak. Only announcements of devices of the site are remembered, however many a broker keeps.

/** An announced entity that a device of the site reads. */
interface Known {
  readonly entity: Entity;
  /** The text of its announcement: the same again changes nothing. */
  readonly config: string;
  /** By topic of availability, in the order in which they were said last. */
  readonly said: Map<string, boolean>;
}

interface LinkEntities {
  readonly prefix: string;
  readonly known: Map<string, Known>;
  /** Addresses by the topics on which something of them is said. */
  topics: ReadonlyMap<string, readonly string[]>;
}

const nothing: TopicDecoded = { messages: [], bridge: null, strangers: [] };
/** What Home Assistant itself calls a value that is not known. */
const unknownWords: readonly unknown[] = [null, '', 'None', 'unknown', 'unavailable', 'nan', 'NaN'];

/** Why an entity cannot be read as configured, in words; null when it can. */
function obstacle(entity: Entity, link: MqttLink, readers: readonly EntityReader[]): string | null {
  const { component, unit, topic, command, availability } = entity;
  const foreign = [topic, ...availability.map((one) => one.topic), ...(command ? [command.topic] : [])];
  if (foreign.some((one) => isWithin(one, 'gatehouse')))
    return "its topics are Gatehouse's own; what is announced from here is known here";
  const outside = foreign.find((one) => !link.prefixes.some((tree) => isWithin(one, tree)));
  if (outside !== undefined)
    return `its topic ${outside} lies under none of the prefixes of the link (${link.prefixes.join(', ')}); add its tree there`;
  for (const { device, point } of readers) {
    const numbers = component === 'sensor' || component === 'number';
    if (point.type === 'bool' && numbers)
      return `${device.id}.${point.name} is a yes or no, and a ${component} is none; take another entity`;
    if (point.type === 'number' && !numbers)
      return `${device.id}.${point.name} is a number, and a ${component} is none; take another entity`;
    if (point.type === 'number' && !conversion(unit, point.definition.unit))
      return `its unit ${unit} cannot become the ${point.definition.unit ?? 'plain number'} of ${device.id}.${point.name}`;
  }
  return null;
}

/** The value of an entity as its point takes it. */
function pointValue(entity: Entity, value: unknown, { point }: EntityReader): unknown {
  if (unknownWords.includes(value)) return null;
  if (point.type === 'bool') return isOn(value, entity) ?? value;
  if (point.type !== 'number') return value;
  const number = numberIn(value);
  const { scale, offset } = conversion(entity.unit, point.definition.unit) ?? { scale: 1, offset: 0 };
  return number === null ? value : rounded(number * scale + offset);
}

/** Whether an entity is there, by what its topics of availability have said; null when they have not said enough. */
function isThere({ entity: { availability, mode }, said }: Known): boolean | null {
  const words = [...said.values()];
  if (words.length === 0) return null;
  if (mode === 'latest') return words.at(-1) ?? null;
  // Several entries may be of one topic.
  const all = words.length === new Set(availability.map(({ topic }) => topic)).size;
  if (mode === 'any') return words.includes(true) ? true : all ? false : null;
  return words.includes(false) ? false : all ? true : null;
}

export function createDiscoveries(house: {
  /** What devices on a link read of entities. */
  entities(link: string): ReadonlyMap<string, readonly EntityReader[]>;
  catalogue: Pick<Catalogue, 'kinds' | 'types'>;
  /** Whether the point's newest value is bad already. */
  wasBad(key: string): boolean;
}) {
  let links: ReadonlyMap<string, MqttLink> = new Map();
  const states = new Map<string, LinkEntities>();

  function stateOf(link: MqttLink): LinkEntities {
    const state = states.get(link.id) ?? {
      prefix: discoveryPrefix(link),
      known: new Map(),
      topics: new Map(),
    };
    states.set(link.id, state);
    return state;
  }

  function index(state: LinkEntities): void {
    const topics = new Map<string, string[]>();
    for (const [address, { entity }] of state.known)
      for (const topic of new Set([entity.topic, ...entity.availability.map((one) => one.topic)]))
        topics.set(topic, [...(topics.get(topic) ?? []), address]);
    state.topics = topics;
  }

  /** What follows the prefix of discovery topics; null for another topic. */
  function restOf(link: MqttLink, topic: string): string | null {
    const head = `${discoveryPrefix(link)}/`;
    return topic.startsWith(head) ? topic.slice(head.length) : null;
  }

  function withdrawn(link: MqttLink, address: string, readers: readonly EntityReader[], receivedAt: number) {
    const state = stateOf(link);
    if (!state.known.delete(address)) return nothing;
    index(state);
    const gone = readers.filter(({ device }) => device.device.address === address);
    const why = misread('withdrawn', { address, link: link.id });
    const messages = gone.map(({ device }) =>
      messageOf(device.id, receivedAt, [], [why], { status: 'offline' }),
    );
    return { ...nothing, messages, announced: { address, config: null } };
  }

  function announced(link: MqttLink, rest: string, message: TopicMessage): TopicDecoded {
    const about = discoveryTopic(rest);
    if (!about) return nothing;
    const { component, address } = about;
    const { topic, payload, receivedAt } = message;
    const readers = house.entities(link.id).get(address);
    if (payload.length === 0) return readers ? withdrawn(link, address, readers, receivedAt) : nothing;
    const state = stateOf(link);
    const before = state.known.get(address);
    const config = readers ? payload.toString() : '';
    if (before && before.config === config) return nothing;
    const read = readDiscovery(component, payload);
    if ('own' in read) return nothing;
    if (!readers) {
      const offer = offerOf({ link: link.id, component, address, read }, house.catalogue);
      return offer ? { ...nothing, offer } : nothing;
    }
    const why = 'refused' in read ? read.refused : obstacle(read.entity, link, readers);
    if (why !== null) {
      state.known.delete(address);
      index(state);
      const devices = readers.map(({ device }) => device.id).join(', ');
      throw misunderstood([misread('announced', { topic, devices, words: why })]);
    }
    if ('refused' in read) return nothing;
    const { entity } = read;
    state.known.set(address, { entity, config, said: new Map() });
    index(state);
    return {
      ...nothing,
      announced: { address, config },
      again: [entity.topic, ...entity.availability.map((one) => one.topic)],
    };
  }

  /** What a message says of one entity: for each device that reads it. */
  function said(
    known: Known,
    readers: readonly EntityReader[],
    address: string,
    { topic, payload, receivedAt, retained }: TopicMessage,
    again: boolean,
  ): DeviceMessage[] {
    const { entity } = known;
    const text = payload.toString();
    for (const one of entity.availability) {
      // What was said long ago is no word of now.
      if (one.topic !== topic || again) continue;
      const read = readTemplate(one.template, text);
      const there = 'value' in read ? isOn(read.value, { on: one.available, off: one.notAvailable }) : null;
      if (there === null) continue;
      // Set anew, it is the last.
      known.said.delete(topic);
      known.said.set(topic, there);
    }
    const read = entity.topic === topic ? readTemplate(entity.template, text) : null;
    const there = entity.availability.some((one) => one.topic === topic) ? isThere(known) : null;
    return readers.flatMap((reader) => {
      const { device, point } = reader;
      const problems: Misread[] = [];
      const words = house.wasBad(point.key) && !again ? [] : problems;
      if (read && 'problem' in read) words.push(misread('template', { topic, words: read.problem }));
      const value = read && 'value' in read ? pointValue(entity, read.value, reader) : undefined;
      const readings =
        value === undefined
          ? []
          : [readingOf(point, value, value === null ? 'bad' : 'good', receivedAt, receivedAt, words)];
      // A further entity of a device, its battery, does not speak for the device.
      const tells = there !== null && device.device.address === address;
      if (readings.length === 0 && problems.length === 0 && !tells) return [];
      const status = tells ? { status: there ? ('online' as const) : ('offline' as const) } : {};
      return [messageOf(device.id, receivedAt, readings, problems, { retained, ...status })];
    });
  }

  return {
    configure(docs: Iterable<Link>): void {
      links = new Map([...docs].filter(isMqttLink).map((link) => [link.id, link]));
      for (const [id, state] of states) {
        const link = links.get(id);
        if (!link || discoveryPrefix(link) !== state.prefix) {
          states.delete(id);
          continue;
        }
        const wanted = house.entities(id);
        // Another device, or another point, may not be able to be what it is announced as.
        for (const [address, { entity }] of state.known)
          if (obstacle(entity, link, wanted.get(address) ?? []) !== null || !wanted.has(address))
            state.known.delete(address);
        index(state);
      }
    },

    /**
     * At start: what was announced before. A broker hands over what came while the gateway was away before it tells what it
     * keeps, and that must be understood.
     */
    load(link: string, address: string, config: string): void {
      const doc = links.get(link);
      const readers = house.entities(link).get(address);
      const about = discoveryTopic(`${address}/config`);
      if (!doc || !readers || !about) return;
      const read = readDiscovery(about.component, Buffer.from(config));
      if (!('entity' in read) || obstacle(read.entity, doc, readers) !== null) return;
      const state = stateOf(doc);
      state.known.set(address, { entity: read.entity, config, said: new Map() });
      index(state);
    },

    /** Whether a topic is one of announcements. */
    isAnnouncement(link: string, topic: string): boolean {
      const doc = links.get(link);
      return doc !== undefined && restOf(doc, topic) !== null;
    },

    /**
     * @param again it came before and is read again: what it says of being there is not remembered
     * @returns null when it is nothing of an announced entity. @throws message.invalid: an announcement that cannot be read
     */
    hear(link: string, message: TopicMessage, again = false): TopicDecoded | null {
      const doc = links.get(link);
      if (!doc) return null;
      const rest = restOf(doc, message.topic);
      if (rest !== null) return announced(doc, rest, message);
      const state = states.get(link);
      const addresses = state?.topics.get(message.topic);
      if (!state || !addresses || message.payload.length === 0) return null;
      const wanted = house.entities(link);
      const messages = addresses.flatMap((address) => {
        const known = state.known.get(address);
        return known ? said(known, wanted.get(address) ?? [], address, message, again) : [];
      });
      return { ...nothing, messages };
    },

    /** Topics of announcements that devices of the site need and that have not come: the broker may keep them. */
    missing(link: string): string[] {
      const doc = links.get(link);
      if (!doc) return [];
      const known = states.get(link)?.known;
      return [...house.entities(link).keys()]
        .filter((address) => !known?.has(address))
        .map((address) => `${discoveryPrefix(doc)}/${address}/config`);
    },

    /** How an announced switch is switched, or why it cannot be. */
    command(
      link: string,
      { address, turn }: { address: string; turn: 'on' | 'off' },
    ): { topic: string; payload: string } | { unable: string } {
      const entity = states.get(link)?.known.get(address)?.entity;
      if (!entity) return { unable: `${address} has not been announced on link ${link}` };
      if (!entity.command) return { unable: `${address} is announced ${entity.noCommand}` };
      return { topic: entity.command.topic, payload: entity.command[turn] };
    },
  };
}
export type Discoveries = ReturnType<typeof createDiscoveries>;
