import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import {
  type FunctionName,
  type Question,
  type Reply,
  readHeader,
  readMessage,
  writeMessage,
} from '../protocols/uhppote/codec.ts';
import type { AskObserver } from './exchange.ts';
import type { LineTally } from './line-tally.ts';

/** Where datagrams go: an IPv4 address or a name, and a port. */
export interface Endpoint {
  host: string;
  port: number;
}

/** `192.168.1.50` or `192.168.1.50:60000`. */
export function endpointOf(text: string, port: number): Endpoint {
  const [host = '', given] = text.split(':');
  return { host, port: given === undefined ? port : Number(given) };
}

/** A controller that answered a search. */
export interface FoundController extends Reply<'find'> {
  serial: number;
  /** Where its answer came from. */
  from: string;
  /** From the question to its answer, ms. */
  ms: number;
}

export interface AskOptions<Name extends FunctionName> {
  /** How often it may be sent; 1 for what must not be done twice. */
  tries?: number;
  /** Whether a reply is one to this question, and not a late one to another. */
  fits?(reply: Reply<Name>): boolean;
  /** Ahead of what else is to be asked of this controller. */
  urgent?: boolean;
  /** After this monotonic moment it does not go out any more; once it is out it is repeated all the same. */
  latestMono?: number;
  /** The first datagram is out. */
  sent?(): void;
  observer?: AskObserver;
}

/** The UDP sockets of a link: questions with their replies, and what controllers push. */
export interface UhppoteWire {
  /** The reply; null when none came. One question at a time is open at a controller. */
  ask<Name extends FunctionName>(
    serial: number,
    name: Name,
    values: Question<Name>,
    options?: AskOptions<Name>,
  ): Promise<Reply<Name> | null>;
  /** Where a controller is asked; null: by broadcast, until it has answered. */
  place(serial: number, host: Endpoint | null): void;
  /** Where a controller is: as its place says, or from where it last answered. */
  addressOf(serial: number): string | null;
  /** Everybody who answers within `ms`. */
  search(ms: number): Promise<FoundController[]>;
  /** The port on which pushed events are heard. */
  readonly listenPort: number;
  close(): void;
}

export interface WireOptions {
  clock: Clock;
  broadcast: Endpoint;
  listen: Endpoint;
  timeoutMs: number;
  /** A controller tells by itself that something has happened. */
  pushed(serial: number, status: Reply<'status'>, from: string): void;
  tally: LineTally;
  /** A socket failed after it was opened. */
  failed(error: Error): void;
}

interface Task {
  name: FunctionName;
  bytes: Uint8Array;
  triesLeft: number;
  sendings: number;
  latestMono: number;
  take(bytes: Uint8Array): boolean;
  end(): void;
  sent: (() => void) | undefined;
  observer: AskObserver | undefined;
}

interface Conversation {
  host: Endpoint | null;
  heardFrom: string | null;
  current: Task | undefined;
  urgent: Task[];
  waiting: Task[];
  cancel: () => void;
  /** A question that was sent more than once may be answered more than once: until then its like is not asked. */
  echo: { name: FunctionName; untilMono: number } | null;
}

const defaultTries = 3;
/** So many different controllers are told of one search: a network has fewer. */
const mostFound = 1_000;

function bound(socket: Socket, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address: host }, () => {
      socket.removeListener('error', reject);
      resolve();
    });
  });
}

