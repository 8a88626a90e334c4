import type { Connection } from './mqtt-connections.ts';

/** A PUBLISH packet as it is handed over. */
export interface QuickMessage {
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  dup: boolean;
  retain: false;
  will: false;
}

export interface QuickPublishOptions {
  /** Whether a message on this topic concerns the gateway alone and may be sent by this connection. */
  quick(connection: Connection, topic: string): boolean;
  /** Hands it over; `done` is its acknowledgement, `done(error)` ends the connection. */
  accept(connection: Connection, message: QuickMessage, done: (error?: Error) => void): void;
  /** Bytes that may wait for one client. */
  unsentBytes: number;
  unsent(connection: Connection): void;
}

/** So many messages of one connection are read ahead of what is done; beyond, it is read piece by piece. */
const mostAhead = 1_000;
/** aedes watches the keep-alive, with half of it as grace, by the packets that it sees: it sees one each quarter, ms a second of it. */
const longWayEach = 250;

// MQTT 3.1.1 §3.3.1: PUBLISH with its flags.
const publishType = 0x3;
const dupFlag = 0x08;
const qosBits = 0x06;
const retainFlag = 0x01;
const puback = 0x40;

/**
 * The short way of nearly every message, which is a reading or an event that nobody subscribes to: taken from the bytes
 * that the socket guard has just checked, and acknowledged straight to the socket. aedes takes a message only when the
 * one before is acknowledged, so a device that sends faster than the disk commits would wait for two commits each time.
 * Whatever is not a piece of whole PUBLISH packets of that sort goes the long way, through aedes, as it came.
 */
export class QuickPublish {
  readonly #options: QuickPublishOptions;
  /** Connections with acknowledgements to send: a commit settles many in one go, and they leave together. */
  readonly #due = new Set<Connection>();

  constructor(options: QuickPublishOptions) {
    this.#options = options;
  }

  /** @param piece begins and ends with a packet @returns false: not one of it was taken */
  take(connection: Connection, piece: Buffer): boolean {
    if (!connection.open || connection.gone || connection.ahead >= mostAhead) return false;
    if (connection.keepAliveS > 0) {
      const nowMs = performance.now();
      if (nowMs - connection.longWayAtMs >= connection.keepAliveS * longWayEach) {
        connection.longWayAtMs = nowMs;
        return false;
      }
    }
    const packets = this.#read(connection, piece);
    if (!packets) return false;
    for (const { messageId, message } of packets) {
      connection.ahead++;
      this.#options.accept(connection, message, (error) => this.#settle(connection, messageId, error));
    }
    return true;
  }

  #read(connection: Connection, piece: Buffer): { messageId: number; message: QuickMessage }[] | undefined {
    const packets: { messageId: number; message: QuickMessage }[] = [];
    let at = 0;
    while (at < piece.length) {
      const header = piece[at++] ?? 0;
      const qos = (header & qosBits) >> 1;
      if (header >> 4 !== publishType || header & retainFlag || qos > 1) return undefined;
      let length = 0;
      for (let shift = 0, more = true; more; shift += 7) {
        const byte = piece[at++] ?? 0;
        length |= (byte & 0x7f) << shift;
        more = (byte & 0x80) !== 0;
      }
      const end = at + length;
      const topicAt = at + 2;
      const topicEnd = topicAt + (((piece[at] ?? 0) << 8) | (piece[at + 1] ?? 0));
      const payloadAt = topicEnd + (qos === 1 ? 2 : 0);
      if (payloadAt > end) return undefined;
      const messageId = qos === 1 ? ((piece[topicEnd] ?? 0) << 8) | (piece[topicEnd + 1] ?? 0) : 0;
      if (qos === 1 && messageId === 0) return undefined;
      const topic = piece.toString('utf8', topicAt, topicEnd);
      if (!this.#options.quick(connection, topic)) return undefined;
      const payload = piece.subarray(payloadAt, end);
      packets.push({
        messageId,
        message: {
          topic,
          payload,
          qos: qos === 1 ? 1 : 0,
          dup: (header & dupFlag) !== 0,
          retain: false,
          will: false,
        },
      });
      at = end;
    }
    return packets;
  }

  #settle(connection: Connection, messageId: number, error: Error | undefined): void {
    connection.ahead--;
    if (error) connection.close();
    else if (messageId !== 0) {
      connection.acknowledge.push(messageId);
      if (this.#due.size === 0) queueMicrotask(() => this.#send());
      this.#due.add(connection);
    }
  }

  #send(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const connection of due) this.flush(connection);
  }

  /** Sends what is acknowledged now: before aedes acknowledges a later message (MQTT 3.1.1 §4.6). */
  flush(connection: Connection): void {
    const ids = connection.acknowledge.splice(0);
    const { socket } = connection;
    if (ids.length === 0 || connection.gone || socket.destroyed) return;
    // MQTT 3.1.1 §3.4.
    const packets = Buffer.allocUnsafe(ids.length * 4);
    for (const [i, id] of ids.entries())
      packets.writeUInt32BE(((puback << 24) | (2 << 16) | id) >>> 0, i * 4);
    socket.write(packets);
    if (socket.writableLength > this.#options.unsentBytes) this.#options.unsent(connection);
  }
}
