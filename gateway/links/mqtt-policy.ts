import type { AuthenticateError, Client, ConnectPacket, PublishPacket, Subscription } from 'aedes';
import { topicFault } from '../contract/mqtt-topic.ts';
import { asError } from '../lib/errors.ts';
import type { Admission } from './mqtt-admission.ts';
import type { Accounts, Connection } from './mqtt-connections.ts';
import { about, type Notices } from './mqtt-notices.ts';
import type { MqttBrokerOptions, MqttLimits, MqttMessage } from './mqtt-options.ts';
import type { SessionMemory } from './mqtt-session-memory.ts';
import { TopicRights } from './mqtt-topics.ts';

/** MQTT 3.1.1 §3.2.2.3: return codes of CONNACK. */
const refusals = {
  identifier: { code: 2, words: 'MQTT client id belongs to another principal, or is not well formed' },
  unavailable: { code: 3, words: 'MQTT sign-in cannot be judged now' },
  connections: { code: 3, words: 'MQTT principal has too many connections' },
  credentials: { code: 4, words: 'MQTT user name or password is wrong or missing' },
  will: { code: 5, words: 'MQTT will is on a topic that is not granted' },
} as const;
type Refusal = keyof typeof refusals;

// A stack trace for each refused message would cost more than the message.
const notGranted = new Error('the topic is not granted to this principal');
const notTaken = new Error('the broker does not take this message');
const highestQos = 2;
const longestClientId = 128;
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u;

export interface PolicyParts {
  options: MqttBrokerOptions;
  limits: MqttLimits;
  memory: SessionMemory;
  accounts: Accounts;
  notices: Notices;
  admission: Admission;
}

/** Answers what aedes asks: who may connect, publish, subscribe and receive. */
export class Policy {
  /** The broker is closing: nothing is taken any more, and no will is believed. */
  closing = false;
  held = 0;
  received = 0;
  refused = 0;
  denied = 0;

  readonly #parts: PolicyParts;
  readonly #connections = new WeakMap<Client, Connection>();
  readonly #refusals = new WeakMap<Client, Refusal>();

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  add(client: Client, connection: Connection): void {
    this.#connections.set(client, connection);
  }

  connectionOf(client: Client): Connection | undefined {
    return this.#connections.get(client);
  }

  // --- CONNECT

