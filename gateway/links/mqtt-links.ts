import type { LinkState } from '../contract/device-state.ts';
import type { LinkStatus } from '../contract/link-status.ts';
import type { LinkDown } from '../contract/link-trouble.ts';
import { gatewayStateTopic, isWithin } from '../contract/mqtt-topic.ts';
import type { MqttLink } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { LineTally } from './line-tally.ts';
import type { MqttBroker } from './mqtt-broker.ts';
import { type OutsideBroker, type OutsideMessage, openOutsideBroker } from './mqtt-client.ts';

type OutsideLink = Extract<MqttLink, { kind: 'mqtt' }>;

export interface MqttLinksDeps {
  clock: Clock;
  log: Logger;
  /** Where `env:NAME` is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** The site's key: two sites on one broker are two clients. */
  site(): string;
  /** The embedded broker, to which bridges come; undefined when it is switched off. */
  broker(): Pick<MqttBroker, 'publish' | 'disconnect'> | undefined;
  /** A message from an outside broker. */
  accept(link: string, message: OutsideMessage, done: (error?: Error) => void): void;
  state(state: LinkState): void;
  /** An outside broker has forgotten our session. */
  sessionLost(link: string): void;
}

/** The links of topics: outside brokers to which we are a client, and bridges that are clients of the embedded one. */
export interface MqttLinks {
  /** Opens what is new, closes what is gone, opens anew what has changed. */
  configure(links: readonly MqttLink[]): void;
  /** A bridge has come to the embedded broker, or has no connection any more. */
  bridgeConnection(link: string, online: boolean, why: string): void;
  /**
   * Resolves when the broker has it, which says nothing of its device; rejects when it could not be sent.
   * @param expiresAt UTC ms
   */
  publish(link: string, topic: string, payload: string | Buffer, expiresAt: number): Promise<void>;
  /** Has an outside broker keep a message for whoever comes; an empty one takes it away. Lost when it is not reached. */
  keep(link: string, topic: string, payload: string): void;
  /** While true no outside broker is listened to. */
  pauseReading(paused: boolean): void;
  states(): LinkState[];
  /** With what was counted of each, and its last message. */
  status(): LinkStatus[];
  /** A bridge has sent a message. */
  bridgeMessage(link: string, message: Pick<OutsideMessage, 'topic' | 'payload' | 'receivedAt'>): void;
  /** Acknowledges what is durable and ends the connections; the brokers keep our sessions. */
  close(): Promise<void>;
}

interface Open {
  link: MqttLink;
  state: LinkState;
  tally: LineTally;
  /** Absent for a bridge, and for a broker that cannot be signed in to. */
  outside: OutsideBroker | undefined;
  clientId: string;
  /** Filters that the broker's session may still hold from earlier forms of the link. */
  dropped: readonly string[];
  cancel: () => void;
}

/** A bridge that has not come for so long after the start is lost: what holds for a device's silence. */
const bridgeComesMs = 90_000;

const bridge = {
  absent: { error: 'the bridge has not connected', trouble: { code: 'bridge-absent' } },
  left: { error: 'the bridge has disconnected', trouble: { code: 'bridge-left' } },
  lost: { error: 'the bridge is lost', trouble: { code: 'bridge-lost' } },
  brokerOff: { error: 'the embedded broker is switched off', trouble: { code: 'broker-off' } },
} satisfies Record<string, LinkDown>;

/** MQTT 3.1.1 §4.7.1.2: `home/#` stands for `home`, too. One tree in another would bring its messages twice. */
function filtersOf({ prefixes }: OutsideLink): string[] {
  const trees = [...new Set(prefixes)];
  const outermost = trees.filter((tree) => !trees.some((other) => other !== tree && isWithin(tree, other)));
  return outermost.map((tree) => `${tree}/#`);
}

