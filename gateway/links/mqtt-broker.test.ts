import { createServer } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import {
  busyElsewhere,
  connectPacket,
  disconnectPacket,
  enter,
  hasProgram,
  pingPacket,
  publishPacket,
  pubrelPacket,
  RawClient,
  run,
  secretOf,
  signIn,
  startBroker,
  subscribePacket,
  type TestBroker,
  until,
} from '../../test/mqtt-peers.ts';
import { Fault } from '../lib/errors.ts';
import type { MqttBrokerOptions } from './mqtt-broker.ts';

const clients: MqttClient[] = [];
const brokers: TestBroker[] = [];

async function start(options?: Partial<MqttBrokerOptions>): Promise<TestBroker> {
  const peer = await startBroker(options);
  brokers.push(peer);
  return peer;
}

async function signedIn(peer: TestBroker, username: string, options: object = {}): Promise<MqttClient> {
  const client = await connectAsync(peer.url, {
    username,
    password: secretOf(username),
    clientId: username,
    reconnectPeriod: 0,
    ...options,
  });
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  for (const peer of brokers.splice(0)) await peer.broker.close();
});

describe('signing in (security 12, 13)', () => {
  test('without a name, without a secret, with a wrong one: refused as bad credentials', async () => {
    const peer = await start();
    const { port } = peer.broker;
    for (const fields of [
      { clientId: 'x' },
      { username: 'tank-1', password: '' },
      { username: 'tank-1', password: 'wrong' },
      { username: 'nobody' },
      { username: '__proto__' },
    ]) {
      const { client, code } = await signIn(port, fields);
      expect(code, JSON.stringify(fields)).toBe(4);
      await client.gone();
    }
    expect(peer.broker.stats().refused).toBe(5);
    expect(peer.presences).toEqual([]);
  });

  test('a message before the sign-in, and one sent right behind a refused sign-in, reach nobody', async () => {
    const peer = await start();
    const early = new RawClient(peer.broker.port);
    early.send(publishPacket('gatehouse/tank-1/events', 'early', { qos: 1 }));
    await early.gone();
    const refused = new RawClient(peer.broker.port);
    refused.send(
      connectPacket({ username: 'tank-1', password: 'wrong' }),
      publishPacket('gatehouse/tank-1/events', 'behind', { qos: 1 }),
    );
    await refused.gone();
    expect(peer.messages).toEqual([]);
  });

  test('messages sent before the CONNACK, in the same piece or later ones, wait for it and keep their order', async () => {
    let judge = () => {};
    const peer = await start({
      authenticate: ({ username }) =>
        new Promise((resolve) => {
          judge = () => resolve({ kind: 'device', id: username, prefixes: [] });
        }),
    });
    const event = (n: number) => publishPacket('gatehouse/tank-1/events', `${n}`, { qos: 1, id: n });
    const connect = connectPacket({ username: 'tank-1' });
    for (const pieces of [
      [Buffer.concat([connect, event(1), event(2)]), event(3), Buffer.concat([event(4), event(5)])],
      [connect, event(1), event(2), Buffer.concat([event(3), event(4)]), event(5)],
    ]) {
      peer.messages.length = 0;
      const client = new RawClient(peer.broker.port);
      for (const piece of pieces) {
        await new Promise((resolve) => client.socket.write(piece, resolve));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(peer.messages).toEqual([]);
      expect(client.received).toEqual([]);
      judge();
      await client.expect(4, 5);
      expect(peer.texts('gatehouse/tank-1/events')).toEqual(['1', '2', '3', '4', '5']);
    }
  });

  test('a sign-in that fails inside is answered with "unavailable", and the broker goes on', async () => {
    const peer = await start({ authenticate: () => Promise.reject(new Error('the store is closed')) });
    expect((await signIn(peer.broker.port, { username: 'tank-1' })).code).toBe(3);
    expect((await signIn(peer.broker.port, { username: 'tank-1' })).code).toBe(3);
  });

  test('an empty client id with a clean session becomes principal~random; without one it is refused', async () => {
    const peer = await start();
    await enter(peer.broker.port, { username: 'tank-1', clientId: '' });
    await enter(peer.broker.port, { username: 'tank-1', clientId: '' });
    await until(() => peer.connections.length === 2, 'both are in');
    const [one, other] = peer.connections.map((connection) => connection.clientId);
    expect(one).toMatch(/^tank-1~[0-9a-f]{16}$/);
    expect(other).toMatch(/^tank-1~[0-9a-f]{16}$/);
    expect(one).not.toBe(other);
    expect((await signIn(peer.broker.port, { username: 'tank-1', clientId: '', clean: false })).code).toBe(2);
  });

  test('an id in use by another, or belonging to another principal, is refused; one in use by oneself is taken over', async () => {
    const peer = await start();
    const { port } = peer.broker;
    await enter(port, { username: 'tank-1', clientId: 'DVES_1A2B3C' });
    expect((await signIn(port, { username: 'tank-2', clientId: 'DVES_1A2B3C' })).code).toBe(2);
    for (const clientId of ['tank-1', 'tank-1~x', 'nobody~x', '~'])
      expect((await signIn(port, { username: 'tank-2', clientId })).code, clientId).toBe(2);
    for (const clientId of ['a\nb', 'x'.repeat(129)])
      expect((await signIn(port, { username: 'tank-2', clientId })).code).toBe(2);

    const old = await enter(port, { username: 'tank-2', clientId: 'tank-2~a' });
    const beside = await enter(port, { username: 'tank-2', clientId: 'tank-2~b' });
    await enter(port, { username: 'tank-2', clientId: 'tank-2~a' });
    await old.gone();
    expect(beside.closed).toBe(false);
  });

  test('an owner gets its id back from a stranger who used it first', async () => {
    const peer = await start({ isPrincipal: () => false });
    const squatter = await enter(peer.broker.port, { username: 'tank-1', clientId: 'tank-2' });
    await enter(peer.broker.port, { username: 'tank-2' });
    await squatter.gone();
    expect(peer.presences).toEqual(['tank-1 true connect', 'tank-1 false dropped', 'tank-2 true connect']);
  });

  test('MQTT 5 is answered with "unacceptable protocol version"', async () => {
    const peer = await start();
    expect((await signIn(peer.broker.port, { username: 'tank-1', version: 5 })).code).toBe(1);
  });

  test('a busy port is an error that names it, with the setting to change', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await start({ port }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).code).toBe('port.busy');
    expect((error as Fault).detail).toMatch(
      new RegExp(`127\\.0\\.0\\.1:${port} .*GATEHOUSE_MQTT_PORT.*0: no built-in broker`),
    );
    other.close();
  });
});

