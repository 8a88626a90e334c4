import type { Socket } from 'node:net';

/** Why a socket is not read at present; several may hold at once. */
export const block = {
  /** Its CONNECT is being judged: what follows waits, so that nothing is handled before the answer. */
  connecting: 1,
  /** The gateway's queue is full. */
  paused: 2,
  /** It sent more than its rate. */
  rate: 4,
} as const;
export type Block = (typeof block)[keyof typeof block];

/** A rate with one second's worth in hand. Shared by all connections of a device. */
export class Pace {
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#atMs = performance.now();
  }

  /** Takes `cost` and answers how many ms to wait before more may be taken; 0 when there is something left. */
  take(cost: number): number {
    // The machine's own time, not the injected clock: this paces a real socket, as a timer does.
    const nowMs = performance.now();
    this.#left =
      Math.min(this.#perSecond, this.#left + ((nowMs - this.#atMs) / 1000) * this.#perSecond) - cost;
    this.#atMs = nowMs;
    return this.#left >= 0 ? 0 : (-this.#left / this.#perSecond) * 1000;
  }
}

export interface SocketGuardOptions {
  /** Largest first packet, and largest later packet, in bytes after the fixed header. */
  connectBytes: number;
  packetBytes: number;
  now(): number;
  /** A packet that announces more than it may, or no MQTT at all. The socket is destroyed already. */
  refused(reason: 'packetBytes' | 'connectBytes' | 'notMqtt'): void;
  throttled(): void;
  /** Offered every piece of whole packets, already checked. True: it has them, and aedes gets none. */
  take(piece: Buffer): boolean;
}

/** Bytes that cost as much as one more message. */
const bytesPerCost = 4096;
// MQTT 3.1.1 §2.2: packet type and its required flags.
const connectHeader = 0x10;
const subscribeHeader = 0x82;
const unsubscribeHeader = 0xa2;
const disconnectHeader = 0xe0;
const publishType = 0x3;

/**
 * Stands between a socket and aedes, which has no limit of its own (one unfinished packet cost 225 MiB): reads each
 * packet's fixed header as the bytes pass and ends the connection before a giant packet is gathered. It takes the place
 * of `socket.read`, which aedes calls when bytes are there, so nothing is copied and no stream is added; answering null
 * without having read leaves the bytes in the kernel, which is the back-pressure. And it stands before `socket.push`, by which
 * the bytes come: whole PUBLISH packets that `take` wants are spared the stream, while aedes has nothing to do.
 */
export class SocketGuard {
  /** Epoch ms at which the bytes now being handled were read. */
  receivedAt = 0;
  /** The client said goodbye (MQTT 3.1.1 §3.14). */
  disconnected = false;
  packetBytes: number;

  #pace: Pace | undefined;
  readonly #socket: Socket;
  readonly #options: SocketGuardOptions;
  #blocks = 0;
  #unread = false;
  /** aedes has asked for more and there was none: it has handled all that came before. */
  #hungry = false;
  /** What is read next was offered as it came, and is for aedes. */
  #declined = false;
  #rateTimer: NodeJS.Timeout | undefined;

  // Where in the stream of packets we are.
  #packets = 0;
  #connectWhole = false;
  #header = 0;
  #inLength = false;
  #length = 0;
  #factor = 1;
  #bodyLeft = 0;

