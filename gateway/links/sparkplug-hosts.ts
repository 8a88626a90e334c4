import type { MqttLink } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { encodeHostState, hostStateTopic, saysHostGone } from '../protocols/sparkplug/host-state.ts';
import type { MqttBroker } from './mqtt-broker.ts';
import { openSparkplugHost, type SparkplugHostLink, type SparkplugHostOptions } from './sparkplug-host.ts';

type OutsideLink = Extract<MqttLink, { kind: 'mqtt' }>;
type BridgeLink = Extract<MqttLink, { kind: 'mqtt-bridge' }>;

/** On the embedded broker: it needs no will, since all connections end with the gateway. */
interface Inside {
  topic: string;
  bornAt: number;
}

/** Where the gateway is a host of Sparkplug B: one a link. */
export function createSparkplugHosts(deps: {
  clock: Clock;
  log: Logger;
  site(): string;
  broker(): Pick<MqttBroker, 'publish'> | undefined;
}) {
  const { clock, log } = deps;
  const outside = new Map<string, { host: string; link: SparkplugHostLink }>();
  const inside = new Map<string, Inside>();
  /** Those that are saying that they go. */
  const leaving = new Set<Promise<void>>();
  let closed = false;

  const hostOf = (link: MqttLink) => link.sparkplugHost ?? deps.site();

  async function keep(topic: string, online: boolean, at: number): Promise<void> {
    await deps
      .broker()
      ?.publish(topic, encodeHostState(online, at), { qos: 1, retain: true })
      .catch((error: unknown) => log.warn({ topic, error: asError(error).message }, 'not said'));
  }

  async function leaveInside(id: string): Promise<void> {
    const { topic } = inside.get(id) ?? {};
    inside.delete(id);
    // Several bridges may know one host.
    if (topic !== undefined && ![...inside.values()].some((other) => other.topic === topic))
      await keep(topic, false, clock.now().wallMs);
  }

  async function leaveOutside(id: string): Promise<void> {
    const entry = outside.get(id);
    outside.delete(id);
    await entry?.link.close();
  }

  function leave(id: string): void {
    if (!inside.has(id) && !outside.has(id)) return;
    const going = Promise.all([leaveInside(id), leaveOutside(id)]).then(() => {
      leaving.delete(going);
    });
    leaving.add(going);
  }

  return {
    /** The link to an outside broker is up. */
    standOutside(
      link: OutsideLink,
      account: Pick<SparkplugHostOptions, 'clientId' | 'username' | 'password'>,
    ): void {
      const host = hostOf(link);
      if (closed || outside.get(link.id)?.host === host) return;
      leave(link.id);
      const { url, version } = link;
      const options = { link: link.id, url, version, host, clock, log, ...account };
      outside.set(link.id, { host, link: openSparkplugHost(options) });
    },
    /** A bridge is a client of the embedded broker. */
    standInside(link: BridgeLink): void {
      const topic = hostStateTopic(hostOf(link));
      if (closed || inside.get(link.id)?.topic === topic) return;
      leave(link.id);
      const bornAt = clock.now().wallMs;
      inside.set(link.id, { topic, bornAt });
      void keep(topic, true, bornAt);
    },
    leave,
    isTold: (link: string): boolean => inside.has(link) || outside.get(link)?.link.told === true,
    /** What a bridge says of our state is not for it to say. */
    heardInside(topic: string, payload: Buffer): void {
      for (const { topic: own, bornAt } of inside.values())
        if (own === topic && saysHostGone(payload)) {
          void keep(topic, true, bornAt);
          return;
        }
    },
    async close(): Promise<void> {
      closed = true;
      for (const id of [...inside.keys(), ...outside.keys()]) leave(id);
      await Promise.all(leaving);
    },
  };
}
