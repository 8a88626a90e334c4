import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Client, PublishPacket } from 'aedes';
import { asError, fault } from '../lib/errors.ts';
import { Admission, addressOf } from './mqtt-admission.ts';
import { ShortcutAedes } from './mqtt-aedes.ts';
import { Accounts, Connection } from './mqtt-connections.ts';
import { about, Notices } from './mqtt-notices.ts';
import {
  type MqttBroker,
  type MqttBrokerOptions,
  type MqttBrokerStats,
  type MqttLimits,
  mqttLimits,
} from './mqtt-options.ts';
import { Policy } from './mqtt-policy.ts';
import { QuickPublish } from './mqtt-quick-publish.ts';
import { TopicRouter } from './mqtt-routing.ts';
import { SessionMemory } from './mqtt-session-memory.ts';
import { block, SocketGuard } from './mqtt-socket-guard.ts';

export type { MqttConnectionInfo, PresenceReason } from './mqtt-connections.ts';
export type * from './mqtt-options.ts';
export type { MqttPrincipal } from './mqtt-topics.ts';

/**
 * Starts the embedded broker: MQTT 3.1.1 by aedes, with a name and a secret for everyone, exact topic rights, bounds on
 * everything a client can pile up, and an acknowledgement that means *durable*. Throws `port.busy` naming the port.
 */
export async function createMqttBroker(options: MqttBrokerOptions): Promise<MqttBroker> {
  const broker = new EmbeddedBroker(options);
  await broker.listen();
  return broker;
}

class EmbeddedBroker implements MqttBroker {
  port = 0;
  tlsPort: number | undefined;

  readonly #options: MqttBrokerOptions;
  readonly #limits: MqttLimits;
  readonly #aedes: ShortcutAedes;
  readonly #quick: QuickPublish;
  readonly #memory: SessionMemory;
  readonly #admission: Admission;
  readonly #accounts: Accounts;
  readonly #notices: Notices;
  readonly #policy: Policy;
  readonly #live = new Set<Connection>();
  readonly #servers: Server[] = [];
  #paused = false;
  #sent = 0;
  #closed: Promise<void> | undefined;

