import type { DeviceType } from '../contract/device-type.ts';
import { misread } from '../contract/misread.ts';
import { fillTopic } from '../contract/mqtt-topic.ts';
import type { StrangerGuess } from '../contract/stranger.ts';
import { isSparkplug } from '../protocols/sparkplug/session.ts';
import type { Catalogue } from './catalogue.ts';
import { parseJsonPath, readJsonPath } from './json-path.ts';
import { pathsOf, readsMetrics, topicsOfType } from './mqtt-mapping.ts';
import type { Registry } from './registry.ts';
import type { TopicMessage } from './topic-decoding.ts';

const mostTypesNamed = 4;

/**
 * The address by which a type would find a device on this topic, and how much of the topic it knows by itself.
 * @param inside the name that the message has for it, where its topic has none
 */
function addressBy(
  type: DeviceType,
  topic: string,
  inside?: string,
): { address: string; known: number } | null {
  const preset = (name: string) => (name === 'address' ? '{address}' : type.settings[name]?.default);
  let best: { address: string; known: number } | null = null;
  for (const template of topicsOfType(type)) {
    const filled = fillTopic(template, preset);
    if (inside !== undefined && filled === topic) return { address: inside, known: topic.length };
    const [head, tail, ...more] = filled?.split('{address}') ?? [];
    if (head === undefined || tail === undefined || more.length > 0) continue;
    const known = head.length + tail.length;
    const fits = topic.length > known && topic.startsWith(head) && topic.endsWith(tail);
    if (fits && known > (best?.known ?? 0))
      best = { address: topic.slice(head.length, topic.length - tail.length), known };
  }
  return best;
}

/** How many of a type's values stand in a message. */
function valuesFound(type: DeviceType, message: unknown): number {
  const sources = [...Object.values(type.points), ...Object.values(type.events)];
  const paths = sources.flatMap((source) => ('json' in source ? [pathsOf(source)] : []));
  return paths.filter((any) =>
    any.some((path) => {
      const steps = parseJsonPath(path);
      return steps !== null && readJsonPath(message, steps) !== undefined;
    }),
  ).length;
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function typesNamed(ids: readonly string[]): string {
  return ids.slice(0, mostTypesNamed).join(', ');
}

/** What an integrator should do about a message on a shared topic that names a device which the site does not have. */
export function strayName(
  link: string,
  topic: string,
  name: string,
  { types }: Pick<Catalogue, 'types'>,
): StrangerGuess {
  const fits = (type: DeviceType) =>
    isSparkplug(topic) ? readsMetrics(type) : type.whose && addressBy(type, topic, name);
  const reading = [...types.values()].filter(fits);
  const ids = reading.map(({ id }) => id);
  const told = { topic, link, name: JSON.stringify(name), address: name };
  return {
    types: ids,
    address: name,
    by: isSparkplug(topic) ? 'metrics' : 'name',
    why:
      ids.length > 0
        ? misread('stray-name-typed', { ...told, types: typesNamed(ids) })
        : misread('stray-name', told),
  };
}

/** A type that would read a topic, and the address by which it would find a device there. */
export interface TopicReading {
  id: string;
  address: string;
  /** So many of its values stand in the message. */
  values: number;
}

/** The types that would read a topic: those that know most of it by themselves and find most of their values in the message. */
export function typesOfTopic(
  { topic, payload }: Pick<TopicMessage, 'topic' | 'payload'>,
  { types }: Pick<Catalogue, 'types'>,
): TopicReading[] {
  const message = jsonOf(payload);
  const found = [...types.values()].flatMap((type) => {
    const by = addressBy(type, topic);
    return by ? [{ id: type.id, values: valuesFound(type, message), ...by }] : [];
  });
  const known = Math.max(...found.map((one) => one.known));
  const near = found.filter((one) => one.known === known);
  const values = Math.max(...near.map((one) => one.values));
  return near.filter((one) => one.values === values).map(({ id, address }) => ({ id, address, values }));
}

/** The address by which a type would find a device on a topic; null when it does not read that topic. */
export function addressOnTopic(type: DeviceType, topic: string): string | null {
  return addressBy(type, topic)?.address ?? null;
}

/** What an integrator should do about a topic that no device takes. */
export function strayTopic(
  link: string,
  { topic, payload }: Pick<TopicMessage, 'topic' | 'payload'>,
  registry: Pick<Registry, 'doc'>,
  catalogue: Pick<Catalogue, 'types'>,
): StrangerGuess {
  const unguessed = { types: [], address: null, by: null };
  const native = /^gatehouse\/([^/]+)\/(.+)$/.exec(topic);
  if (native) {
    const [, device = '', tail = ''] = native;
    const doc = registry.doc(device);
    if (!doc)
      return {
        types: [...catalogue.types.values()].filter((type) => type.link === 'native').map((type) => type.id),
        address: null,
        by: 'native-topic',
        why: misread('stray-native-device', { topic, link, device }),
      };
    return {
      ...unguessed,
      why:
        doc.link === link
          ? misread('stray-native-tail', { topic, link, tail })
          : misread('stray-native-link', { topic, link, device }),
    };
  }
  const nearest = typesOfTopic({ topic, payload }, catalogue);
  const [first] = nearest;
  if (!first) return { ...unguessed, why: misread('stray-topic', { topic, link }) };
  const ids = nearest.map(({ id }) => id);
  const { address } = first;
  return {
    types: ids,
    address,
    by: first.values > 0 ? 'topic-and-values' : 'topic',
    why: misread('stray-topic-typed', { topic, link, address, types: typesNamed(ids) }),
  };
}
