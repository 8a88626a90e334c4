import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import { mosquittoPublish, RunningPeer } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// MQTT spoken by Mosquitto's own clients.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
  - { id: panic-1, type: native-panic-button, name: 大堂紧急按钮, area: compound }
  - { id: light-1, type: native-light-circuit, name: 围墙灯, area: compound }
`;

let house: House;
const peers: RunningPeer[] = [];
beforeAll(async () => {
  house = await startHouse({ site });
});
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.stop();
});
afterAll(() => house.close());

interface StoredEvents {
  items: { externalId: string }[];
}

describe.skipIf(process.env.GATEHOUSE_SKIP_MOSQUITTO)('mosquitto_pub', () => {
  test('with the secret of a device raises an alarm on every open console', async () => {
    const live = await house.live();
    const secret = await house.secretOf('panic-1');
    const topic = 'gatehouse/panic-1/events';
    const sentAt = performance.now();
    const sent = await mosquittoPublish(
      house.mqttPort,
      { user: 'panic-1', secret },
      topic,
      '{"id":"p-1","type":"panic"}',
    );
    expect(sent).toMatchObject({ code: 0 });
    const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'panic-1');
    const took = performance.now() - sentAt;
    console.log(`mosquitto_pub started to alarm on /live: ${Math.round(took)} ms`);
    expect(took).toBeLessThan(2_000);
    expect(alarm).toMatchObject({
      definition: 'panic',
      priority: 1,
      state: 'unacknowledged',
      recorded: true,
      popup: true,
    });
    // Its exit means PUBACK, and PUBACK means on disk.
    const events = await house.api<StoredEvents>('GET', '/events?device=panic-1');
    expect(events.body.items.map(({ externalId }) => externalId)).toEqual(['p-1']);
  });

  test('with a wrong secret, an unknown name or no name at all is not let in', async () => {
    const secret = await house.secretOf('tank-1');
    for (const from of [{ user: 'tank-1', secret: `${secret}x` }, { user: 'tank-9', secret }, {}]) {
      const refused = await mosquittoPublish(
        house.mqttPort,
        from,
        'gatehouse/tank-1/readings',
        '{"values":{"level":9}}',
      );
      expect(refused.code).not.toBe(0);
      expect(refused.output).toMatch(/Connection Refused/i);
    }
    const points = await house.api<{ items: { value: unknown }[] }>('GET', '/devices/tank-1/points');
    expect(points.body.items.filter(({ value }) => value !== null)).toEqual([]);
  });

  test('on the topic of another device is cut off unacknowledged, and nothing of it is kept', async () => {
    const secret = await house.secretOf('tank-1');
    const from = { user: 'tank-1', secret };
    for (const topic of ['gatehouse/panic-1/events', 'gatehouse/$alarms/x', '$SYS/broker', 'elsewhere']) {
      // It would reconnect and repeat for ever: its only way to say that it was never acknowledged.
      const peer = new RunningPeer('stdbuf', [
        ...['-oL', 'mosquitto_pub'],
        ...['-d', '-h', '127.0.0.1', '-p', String(house.mqttPort), '-q', '1', '-t', topic],
        ...['-u', from.user, '-P', from.secret, '-i', from.user, '-m', '{"id":"p-2","type":"panic"}'],
      ]);
      peers.push(peer);
      await eventually(`${topic} was sent`, () =>
        peer.lines.some((line) => line.includes('sending PUBLISH')),
      );
      await eventually(
        `the connection of ${topic} was cut`,
        () =>
          peer.child.exitCode !== null || peer.lines.filter((line) => line.includes('CONNACK')).length > 1,
      );
      expect(peer.lines.filter((line) => line.includes('PUBACK'))).toEqual([]);
      await peer.stop();
    }
    const events = await house.api<StoredEvents>('GET', '/events');
    expect(events.body.items.map(({ externalId }) => externalId)).not.toContain('p-2');
    // The device itself is as welcome as before.
    const sent = await mosquittoPublish(
      house.mqttPort,
      from,
      'gatehouse/tank-1/readings',
      '{"values":{"level":1.5}}',
    );
    expect(sent).toMatchObject({ code: 0 });
  });

  test('and mosquitto_sub as a light that answers: a command goes down and is confirmed', async () => {
    const secret = await house.secretOf('light-1');
    const way = ['-h', '127.0.0.1', '-p', String(house.mqttPort), '-u', 'light-1', '-P', secret];
    const light = new RunningPeer('stdbuf', [
      ...['-oL', 'mosquitto_sub'],
      ...['-d', ...way, '-i', 'light-1', '-q', '1', '-t', 'gatehouse/light-1/commands'],
    ]);
    peers.push(light);
    await light.line((line) => line.includes('SUBACK'), 'the light has subscribed');
    const live = await house.live();
    const asked = await house.api<{ id: string; state: string }>('POST', '/devices/light-1/commands', {
      command: 'switchOn',
      reason: 'test',
    });
    expect(asked.status).toBe(200);
    const order = JSON.parse(await light.line((line) => line.startsWith('{'), 'the command came')) as object;
    expect(order).toMatchObject({ id: asked.body.id, command: 'switchOn' });
    const answered = await mosquittoPublish(
      house.mqttPort,
      { user: 'light-1', secret, client: 'light-1~lamp' },
      'gatehouse/light-1/readings',
      '{"values":{"on":true}}',
    );
    expect(answered).toMatchObject({ code: 0 });
    const done = await live.change<Command>('commands', ({ state }) => state === 'confirmed');
    expect(done).toMatchObject({ id: asked.body.id, reason: 'test', error: null });
  });
});