/** @throws when a socket cannot be opened, with nothing left open */
export async function openUhppoteWire(options: WireOptions): Promise<UhppoteWire> {
  const { clock, timeoutMs, tally } = options;
  const asking = createSocket('udp4');
  const listening = createSocket('udp4');
  const conversations = new Map<number, Conversation>();
  const searches = new Map<Map<number, FoundController>, number>();
  let closed = false;

  try {
    await bound(asking, { host: '0.0.0.0', port: 0 });
    await bound(listening, options.listen);
  } catch (error) {
    asking.close();
    listening.close();
    throw asError(error);
  }
  asking.setBroadcast(true);
  for (const socket of [asking, listening]) socket.on('error', options.failed);
  asking.on('message', heard);
  listening.on('message', (bytes, { address }) => {
    const header = readHeader(bytes);
    if (header.ok && header.name === 'status')
      options.pushed(header.serial, readMessage(bytes, 'status', 'reply'), address);
  });

  function conversationOf(serial: number): Conversation {
    const known = conversations.get(serial);
    if (known) return known;
    const begun: Conversation = {
      ...{ host: null, heardFrom: null, current: undefined, urgent: [], waiting: [] },
      ...{ cancel: () => {}, echo: null },
    };
    conversations.set(serial, begun);
    return begun;
  }

  function send(bytes: Uint8Array, { host, port }: Endpoint): void {
    if (closed) return;
    // A network that is gone is silence, like a controller that is.
    asking.send(bytes, port, host, () => {});
  }

  function heard(bytes: Buffer, from: RemoteInfo): void {
    const header = readHeader(bytes);
    if (!header.ok) return;
    const { name, serial } = header;
    if (name === 'find')
      for (const [found, askedMono] of searches)
        if (found.size < mostFound && !found.has(serial)) {
          const ms = Math.ceil(clock.now().monoMs - askedMono);
          found.set(serial, { ...readMessage(bytes, 'find', 'reply'), serial, from: from.address, ms });
        }
    const conversation = conversations.get(serial);
    if (!conversation) return;
    // Anybody on the network can send what looks like its reply.
    const known = knownAddress(conversation);
    if (known !== null && from.address !== known) return;
    const { current } = conversation;
    if (current?.name !== name || current.sendings === 0 || !current.take(bytes)) return;
    conversation.heardFrom = from.address;
    // Counted whole, since several controllers are asked at a time.
    tally.asked(current.bytes);
    tally.heard(bytes);
    current.observer?.received(bytes);
    tally.goesOn();
    conversation.cancel();
    finish(conversation, current);
  }

  /** The address at which the site has it; null where it has a name, or is looked for. */
  function knownAddress({ host }: Conversation): string | null {
    return host !== null && isIP(host.host) !== 0 ? host.host : null;
  }

  function finish(conversation: Conversation, task: Task): void {
    conversation.current = undefined;
    if (task.sendings > 1) conversation.echo = { name: task.name, untilMono: clock.now().monoMs + timeoutMs };
    next(conversation);
  }

  function next(conversation: Conversation): void {
    if (conversation.current || closed) return;
    const task = conversation.urgent.shift() ?? conversation.waiting.shift();
    if (!task) return;
    conversation.current = task;
    const { echo } = conversation;
    const waitMs = echo?.name === task.name ? echo.untilMono - clock.now().monoMs : 0;
    if (waitMs > 0) conversation.cancel = clock.wakeAfter(waitMs, () => attempt(conversation, task));
    else attempt(conversation, task);
  }

  function attempt(conversation: Conversation, task: Task): void {
    if (closed) return;
    if (task.triesLeft === 0) {
      tally.asked(task.bytes);
      const words = `no answer to ${task.sendings} sendings`;
      tally.settled({ ok: false, error: 'timeout', fault: { code: 'silent', timeoutMs }, words });
      task.end();
      finish(conversation, task);
      return;
    }
    if (task.sendings === 0 && clock.now().monoMs > task.latestMono) {
      task.end();
      finish(conversation, task);
      return;
    }
    task.triesLeft--;
    if (task.sendings++ === 0) {
      task.sent?.();
      task.observer?.sent(task.bytes);
    }
    const { host, heardFrom } = conversation;
    // Where it has answered from once it need not be called by shouting.
    send(
      task.bytes,
      host ?? (heardFrom === null ? options.broadcast : { host: heardFrom, port: options.broadcast.port }),
    );
    conversation.cancel = clock.wakeAfter(timeoutMs, () => {
      // A controller that has moved to another address is called by everybody's again.
      if (host === null && task.triesLeft === 0) conversation.heardFrom = null;
      attempt(conversation, task);
    });
  }

  return {
    listenPort: listening.address().port,
    place(serial, host) {
      conversationOf(serial).host = host;
    },
    addressOf(serial) {
      const conversation = conversations.get(serial);
      return conversation ? (knownAddress(conversation) ?? conversation.heardFrom) : null;
    },
    ask(serial, name, values, options = {}) {
      const { tries = defaultTries, fits = () => true, urgent = false, sent, observer } = options;
      const { latestMono = Number.POSITIVE_INFINITY } = options;
      return new Promise((resolve) => {
        if (closed) {
          resolve(null);
          return;
        }
        const conversation = conversationOf(serial);
        const task: Task = {
          ...{ name, bytes: writeMessage(name, 'request', serial, values) },
          ...{ triesLeft: tries, sendings: 0, latestMono, sent, observer },
          take(bytes) {
            const reply = readMessage(bytes, name, 'reply');
            if (!fits(reply)) return false;
            resolve(reply);
            return true;
          },
          end: () => resolve(null),
        };
        (urgent ? conversation.urgent : conversation.waiting).push(task);
        next(conversation);
      });
    },
    search(ms) {
      const found = new Map<number, FoundController>();
      searches.set(found, clock.now().monoMs);
      const question = writeMessage('find', 'request', 0, {});
      send(question, options.broadcast);
      // Those whose place is known may be beyond what a broadcast reaches.
      for (const { host } of conversations.values()) if (host) send(question, host);
      return new Promise((resolve) => {
        clock.wakeAfter(ms, () => {
          searches.delete(found);
          resolve([...found.values()].sort((a, b) => a.serial - b.serial));
        });
      });
    },
    close() {
      if (closed) return;
      closed = true;
      asking.close();
      listening.close();
      for (const conversation of conversations.values()) {
        conversation.cancel();
        const { current, urgent, waiting } = conversation;
        for (const task of [...(current ? [current] : []), ...urgent, ...waiting]) task.end();
      }
    },
  };
}
