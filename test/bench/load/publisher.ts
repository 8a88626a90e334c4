import { createConnection, type Socket } from 'node:net';
import { connectPacket, mqttString, publishPacket } from './packets.ts';
import type { Message } from './workload.ts';

/** Unanswered messages of one connection: beyond this it is not sent, and the run is lost. */
const mostUnanswered = 8_000;
const packetIds = 8_192;

/** One device: a bare socket that publishes its cycle at QoS 1. */
export class Publisher {
  readonly id: string;
  readonly #socket: Socket;
  readonly #topics: { readings: Buffer; alarms: Buffer };
  readonly #cycle: readonly Message[];
  /** Intended time of each unanswered packet id. */
  readonly #due = new Float64Array(packetIds + 1);
  #place: number;
  #packetId = 0;
  #unanswered = 0;
  #rest: Buffer = Buffer.alloc(0);
  #batch: Buffer[] = [];

  /** @param place where in the cycle it begins: devices that cross their limits all at once would be no even load */
  private constructor(
    id: string,
    socket: Socket,
    alarmTopic: string,
    cycle: readonly Message[],
    place: number,
    acknowledged: (dueAt: number) => void,
  ) {
    this.id = id;
    this.#socket = socket;
    this.#cycle = cycle;
    this.#place = place;
    this.#topics = {
      readings: mqttString(`gatehouse/${id}/readings`),
      alarms: mqttString(`gatehouse/${id}/${alarmTopic}`),
    };
    socket.on('data', (data) => this.#answers(data, acknowledged));
    // A connection that breaks leaves its messages unanswered: the run fails by its count.
    socket.on('error', () => {});
  }

  static async open(options: {
    port: number;
    id: string;
    secret: string;
    alarmTopic: string;
    cycle: readonly Message[];
    place: number;
    acknowledged(dueAt: number): void;
  }): Promise<Publisher> {
    const { port, id, secret } = options;
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error(`${id}: the broker closed the connection`)));
      socket.once('connect', () => socket.write(connectPacket(id, id, secret)));
      socket.once('data', (data) =>
        data[3] === 0 ? resolve() : reject(new Error(`${id}: CONNACK ${data[3]}`)),
      );
    });
    return new Publisher(id, socket, options.alarmTopic, options.cycle, options.place, options.acknowledged);
  }

  /** Takes its next message into the batch. @returns it, or null when too many are unanswered */
  next(dueAt: number): Message | null {
    if (this.#unanswered >= mostUnanswered) return null;
    const message = this.#cycle[this.#place];
    if (!message) throw new Error('the cycle is empty');
    this.#place = (this.#place + 1) % this.#cycle.length;
    this.#packetId = this.#packetId === packetIds ? 1 : this.#packetId + 1;
    this.#due[this.#packetId] = dueAt;
    this.#unanswered++;
    const topic = message.alarm < 0 ? this.#topics.readings : this.#topics.alarms;
    this.#batch.push(publishPacket(topic, this.#packetId, message.payload));
    return message;
  }

  flush(): void {
    const [only] = this.#batch;
    if (only) this.#socket.write(this.#batch.length === 1 ? only : Buffer.concat(this.#batch));
    this.#batch = [];
  }

  readonly close = (): void => {
    this.#socket.destroy();
  };

  #answers(data: Buffer, acknowledged: (dueAt: number) => void): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    let at = 0;
    // Only PUBACKs come back: 0x40 0x02 and the packet id.
    for (; at + 4 <= bytes.length; at += 4) {
      this.#unanswered--;
      acknowledged(this.#due[bytes.readUInt16BE(at + 2)] ?? 0);
    }
    this.#rest = bytes.subarray(at);
  }
}
