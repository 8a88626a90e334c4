import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { asError } from '../lib/errors.ts';
import type { OutsideBrokerOptions, OutsideMessage } from './mqtt-client.ts';

const connectMs = 10_000;
const keepAliveS = 20;
/** A paused connection proves its life itself, since the answers to its pings lie unread. */
const pausedPingMs = 8_000;
const closeMs = 1_000;
/** As long as a device's own time is believed, and long enough for a machine to be replaced. */
const sessionExpiryS = 7 * 86_400;
/** Messages that the broker may have under way unacknowledged: several turns' worth at their largest. */
const receiveMaximum = 2_000;
const packetBytes = 2 * 1024 * 1024;

/** A message of QoS 1 whose PUBACK waits for the commit. */
interface Held {
  messageId: number;
  durable: boolean;
}

type Packet = { cmd: string; messageId?: number; reasonCode?: number };
/** What is used of the library beyond what it promises: its version is pinned, and test/faults/outside-broker.test.ts proves it. */
interface Internals {
  _sendPacket(packet: Packet, sent?: () => void, stored?: () => void, noStore?: boolean): void;
}

/** One attempt at a connection, and the connection it becomes; the library's own reconnecting is switched off. */
export class ClientConnection {
  readonly client: MqttClient;
  /** CONNACK and SUBACK have come. */
  up = false;
  over = false;
  readonly #options: OutsideBrokerOptions;
  readonly #sendPuback: (messageId: number) => void;
  #held: Held[] = [];
  #flushing = false;
  #paused: boolean;
  #resume: (() => void) | undefined;
  #cancelPing: (() => void) | undefined;

  constructor(
    options: OutsideBrokerOptions,
    connect: (url: string, options: IClientOptions) => MqttClient,
    paused: boolean,
  ) {
    this.#options = options;
    this.#paused = paused;
    const { url, version, clientId, username, password, presence } = options;
    this.client = connect(url, {
      protocolVersion: version === '5' ? 5 : 4,
      clientId,
      username,
      password,
      clean: false,
      reconnectPeriod: 0,
      connectTimeout: connectMs,
      keepalive: keepAliveS,
      resubscribe: false,
      ...(presence !== undefined && {
        will: { topic: presence, payload: Buffer.from('offline'), qos: 1 as const, retain: true },
      }),
      // Without an expiry an MQTT 5 session dies with its connection (MQTT 5 §3.1.2.11.2).
      ...(version === '5' && {
        properties: { sessionExpiryInterval: sessionExpiryS, receiveMaximum, maximumPacketSize: packetBytes },
      }),
    });
    this.client.handleMessage = (packet, next) => this.#take(packet, next);
    this.#sendPuback = holdPubacks(this.client as unknown as Internals);
    if (paused) this.#pingLater();
  }

  #take(packet: IPublishPacket, next: () => void): void {
    const { accept, clock, log, link } = this.#options;
    const { topic, payload, qos, retain, messageId } = packet;
    const held = qos > 0 && messageId !== undefined ? { messageId, durable: false } : undefined;
    if (held) this.#held.push(held);
    const settle = (error?: Error) => {
      if (error) this.end();
      else if (held) {
        held.durable = true;
        this.#flushSoon();
      }
    };
    const message: OutsideMessage = {
      topic,
      payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
      qos,
      retained: retain,
      receivedAt: clock.now().wallMs,
    };
    try {
      accept(message, settle);
    } catch (error) {
      log.error({ link, topic, error: asError(error).message }, 'MQTT message not taken');
      settle(asError(error));
    }
    if (this.#paused) this.#resume = next;
    else next();
  }

  /** A commit settles hundreds in one go: their acknowledgements leave together. */
  #flushSoon(): void {
    if (this.#flushing || this.#held[0]?.durable !== true) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /** MQTT 3.1.1 §4.6: acknowledgements keep the order of the messages, so the first that waits holds up the rest. */
  #flush(): void {
    const waiting = this.#held.findIndex(({ durable }) => !durable);
    const ready = waiting === -1 ? this.#held : this.#held.slice(0, waiting);
    this.#held = waiting === -1 ? [] : this.#held.slice(waiting);
    // A packet id means something on the connection that brought it: on the next one the message comes again.
    if (this.over || ready.length === 0) return;
    const { stream } = this.client;
    stream.cork();
    for (const { messageId } of ready) this.#sendPuback(messageId);
    stream.uncork();
  }

  pauseReading(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#cancelPing?.();
    if (paused) this.#pingLater();
    else {
      const next = this.#resume;
      this.#resume = undefined;
      next?.();
    }
  }

  #pingLater(): void {
    this.#cancelPing = this.#options.clock.wakeAfter(pausedPingMs, () => {
      if (this.over) return;
      if (this.client.connected) {
        this.client.sendPing();
        this.client.reschedulePing(true);
      }
      this.#pingLater();
    });
  }

  /** Cuts it: what is unacknowledged comes again. */
  end(): void {
    this.#cancelPing?.();
    this.client.end(true);
  }

  /** Ends it with a DISCONNECT behind what is written already. */
  async close(): Promise<void> {
    this.#cancelPing?.();
    this.#flush();
    const { client } = this;
    // `mqtt` would wait for the answers to what it has published.
    if (!client.connected || Object.keys(client.outgoing).length > 0) {
      client.end(true);
      return;
    }
    const { stream } = client;
    // What it has not read, because it was paused, would keep the socket open.
    stream.once('finish', () => stream.destroy());
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.wakeAfter(closeMs, () => {
        stream.destroy();
        resolve();
      });
      client.end(false, () => {
        cancel();
        resolve();
      });
    });
  }
}

/**
 * The library acknowledges when `handleMessage` calls back, and hands over the next message only then: one message a
 * commit. So it is called back at once, and the PUBACK that the library then sends is dropped here.
 * @returns sends one, when its message is durable
 */
function holdPubacks(client: Internals): (messageId: number) => void {
  const send = client._sendPacket.bind(client);
  client._sendPacket = (packet, sent, stored, noStore) => {
    if (packet.cmd === 'puback') sent?.();
    else send(packet, sent, stored, noStore);
  };
  return (messageId) => send({ cmd: 'puback', messageId, reasonCode: 0 });
}
