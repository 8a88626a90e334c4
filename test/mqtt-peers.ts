import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { silentLog } from '../gateway/lib/log.ts';
import type {
  MqttBroker,
  MqttBrokerOptions,
  MqttMessage,
  MqttPrincipal,
} from '../gateway/links/mqtt-broker.ts';
import { createMqttBroker } from '../gateway/links/mqtt-broker.ts';

/** Waits until something is so; fails with what was waited for. */
export async function until(holds: () => boolean, what: string, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const principals: Record<string, MqttPrincipal> = {
  'tank-1': { kind: 'device', id: 'tank-1', prefixes: [] },
  'tank-2': { kind: 'device', id: 'tank-2', prefixes: [] },
  zigbee: { kind: 'bridge', id: 'zigbee', prefixes: ['zigbee2mqtt'] },
  'dtu-7': { kind: 'bridge', id: 'dtu-7', prefixes: ['gatehouse/dtu-7/', '$SYS', '#', '', 'gatehouse'] },
  wall: { kind: 'reader', id: 'wall', prefixes: [] },
  wall2: { kind: 'reader', id: 'wall2', prefixes: [] },
};

export const secretOf = (id: string) => `secret of ${id}`;

export interface TestBroker {
  broker: MqttBroker;
  url: string;
  messages: MqttMessage[];
  /** What was taken of a topic, as text. */
  texts(topic: string): string[];
  /** While true, `done` of each message is kept in `held` instead of being called. */
  hold: boolean;
  held: ((error?: Error) => void)[];
  /** `id online why`, in order. */
  presences: string[];
  connections: { clientId: string; lossByHeartbeatOnly: boolean }[];
  limits: Map<string, number>;
}

/** A broker with a few principals, which takes every message at once unless told to hold it. */
export async function startBroker(options: Partial<MqttBrokerOptions> = {}): Promise<TestBroker> {
  const peer: Omit<TestBroker, 'broker' | 'url'> = {
    messages: [],
    texts: (topic) => peer.messages.filter((m) => m.topic === topic).map((m) => m.payload.toString()),
    hold: false,
    held: [],
    presences: [],
    connections: [],
    limits: new Map(),
  };
  const broker = await createMqttBroker({
    host: '127.0.0.1',
    port: 0,
    now: Date.now,
    authenticate: async ({ username, password }) =>
      Object.hasOwn(principals, username) && password === secretOf(username)
        ? (principals[username] ?? null)
        : null,
    isPrincipal: (id) => Object.hasOwn(principals, id),
    accept(message, done) {
      peer.messages.push(message);
      if (peer.hold) peer.held.push(done);
      else setImmediate(done);
    },
    presence(principal, online, why, connection) {
      peer.presences.push(`${principal.id} ${online} ${why}`);
      peer.connections.push(connection);
    },
    limited: (limit) => peer.limits.set(limit, (peer.limits.get(limit) ?? 0) + 1),
    log: silentLog,
    ...options,
  });
  return Object.assign(peer, { broker, url: `mqtt://127.0.0.1:${broker.port}` });
}

// --- packets by hand: MQTT 3.1.1 §2, §3

function text(words: string | Buffer): Buffer {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function packet(header: number, ...body: Buffer[]): Buffer {
  const whole = Buffer.concat(body);
  return Buffer.concat([Buffer.from([header, ...lengthBytes(whole.length)]), whole]);
}

export function lengthBytes(length: number): number[] {
  const bytes: number[] = [];
  let left = length;
  do {
    bytes.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return bytes;
}

const two = (n: number) => Buffer.from([n >> 8, n & 255]);

export interface ConnectFields {
  username?: string;
  password?: string;
  clientId?: string;
  clean?: boolean;
  keepAliveS?: number;
  version?: number;
  will?: { topic: string | Buffer; payload?: string; qos?: number; retain?: boolean };
}

export function connectPacket(fields: ConnectFields): Buffer {
  const { username, clientId = username ?? '', clean = true, keepAliveS = 60, version = 4, will } = fields;
  const password = fields.password ?? (username === undefined ? undefined : secretOf(username));
  const flags =
    (clean ? 2 : 0) |
    (will ? 4 | ((will.qos ?? 0) << 3) | (will.retain ? 32 : 0) : 0) |
    (password === undefined ? 0 : 64) |
    (username === undefined ? 0 : 128);
  return packet(
    0x10,
    text('MQTT'),
    Buffer.from([version, flags]),
    two(keepAliveS),
    version === 5 ? Buffer.from([0]) : Buffer.alloc(0),
    text(clientId),
    ...(will ? [text(will.topic), text(will.payload ?? 'offline')] : []),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  );
}

export function publishPacket(
  topic: string,
  payload: string | Buffer,
  { qos = 0, id = 1, retain = false, dup = false } = {},
): Buffer {
  const header = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
  return packet(header, text(topic), qos > 0 ? two(id) : Buffer.alloc(0), Buffer.from(payload));
}

export const subscribePacket = (filters: string[], qos = 1, id = 1) =>
  packet(0x82, two(id), ...filters.map((filter) => Buffer.concat([text(filter), Buffer.from([qos])])));
export const pubrelPacket = (id: number) => packet(0x62, two(id));
export const pingPacket = Buffer.from([0xc0, 0]);
export const disconnectPacket = Buffer.from([0xe0, 0]);

export interface Received {
  /** Packet type: 2 CONNACK, 3 PUBLISH, 4 PUBACK, 5 PUBREC, 7 PUBCOMP, 9 SUBACK, 13 PINGRESP. */
  type: number;
  body: Buffer;
}

/** A client that sends what it is told, byte by byte if need be, and shows what came. */
export class RawClient {
  readonly socket: Socket;
  readonly received: Received[] = [];
  closed = false;
  #rest = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.once('close', () => {
      this.closed = true;
    });
    this.socket.on('data', (piece) => this.#take(piece));
  }

  #take(piece: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, piece]);
    for (;;) {
      let length = 0;
      let at = 1;
      for (let factor = 1; ; factor *= 128) {
        const byte = this.#rest[at++];
        if (byte === undefined) return;
        length += (byte & 127) * factor;
        if (byte < 128) break;
      }
      if (this.#rest.length < at + length) return;
      this.received.push({ type: (this.#rest[0] ?? 0) >> 4, body: this.#rest.subarray(at, at + length) });
      this.#rest = this.#rest.subarray(at + length);
    }
  }

  send(...packets: Buffer[]): void {
    this.socket.write(Buffer.concat(packets));
  }

  of(type: number): Received[] {
    return this.received.filter((packet) => packet.type === type);
  }

  async expect(type: number, count = 1): Promise<Received> {
    await until(() => this.of(type).length >= count || this.closed, `${count} packets of type ${type} came`);
    const found = this.of(type)[count - 1];
    if (!found) throw new Error(`the broker closed before packet ${count} of type ${type}`);
    return found;
  }

  async gone(withinMs = 5_000): Promise<void> {
    await until(() => this.closed, 'the broker closed the connection', withinMs);
  }
}

/** Connects and answers the client with its CONNACK return code; 0 = accepted. */
export async function signIn(
  port: number,
  fields: ConnectFields,
): Promise<{ client: RawClient; code: number }> {
  const client = new RawClient(port);
  client.send(connectPacket(fields));
  const connack = await client.expect(2);
  return { client, code: connack.body[1] ?? -1 };
}

/** A signed-in client; throws when the broker refuses it. */
export async function enter(port: number, fields: ConnectFields): Promise<RawClient> {
  const { client, code } = await signIn(port, fields);
  if (code !== 0) throw new Error(`the broker refused the connection with code ${code}`);
  return client;
}

/** Round trips of another device: while they run, whatever the broker would do of itself is done. */
export async function busyElsewhere(peer: TestBroker): Promise<void> {
  const other = await enter(peer.broker.port, { username: 'tank-2' });
  for (let i = 1; i <= 20; i++) {
    other.send(pingPacket);
    await other.expect(13, i);
  }
  other.socket.destroy();
}

/** Runs a program to its end; never throws. */
export function run(
  program: string,
  args: string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 20_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

export async function hasProgram(name: string): Promise<boolean> {
  const child = spawn('which', [name], { stdio: 'ignore' });
  const [code] = await once(child, 'close');
  return code === 0;
}