describe('acknowledgement means durable', () => {
  test('a QoS 1 message gets its PUBACK after done, and not before', async () => {
    const peer = await start();
    peer.hold = true;
    const device = await enter(peer.broker.port, { username: 'tank-1' });
    device.send(publishPacket('gatehouse/tank-1/events', 'leak', { qos: 1, id: 77 }));
    await until(() => peer.held.length === 1, 'the message was handed over');
    await busyElsewhere(peer);
    expect(device.of(4)).toEqual([]);
    expect(peer.broker.stats().held).toBe(1);
    const [done] = peer.held;
    done?.();
    done?.();
    expect((await device.expect(4)).body.readUInt16BE()).toBe(77);
    device.send(pingPacket);
    await device.expect(13);
    expect(device.of(4).length).toBe(1);
    expect(peer.broker.stats()).toMatchObject({ held: 0, received: 1 });
    const [message] = peer.messages;
    expect(message).toMatchObject({
      topic: 'gatehouse/tank-1/events',
      qos: 1,
      retain: false,
      dup: false,
      will: false,
    });
    expect(message?.principal.id).toBe('tank-1');
    expect(Math.abs(Date.now() - (message?.receivedAt ?? 0))).toBeLessThan(10_000);
  });

  test('a QoS 2 message gets its PUBREC after done; repeated before its PUBREL it is not handed over again', async () => {
    const peer = await start();
    peer.hold = true;
    const device = await enter(peer.broker.port, { username: 'tank-1' });
    device.send(publishPacket('gatehouse/tank-1/events', 'leak', { qos: 2, id: 5 }));
    await until(() => peer.held.length === 1, 'the message was handed over');
    await busyElsewhere(peer);
    expect(device.of(5)).toEqual([]);
    peer.held[0]?.();
    await device.expect(5);
    device.send(publishPacket('gatehouse/tank-1/events', 'leak', { qos: 2, id: 5, dup: true }));
    await device.expect(5, 2);
    device.send(pubrelPacket(5));
    await device.expect(7);
    expect(peer.messages.length).toBe(1);
    device.send(publishPacket('gatehouse/tank-1/events', 'another', { qos: 2, id: 5 }));
    await until(() => peer.held.length === 2, 'the same id stands for a new message now');
  });

  test('what a QoS 2 handshake left half done does not swallow the next connection’s message', async () => {
    const peer = await start();
    for (const n of [1, 2]) {
      const device = await enter(peer.broker.port, { username: 'tank-1', clean: false });
      device.send(publishPacket('gatehouse/tank-1/events', `${n}`, { qos: 2, id: 5 }));
      await device.expect(5);
      device.socket.destroy();
      await until(() => peer.presences.length === 2 * n, 'it went');
    }
    expect(peer.texts('gatehouse/tank-1/events')).toEqual(['1', '2']);
  });

  test('done(error), and a throw, close the connection unacknowledged; its will is not believed', async () => {
    let fail: 'answer' | 'throw' = 'answer';
    const taken: string[] = [];
    const peer = await start({
      accept(message, done) {
        taken.push(message.payload.toString());
        if (fail === 'throw') throw new Error('a mistake of ours');
        done(new Error('the disk is full'));
      },
    });
    const will = { topic: 'gatehouse/tank-1/status' };
    for (fail of ['answer', 'throw'] as const) {
      const device = await enter(peer.broker.port, { username: 'tank-1', will });
      device.send(publishPacket('gatehouse/tank-1/events', fail, { qos: 1 }));
      await device.gone();
      expect(device.of(4)).toEqual([]);
    }
    await until(() => peer.presences.length === 4, 'both connections ended');
    expect(taken).toEqual(['answer', 'throw']);
    expect(peer.presences.filter((line) => line.endsWith('dropped')).length).toBe(2);
  });

  test('a hundred messages in one piece are acknowledged in their order', async () => {
    const peer = await start();
    peer.hold = true;
    const device = await enter(peer.broker.port, { username: 'tank-1' });
    const events = Array.from({ length: 100 }, (_, i) =>
      publishPacket('gatehouse/tank-1/events', `${i}`, { qos: 1, id: i + 1 }),
    );
    device.send(...events);
    await until(() => peer.held.length === 100, 'all were handed over');
    for (const done of peer.held) done();
    await device.expect(4, 100);
    expect(device.of(4).map((ack) => ack.body.readUInt16BE())).toEqual(events.map((_, i) => i + 1));
  });

  test('bytes that come one by one are the same messages', async () => {
    const peer = await start();
    const device = new RawClient(peer.broker.port);
    const bytes = Buffer.concat([
      connectPacket({ username: 'tank-1' }),
      publishPacket('gatehouse/tank-1/events', 'x'.repeat(200), { qos: 1, id: 1 }),
      publishPacket('gatehouse/tank-1/readings', 'y', { qos: 1, id: 2 }),
    ]);
    for (const byte of bytes)
      await new Promise((resolve) => device.socket.write(Buffer.from([byte]), resolve));
    await device.expect(4, 2);
    expect(peer.messages.map((message) => message.payload.length)).toEqual([200, 1]);
  });
});

