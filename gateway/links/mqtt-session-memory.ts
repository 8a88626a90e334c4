import { Readable } from 'node:stream';
import type { PublishPacket } from 'aedes';

type Retained = PublishPacket & { payload: Buffer };

/** As aedes names a client to its persistence. */
interface Named {
  id: string;
}
interface Numbered {
  messageId?: number;
}

const nothing: Promise<undefined> = Promise.resolve(undefined);
const none: Promise<never[]> = Promise.resolve([]);

/**
 * What the broker keeps in memory, as aedes asks for it (its `persistence` option). Every session is a clean one, so
 * there are no stored subscriptions, no offline queues and no wills to survive a broker: what is left is retained
 * messages, with a bound, and the QoS 2 messages whose PUBREL has not come.
 */
export class SessionMemory {
  readonly #retained = new Map<string, Retained>();
  readonly #unreleased = new Map<string, Set<number>>();
  readonly #mostRetained: number;
  readonly #mostRetainedBytes: number;
  #retainedBytes = 0;

  constructor(limits: { retained: number; retainedBytes: number }) {
    this.#mostRetained = limits.retained;
    this.#mostRetainedBytes = limits.retainedBytes;
  }

  get retainedCount(): number {
    return this.#retained.size;
  }

  /** Whether a device's or bridge's message can be retained. The gateway's own are not asked about. */
  hasRoomFor(topic: string, payload: string | Buffer): boolean {
    const old = this.#retained.get(topic);
    if (!old && this.#retained.size >= this.#mostRetained) return payload.length === 0;
    return this.#retainedBytes - (old?.payload.length ?? 0) + payload.length <= this.#mostRetainedBytes;
  }

  isUnreleased(clientId: string, messageId: number | undefined): boolean {
    return messageId !== undefined && this.#unreleased.get(clientId)?.has(messageId) === true;
  }

  // --- retained messages

  async setup(): Promise<void> {}

  async storeRetained(packet: PublishPacket): Promise<void> {
    this.retain(packet);
  }

  retain(packet: PublishPacket): void {
    const old = this.#retained.get(packet.topic);
    this.#retainedBytes -= old?.payload.length ?? 0;
    // MQTT 3.1.1 §3.3.1.3: an empty payload takes the retained message away.
    if (packet.payload.length === 0) {
      this.#retained.delete(packet.topic);
      return;
    }
    // A payload from the wire is a view on the whole piece that was read: keep the bytes, not the 64 KiB around them.
    this.#retained.set(packet.topic, { ...packet, payload: Buffer.from(packet.payload) });
    this.#retainedBytes += packet.payload.length;
  }

  retainedOn(topic: string): Buffer | null {
    const packet = this.#retained.get(topic);
    return packet ? Buffer.from(packet.payload) : null;
  }

  createRetainedStreamCombi(filters: string[]): Readable {
    return Readable.from(this.#retainedFor(filters));
  }

  *#retainedFor(filters: string[]): Generator<PublishPacket> {
    for (const filter of filters) {
      const wildAt = filter.search(/[+#]/);
      if (wildAt === -1) {
        const packet = this.#retained.get(filter);
        if (packet) yield packet;
        continue;
      }
      const head = filter.slice(0, wildAt);
      // `a/#` also stands for `a`.
      const parent = filter.endsWith('/#') ? filter.slice(0, -2) : filter;
      for (const [topic, packet] of this.#retained)
        if ((topic.startsWith(head) || topic === parent) && filterMatches(filter, topic)) yield packet;
    }
  }

  // --- QoS 2, inbound: an entry lives from the first PUBLISH to its PUBREL

  async incomingStorePacket(client: Named, packet: Numbered): Promise<void> {
    const ids = this.#unreleased.get(client.id) ?? new Set();
    if (packet.messageId !== undefined) ids.add(packet.messageId);
    this.#unreleased.set(client.id, ids);
  }

  /** aedes asks for the packet only to know whether it is there. */
  async incomingGetPacket(client: Named, packet: Numbered): Promise<Numbered> {
    if (!this.isUnreleased(client.id, packet.messageId)) throw absent;
    return packet;
  }

  async incomingDelPacket(client: Named, packet: Numbered): Promise<void> {
    if (packet.messageId === undefined || !this.#unreleased.get(client.id)?.delete(packet.messageId))
      throw absent;
  }

  async cleanIncoming(client: Named): Promise<void> {
    this.#unreleased.delete(client.id);
  }

  // --- what only a session that outlives its connection would need

  subscriptionsByTopic(): Promise<never[]> {
    return none;
  }
  subscriptionsByClient(): Promise<never[]> {
    return none;
  }
  addSubscriptions(): Promise<undefined> {
    return nothing;
  }
  removeSubscriptions(): Promise<undefined> {
    return nothing;
  }
  cleanSubscriptions(): Promise<undefined> {
    return nothing;
  }
  outgoingEnqueue(): Promise<undefined> {
    return nothing;
  }
  outgoingEnqueueCombi(): Promise<undefined> {
    return nothing;
  }
  outgoingUpdate(): Promise<undefined> {
    return nothing;
  }
  outgoingClearMessageId(): Promise<undefined> {
    return nothing;
  }
  outgoingStream(): Readable {
    return Readable.from([]);
  }
  putWill(): Promise<undefined> {
    return nothing;
  }
  delWill(): Promise<undefined> {
    return nothing;
  }
  streamWill(): Readable {
    return Readable.from([]);
  }
}

// One object: a stack trace for each QoS 2 message would cost more than the message.
const absent = new Error('no such packet');

function filterMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '#') return true;
    if (i >= levels.length || (wanted[i] !== '+' && wanted[i] !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
