import type { MqttClient } from 'mqtt';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { encodeHostState, hostStateTopic, saysHostGone } from '../protocols/sparkplug/host-state.ts';

// Where nodes of Sparkplug B see whether their host is there (Sparkplug 3.0.0 §5.13): retained on spBv1.0/STATE/<host>, with
// a will that takes it back. The will is of a connection, and that of the link may carry another one already, so this is a
// connection of its own: it stands while the link stands.

export interface SparkplugHostOptions {
  link: string;
  url: string;
  version: '3.1.1' | '5';
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  /** The id of this host among those of Sparkplug B. */
  host: string;
  clock: Clock;
  log: Logger;
}

export interface SparkplugHostLink {
  /** Nodes know that this host is there, or could not be told: nothing is gained by waiting longer. */
  readonly told: boolean;
  /** Says that the host is gone, and ends the connection. */
  close(): Promise<void>;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
const connectMs = 10_000;
const keepAliveS = 20;
const closeMs = 1_000;

/** Says that this host is there, again and again until the broker has it, and for as long as it stands. */
export function openSparkplugHost(options: SparkplugHostOptions): SparkplugHostLink {
  const { link, url, version, host, clock, log } = options;
  const topic = hostStateTopic(host);
  let client: MqttClient | undefined;
  let told = false;
  let online = false;
  let closed = false;
  let pauseMs = firstPauseMs;
  let lastAt = 0;
  let lastWhy = '';
  let cancel: (() => void) | undefined;

  /** Nodes pass over what is older than what they know: a clock that was set back must not silence us. */
  function nextTime(): number {
    lastAt = Math.max(lastAt + 1, clock.now().wallMs);
    return lastAt;
  }

  async function attempt(): Promise<void> {
    const { connect } = await import('mqtt');
    if (closed) return;
    const bornAt = nextTime();
    const mine = connect(url, {
      protocolVersion: version === '5' ? 5 : 4,
      clientId: options.clientId,
      username: options.username,
      password: options.password,
      // Sparkplug 3.0.0 §5.13: a host's session begins clean and ends with its connection.
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: connectMs,
      keepalive: keepAliveS,
      resubscribe: false,
      will: { topic, payload: Buffer.from(encodeHostState(false, bornAt)), qos: 1, retain: true },
    });
    client = mine;
    let why = 'the broker closed the connection';
    let answering = false;

    async function sayBirth(): Promise<void> {
      await mine.publishAsync(topic, encodeHostState(true, bornAt), { qos: 1, retain: true });
    }

    async function begin(): Promise<void> {
      const [granted] = await mine.subscribeAsync(topic, { qos: 1 });
      if (granted && Number(granted.qos) >= 0x80) throw new Error(`it does not let us subscribe to ${topic}`);
      await sayBirth();
      if (closed) return;
      online = true;
      told = true;
      pauseMs = firstPauseMs;
      lastWhy = '';
      log.info({ link, topic }, 'nodes of Sparkplug B are told that their host is there');
    }

    mine.on('message', (_topic, payload) => {
      // Another client of our name, or our own will of an earlier connection: nodes must not believe it.
      if (!online || answering || closed || !saysHostGone(payload)) return;
      answering = true;
      sayBirth()
        .catch((error: unknown) => log.debug({ link, error: asError(error).message }, 'not said'))
        .finally(() => {
          answering = false;
        });
    });
    mine.on('error', (error) => {
      why = asError(error).message || String(error);
      mine.end(true);
    });
    mine.once('connect', () => {
      begin().catch((error: unknown) => {
        why = asError(error).message;
        mine.end(true);
      });
    });
    mine.once('close', () => {
      online = false;
      if (closed) return;
      told = true;
      if (why !== lastWhy)
        log.warn({ link, topic, why }, 'nodes of Sparkplug B cannot see that their host is there');
      lastWhy = why;
      cancel = clock.wakeAfter(pauseMs, () => void attempt());
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    });
  }

  async function goodbye(mine: MqttClient): Promise<void> {
    // §5.13: who goes on purpose says so, at the time of going; the will goes out only for who does not.
    await mine.publishAsync(topic, encodeHostState(false, nextTime()), { qos: 1, retain: true });
    await mine.endAsync();
  }

  void attempt();
  return {
    get told() {
      return told;
    },
    async close() {
      closed = true;
      cancel?.();
      const mine = client;
      if (!mine) return;
      if (!online) {
        mine.end(true);
        return;
      }
      await new Promise<void>((resolve) => {
        const late = clock.wakeAfter(closeMs, resolve);
        goodbye(mine)
          .catch((error: unknown) => log.warn({ link, topic, error: asError(error).message }, 'not said'))
          .finally(() => {
            late();
            resolve();
          });
      });
      mine.end(true);
    },
  };
}
