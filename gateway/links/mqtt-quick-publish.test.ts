import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import {
  busyElsewhere,
  enter,
  pingPacket,
  publishPacket,
  type RawClient,
  startBroker,
  subscribePacket,
  type TestBroker,
  until,
} from '../../test/mqtt-peers.ts';

const brokers: TestBroker[] = [];
const readings = 'gatehouse/tank-1/readings';
const reading = (id: number, text = `${id}`) => publishPacket(readings, text, { qos: 1, id });
const acknowledged = (device: RawClient) => device.of(4).map(({ body }) => body.readUInt16BE());

async function start(): Promise<TestBroker> {
  const peer = await startBroker();
  brokers.push(peer);
  return peer;
}

afterEach(async () => {
  for (const peer of brokers.splice(0)) await peer.broker.close();
});

/** A device whose first message has gone the long way, so that what follows goes the short one. */
async function sending(peer: TestBroker): Promise<RawClient> {
  const device = await enter(peer.broker.port, { username: 'tank-1' });
  device.send(publishPacket(readings, 'first'));
  await until(() => peer.texts(readings).at(-1) === 'first', 'the first has come');
  return device;
}

test('what follows is taken while the acknowledgement of what came before is held', async () => {
  const peer = await start();
  const device = await sending(peer);
  peer.hold = true;
  for (let id = 1; id <= 20; id++) {
    device.send(reading(id));
    await until(() => peer.held.length === id, `message ${id} is taken`);
  }
  expect(device.of(4)).toEqual([]);
  expect(peer.broker.stats().held).toBe(20);
  // Pings are answered meanwhile, too.
  device.send(pingPacket);
  await device.expect(13);
  for (const done of peer.held) {
    done();
    done();
  }
  await device.expect(4, 20);
  expect(acknowledged(device)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(peer.broker.stats().held).toBe(0);
  expect(peer.messages.at(-1)).toMatchObject({
    topic: readings,
    qos: 1,
    retain: false,
    dup: false,
    will: false,
  });
});

test('what goes the long way is acknowledged behind what came before it', async () => {
  const peer = await start();
  const device = await sending(peer);
  peer.hold = true;
  for (let id = 1; id <= 6; id++) {
    // A retained status goes through aedes.
    const status = publishPacket('gatehouse/tank-1/status', 'online', { qos: 1, id, retain: true });
    device.send(id % 3 === 0 ? status : reading(id));
    await until(() => peer.held.length === id, `message ${id} is taken`);
  }
  for (const done of peer.held) done();
  await device.expect(4, 6);
  expect(acknowledged(device)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('messages that nobody acknowledges are bounded, too', async () => {
  const peer = await start();
  const device = await sending(peer);
  peer.hold = true;
  for (let n = 1; n <= 4_000; n++) {
    device.send(publishPacket(readings, `${n}`));
    if (n % 50 === 0) await new Promise(setImmediate);
  }
  await busyElsewhere(peer);
  expect(peer.held.length).toBeLessThan(3_900);
  while (peer.texts(readings).at(-1) !== '4000') {
    for (const done of peer.held.splice(0)) done();
    await new Promise(setImmediate);
  }
});

test('so many are read ahead and no more: the rest waits in the socket', async () => {
  const peer = await start();
  const device = await sending(peer);
  peer.hold = true;
  for (let id = 1; id <= 3_000; id++) {
    device.send(reading(id));
    if (id % 50 === 0) await new Promise(setImmediate);
  }
  await busyElsewhere(peer);
  expect(peer.held.length).toBeLessThan(2_900);
  expect(peer.held.length).toBeGreaterThan(900);
  while (device.of(4).length < 3_000) {
    for (const done of peer.held.splice(0)) done();
    await new Promise(setImmediate);
  }
  expect(new Set(acknowledged(device)).size).toBe(3_000);
});

test('an error ends the connection, and what it still holds is acknowledged to nobody', async () => {
  const peer = await start();
  const device = await sending(peer);
  peer.hold = true;
  device.send(reading(1));
  device.send(reading(2));
  await until(() => peer.held.length === 2, 'both are taken');
  peer.held[1]?.(new Error('the disk is full'));
  await device.gone();
  peer.held[0]?.();
  expect(device.of(4)).toEqual([]);
  expect(peer.presences.at(-1)).toBe('tank-1 false dropped');
  expect(peer.broker.stats().held).toBe(0);
});

test('what a subscriber may hear reaches it, however quickly it is sent', async () => {
  const peer = await start();
  const bridge = await enter(peer.broker.port, { username: 'zigbee' });
  const texts = ['one', 'two', 'three'];
  const send = () =>
    bridge.send(...texts.map((text, i) => publishPacket('zigbee2mqtt/a', text, { qos: 1, id: i + 1 })));
  send();
  await bridge.expect(4, 3);
  bridge.send(subscribePacket(['zigbee2mqtt/#']));
  await bridge.expect(9);
  send();
  await bridge.expect(3, 3);
  expect(
    // Behind the topic, and a packet id whose bytes may be those of any character.
    bridge.of(3).map(({ body }) => body.subarray(2 + body.readUInt16BE(0) + 2).toString()),
  ).toEqual(texts);
});

test('a topic that is not granted ends the connection among others that are', async () => {
  const peer = await start();
  const device = await sending(peer);
  device.send(reading(1), publishPacket('gatehouse/tank-2/readings', 'stolen', { qos: 1, id: 2 }));
  await device.gone();
  expect(peer.texts('gatehouse/tank-2/readings')).toEqual([]);
  expect(peer.broker.stats().denied).toBe(1);
});

test('a device that only sends is alive by what it sends', async () => {
  const peer = await start();
  const device = await enter(peer.broker.port, { username: 'tank-1', keepAliveS: 1 });
  let id = 0;
  const endMs = performance.now() + 4_000;
  while (performance.now() < endMs) {
    device.send(reading(++id));
    await device.expect(4, id);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  expect(device.closed).toBe(false);
  // And is lost when it ceases to.
  await device.gone();
  expect(peer.presences.at(-1)).toBe('tank-1 false lost');
});

test('however a stream is cut into pieces, its messages are taken once, in order, and acknowledged once', async () => {
  const peer = await start();
  const message = fc.record({
    qos: fc.constantFrom(0, 1, 2),
    retain: fc.boolean(),
    leaf: fc.constantFrom('readings', 'events', 'status'),
    size: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 120, max: 20_000 })),
  });
  const stream = fc.record({
    messages: fc.array(message, { minLength: 1, maxLength: 30 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(stream, async ({ messages, cuts }) => {
      const from = peer.messages.length;
      const device = await enter(peer.broker.port, { username: 'tank-1' });
      const bytes = Buffer.concat(
        messages.map(({ qos, retain, leaf, size }, i) =>
          publishPacket(`gatehouse/tank-1/${leaf}`, `${i} `.padEnd(size, 'x'), { qos, retain, id: i + 1 }),
        ),
      );
      const at = [...new Set([...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length])].sort(
        (a, b) => a - b,
      );
      let begin = 0;
      for (const end of at) {
        await new Promise((resolve) => device.socket.write(bytes.subarray(begin, end), resolve));
        await new Promise(setImmediate);
        begin = end;
      }
      const idsOf = (wanted: number) => messages.flatMap(({ qos }, i) => (qos === wanted ? [i + 1] : []));
      await until(
        () => device.of(4).length + device.of(5).length >= idsOf(1).length + idsOf(2).length,
        'all are acknowledged',
      );
      await until(() => peer.messages.length - from >= messages.length, 'all have come');
      expect(
        peer.messages.slice(from).map(({ payload }) => Number(payload.toString().split(' ')[0])),
      ).toEqual(messages.map((_, i) => i));
      expect(acknowledged(device).sort((a, b) => a - b)).toEqual(idsOf(1));
      device.socket.destroy();
    }),
    { numRuns: 40 },
  );
}, 120_000);