  /** The whole judgement is made here, before aedes gives the client a name; `authenticate` only passes it on. */
  preConnect(
    client: Client,
    packet: ConnectPacket,
    answer: (error: Error | null, go: boolean) => void,
  ): void {
    const connection = this.#connections.get(client);
    // Another protocol version is refused by aedes itself, with CONNACK code 1.
    if (!connection || (packet.protocolVersion !== 3 && packet.protocolVersion !== 4)) {
      answer(null, true);
      return;
    }
    void this.#judgeSafely(connection, packet).then((refusal) => {
      if (refusal) this.#refuse(client, connection, packet, refusal);
      else packet.clientId = connection.clientId;
      // A session that outlives its connection would bring an unbounded queue, and in aedes the offline messages of
      // a filter that was denied beside a granted one.
      packet.clean = true;
      answer(null, true);
    });
  }

  authenticate(
    client: Client,
    answer: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const refusal = this.#refusals.get(client);
    if (!refusal) {
      // Without a principal nobody comes this far.
      answer(null, this.#connections.get(client)?.principal !== undefined);
      return;
    }
    const { code, words } = refusals[refusal];
    answer(Object.assign(new Error(words), { returnCode: code }), false);
  }

  async #judgeSafely(connection: Connection, packet: ConnectPacket): Promise<Refusal | null> {
    try {
      return await this.#judge(connection, packet);
    } catch (error) {
      const { log } = this.#parts.options;
      log.error({ ...about(connection), error: asError(error).message }, 'MQTT sign-in failed');
      return 'unavailable';
    }
  }

  async #judge(connection: Connection, packet: ConnectPacket): Promise<Refusal | null> {
    const { options, limits, accounts, notices } = this.#parts;
    const { clientId, username, password, will } = packet;
    if (!username || !password) return 'credentials';
    // MQTT 3.1.1 §3.1.3.1: without a name of its own a client can only have a clean session.
    if (clientId === '' && packet.clean !== true) return 'identifier';
    if (clientId.length > longestClientId || unprintable.test(clientId)) return 'identifier';
    const { address } = connection;
    const principal = await options.authenticate({
      clientId,
      username,
      password: password.toString(),
      address,
    });
    if (!principal) return 'credentials';
    if (connection.gone || this.closing) return 'unavailable';
    const rights = new TopicRights(principal, limits);
    if (will && ((will.qos ?? 0) > highestQos || !rights.mayLeaveWill(will.topic))) return 'will';
    const refusal = accounts.claim(connection, principal, clientId);
    if (refusal === 'connections')
      notices.limited('connectionsPerPrincipal', { address: connection.address, principal });
    if (refusal) return refusal;
    connection.rights = rights;
    connection.will = will;
    connection.keepAliveS = packet.keepalive ?? 0;
    if (principal.kind === 'bridge') connection.guard.packetBytes = limits.bridgePacketBytes;
    return null;
  }

  #refuse(
    client: Client,
    connection: Connection,
    { clientId, username = '' }: ConnectPacket,
    refusal: Refusal,
  ): void {
    this.refused++;
    this.#refusals.set(client, refusal);
    this.#parts.admission.refused(connection.address);
    this.#parts.options.signInRefused?.({ clientId, username, address: connection.address }, refusal);
    const { words } = refusals[refusal];
    this.#parts.notices.warn(`${refusal} ${connection.address}`, { address: connection.address }, words);
  }

  // --- PUBLISH, wills included

  authorizePublish(
    client: Client | null,
    packet: PublishPacket,
    answer: (error?: Error | null) => void,
  ): void {
    const connection = client ? this.#connections.get(client) : undefined;
    if (!connection?.principal || !connection.rights || this.closing) {
      answer(notTaken);
      return;
    }
    const { memory, notices } = this.#parts;
    const will = packet === connection.will;
    if (will && !connection.willCounts) {
      answer(notTaken);
      return;
    }
    const right = connection.rights.publishRight(packet.topic);
    if (right === 'refused') {
      this.#deny(connection, packet.topic);
      answer(notGranted);
      return;
    }
    // Taken, but not kept: to close the connection would lose an alarm over a flag.
    if (packet.retain && (right !== 'retain' || !memory.hasRoomFor(packet.topic, packet.payload))) {
      packet.retain = false;
      notices.limited(right === 'retain' ? 'retained' : 'retain', connection);
    }
    // A repeat before its PUBREL (MQTT 3.1.1 §4.3.3): handed over already, aedes repeats the PUBREC.
    if (packet.qos === 2 && memory.isUnreleased(connection.clientId, packet.messageId)) {
      answer();
      return;
    }
    const { topic, qos, retain } = packet;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    this.hand(connection, { topic, payload, qos, retain, dup: packet.dup === true, will }, answer);
  }

  /** Whether this connection may send on this topic now; that it may not is told elsewhere. */
  maySend({ rights }: Connection, topic: string): boolean {
    return !this.closing && rights !== undefined && rights.publishRight(topic) !== 'refused';
  }

  /** Hands over a message that may be sent; `answer` once it is durable, or never when the broker closes before. */
  hand(
    connection: Connection,
    message: Omit<MqttMessage, 'principal' | 'receivedAt'>,
    answer: (error?: Error) => void,
  ): void {
    const { principal, guard } = connection;
    if (!principal) {
      answer(notTaken);
      return;
    }
    const { options } = this.#parts;
    const acknowledged = message.qos > 0 && !message.will;
    if (acknowledged) {
      connection.held++;
      this.held++;
    }
    this.received++;
    let settled = false;
    const done = (error?: Error) => {
      if (settled) return;
      settled = true;
      if (acknowledged) {
        connection.held--;
        this.held--;
      }
      if (this.closing) return;
      if (error) {
        connection.endedByUs = true;
        connection.why ??= 'dropped';
      }
      answer(error);
    };
    const receivedAt = message.will ? options.now() : guard.receivedAt;
    try {
      const { topic, payload, qos, retain, dup, will } = message;
      options.accept({ principal, topic, payload, qos, retain, dup, will, receivedAt }, done);
    } catch (error) {
      options.log.error({ ...about(connection), error: asError(error).message }, 'MQTT message not taken');
      done(asError(error));
    }
  }

  // --- SUBSCRIBE and delivery

  /** null denies the one filter (SUBACK 0x80); an error would lock the client out. */
  granted(client: Client, filter: Subscription): Subscription | null {
    const connection = this.#connections.get(client);
    if (!connection?.rights) return null;
    if (!connection.rights.maySubscribe(filter.topic)) {
      this.#deny(connection, filter.topic);
      return null;
    }
    const { limits, notices } = this.#parts;
    if (connection.filters.size >= limits.subscriptions && !connection.filters.has(filter.topic)) {
      notices.limited('subscriptions', connection);
      return null;
    }
    connection.filters.add(filter.topic);
    return filter;
  }

  /** Asked at each delivery; ends a subscriber for whom too much waits already. */
  mayForward(client: Client, topic: string): boolean {
    const connection = this.#connections.get(client);
    if (!connection?.rights?.mayReceive(topic)) return false;
    if (connection.socket.writableLength <= this.#parts.limits.unsentBytes) return true;
    this.endUnsent(connection);
    return false;
  }

  /** Too much waits for this client. */
  endUnsent(connection: Connection): void {
    this.#parts.notices.limited('unsentBytes', connection);
    connection.socket.destroy();
  }

  #deny(connection: Connection, topic: string): void {
    this.denied++;
    const { notices, limits, options } = this.#parts;
    const { principal } = connection;
    notices.limited('topic', connection);
    const shown = topic.slice(0, limits.topicBytes);
    const fields = { ...about(connection), topic: shown };
    const told = notices.warn(
      `topic ${principal?.id}`,
      fields,
      'MQTT topic is not granted to this principal',
    );
    if (told && principal)
      options.denied?.(principal, shown, topicFault(topic, limits) ?? 'it is not its own');
  }
}