export function createMqttLinks(deps: MqttLinksDeps): MqttLinks {
  const { clock, log, env } = deps;
  const open = new Map<string, Open>();
  let paused = false;
  let closed = false;

  function enter(entry: Open, state: LinkState['state'], down: LinkDown | null): void {
    const { error, trouble } = down ?? { error: null, trouble: null };
    if (closed || (entry.state.state === state && entry.state.error === error)) return;
    if (state === 'up' && entry.state.state !== 'up') entry.tally.opened();
    const since = entry.state.state === state ? entry.state.since : clock.now().wallMs;
    entry.state = { ...entry.state, state, error, trouble, since };
    deps.state(entry.state);
  }

  /** The text, or what the environment says for `env:NAME`. */
  function secret(text: string | undefined): { value: string | undefined; missing: string | null } {
    if (!text?.startsWith('env:')) return { value: text, missing: null };
    const value = env[text.slice(4)];
    return { value, missing: value ? null : text.slice(4) };
  }

  function openOutside(entry: Open, link: OutsideLink): OutsideBroker | undefined {
    const username = secret(link.username);
    const password = secret(link.password);
    const missing = username.missing ?? password.missing;
    if (missing !== null) {
      enter(entry, 'down', {
        error: `the environment of the gateway has no ${missing}; set it and start the gateway anew`,
        trouble: { code: 'not-set', name: missing },
      });
      return undefined;
    }
    const outside = openOutsideBroker({
      link: link.id,
      url: link.url,
      version: link.version,
      clientId: entry.clientId,
      username: username.value,
      password: password.value,
      filters: filtersOf(link),
      dropped: entry.dropped,
      presence: link.homeAssistant === undefined ? undefined : gatewayStateTopic(deps.site()),
      clock,
      log,
      accept(message, done) {
        entry.tally.message(message.topic, message.payload, message.receivedAt);
        deps.accept(link.id, message, done);
      },
      state: (up, down) => enter(entry, up ? 'up' : 'down', down),
      sessionLost: () => deps.sessionLost(link.id),
    });
    outside.pauseReading(paused);
    return outside;
  }

  function awaitBridge(entry: Open): void {
    if (deps.broker())
      entry.cancel = clock.wakeAfter(bridgeComesMs, () => {
        if (entry.state.state === 'connecting') enter(entry, 'down', bridge.absent);
      });
    else enter(entry, 'down', bridge.brokerOff);
  }

  function openLink(link: MqttLink, before: Open | undefined): Open {
    const clientId =
      (link.kind === 'mqtt' ? link.clientId : undefined) ?? `gatehouse-${deps.site()}-${link.id}`;
    const entry: Open = {
      link,
      clientId,
      dropped: before && sameSession(before, link, clientId) ? droppedFilters(before, link) : [],
      outside: undefined,
      tally: new LineTally(clock, 'topics'),
      cancel: () => {},
      state: {
        id: link.id,
        state: 'connecting',
        since: clock.now().wallMs,
        error: null,
        trouble: null,
        worstCycleMs: null,
        lastCycleMs: null,
      },
    };
    open.set(link.id, entry);
    if (link.kind === 'mqtt') entry.outside = openOutside(entry, link);
    else awaitBridge(entry);
    return entry;
  }

  function sameSession(before: Open, link: MqttLink, clientId: string): boolean {
    return (
      before.link.kind === 'mqtt' &&
      link.kind === 'mqtt' &&
      before.link.url === link.url &&
      before.clientId === clientId
    );
  }

  function droppedFilters({ link: before, dropped }: Open, link: MqttLink): string[] {
    if (before.kind !== 'mqtt' || link.kind !== 'mqtt') return [];
    const wanted = new Set(filtersOf(link));
    return [...new Set([...dropped, ...filtersOf(before)])].filter((filter) => !wanted.has(filter));
  }

  function closeLink(entry: Open, goesOn: boolean): void {
    entry.cancel();
    if (entry.link.kind === 'mqtt-bridge') deps.broker()?.disconnect(entry.link.id);
    const ending = goesOn ? entry.outside?.close() : entry.outside?.leave();
    ending?.catch((error: unknown) =>
      log.warn({ link: entry.link.id, error }, 'a link did not end in order'),
    );
  }

  return {
    configure(links) {
      const wanted = new Map(links.map((link) => [link.id, link]));
      for (const [id, entry] of open) {
        if (wanted.has(id)) continue;
        open.delete(id);
        closeLink(entry, false);
      }
      for (const link of links) {
        const before = open.get(link.id);
        if (before && JSON.stringify(before.link) === JSON.stringify(link)) continue;
        const entry = openLink(link, before);
        if (before) closeLink(before, sameSession(before, link, entry.clientId));
      }
    },
    bridgeConnection(id, online, why) {
      const entry = open.get(id);
      if (!entry) return;
      if (online) enter(entry, 'up', null);
      else enter(entry, 'down', why === 'disconnect' ? bridge.left : bridge.lost);
    },
    bridgeMessage(id, { topic, payload, receivedAt }) {
      open.get(id)?.tally.message(topic, payload, receivedAt);
    },
    async publish(id, topic, payload, expiresAt) {
      const entry = open.get(id);
      if (!entry) throw new Error(`there is no MQTT link "${id}"`);
      if (topic === '') throw new Error('its topic is not known: set the address of the device');
      if (entry.link.kind === 'mqtt') {
        if (!entry.outside) throw new Error(`the link ${id} is down: ${entry.state.error}`);
        await entry.outside.publish(topic, payload, expiresAt);
        entry.tally.published(topic, payload);
        return;
      }
      const broker = deps.broker();
      if (!broker) throw new Error('the embedded broker is switched off');
      await broker.publish(topic, payload, { qos: 1 });
      entry.tally.published(topic, payload);
    },
    keep: (id, topic, payload) => open.get(id)?.outside?.keep(topic, payload),
    pauseReading(wanted) {
      paused = wanted;
      for (const { outside } of open.values()) outside?.pauseReading(wanted);
    },
    states: () => [...open.values()].map(({ state }) => state),
    status: () => [...open.values()].map(({ state, tally }) => ({ ...state, ...tally.status() })),
    async close() {
      closed = true;
      for (const { cancel } of open.values()) cancel();
      await Promise.all([...open.values()].map(({ outside }) => outside?.close()));
    },
  };
}
