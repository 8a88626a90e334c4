import type { DeviceType } from '../contract/device-type.ts';
import { fillTopic } from '../contract/mqtt-topic.ts';
import type { Catalogue } from './catalogue.ts';
import { topicsOfType } from './mqtt-mapping.ts';
import type { Registry } from './registry.ts';

const mostTypesNamed = 4;

/** The address by which a type would find a device on this topic, and how much of the topic it knows by itself. */
function addressBy(type: DeviceType, topic: string): { address: string; known: number } | null {
  const preset = (name: string) => (name === 'address' ? '{address}' : type.settings[name]?.default);
  let best: { address: string; known: number } | null = null;
  for (const template of topicsOfType(type)) {
    const filled = fillTopic(template, preset);
    const [head, tail, ...more] = filled?.split('{address}') ?? [];
    if (head === undefined || tail === undefined || more.length > 0) continue;
    const known = head.length + tail.length;
    const fits = topic.length > known && topic.startsWith(head) && topic.endsWith(tail);
    if (fits && known > (best?.known ?? 0))
      best = { address: topic.slice(head.length, topic.length - tail.length), known };
  }
  return best;
}

/** What an integrator should do about a topic that no device takes. */
export function strayTopic(
  link: string,
  topic: string,
  registry: Pick<Registry, 'doc'>,
  catalogue: Pick<Catalogue, 'types'>,
): string {
  const words = `no device takes the topic ${topic} on link ${link}`;
  const native = /^gatehouse\/([^/]+)\/(.+)$/.exec(topic);
  if (native) {
    const [, id = '', tail = ''] = native;
    const doc = registry.doc(id);
    if (!doc)
      return `${words}: there is no device "${id}"; add it to the site with link: ${link}, or correct the id`;
    return doc.link === link
      ? `${words}: a device has readings, events, status and commands/ack, not ${tail}`
      : `${words}: the device "${id}" is not on this link; set its link: ${link}`;
  }
  const found = [...catalogue.types.values()].flatMap((type) => {
    const by = addressBy(type, topic);
    return by ? [{ id: type.id, ...by }] : [];
  });
  const known = Math.max(...found.map((one) => one.known));
  const nearest = found.filter((one) => one.known === known);
  const [first] = nearest;
  if (!first) return `${words}; add a device whose type reads it, or stop sending it there`;
  const types = nearest.slice(0, mostTypesNamed).map(({ id }) => id);
  return `${words}; if it is a device of this site, add it with link: ${link} and address: ${first.address} (types that would read it: ${types.join(', ')})`;
}