  constructor(socket: Socket, options: SocketGuardOptions) {
    this.#socket = socket;
    this.#options = options;
    this.packetBytes = options.packetBytes;
    const read = socket.read;
    socket.read = (size?: number) => {
      // The stream itself calls read(0) to have its buffer filled, which is bounded.
      if (size === 0) return read.call(socket, 0);
      if (this.#blocks !== 0) {
        this.#unread = true;
        return null;
      }
      const piece: Buffer | null = read.call(socket, size);
      const given = piece && this.#pass(piece) ? piece : null;
      this.#hungry = given === null;
      return given;
    };
    const push = socket.push;
    socket.push = (piece: Buffer | null, encoding?: BufferEncoding) => {
      if (piece && this.#hungry && this.#blocks === 0 && this.#connectWhole && this.#takeAtOnce(piece))
        return true;
      return push.call(socket, piece, encoding);
    };
    socket.once('close', () => clearTimeout(this.#rateTimer));
  }

  get blocked(): boolean {
    return this.#blocks !== 0;
  }

  block(why: Block): void {
    this.#blocks |= why;
  }

  unblock(why: Block): void {
    this.#blocks &= ~why;
    if (this.#blocks !== 0 || !this.#unread) return;
    this.#unread = false;
    this.#socket.emit('readable');
  }

  /** Whether aedes is to have it. */
  #pass(piece: Buffer): boolean {
    this.receivedAt = this.#options.now();
    const fromStart = this.#betweenPackets;
    const cost = this.#walk(piece);
    if (cost < 0) return false;
    if (!this.#connectWhole && (this.#packets > 1 || (this.#packets === 1 && this.#bodyLeft === 0))) {
      this.#connectWhole = true;
      this.block(block.connecting);
    }
    this.#spend(cost);
    const declined = this.#declined;
    this.#declined = false;
    return declined || !(fromStart && this.#betweenPackets && this.#options.take(piece));
  }

  /** False: it goes on through the stream, to aedes where it was offered. */
  #takeAtOnce(piece: Buffer): boolean {
    if (!this.#betweenPackets || this.#socket.readableLength > 0) return false;
    let cost = 0;
    let packets = 0;
    for (let at = 0; at < piece.length; packets++) {
      const header = piece[at++] ?? 0;
      let length = 0;
      let factor = 1;
      let more = true;
      while (more && factor <= 128 ** 3) {
        const byte = piece[at++] ?? 0;
        length += (byte & 0x7f) * factor;
        factor *= 128;
        more = (byte & 0x80) !== 0;
      }
      at += length;
      if (header >> 4 !== publishType || more || length > this.packetBytes || at > piece.length) return false;
      cost += costOf(header, length);
    }
    this.receivedAt = this.#options.now();
    if (!this.#options.take(piece)) {
      this.#declined = true;
      return false;
    }
    this.#packets += packets;
    this.#spend(cost);
    return true;
  }

  get #betweenPackets(): boolean {
    return this.#bodyLeft === 0 && !this.#inLength;
  }

  /** From here on at this pace, which others may have overdrawn already. */
  keepTo(pace: Pace): void {
    this.#pace = pace;
    this.#spend(0);
  }

  #spend(cost: number): void {
    const waitMs = this.#pace?.take(cost) ?? 0;
    if (waitMs === 0) return;
    this.block(block.rate);
    this.#options.throttled();
    clearTimeout(this.#rateTimer);
    this.#rateTimer = setTimeout(() => this.unblock(block.rate), Math.ceil(waitMs));
  }

  /** Follows the packets through one piece of the stream. Answers what they cost, −1 when the connection was ended. */
  #walk(piece: Buffer): number {
    let cost = 0;
    let at = 0;
    const end = piece.length;
    while (at < end) {
      if (this.#bodyLeft > 0) {
        const step = Math.min(this.#bodyLeft, end - at);
        at += step;
        this.#bodyLeft -= step;
        continue;
      }
      const byte = piece[at++] ?? 0;
      if (!this.#inLength) {
        if (this.#packets === 0 && byte !== connectHeader) return this.#refuse('notMqtt');
        this.#header = byte;
        this.#inLength = true;
        this.#length = 0;
        this.#factor = 1;
        continue;
      }
      // MQTT 3.1.1 §2.2.3: at most four bytes of seven bits, least significant first.
      this.#length += (byte & 0x7f) * this.#factor;
      if (byte & 0x80) {
        this.#factor *= 128;
        if (this.#factor > 128 ** 3) return this.#refuse('notMqtt');
        continue;
      }
      const first = this.#packets === 0;
      if (this.#length > (first ? this.#options.connectBytes : this.packetBytes))
        return this.#refuse(first ? 'connectBytes' : 'packetBytes');
      this.#packets++;
      if (this.#header === disconnectHeader) this.disconnected = true;
      this.#inLength = false;
      this.#bodyLeft = this.#length;
      cost += costOf(this.#header, this.#length);
    }
    return cost;
  }

  #refuse(reason: 'packetBytes' | 'connectBytes' | 'notMqtt'): number {
    this.#socket.destroy();
    this.#options.refused(reason);
    return -1;
  }
}

/** One for a message and one for each further 4 KiB; a filter to subscribe is looked up in all that is retained. */
function costOf(header: number, length: number): number {
  if (header === subscribeHeader || header === unsubscribeHeader) return 1 + length;
  return 1 + Math.floor(length / bytesPerCost);
}