  constructor(options: MqttBrokerOptions) {
    const limits = { ...mqttLimits, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#memory = new SessionMemory(limits);
    this.#admission = new Admission(limits);
    this.#notices = new Notices(options);
    this.#accounts = new Accounts({
      ...limits,
      presence: (...came) => options.presence(...came),
      isPrincipal: (id) => options.isPrincipal?.(id) === true,
    });
    const policy = new Policy({
      options,
      limits,
      memory: this.#memory,
      accounts: this.#accounts,
      notices: this.#notices,
      admission: this.#admission,
    });
    this.#policy = policy;
    const router = new TopicRouter();
    this.#quick = new QuickPublish({
      quick: (connection, topic) => policy.maySend(connection, topic) && !router.hasSubscriber(topic),
      accept: (connection, message, done) => policy.hand(connection, message, done),
      unsentBytes: limits.unsentBytes,
      unsent: (connection) => policy.endUnsent(connection),
    });
    this.#aedes = new ShortcutAedes(router, this.#memory, {
      drainTimeout: limits.drainMs,
      connectTimeout: limits.connectMs,
      maxTopicLevels: limits.levels,
      maxInflightInbound: limits.unreleased,
      queueLimit: 20,
      // With our router this only sets how many listeners a socket may have without a warning.
      concurrency: 1000,
      // Keep-alive 0 or long is let in; `presence` tells that loss is then seen by heartbeat only.
      keepaliveLimit: 0,
      preConnect: (client, packet, answer) => policy.preConnect(client, packet, answer),
      authenticate: (client, _username, _password, answer) => policy.authenticate(client, answer),
      authorizePublish: (client, packet, answer) =>
        policy.authorizePublish(client, packet, (error) => {
          const connection = client && policy.connectionOf(client);
          if (connection) this.#quick.flush(connection);
          answer(error);
        }),
      authorizeSubscribe: (client, filter, answer) => answer(null, policy.granted(client, filter)),
      authorizeForward: (client, packet) => (policy.mayForward(client, packet.topic) ? packet : null),
    });
    this.#listenToAedes();
  }

  #listenToAedes(): void {
    const { log } = this.#options;
    // `on` of its types leaves 'error' out.
    this.#aedes.addListener('error', (error: unknown) => {
      log.error({ error: asError(error).message }, 'MQTT broker error');
    });
    this.#aedes.on('clientDisconnect', (client) => this.#gone(client));
    this.#aedes.on('unsubscribe', (filters, client) => {
      for (const filter of filters) this.#policy.connectionOf(client)?.filters.delete(filter);
    });
    const ended = (client: Client, error: Error) => {
      const connection = this.#policy.connectionOf(client);
      if (!connection || connection.gone) return;
      // aedes has no codes for these two; the tests of both limits notice when the words change.
      if (error.message === 'drain timeout') this.#notices.limited('drainMs', connection);
      if (error.message === 'connect did not arrive in time') this.#notices.limited('connectMs', connection);
      log.debug({ ...about(connection), error: error.message }, 'MQTT connection ended with an error');
    };
    this.#aedes.on('clientError', ended);
    this.#aedes.on('connectionError', ended);
  }

  // --- sockets

  async listen(): Promise<void> {
    const { port, tls } = this.#options;
    await this.#aedes.listen();
    try {
      this.port = await this.#serve(port);
      if (tls) {
        const secure = createSecureContext({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' });
        this.tlsPort = await this.#serve(tls.port, secure);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #serve(port: number, secure?: SecureContext): Promise<number> {
    const { host, log } = this.#options;
    const setting = secure ? 'GATEHOUSE_MQTT_TLS_PORT' : 'GATEHOUSE_MQTT_PORT';
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) =>
      this.#arrive(socket, secure),
    );
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const mend =
          cause.code === 'EADDRINUSE'
            ? `stop the program that has the port, or set ${setting} to another one${secure ? '' : ' (0: no built-in broker)'}`
            : `set GATEHOUSE_MQTT_HOST to an address of this machine and ${setting} to a port above 1023`;
        reject(
          fault('port.busy', `MQTT cannot listen on ${host}:${port} (${cause.message}): ${mend}`, { cause }),
        );
      });
      server.listen(port, host, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => log.error({ port, error: error.message }, 'MQTT listener error'));
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  #arrive(raw: Socket, secure: SecureContext | undefined): void {
    const address = addressOf(raw);
    raw.on('error', () => {});
    const { admitted, limit } = this.#admission.admit(raw, address);
    if (limit) this.#notices.limited(limit, { address });
    if (!admitted) return;
    const socket = secure ? new TLSSocket(raw, { isServer: true, secureContext: secure }) : raw;
    const guard = new SocketGuard(socket, {
      connectBytes: this.#limits.connectBytes,
      packetBytes: this.#limits.packetBytes,
      now: this.#options.now,
      refused: (reason) => this.#notices.limited(reason, connection),
      throttled: () => this.#notices.limited('messagesPerSecond', connection),
      take: (piece) => this.#quick.take(connection, piece),
    });
    const connection = new Connection(socket, address, guard);
    if (this.#paused) guard.block(block.paused);
    const client = this.#aedes.handle(socket);
    connection.close = () => client.close();
    this.#policy.add(client, connection);
    this.#live.add(connection);
    // After aedes' own listener: what came in the same piece as the CONNECT is handled first.
    client.on('connected', () => {
      this.#admission.through(raw, address);
      this.#accounts.opened(connection);
      guard.unblock(block.connecting);
    });
    socket.once('close', () => this.#gone(client));
  }

  #gone(client: Client): void {
    const connection = this.#policy.connectionOf(client);
    if (!connection) return;
    this.#live.delete(connection);
    this.#accounts.gone(connection);
  }

  // --- what the gateway asks for

  publish(topic: string, payload: string | Buffer, options: { qos: 0 | 1; retain?: boolean }): Promise<void> {
    const { qos, retain = false } = options;
    const packet: PublishPacket = {
      cmd: 'publish',
      topic,
      payload: Buffer.from(payload),
      qos,
      retain,
      dup: false,
    };
    this.#sent++;
    return new Promise((resolve, reject) => {
      if (this.#policy.closing) reject(new Error(`the MQTT broker is closed: ${topic} was not published`));
      else this.#aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  kept(topic: string): Buffer | null {
    return this.#memory.retainedOn(topic);
  }

  disconnect(principalId: string): void {
    for (const connection of this.#accounts.connectionsOf(principalId)) connection.end('dropped');
  }

  pauseReading(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    for (const { guard } of this.#live) {
      // What one socket brings may fill the queue again: then the rest stays blocked.
      if (this.#paused !== paused) return;
      if (paused) guard.block(block.paused);
      else guard.unblock(block.paused);
    }
  }

  stats(): MqttBrokerStats {
    const { held, received, refused, denied } = this.#policy;
    return {
      connections: this.#admission.open,
      principals: this.#accounts.size,
      retained: this.#memory.retainedCount,
      sent: this.#sent,
      held,
      received,
      refused,
      denied,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Acknowledgements given in this turn of the loop are on the wire after the next.
    await new Promise(setImmediate);
    this.#policy.closing = true;
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const connection of [...this.#live]) {
      connection.end('shutdown');
      connection.socket.destroy();
    }
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    await Promise.all(closed);
  }
}
