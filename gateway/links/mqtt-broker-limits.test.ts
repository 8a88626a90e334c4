import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import {
  connectPacket,
  enter,
  hasProgram,
  lengthBytes,
  pingPacket,
  publishPacket,
  RawClient,
  run,
  secretOf,
  signIn,
  startBroker,
  subscribePacket,
  type TestBroker,
  until,
} from '../../test/mqtt-peers.ts';
import type { MqttBrokerOptions } from './mqtt-broker.ts';

const brokers: TestBroker[] = [];

async function start(options?: Partial<MqttBrokerOptions>): Promise<TestBroker> {
  const peer = await startBroker(options);
  brokers.push(peer);
  return peer;
}

afterEach(async () => {
  for (const peer of brokers.splice(0)) await peer.broker.close();
});

/** A device that publishes one message after the other, each when the one before is acknowledged. */
class SteadyDevice {
  readonly waitsMs: number[] = [];
  readonly client: RawClient;
  #going = true;
  readonly ended: Promise<void>;

  constructor(client: RawClient, id: string) {
    this.client = client;
    this.ended = this.#go(id);
    // Told by `stop`; a test that has failed by then ends its broker without asking.
    this.ended.catch(() => {});
  }

  async #go(id: string): Promise<void> {
    const reading = publishPacket(`gatehouse/${id}/readings`, '{"values":{"level":1.2}}', { qos: 1 });
    while (this.#going) {
      const sentMs = performance.now();
      this.client.send(reading);
      await this.client.expect(4, this.waitsMs.length + 1);
      this.waitsMs.push(performance.now() - sentMs);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** How long its acknowledgements took, worst first. */
  async stop(): Promise<number[]> {
    this.#going = false;
    await this.ended;
    return this.waitsMs.toSorted((a, b) => b - a);
  }
}

describe('one client that misbehaves harms itself (security 17)', () => {
  test('a giant packet ends its connection at the fixed header; memory stays flat', async () => {
    const peer = await start();
    const { port } = peer.broker;
    const steady = new SteadyDevice(await enter(port, { username: 'tank-2' }), 'tank-2');
    const before = process.memoryUsage.rss();
    for (const giant of [200_000_000, 256 * 1024 + 1]) {
      const device = await enter(port, { username: 'tank-1' });
      device.send(Buffer.from([0x32, ...lengthBytes(giant)]));
      const piece = Buffer.alloc(64 * 1024);
      let written = 0;
      const taken = () =>
        new Promise<boolean>((resolve) => device.socket.write(piece, (error) => resolve(!error)));
      while (written < giant && (await taken())) written += piece.length;
      await device.gone();
      // What the kernel's buffers of both ends take before the end is seen.
      expect(written).toBeLessThan(20_000_000);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(60_000_000);
    expect(peer.limits.get('packetBytes')).toBe(2);
    expect((await steady.stop()).length).toBeGreaterThan(0);

    const largest = await enter(port, { username: 'tank-1' });
    largest.send(publishPacket('gatehouse/tank-1/readings', Buffer.alloc(256 * 1024 - 100), { qos: 1 }));
    await largest.expect(4);
    const bridge = await enter(port, { username: 'zigbee' });
    bridge.send(publishPacket('zigbee2mqtt/bridge/devices', Buffer.alloc(1_500_000), { qos: 1 }));
    await bridge.expect(4);
  });

  test('before its CONNECT a client may send little, and nothing else', async () => {
    const peer = await start();
    const { port } = peer.broker;
    const starts = {
      connectBytes: Buffer.from([0x10, ...lengthBytes(9_000)]),
      notMqtt: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    };
    for (const [limit, bytes] of Object.entries(starts)) {
      const client = new RawClient(port);
      client.send(bytes);
      await client.gone();
      expect(peer.limits.get(limit)).toBe(1);
    }
    const endless = new RawClient(port);
    endless.send(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01]));
    await endless.gone();
    expect(peer.limits.get('notMqtt')).toBe(2);
  });

  test('hundreds of silent connections are shed; a device from the same address publishes and signs in meanwhile', async () => {
    const peer = await start({ limits: { connectionsPerAddress: 50, connectMs: 3_000 } });
    const { port } = peer.broker;
    const steady = new SteadyDevice(await enter(port, { username: 'tank-1' }), 'tank-1');
    const silent = Array.from({ length: 300 }, () => new RawClient(port));
    // 300 came, 49 places were left beside the device.
    await until(() => (peer.limits.get('connectionsPerAddress') ?? 0) >= 251, 'the cap was reached');
    const made = () => silent.filter((client) => client.closed).length >= 251;
    await until(made, 'the oldest made room, long before their time was up', 1_500);
    expect(peer.broker.stats().connections).toBeLessThanOrEqual(50);
    const late = await enter(port, { username: 'tank-2' });
    await until(() => silent.every((client) => client.closed), 'the others were shed', 5_000);
    expect(peer.limits.get('connectMs')).toBeGreaterThanOrEqual(40);
    const [worst = 0] = await steady.stop();
    expect(worst).toBeLessThan(500);
    expect(steady.client.closed).toBe(false);
    expect(late.closed).toBe(false);
    await until(() => peer.broker.stats().connections === 2, 'their places are free');
  });

  test('where everybody at an address is signed in, the next one is turned away', async () => {
    const peer = await start({ limits: { connectionsPerAddress: 3 } });
    const { port } = peer.broker;
    const inside = [];
    for (const n of [1, 2, 3])
      inside.push(await enter(port, { username: 'tank-1', clientId: `tank-1~${n}` }));
    await new RawClient(port).gone();
    expect(inside.some((client) => client.closed)).toBe(false);
    inside[0]?.socket.destroy();
    await until(() => peer.broker.stats().connections === 2, 'one left');
    await enter(port, { username: 'tank-1', clientId: 'tank-1~4' });
  });

  test('all connections together are capped too', async () => {
    const peer = await start({ limits: { connections: 1 } });
    await enter(peer.broker.port, { username: 'tank-1' });
    await new RawClient(peer.broker.port).gone();
    expect(peer.limits.get('connections')).toBe(1);
  });

  test('who guesses secrets is turned away at the door for a while; who is inside notices nothing', async () => {
    const peer = await start({ limits: { connectsPerSecond: 50 } });
    const { port } = peer.broker;
    const steady = new SteadyDevice(await enter(port, { username: 'tank-1' }), 'tank-1');
    let guesses = 0;
    while (!peer.limits.has('connectsPerSecond')) {
      const guess = new RawClient(port);
      guess.send(connectPacket({ username: 'tank-2', password: `guess ${guesses++}` }));
      await guess.gone();
      expect(guesses).toBeLessThan(10);
    }
    expect(peer.broker.stats().refused).toBe(guesses - 1);
    const attempts: RawClient[] = [];
    await until(() => peer.broker.stats().connections === 1, 'the guesses are gone');
    for (let i = 0; i < 200 && attempts.every((attempt) => attempt.closed); i++) {
      attempts.push(new RawClient(port));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Knocking does not lengthen it: what was overdrawn is back within a second or so.
    expect(attempts.length).toBeLessThan(100);
    await enter(port, { username: 'tank-2' });
    expect((await steady.stop())[0]).toBeLessThan(500);
  });

  test('a device that floods and comes again has no new second to spend', async () => {
    const peer = await start({ limits: { messagesPerSecond: 200 } });
    const { port } = peer.broker;
    const burst = Array.from({ length: 400 }, () => publishPacket('gatehouse/tank-1/readings', '{}'));
    const begunMs = performance.now();
    for (let i = 1; i <= 3; i++) {
      const device = await enter(port, { username: 'tank-1' });
      device.send(...burst, pingPacket);
      await device.expect(13);
      device.socket.destroy();
      await until(() => peer.broker.stats().connections === 0, 'it left');
    }
    // 1,200 messages: 200 in hand, 400 still owed at the end, and a second for each 200 between.
    expect(performance.now() - begunMs).toBeGreaterThan(2_500);
  });

  test('a principal has so many connections, and one that replaces its own is not one more', async () => {
    const peer = await start({ limits: { connectionsPerPrincipal: 2 } });
    const { port } = peer.broker;
    for (const n of [1, 2]) await enter(port, { username: 'tank-1', clientId: `tank-1~${n}` });
    expect((await signIn(port, { username: 'tank-1', clientId: 'tank-1~3' })).code).toBe(3);
    expect((await signIn(port, { username: 'tank-1', clientId: 'tank-1~2' })).code).toBe(0);
    expect(peer.limits.get('connectionsPerPrincipal')).toBe(1);
  });

  test('a flood is read at its rate while another device’s messages pass', async () => {
    const peer = await start({ limits: { messagesPerSecond: 500 } });
    const { port } = peer.broker;
    const steady = new SteadyDevice(await enter(port, { username: 'tank-2' }), 'tank-2');
    const floods = [];
    for (const clientId of ['tank-1~a', 'tank-1~b'])
      floods.push(await enter(port, { username: 'tank-1', clientId }));
    const thousand = Buffer.concat(
      Array.from({ length: 1_000 }, () =>
        publishPacket('gatehouse/tank-1/readings', '{"values":{"level":1}}'),
      ),
    );
    const begunMs = performance.now();
    let sent = 0;
    // As long as a crowded machine needs for a hundred round trips, but not for ever.
    const passedMs = () => performance.now() - begunMs;
    while (passedMs() < 2_000 || (steady.waitsMs.length <= 100 && passedMs() < 30_000)) {
      for (const flood of floods)
        if (flood.socket.writableLength < 1_000_000) {
          flood.send(thousand);
          sent += 1_000;
        }
      await new Promise(setImmediate);
    }
    const taken = peer.messages.filter((message) => message.principal.id === 'tank-1').length;
    const earned = (passedMs() / 1_000) * 500;
    const waits = await steady.stop();
    // Both connections share 500 a second; one second's worth in hand, and a piece of the stream of each beyond.
    expect(sent).toBeGreaterThan(20_000);
    expect(taken).toBeLessThan(earned + 5_000);
    expect(taken).toBeGreaterThan(500);
    expect(waits.length).toBeGreaterThan(100);
    expect(waits[0]).toBeLessThan(500);
    expect(peer.limits.get('messagesPerSecond')).toBeGreaterThan(0);
    for (const flood of floods) {
      expect(flood.closed).toBe(false);
      flood.socket.destroy();
    }
  });

  test('after its debt is paid a throttled client is read again', async () => {
    const peer = await start({ limits: { messagesPerSecond: 200 } });
    const device = await enter(peer.broker.port, { username: 'tank-1' });
    const burst = Array.from({ length: 300 }, (_, i) =>
      publishPacket('gatehouse/tank-1/readings', `${i}`, { qos: 1, id: i + 1 }),
    );
    device.send(...burst);
    await device.expect(4, 300);
    device.send(pingPacket);
    await device.expect(13);
    expect(peer.limits.get('messagesPerSecond')).toBeGreaterThan(0);
  });

  test('a frozen subscriber is dropped a second after its socket is full, and starves nobody', async () => {
    const waitingSinceMs = new Set<number>();
    let stuckMs: number | undefined;
    const peer = await start({
      limits: { unsentBytes: 1024 ** 3 },
      limited(limit) {
        if (limit === 'drainMs') stuckMs = performance.now() - Math.min(...waitingSinceMs);
      },
    });
    const { port } = peer.broker;
    const frozen = await enter(port, { username: 'wall' });
    const healthy = await enter(port, { username: 'wall2' });
    for (const reader of [frozen, healthy]) {
      reader.send(subscribePacket(['gatehouse/$alarms/#']));
      await reader.expect(9);
    }
    const steady = new SteadyDevice(await enter(port, { username: 'tank-1' }), 'tank-1');
    frozen.socket.pause();
    const alarm = JSON.stringify({ text: 'x'.repeat(16_000) });
    const sending: Promise<void>[] = [];
    const publish = async () => {
      const sinceMs = performance.now();
      waitingSinceMs.add(sinceMs);
      await peer.broker.publish(`gatehouse/$alarms/${sending.length}`, alarm, { qos: 1 });
      waitingSinceMs.delete(sinceMs);
    };
    const endMs = performance.now() + 15_000;
    while (stuckMs === undefined && performance.now() < endMs) {
      for (let i = 0; i < 20; i++) sending.push(publish());
      await until(() => healthy.of(3).length === sending.length, 'the healthy reader has them', 900);
    }
    await Promise.all(sending);
    await until(() => peer.presences.includes('wall false lost'), 'it is gone');
    expect(stuckMs).toBeGreaterThan(900);
    expect(stuckMs).toBeLessThan(1_700);
    expect(healthy.of(3).length).toBe(sending.length);
    const [worst = 0] = await steady.stop();
    expect(worst).toBeLessThan(500);
    frozen.socket.destroy();
  });

  test('a subscriber for whom too much waits is dropped at once', async () => {
    const peer = await start({ limits: { unsentBytes: 100_000, drainMs: 60_000 } });
    const frozen = await enter(peer.broker.port, { username: 'wall' });
    frozen.send(subscribePacket(['gatehouse/$alarms/#']));
    await frozen.expect(9);
    frozen.socket.pause();
    for (let i = 0; !peer.limits.has('unsentBytes') && i < 10_000; i++) {
      void peer.broker.publish(`gatehouse/$alarms/${i}`, 'x'.repeat(16_000), { qos: 1 });
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(peer.limits.get('unsentBytes')).toBeGreaterThan(0);
    await until(() => peer.presences.includes('wall false lost'), 'it is gone');
    frozen.socket.destroy();
  });

  test('filters, retained topics and half-done QoS 2 messages are bounded', async () => {
    const peer = await start({ limits: { subscriptions: 3, retained: 2, unreleased: 2 } });
    const { port } = peer.broker;
    const device = await enter(port, { username: 'tank-1' });
    device.send(subscribePacket(['a', 'b', 'c', 'd'].map((leaf) => `gatehouse/tank-1/${leaf}`)));
    expect([...(await device.expect(9)).body.subarray(2)]).toEqual([1, 1, 1, 128]);

    const bridge = await enter(port, { username: 'zigbee' });
    for (const [n, topic] of ['a', 'b', 'c', 'b'].entries()) {
      bridge.send(publishPacket(`zigbee2mqtt/${topic}`, 'x', { qos: 1, retain: true }));
      await bridge.expect(4, n + 1);
    }
    expect(peer.messages.map((message) => message.retain)).toEqual([true, true, false, true]);
    expect(peer.broker.stats().retained).toBe(2);
    expect(peer.limits.get('retained')).toBe(1);

    for (const id of [1, 2, 3]) device.send(publishPacket('gatehouse/tank-1/events', 'x', { qos: 2, id }));
    await device.gone();
    expect(device.of(5).length).toBeLessThanOrEqual(2);
  });

  test('bytes at random, before and after signing in, end a connection and nothing more', async () => {
    const peer = await start();
    const { port } = peer.broker;
    const steady = new SteadyDevice(await enter(port, { username: 'tank-2' }), 'tank-2');
    const packets = fc.constantFrom(
      connectPacket({ username: 'tank-1', will: { topic: 'gatehouse/tank-1/status' } }),
      publishPacket('gatehouse/tank-1/events', '{}', { qos: 1 }),
      publishPacket('gatehouse/tank-1/events', '{}', { qos: 2 }),
      subscribePacket(['gatehouse/tank-1/#', 'gatehouse/tank-1/+']),
    );
    const spoiled = fc
      .tuple(
        packets,
        fc.array(fc.tuple(fc.nat({ max: 80 }), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      )
      .map(([packet, changes]) => {
        const bytes = Buffer.from(packet);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.oneof(spoiled, noise), { maxLength: 4 }),
        async (inside, pieces) => {
          const client = new RawClient(port);
          if (inside) {
            client.send(connectPacket({ username: 'tank-1' }));
            await client.expect(2);
          }
          for (const piece of pieces) client.socket.write(piece);
          await new Promise<void>((resolve) => client.socket.end(resolve));
          await client.gone();
        },
      ),
      { numRuns: 400 },
    );
    expect((await steady.stop()).length).toBeGreaterThan(10);
    for (const { topic, principal } of peer.messages)
      expect(topic.startsWith(`gatehouse/${principal.id}/`)).toBe(true);
  });
});

describe('back-pressure', () => {
  test('while reading is paused nothing is taken; afterwards all of it is, in order', async () => {
    const peer = await start();
    const { broker } = peer;
    const device = await enter(broker.port, { username: 'tank-1' });
    broker.pauseReading(true);
    for (let i = 0; i < 50; i++) {
      device.send(publishPacket('gatehouse/tank-1/events', `${i}`, { qos: 1, id: i + 1 }));
      await new Promise(setImmediate);
    }
    const late = new RawClient(broker.port);
    late.send(connectPacket({ username: 'tank-2' }));
    await until(() => broker.stats().connections === 2, 'another arrived');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(peer.messages).toEqual([]);
    expect(late.received).toEqual([]);
    broker.pauseReading(false);
    await device.expect(4, 50);
    await late.expect(2);
    expect(peer.texts('gatehouse/tank-1/events')).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test('a pause ordered while the sockets are being woken holds for the rest of them', async () => {
    let pause = () => {};
    const taken: string[] = [];
    const peer = await start({
      accept(message, done) {
        taken.push(message.principal.id);
        pause();
        done();
      },
    });
    const { broker } = peer;
    pause = () => broker.pauseReading(true);
    const both = [
      await enter(broker.port, { username: 'tank-1' }),
      await enter(broker.port, { username: 'tank-2' }),
    ];
    broker.pauseReading(true);
    both[0]?.send(publishPacket('gatehouse/tank-1/events', 'x', { qos: 1 }));
    both[1]?.send(publishPacket('gatehouse/tank-2/events', 'x', { qos: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    broker.pauseReading(false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taken).toEqual(['tank-1']);
    broker.pauseReading(false);
    await both[1]?.expect(4);
    expect(taken).toEqual(['tank-1', 'tank-2']);
  });
});

describe('over TLS', async () => {
  const skip = !(await hasProgram('openssl')) && !process.env.CI;

  test.skipIf(skip)('devices speak as over TCP; silence and garbage are shed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const made = await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    expect(made.code, made.stderr).toBe(0);
    const ca = readFileSync(cert, 'utf8');
    const peer = await start({
      tls: { port: 0, cert: ca, key: readFileSync(key, 'utf8') },
      limits: { connectMs: 500 },
    });
    const port = peer.broker.tlsPort ?? 0;
    const device = await connectAsync(`mqtts://127.0.0.1:${port}`, {
      ca,
      username: 'tank-1',
      password: secretOf('tank-1'),
      clientId: 'tank-1',
      reconnectPeriod: 0,
    });
    const heard: string[] = [];
    device.on('message', (_topic, payload) => heard.push(payload.toString()));
    await device.subscribeAsync('gatehouse/tank-1/commands', { qos: 1 });
    await device.publishAsync('gatehouse/tank-1/events', 'x'.repeat(200_000), { qos: 1 });
    expect(peer.messages[0]?.payload.length).toBe(200_000);
    await peer.broker.publish('gatehouse/tank-1/commands', 'open', { qos: 1 });
    await until(() => heard.length === 1, 'the command came');
    // One that says nothing, one that is not TLS, one that breaks off in the handshake.
    const silent = new RawClient(port);
    const garbage = new RawClient(port);
    garbage.send(connectPacket({ username: 'tank-1' }));
    const broken = connect({ port, host: '127.0.0.1' }, () => {
      broken.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
      broken.resetAndDestroy();
    });
    await garbage.gone();
    await silent.gone(2_000);
    await until(() => peer.broker.stats().connections === 1, 'only the device is left');
    expect(peer.limits.get('connectMs')).toBeGreaterThanOrEqual(1);

    if (await hasProgram('mosquitto_pub')) {
      const args = [
        '-h',
        '127.0.0.1',
        '-p',
        `${port}`,
        '--cafile',
        cert,
        '-u',
        'tank-2',
        '-P',
        secretOf('tank-2'),
      ];
      const published = await run('mosquitto_pub', [
        ...[...args, '-i', 'tank-2', '-q', '1', '-t', 'gatehouse/tank-2/events', '-m', 'x'],
      ]);
      expect(published).toMatchObject({ code: 0, stderr: '' });
    }
    await device.endAsync();
    await until(() => peer.broker.stats().connections === 0, 'all have left');
    rmSync(dir, { recursive: true });
  });
});
