import { createConnection, type Socket } from 'node:net';

/**
 * The load: MQTT 3.1.1 publishers at QoS 1 in a process of their own, written on bare sockets so that the generator costs
 * little beside what it measures. Open loop at `rate` messages a second in all (a late send counts against the system:
 * latency runs from the intended time to the PUBACK), or closed loop with `window` unanswered messages a connection when
 * `rate` is 0. Orders come as one JSON argument; the result goes out as one JSON line.
 */
export interface LoadOrder {
  port: number;
  /** User name, which is also the topic's device, and password of each connection. */
  devices: { id: string; secret: string }[];
  rate: number;
  window: number;
  warmupMs: number;
  measureMs: number;
  /** Every n-th message of a device crosses its limit, up or down in turn: it changes an alarm. 0 for none. */
  alarmEvery: number;
}

export interface LoadResult {
  sent: number;
  acknowledged: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  worstMs: number;
  lost: number;
}

interface Publisher {
  id: string;
  socket: Socket;
  topic: Buffer;
  packetId: number;
  sent: number;
  high: boolean;
  /** Intended send time of each unanswered packet id. */
  due: Float64Array;
  unanswered: number;
  rest: Buffer;
}

function mqttString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const out = Buffer.alloc(2 + bytes.length);
  out.writeUInt16BE(bytes.length);
  bytes.copy(out, 2);
  return out;
}

function remainingLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}

function connectPacket(id: string, secret: string): Buffer {
  const body = Buffer.concat([
    mqttString('MQTT'),
    Buffer.from([4, 0xc2, 0, 60]),
    mqttString(id),
    mqttString(id),
    mqttString(secret),
  ]);
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body]);
}

async function openPublisher(port: number, id: string, secret: string): Promise<Publisher> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => socket.write(connectPacket(id, secret)));
    socket.once('data', (data) =>
      data[3] === 0 ? resolve() : reject(new Error(`${id}: CONNACK ${data[3]}`)),
    );
  });
  return {
    id,
    socket,
    topic: mqttString(`gatehouse/${id}/readings`),
    packetId: 0,
    sent: 0,
    high: false,
    due: new Float64Array(65_536),
    unanswered: 0,
    rest: Buffer.alloc(0),
  };
}

function publishPacket(publisher: Publisher, alarmEvery: number, dueAt: number): Buffer {
  publisher.sent++;
  if (alarmEvery > 0 && publisher.sent % alarmEvery === 0) publisher.high = !publisher.high;
  publisher.packetId = publisher.packetId === 65_535 ? 1 : publisher.packetId + 1;
  publisher.due[publisher.packetId] = dueAt;
  publisher.unanswered++;
  const level = (publisher.high ? 3.5 : 1.2) + (publisher.sent % 100) / 1_000;
  const payload = `{"values":{"level":${level.toFixed(3)}}}`;
  const length = publisher.topic.length + 2 + payload.length;
  const out = Buffer.allocUnsafe(2 + length);
  out[0] = 0x32;
  out[1] = length;
  publisher.topic.copy(out, 2);
  out.writeUInt16BE(publisher.packetId, 2 + publisher.topic.length);
  out.write(payload, 4 + publisher.topic.length, 'latin1');
  return out;
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const publishers: Publisher[] = [];
  for (const { id, secret } of order.devices) publishers.push(await openPublisher(order.port, id, secret));

  const started = performance.now();
  const measureFrom = started + order.warmupMs;
  const end = measureFrom + order.measureMs;
  const latencies: number[] = [];
  let sent = 0;
  let acknowledged = 0;

  const closedLoop = order.rate === 0;
  const fill = (publisher: Publisher) => {
    const now = performance.now();
    if (now >= end) return;
    const packets: Buffer[] = [];
    while (publisher.unanswered < order.window) {
      packets.push(publishPacket(publisher, order.alarmEvery, now));
      sent++;
    }
    if (packets.length > 0) publisher.socket.write(Buffer.concat(packets));
  };

  for (const publisher of publishers) {
    publisher.socket.on('data', (data) => {
      const bytes = publisher.rest.length > 0 ? Buffer.concat([publisher.rest, data]) : data;
      const now = performance.now();
      let at = 0;
      // Only PUBACKs come back: 0x40 0x02 and the packet id.
      for (; at + 4 <= bytes.length; at += 4) {
        const dueAt = publisher.due[bytes.readUInt16BE(at + 2)] ?? now;
        publisher.unanswered--;
        if (now >= measureFrom && now < end) {
          acknowledged++;
          latencies.push(now - dueAt);
        }
      }
      publisher.rest = bytes.subarray(at);
      if (closedLoop) fill(publisher);
    });
    publisher.socket.on('error', () => {});
  }

  if (closedLoop) for (const publisher of publishers) fill(publisher);
  else {
    const perMs = order.rate / 1_000;
    let issued = 0;
    await new Promise<void>((resolve) => {
      const pump = () => {
        const now = performance.now();
        const wanted = Math.floor((Math.min(now, end) - started) * perMs);
        const batches = new Map<Publisher, Buffer[]>();
        for (; issued < wanted; issued++) {
          const publisher = publishers[issued % publishers.length];
          if (!publisher || publisher.unanswered > 60_000) continue;
          const packet = publishPacket(publisher, order.alarmEvery, started + issued / perMs);
          sent++;
          const batch = batches.get(publisher);
          if (batch) batch.push(packet);
          else batches.set(publisher, [packet]);
        }
        for (const [publisher, packets] of batches)
          publisher.socket.write(packets.length === 1 ? (packets[0] ?? '') : Buffer.concat(packets));
        if (now >= end) resolve();
        else setTimeout(pump, 1);
      };
      pump();
    });
  }
  // What is still on its way has a second to arrive; what then is missing is lost.
  const waitUntil = Math.max(end, performance.now()) + 1_000;
  while (
    performance.now() < end ||
    (performance.now() < waitUntil && publishers.some((publisher) => publisher.unanswered > 0))
  )
    await new Promise((resolve) => setTimeout(resolve, 20));
  const lost = publishers.reduce((sum, publisher) => sum + publisher.unanswered, 0);
  for (const publisher of publishers) publisher.socket.destroy();
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => Math.round((latencies[Math.floor(latencies.length * q)] ?? 0) * 100) / 100;
  return {
    sent,
    acknowledged,
    perSecond: Math.round(acknowledged / (order.measureMs / 1_000)),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    worstMs: Math.round((latencies.at(-1) ?? 0) * 100) / 100,
    lost,
  };
}

if (process.argv[1] === import.meta.filename) {
  const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
  console.log(JSON.stringify(await run(order)));
}
