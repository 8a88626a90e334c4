import type { Logger } from '../lib/log.ts';
import type { MqttConnectionInfo, PresenceReason } from './mqtt-connections.ts';
import type { MqttPrincipal } from './mqtt-topics.ts';

/** Each bounds the harm one client can do to the rest; one that is hit is told through `limited` by its name here. */
export const mqttLimits = {
  /** Largest packet of a device or reader; of a bridge (Zigbee2MQTT lists all its devices in one); largest CONNECT. */
  packetBytes: 256 * 1024,
  bridgePacketBytes: 2 * 1024 * 1024,
  connectBytes: 8 * 1024,
  topicBytes: 256,
  levels: 10,
  connections: 10_000,
  connectionsPerAddress: 1_500,
  /** From one address; a refused sign-in counts as twenty. */
  connectsPerSecond: 2_000,
  /** Not for bridges. */
  connectionsPerPrincipal: 16,
  /** Packets a second of a device, and of a bridge, over all its connections; each further 4 KiB counts as one more. */
  messagesPerSecond: 5_000,
  bridgeMessagesPerSecond: 20_000,
  /** Filters of one connection. */
  subscriptions: 100,
  /** Retained messages of devices and bridges. */
  retained: 10_000,
  retainedBytes: 64 * 1024 * 1024,
  /** Bytes that may wait for one subscriber, and how long its socket may take nothing. */
  unsentBytes: 1024 * 1024,
  drainMs: 1_000,
  /** From the connection to its CONNECT, TLS included. */
  connectMs: 5_000,
  /** QoS 2 messages of one connection that wait for their PUBREL. */
  unreleased: 100,
};
export type MqttLimits = typeof mqttLimits;

export interface MqttMessage {
  principal: MqttPrincipal;
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  /** True only where it was in fact retained. */
  retain: boolean;
  dup: boolean;
  will: boolean;
  /** Epoch ms at which its last bytes were read. */
  receivedAt: number;
}

export interface MqttBrokerOptions {
  host: string;
  /** 0 = any free port. */
  port: number;
  /** Certificate (chain) and key as PEM text. */
  tls?: { port: number; cert: string; key: string };
  /** Epoch ms. */
  now(): number;
  /** Who this is; null refuses. Called once for each CONNECT that has a user name and a password. */
  authenticate(connect: {
    clientId: string;
    username: string;
    password: string;
    address: string;
  }): Promise<MqttPrincipal | null>;
  /** Whether a principal of this id exists, connected or not: nobody else gets it as client id. */
  isPrincipal?(id: string): boolean;
  /**
   * Takes one message that its sender was allowed to send. `done()` once it is durable: PUBACK (QoS 1) or PUBREC (QoS 2)
   * goes out then, never before; `done(error)` closes the connection unacknowledged, so the device repeats. For QoS 0
   * it may be called at once. A QoS 2 message comes at least once, as one of QoS 1 does: it may come again after a
   * reconnect, since every session is a clean one.
   */
  accept(message: MqttMessage, done: (error?: Error) => void): void;
  /**
   * A connection of this principal came or went; `online`: whether it has one now. The will, if any, went to `accept`
   * before. After `taken-over` the newer connection follows with `connect`.
   */
  presence(
    principal: MqttPrincipal,
    online: boolean,
    why: PresenceReason,
    connection: MqttConnectionInfo,
  ): void;
  /** A CONNECT was refused: who it said it is, from where, and why. Must be cheap. */
  signInRefused?(
    connect: { clientId: string; username: string; address: string },
    why: 'identifier' | 'unavailable' | 'connections' | 'credentials' | 'will',
  ): void;
  /** A limit was hit: its name in `mqttLimits`, or `topic` (not granted), `retain` (not kept), `notMqtt`. Must be cheap. */
  limited(limit: string, detail: { address?: string; principal?: string }): void;
  /** A topic or filter that was not granted, cut to the longest, and why; at most once a minute for each principal. */
  denied?(principal: MqttPrincipal, topic: string, why: string): void;
  log: Logger;
  limits?: Partial<MqttLimits>;
}

export interface MqttBroker {
  port: number;
  tlsPort?: number;
  /**
   * Sends to whoever subscribes now; resolves when their sockets have taken it, which says nothing of the device having
   * done anything. Rejects when the broker is closed.
   */
  publish(topic: string, payload: string | Buffer, options: { qos: 0 | 1; retain?: boolean }): Promise<void>;
  /** Closes all connections of a principal: its secret changed, or it was removed. */
  disconnect(principalId: string): void;
  /** While true no socket is read: the kernel's buffers fill and the senders wait. */
  pauseReading(paused: boolean): void;
  stats(): MqttBrokerStats;
  /** Acknowledgements still held are not sent; wills are not delivered. */
  close(): Promise<void>;
}

export interface MqttBrokerStats {
  connections: number;
  /** Principals with at least one connection. */
  principals: number;
  retained: number;
  /** Acknowledgements that wait for `done` now. */
  held: number;
  /** Since the start: messages handed over, messages the gateway published, CONNECTs and topics refused. */
  received: number;
  sent: number;
  refused: number;
  denied: number;
}