describe('topics (security 14, 15)', () => {
  test('each native topic is taken; anything else closes the connection and is told', async () => {
    const peer = await start();
    const device = await signedIn(peer, 'tank-1');
    for (const leaf of ['readings', 'events', 'status', 'commands/ack'])
      await device.publishAsync(`gatehouse/tank-1/${leaf}`, leaf, { qos: 1 });
    expect(peer.messages.map((message) => message.payload.toString())).toEqual([
      'readings',
      'events',
      'status',
      'commands/ack',
    ]);
    for (const topic of [
      'gatehouse/tank-1/commands',
      'gatehouse/tank-2/readings',
      '$SYS/a/new/clients',
      'a/b',
    ]) {
      const bad = await enter(peer.broker.port, { username: 'tank-1', clientId: 'tank-1~bad' });
      bad.send(publishPacket(topic, 'x', { qos: 1 }));
      await bad.gone();
      expect(bad.of(4), topic).toEqual([]);
    }
    expect(peer.limits.get('topic')).toBe(4);
    expect(peer.messages.length).toBe(4);
    expect(device.connected).toBe(true);
  });

  test('the gateway’s own messages, and those of the broker about itself, are not handed over', async () => {
    const peer = await start();
    const device = await signedIn(peer, 'tank-1');
    await device.subscribeAsync('gatehouse/tank-1/commands');
    await peer.broker.publish('gatehouse/tank-1/commands', 'open', { qos: 1 });
    await device.unsubscribeAsync('gatehouse/tank-1/commands');
    await device.endAsync();
    await until(() => peer.presences.length === 2, 'it left');
    expect(peer.messages).toEqual([]);
  });

  test('a filter that is not granted is denied alone; nothing of it is delivered, and no session is kept', async () => {
    const peer = await start();
    const device = await enter(peer.broker.port, { username: 'tank-1', clean: false });
    device.send(
      subscribePacket(['gatehouse/tank-1/commands', 'gatehouse/tank-2/commands', '#', 'gatehouse/$alarms/#']),
    );
    expect([...(await device.expect(9)).body.subarray(2)]).toEqual([1, 128, 128, 128]);
    await peer.broker.publish('gatehouse/tank-1/commands', 'mine', { qos: 1 });
    await peer.broker.publish('gatehouse/tank-2/commands', 'not mine', { qos: 1 });
    await device.expect(3);
    device.send(disconnectPacket);
    await device.gone();
    await peer.broker.publish('gatehouse/tank-1/commands', 'missed', { qos: 1 });
    await peer.broker.publish('gatehouse/tank-2/commands', 'not mine', { qos: 1 });

    const again = new RawClient(peer.broker.port);
    again.send(connectPacket({ username: 'tank-1', clean: false }), pingPacket);
    const connack = await again.expect(2);
    expect([...connack.body]).toEqual([0, 0]);
    await again.expect(13);
    expect(device.of(3).length).toBe(1);
    expect(again.of(3)).toEqual([]);
  });

  test('a reader hears alarms, retained ones on arrival; a bridge its own tree; no one another’s', async () => {
    const peer = await start();
    await peer.broker.publish('gatehouse/$alarms/1', 'old', { qos: 1, retain: true });
    const reader = await signedIn(peer, 'wall');
    const heard: string[] = [];
    reader.on('message', (topic, payload, { retain }) => heard.push(`${topic} ${payload} ${retain}`));
    await reader.subscribeAsync('gatehouse/$alarms/#', { qos: 1 });
    await peer.broker.publish('gatehouse/$alarms/2', 'new', { qos: 1, retain: true });
    await until(() => heard.length === 2, 'both came');
    expect(heard.sort()).toEqual(['gatehouse/$alarms/1 old true', 'gatehouse/$alarms/2 new false']);
    await peer.broker.publish('gatehouse/$alarms/1', '', { qos: 1, retain: true });
    expect(peer.broker.stats().retained).toBe(1);

    const bridge = await signedIn(peer, 'zigbee');
    const frontend = await signedIn(peer, 'zigbee', { clientId: 'zigbee~frontend' });
    const seen: string[] = [];
    frontend.on('message', (topic) => seen.push(topic));
    await frontend.subscribeAsync('zigbee2mqtt/#', { qos: 1 });
    await bridge.publishAsync('zigbee2mqtt/客厅/门磁', '{"contact":false}', { qos: 1 });
    await bridge.publishAsync('zigbee2mqtt/bridge/state', 'online', { qos: 0, retain: true });
    await until(() => seen.length === 2, 'the bridge’s second client hears the first');
    expect(peer.texts('zigbee2mqtt/客厅/门磁')).toEqual(['{"contact":false}']);
    expect(peer.messages.at(-1)).toMatchObject({ topic: 'zigbee2mqtt/bridge/state', retain: true });
  });

  test('only a status is retained; a retained reading is taken but not kept', async () => {
    const peer = await start();
    const device = await signedIn(peer, 'tank-1');
    await device.publishAsync('gatehouse/tank-1/status', 'online', { qos: 1, retain: true });
    await device.publishAsync('gatehouse/tank-1/readings', '{}', { qos: 1, retain: true });
    expect(peer.messages.map((message) => message.retain)).toEqual([true, false]);
    expect(peer.limits.get('retain')).toBe(1);
    const heard: string[] = [];
    const second = await signedIn(peer, 'tank-1', { clientId: 'tank-1~b' });
    second.on('message', (topic) => heard.push(topic));
    await second.subscribeAsync('gatehouse/tank-1/#');
    await device.publishAsync('gatehouse/tank-1/events', 'after', { qos: 1 });
    await until(() => heard.includes('gatehouse/tank-1/events'), 'the live one came');
    expect(heard).toEqual(['gatehouse/tank-1/status', 'gatehouse/tank-1/events']);
  });

  test('a command reaches the device that subscribes, at its QoS', async () => {
    const peer = await start();
    const device = await enter(peer.broker.port, { username: 'tank-1' });
    device.send(subscribePacket(['gatehouse/tank-1/commands']));
    await device.expect(9);
    await peer.broker.publish('gatehouse/tank-1/commands', '{"command":"open"}', { qos: 1 });
    const command = await device.expect(3);
    expect(command.body.toString()).toContain('{"command":"open"}');
    await peer.broker.publish('gatehouse/tank-2/commands', 'nobody listens', { qos: 1 });
  });
});

