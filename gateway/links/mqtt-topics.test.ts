import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topicFault } from '../contract/mqtt-topic.ts';
import { type MqttPrincipal, TopicRights } from './mqtt-topics.ts';

const limits = { topicBytes: 256, levels: 10 };
const rights = (kind: MqttPrincipal['kind'], id: string, prefixes: string[] = []) =>
  new TopicRights({ kind, id, prefixes }, limits);

describe('a device (security 14, 15)', () => {
  const device = rights('device', 'tank-1', ['zigbee2mqtt']);

  test.each([
    ['gatehouse/tank-1/readings', 'send'],
    ['gatehouse/tank-1/events', 'send'],
    ['gatehouse/tank-1/commands/ack', 'send'],
    ['gatehouse/tank-1/status', 'retain'],
    ['gatehouse/tank-1/commands', 'refused'],
    ['gatehouse/tank-1/commands/ack/x', 'refused'],
    ['gatehouse/tank-1/commands/', 'refused'],
    ['gatehouse/tank-1/readings/', 'refused'],
    ['gatehouse/tank-1/Readings', 'refused'],
    ['gatehouse/tank-1', 'refused'],
    ['gatehouse/tank-1/', 'refused'],
    ['gatehouse/tank-10/readings', 'refused'],
    ['gatehouse/tank-2/readings', 'refused'],
    ['gatehouse//readings', 'refused'],
    ['/gatehouse/tank-1/readings', 'refused'],
    ['gatehouse/+/readings', 'refused'],
    ['gatehouse/tank-1/#', 'refused'],
    ['gatehouse/$alarms/1', 'refused'],
    ['$SYS/broker/new/clients', 'refused'],
    ['zigbee2mqtt/lamp', 'refused'],
    ['__proto__', 'refused'],
    ['', 'refused'],
  ])('publishing to %j is: %s', (topic, right) => {
    expect(device.publishRight(topic)).toBe(right);
    expect(device.publishRight(topic)).toBe(right);
  });

  test('its will is on its own status or nowhere', () => {
    expect(device.mayLeaveWill('gatehouse/tank-1/status')).toBe(true);
    for (const topic of [
      '#',
      'a/+',
      'gatehouse/tank-1/events',
      'gatehouse/tank-2/status',
      'a\0',
      'x'.repeat(60_000),
    ])
      expect(device.mayLeaveWill(topic), topic.slice(0, 30)).toBe(false);
  });

  test.each([
    ['gatehouse/tank-1/commands', true],
    ['gatehouse/tank-1/#', true],
    ['gatehouse/tank-1/+', true],
    ['gatehouse/tank-1', false],
    ['gatehouse/+/commands', false],
    ['gatehouse/#', false],
    ['#', false],
    ['+/tank-1/commands', false],
    ['gatehouse/tank-2/commands', false],
    ['gatehouse/tank-1/a#', false],
    ['gatehouse/tank-1/#/a', false],
    ['gatehouse/tank-1/+a', false],
    ['$share/group/gatehouse/tank-1/commands', false],
    ['gatehouse/$alarms/#', false],
    ['$SYS/#', false],
    ['', false],
  ])('subscribing to %j: %s', (filter, allowed) => {
    expect(device.maySubscribe(filter)).toBe(allowed);
  });

  test('it receives what lies under its own tree only', () => {
    expect(device.mayReceive('gatehouse/tank-1/commands')).toBe(true);
    expect(device.mayReceive('gatehouse/tank-10/commands')).toBe(false);
    expect(device.mayReceive('gatehouse/$alarms/1')).toBe(false);
  });

  test('an id that is no key has no topics at all', () => {
    for (const id of ['tank-1/status', '+', '#', '', 'A', '$alarms', '../tank-2']) {
      const odd = rights('device', id);
      expect(odd.publishRight(`gatehouse/${id}/readings`)).toBe('refused');
      expect(odd.maySubscribe(`gatehouse/${id}/commands`)).toBe(false);
    }
  });

  test('of any topic in the world it may publish to four', () => {
    const own = ['readings', 'events', 'status', 'commands/ack'].map((leaf) => `gatehouse/tank-1/${leaf}`);
    const level = fc.oneof(
      fc.constantFrom(
        'gatehouse',
        'tank-1',
        'tank-2',
        'readings',
        'events',
        'status',
        'commands',
        'ack',
        '',
        '+',
        '#',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const topic = fc.array(level, { maxLength: 6 }).map((levels) => levels.join('/'));
    fc.assert(
      fc.property(topic, (any) => {
        expect(device.publishRight(any) !== 'refused').toBe(own.includes(any));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a bridge', () => {
  const bridge = rights('bridge', 'zigbee', ['zigbee2mqtt', 'homeassistant/']);

  test('its prefixes are whole levels', () => {
    expect(bridge.publishRight('zigbee2mqtt')).toBe('retain');
    expect(bridge.publishRight('zigbee2mqtt/客厅/门磁')).toBe('retain');
    expect(bridge.publishRight('homeassistant/sensor/1/config')).toBe('retain');
    expect(bridge.publishRight('zigbee2mqtt2/lamp')).toBe('refused');
    expect(bridge.publishRight('gatehouse/zigbee/readings')).toBe('refused');
    expect(bridge.maySubscribe('zigbee2mqtt/#')).toBe(true);
    expect(bridge.maySubscribe('zigbee2mqtt/+/set')).toBe(true);
    expect(bridge.maySubscribe('zigbee2mqtt+/#')).toBe(false);
    expect(bridge.maySubscribe('+/lamp')).toBe(false);
    expect(bridge.maySubscribe('#')).toBe(false);
  });

  test('a prefix that would grant everything, or every device, grants nothing', () => {
    for (const prefix of ['', '/', '#', '+/x', 'a/#', '$SYS', 'gatehouse', 'gatehouse/', '\0']) {
      const wide = rights('bridge', 'b', [prefix]);
      for (const topic of ['a/x', 'gatehouse/tank-1/readings', '$SYS/x', '/x', '\0/x'])
        expect(wide.publishRight(topic), `${prefix} → ${topic}`).toBe('refused');
      expect(wide.maySubscribe('#')).toBe(false);
      expect(wide.maySubscribe('gatehouse/#')).toBe(false);
    }
  });

  test('commands come from the gateway alone, alarms go to readers alone', () => {
    const native = rights('bridge', 'dtu-7', ['gatehouse/dtu-7', 'gatehouse/$alarms']);
    expect(native.publishRight('gatehouse/dtu-7/readings')).toBe('retain');
    expect(native.publishRight('gatehouse/dtu-7/commands/ack')).toBe('retain');
    expect(native.publishRight('gatehouse/dtu-7/commands')).toBe('refused');
    expect(native.publishRight('gatehouse/dtu-7/commands/x')).toBe('refused');
    expect(native.publishRight('gatehouse/$alarms/1')).toBe('refused');
    expect(native.maySubscribe('gatehouse/dtu-7/commands')).toBe(true);
    expect(native.maySubscribe('gatehouse/$alarms/#')).toBe(false);
    expect(native.mayReceive('gatehouse/$alarms/1')).toBe(false);
  });
});

test('a reader hears alarms and says nothing', () => {
  const reader = rights('reader', 'wall', ['zigbee2mqtt']);
  expect(reader.maySubscribe('gatehouse/$alarms/#')).toBe(true);
  expect(reader.maySubscribe('gatehouse/$alarms/+')).toBe(true);
  expect(reader.maySubscribe('gatehouse/#')).toBe(false);
  expect(reader.maySubscribe('zigbee2mqtt/#')).toBe(false);
  expect(reader.mayReceive('gatehouse/$alarms/1')).toBe(true);
  expect(reader.mayReceive('gatehouse/tank-1/readings')).toBe(false);
  expect(reader.publishRight('gatehouse/$alarms/1')).toBe('refused');
  expect(reader.mayLeaveWill('gatehouse/$alarms/1')).toBe(false);
});

test.each([
  ['x'.repeat(257), 'bytes'],
  ['水'.repeat(86), 'bytes'],
  ['a/b/c/d/e/f/g/h/i/j/k', 'levels'],
  ['$a', '$'],
  ['a\u0000b', 'printed'],
  ['a\nb', 'printed'],
  ['a\u007f', 'printed'],
  ['a\ud800', 'printed'],
  ['a\ufffd', 'printed'],
  ['a\u202eb', 'printed'],
  ['', 'empty'],
])('the topic %j has a fault', (topic, words) => {
  expect(topicFault(topic, limits)).toContain(words);
});

test('256 bytes, ten levels, Chinese and spaces are in order (security 16)', () => {
  for (const topic of ['x'.repeat(256), '水'.repeat(85), 'a/b/c/d/e/f/g/h/i/j', '一号楼 水箱/液位', 'a$b'])
    expect(topicFault(topic, limits)).toBeNull();
});
