import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Pace, type SocketGuard } from './mqtt-socket-guard.ts';
import type { MqttPrincipal, TopicRights } from './mqtt-topics.ts';

/** Why a principal's connection went; `connect` when it came. */
export type PresenceReason = 'connect' | 'disconnect' | 'lost' | 'taken-over' | 'dropped' | 'shutdown';

/** What is known of the connection that came or went. */
export interface MqttConnectionInfo {
  clientId: string;
  address: string;
  /** Seconds, as the client asked for; 0 = none. */
  keepAliveS: number;
  /** No keep-alive, or more than 60 s: only the device's own heartbeat shows its loss in time. */
  lossByHeartbeatOnly: boolean;
}

const longestKeepAliveS = 60;

/** One socket from arrival to end. */
export class Connection {
  readonly socket: Socket;
  readonly address: string;
  readonly guard: SocketGuard;
  /** Set once its CONNECT was accepted, with the three below. */
  principal: MqttPrincipal | undefined;
  rights: TopicRights | undefined;
  clientId = '';
  keepAliveS = 0;
  /** The will as aedes holds it: it comes back to `authorizePublish` as the same object. */
  will: object | undefined;
  /** Filters it subscribes to. */
  readonly filters = new Set<string>();
  /** Messages of QoS 1 and 2 whose acknowledgement waits for `done`. */
  held = 0;
  /** Messages read ahead of aedes that are not done yet, whatever their QoS. */
  ahead = 0;
  /** Packet ids to be acknowledged in the next write. */
  readonly acknowledge: number[] = [];
  /** When a packet last went through aedes, ms of the process's own clock. */
  longWayAtMs = Number.NEGATIVE_INFINITY;
  /** The CONNACK is sent. */
  open = false;
  gone = false;
  /** Why it went, where we know better than `lost`. */
  why: PresenceReason | undefined;
  /** We end it for reasons of our own: its will would be untrue. */
  endedByUs = false;
  /** Closes it through aedes. */
  close: () => void = () => {};

  constructor(socket: Socket, address: string, guard: SocketGuard) {
    this.socket = socket;
    this.address = address;
    this.guard = guard;
  }

  end(why: PresenceReason): void {
    this.endedByUs = true;
    this.why ??= why;
    this.close();
  }

  /**
   * Whether a will is to be believed. Not one that we caused; nor one of a connection that we did not hear: aedes reads
   * nothing while an acknowledgement is held or the socket is blocked, so its pings, and its DISCONNECT, may lie unread.
   */
  get willCounts(): boolean {
    return !this.endedByUs && this.held === 0 && !this.guard.blocked;
  }

  get info(): MqttConnectionInfo {
    return {
      clientId: this.clientId,
      address: this.address,
      keepAliveS: this.keepAliveS,
      lossByHeartbeatOnly: this.keepAliveS === 0 || this.keepAliveS > longestKeepAliveS,
    };
  }
}

interface Account {
  connections: Set<Connection>;
  open: number;
  online: boolean;
}

export interface AccountOptions {
  messagesPerSecond: number;
  bridgeMessagesPerSecond: number;
  connectionsPerPrincipal: number;
  presence(
    principal: MqttPrincipal,
    online: boolean,
    why: PresenceReason,
    connection: MqttConnectionInfo,
  ): void;
  /** Whether this is the id of some principal, connected or not. */
  isPrincipal(id: string): boolean;
}

/** Who is connected, under which client ids. */
export class Accounts {
  readonly #options: AccountOptions;
  readonly #accounts = new Map<string, Account>();
  /** Kept when a principal leaves: to come again must not buy a new second's worth. */
  readonly #paces = new Map<string, Pace>();
  readonly #clientIds = new Map<string, Connection>();

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#accounts.size;
  }

  connectionsOf(principalId: string): Connection[] {
    return [...(this.#accounts.get(principalId)?.connections ?? [])];
  }

  /**
   * Gives the connection to its principal under a client id, closing the one that had that id. Answers what forbids it:
   * `identifier` (another's id), `connections` (too many); null when done. (security 13)
   */
  claim(
    connection: Connection,
    principal: MqttPrincipal,
    asked: string,
  ): 'identifier' | 'connections' | null {
    const clientId = asked === '' ? `${principal.id}~${randomBytes(8).toString('hex')}` : asked;
    const holder = this.#clientIds.get(clientId);
    const own = clientId === principal.id || clientId.startsWith(`${principal.id}~`);
    if (!own) {
      const [owner = ''] = clientId.split('~', 1);
      if (owner !== clientId || this.#options.isPrincipal(clientId)) return 'identifier';
      if (holder && holder.principal?.id !== principal.id) return 'identifier';
    }
    let account = this.#accounts.get(principal.id);
    const replaced = holder?.principal?.id === principal.id ? 1 : 0;
    if (
      principal.kind !== 'bridge' &&
      account &&
      account.connections.size - replaced >= this.#options.connectionsPerPrincipal
    )
      return 'connections';
    if (!account) {
      account = { connections: new Set(), open: 0, online: false };
      this.#accounts.set(principal.id, account);
    }
    // Before the old one goes, so that its going leaves the account in place.
    account.connections.add(connection);
    connection.principal = principal;
    connection.clientId = clientId;
    connection.guard.keepTo(this.#paceOf(principal));
    holder?.end(replaced ? 'taken-over' : 'dropped');
    this.#clientIds.set(clientId, connection);
    return null;
  }

  #paceOf(principal: MqttPrincipal): Pace {
    const known = this.#paces.get(principal.id);
    if (known) return known;
    const { messagesPerSecond, bridgeMessagesPerSecond } = this.#options;
    const pace = new Pace(principal.kind === 'bridge' ? bridgeMessagesPerSecond : messagesPerSecond);
    this.#paces.set(principal.id, pace);
    return pace;
  }

  opened(connection: Connection): void {
    const principal = connection.principal;
    const account = principal && this.#accounts.get(principal.id);
    if (!account || connection.open || connection.gone) return;
    connection.open = true;
    account.open++;
    account.online = true;
    this.#options.presence(principal, true, 'connect', connection.info);
  }

  gone(connection: Connection): void {
    if (connection.gone) return;
    connection.gone = true;
    const principal = connection.principal;
    const account = principal && this.#accounts.get(principal.id);
    if (!account) return;
    if (this.#clientIds.get(connection.clientId) === connection) this.#clientIds.delete(connection.clientId);
    account.connections.delete(connection);
    if (account.connections.size === 0) this.#accounts.delete(principal.id);
    if (connection.open) account.open--;
    const why = connection.why ?? (connection.guard.disconnected ? 'disconnect' : 'lost');
    // Its successor stands ready: the principal never left. Should that one fail before its CONNACK, it says so itself.
    const online = account.open > 0 || (why === 'taken-over' && account.connections.size > 0);
    if (connection.open || account.online !== online)
      this.#options.presence(principal, online, why, connection.info);
    account.online = online;
  }
}