describe('presence and wills', () => {
  const will = { topic: 'gatehouse/tank-1/status', payload: 'offline', qos: 1, retain: true };

  test('a connection lost leaves its will: handed over, and retained for who comes later', async () => {
    const peer = await start();
    const device = await enter(peer.broker.port, { username: 'tank-1', will });
    device.socket.destroy();
    await until(() => peer.presences.length === 2, 'it went');
    expect(peer.presences).toEqual(['tank-1 true connect', 'tank-1 false lost']);
    expect(peer.messages[0]).toMatchObject({ topic: will.topic, will: true, retain: true, qos: 1 });
    expect(peer.texts(will.topic)).toEqual(['offline']);
    await until(() => peer.broker.stats().retained === 1, 'it is retained');
  });

  test('a goodbye leaves none', async () => {
    const peer = await start();
    const device = await enter(peer.broker.port, { username: 'tank-1', will });
    device.send(disconnectPacket);
    await until(() => peer.presences.length === 2, 'it went');
    expect(peer.presences[1]).toBe('tank-1 false disconnect');
    expect(peer.messages).toEqual([]);
  });

  test('a will anywhere but on one’s own status is refused with the connection', async () => {
    const peer = await start();
    for (const topic of [
      '#',
      'a/+',
      'a\0',
      'gatehouse/tank-2/status',
      'gatehouse/tank-1/events',
      '$SYS/x',
      '',
    ])
      expect((await signIn(peer.broker.port, { username: 'tank-1', will: { topic } })).code, topic).toBe(5);
    expect(
      (await signIn(peer.broker.port, { username: 'wall', will: { topic: 'gatehouse/$alarms/1' } })).code,
    ).toBe(5);
    const long = new RawClient(peer.broker.port);
    long.send(connectPacket({ username: 'tank-1', will: { topic: 'x'.repeat(60_000) } }));
    await long.gone();
    expect(long.received).toEqual([]);
    expect(peer.limits.get('connectBytes')).toBe(1);
    expect(peer.messages).toEqual([]);
  });

  test('a silent device is lost after one and a half of its keep-alive', async () => {
    const peer = await start();
    await enter(peer.broker.port, { username: 'tank-1', will, keepAliveS: 1 });
    await until(() => peer.presences.length === 2, 'it was given up');
    expect(peer.presences[1]).toBe('tank-1 false lost');
    expect(peer.texts(will.topic)).toEqual(['offline']);
  });

  test('no will is believed of a connection whose pings we did not read', async () => {
    const peer = await start();
    await enter(peer.broker.port, { username: 'tank-1', will, keepAliveS: 1 });
    peer.broker.pauseReading(true);
    await until(() => peer.presences.length === 2, 'its keep-alive ran out meanwhile');
    expect(peer.presences[1]).toBe('tank-1 false lost');
    expect(peer.messages).toEqual([]);
  });

  test('no will is believed of a connection whose acknowledgement we hold', async () => {
    const peer = await start();
    peer.hold = true;
    const device = await enter(peer.broker.port, { username: 'tank-1', will });
    device.send(publishPacket('gatehouse/tank-1/events', 'leak', { qos: 1 }));
    await until(() => peer.held.length === 1, 'the message was handed over');
    device.socket.resetAndDestroy();
    await until(() => peer.presences.length === 2, 'it went');
    peer.held[0]?.();
    await busyElsewhere(peer);
    expect(peer.messages.map((message) => message.payload.toString())).toEqual(['leak']);
  });

  test('wills that we cause by closing, disconnecting or letting a newer connection in are not delivered', async () => {
    const peer = await start();
    const { port } = peer.broker;
    const old = await enter(port, { username: 'tank-1', will });
    const next = await enter(port, { username: 'tank-1', will });
    await old.gone();
    await until(() => peer.presences.length === 3, 'the newer one is in');
    peer.broker.disconnect('tank-1');
    peer.broker.disconnect('nobody');
    await next.gone();
    await enter(port, { username: 'tank-1', will });
    await until(() => peer.presences.length === 5, 'it came again');
    await peer.broker.close();
    expect(peer.presences).toEqual([
      'tank-1 true connect',
      'tank-1 true taken-over',
      'tank-1 true connect',
      'tank-1 false dropped',
      'tank-1 true connect',
      'tank-1 false shutdown',
    ]);
    expect(peer.messages).toEqual([]);
    await expect(peer.broker.publish('gatehouse/$alarms/1', 'x', { qos: 1 })).rejects.toThrow('closed');
  });

  test('a principal is online while one of its connections is', async () => {
    const peer = await start();
    const one = await enter(peer.broker.port, { username: 'tank-1', clientId: 'tank-1~a' });
    const other = await enter(peer.broker.port, { username: 'tank-1', clientId: 'tank-1~b' });
    one.socket.destroy();
    await until(() => peer.presences.length === 3, 'one went');
    other.socket.destroy();
    await until(() => peer.presences.length === 4, 'the other went');
    expect(peer.presences.slice(2)).toEqual(['tank-1 true lost', 'tank-1 false lost']);
  });

  test('keep-alive 0 or above a minute is let in, and marked', async () => {
    const peer = await start();
    for (const keepAliveS of [0, 60, 61, 65_535])
      await enter(peer.broker.port, { username: 'tank-1', clientId: `tank-1~${keepAliveS}`, keepAliveS });
    await until(() => peer.connections.length === 4, 'all are in');
    expect(peer.connections.map((connection) => connection.lossByHeartbeatOnly)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

describe('with the tools of Mosquitto', async () => {
  const missing = !(await hasProgram('mosquitto_pub')) || !(await hasProgram('mosquitto_sub'));
  const skip = missing && !process.env.CI;
  const args = (peer: TestBroker, id: string, ...rest: string[]) => [
    '-h',
    '127.0.0.1',
    '-p',
    `${peer.broker.port}`,
    '-V',
    'mqttv311',
    '-u',
    id,
    '-P',
    secretOf(id),
    '-i',
    id,
    ...rest,
  ];

  test.skipIf(skip)('mosquitto_pub ends after done, not before', async () => {
    const peer = await start();
    peer.hold = true;
    let ended = false;
    const published = run(
      'mosquitto_pub',
      args(peer, 'tank-1', '-q', '1', '-t', 'gatehouse/tank-1/events', '-m', '{"id":"1","type":"panic"}'),
    ).then((result) => {
      ended = true;
      return result;
    });
    await until(() => peer.held.length === 1, 'the message was handed over');
    await busyElsewhere(peer);
    expect(ended).toBe(false);
    peer.held[0]?.();
    expect(await published).toMatchObject({ code: 0, stderr: '' });
    expect(peer.texts('gatehouse/tank-1/events')).toEqual(['{"id":"1","type":"panic"}']);
    await until(() => peer.presences.includes('tank-1 false disconnect'), 'it said goodbye');
  });

  test.skipIf(skip)('mosquitto_pub at QoS 2, and one with a wrong secret', async () => {
    const peer = await start();
    const twice = await run(
      'mosquitto_pub',
      args(peer, 'tank-1', '-q', '2', '-t', 'gatehouse/tank-1/events', '-m', 'x'),
    );
    expect(twice).toMatchObject({ code: 0, stderr: '' });
    expect(peer.messages.map((message) => message.qos)).toEqual([2]);
    const wrong = await run('mosquitto_pub', [
      ...args(peer, 'tank-1', '-t', 'gatehouse/tank-1/events', '-m', 'x'),
      ...['-P', 'wrong'],
    ]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toMatch(/bad user name or password|not authori[sz]ed/i);
  });

  test.skipIf(skip)('mosquitto_sub gets its command, and is told when a filter is denied', async () => {
    const peer = await start();
    const heard = run(
      'mosquitto_sub',
      args(peer, 'tank-1', '-q', '1', '-C', '1', '-t', 'gatehouse/tank-1/commands'),
    );
    await until(() => peer.presences.length === 1, 'it is in');
    const again = setInterval(
      () => void peer.broker.publish('gatehouse/tank-1/commands', 'open', { qos: 1 }),
      20,
    );
    const { stdout } = await heard;
    clearInterval(again);
    expect(stdout.trim()).toBe('open');
    const denied = await run(
      'mosquitto_sub',
      args(peer, 'tank-2', '-W', '5', '-t', 'gatehouse/tank-1/commands'),
    );
    expect(denied.stderr).toContain('denied');
  });
});
