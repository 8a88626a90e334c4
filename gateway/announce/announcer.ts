import { gatewayStateTopic } from '../contract/mqtt-topic.ts';
import type { Reading } from '../contract/reading.ts';
import type { Clock } from '../lib/clock.ts';
import { type AnnouncedDevice, discoveryOf, newsOf } from './home-assistant.ts';

/** A link on which the site's devices are announced. */
export interface AnnouncingLink {
  id: string;
  /** The first level of Home Assistant's discovery topics. */
  prefix: string;
}

/** Changes are gathered for so long: what others show need not flicker as fast as a meter counts. */
const gatherMs = 1_000;

/** Tells Home Assistant of the site's devices: what they are once, what they read when it changes. */
export function createAnnouncer(deps: {
  clock: Clock;
  release: string;
  /** The site's key. */
  site(): string;
  /** Those that a link's own broker does not bring. */
  devices(link: string): Iterable<AnnouncedDevice>;
  value(key: string): Reading | undefined;
  online(device: string): boolean;
  /** Has the broker of a link keep a message; an empty one takes it away. */
  keep(link: string, topic: string, payload: string): void;
}) {
  const { clock, keep } = deps;
  let links: readonly AnnouncingLink[] = [];
  const up = new Set<string>();
  /** By link: what was announced there, and not taken away again. */
  const announced = new Map<string, Map<string, { device: AnnouncedDevice; payload: string }>>();
  const changed = new Set<string>();
  let cancel: (() => void) | undefined;

  function tellNews(link: string, device: AnnouncedDevice): void {
    const value = (point: string) => {
      const reading = deps.value(`${device.id}.${point}`);
      return reading?.quality === 'bad' ? null : reading?.value;
    };
    for (const { topic, payload } of newsOf(device, deps.site(), value, deps.online(device.id)))
      keep(link, topic, payload);
  }

  function withdraw(link: string, device: AnnouncedDevice, topic: string): void {
    keep(link, topic, '');
    for (const news of newsOf(device, deps.site(), () => null, false)) keep(link, news.topic, '');
  }

  function announce({ id, prefix }: AnnouncingLink): void {
    if (!up.has(id)) return;
    const site = deps.site();
    const gateway = gatewayStateTopic(site);
    const before = announced.get(id) ?? new Map<string, { device: AnnouncedDevice; payload: string }>();
    const now: typeof before = new Map();
    for (const device of deps.devices(id)) {
      if (Object.keys(device.points).length === 0) continue;
      const { topic, payload } = discoveryOf(device, { prefix, site, gateway, release: deps.release });
      now.set(topic, { device, payload });
      if (before.get(topic)?.payload === payload) continue;
      keep(id, topic, payload);
      tellNews(id, device);
    }
    for (const [topic, { device }] of before) if (!now.has(topic)) withdraw(id, device, topic);
    announced.set(id, now);
  }

  function flush(): void {
    cancel = undefined;
    const ids = new Set(changed);
    changed.clear();
    // What a link that is down has missed is said when it is back.
    for (const link of up)
      for (const { device } of announced.get(link)?.values() ?? [])
        if (ids.has(device.id)) tellNews(link, device);
  }

  return {
    /** The site has changed: what is new is announced, what is gone is withdrawn. */
    configure(next: readonly AnnouncingLink[]): void {
      const ids = new Set(next.map(({ id }) => id));
      for (const { id } of links) {
        if (ids.has(id)) continue;
        for (const [topic, { device }] of announced.get(id) ?? []) withdraw(id, device, topic);
        announced.delete(id);
      }
      links = next;
      for (const link of links) announce(link);
    },
    /** A broker was reached or lost. What it kept may be older than what is so now: all of it is said again. */
    linkMoved(id: string, isUp: boolean): void {
      if (!isUp) {
        up.delete(id);
        return;
      }
      up.add(id);
      for (const entry of announced.get(id)?.values() ?? []) entry.payload = '';
      const link = links.find((one) => one.id === id);
      if (link) announce(link);
    },
    /** Whether anybody is told: what nobody hears need not be noted for every reading. */
    get active(): boolean {
      return announced.size > 0;
    },
    /** Something of a device is new, and committed: the news are read when they go out. */
    changed(device: string): void {
      changed.add(device);
      cancel ??= clock.wakeAfter(gatherMs, flush);
    },
    stop: (): void => cancel?.(),
  };
}
