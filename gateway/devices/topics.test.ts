import { describe, expect, test } from 'vitest';
import { deviceDoc, start } from '../../test/scenarios/device-house.ts';
import { type DeviceType, deviceTypeSchema } from '../contract/device-type.ts';
import { misread, misreadText } from '../contract/misread.ts';
import { type Device, type Link, linkSchema } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { Memory } from '../store/table.ts';
import { createTurnFixture } from '../store/turn-fixture.ts';
import { loadCatalogue } from './catalogue.ts';
import type { Received } from './devices.ts';
import { createUnwiredDevices } from './unwired.ts';

// Devices behind a bridge or an outside broker, from a message on a topic to readings, events and states.

const { kinds, types } = loadCatalogue({ siteDir: null, log: silentLog });

function typeOf(fields: object): DeviceType {
  return deviceTypeSchema.parse({ label: { zh: '测试', en: 'Test' }, link: 'mqtt', ...fields });
}

const ownTypes = [
  typeOf({
    id: 'plain-tank',
    kind: 'tank',
    points: {
      level: { topic: 'plant/{address}/level', scale: 0.01 },
      overflow: { topic: 'plant/{address}/float', map: { on: true, off: false } },
    },
  }),
  typeOf({
    id: 'own-topic-tank',
    kind: 'tank',
    settings: { base: { label: { zh: '主题', en: 'Topic' }, type: 'text', default: 'plant' } },
    points: { level: { json: 'sensors[0].depth', topic: '{base}/{device}/state' } },
  }),
];
const catalogue = { kinds, types: new Map([...types, ...ownTypes.map((type) => [type.id, type] as const)]) };

const links: Link[] = [
  { id: 'emqx', kind: 'mqtt', url: 'mqtt://broker', prefixes: ['zigbee2mqtt', 'gatehouse', 'plant'] },
  { id: 'z2m', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt'] },
].map((link) => linkSchema.parse(link));

const docs: Device[] = [
  { id: 'door-1', type: 'zigbee2mqtt-contact', link: 'emqx', address: 'hall/door' },
  { id: 'leak-1', type: 'zigbee2mqtt-water-leak', link: 'emqx', address: 'pit' },
  { id: 'light-1', type: 'zigbee2mqtt-switch', link: 'emqx', address: 'garden/light' },
  { id: 'door-2', type: 'zigbee2mqtt-contact', link: 'z2m', address: 'hall/door' },
  { id: 'tank-1', type: 'native-tank', link: 'emqx' },
  { id: 'panic-1', type: 'native-panic-button', link: 'emqx' },
  { id: 'tank-2', type: 'native-tank' },
  { id: 'tank-3', type: 'plain-tank', link: 'emqx', address: 't3' },
  { id: 'tank-4', type: 'own-topic-tank', link: 'emqx', settings: { base: 'plant/b' } },
].map(deviceDoc);

function stand(more: Device[] = []) {
  const memory = new Memory();
  let now = start;
  const rooms = createUnwiredDevices({
    memory,
    clock: { now: () => ({ wallMs: now, monoMs: now }), wakeAfter: () => () => {} },
    catalogue,
  });
  rooms.configure([...docs, ...more], links);
  const recorded: string[] = [];

  function act<Answer>(run: (turn: ReturnType<typeof createTurnFixture>) => Answer): Answer {
    const turn = createTurnFixture(memory, { now });
    turn.record = (device, point, at, value) => recorded.push(`${device}.${point} ${value} ${at - now}`);
    const answer = run(turn);
    memory.commit();
    return answer;
  }

  function decode(topic: string, payload: unknown, { link = 'emqx', retained = false } = {}) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return rooms.decodeTopic(link, { topic, payload: Buffer.from(text), retained, receivedAt: now });
  }

  return {
    rooms,
    recorded,
    act,
    decode,
    /** Says what came on a topic; every message of it in its turn. */
    hear(topic: string, payload: unknown, options?: { link?: string; retained?: boolean }): Received[] {
      const { messages = [], bridge = null } = decode(topic, payload, options) ?? {};
      if (bridge !== null) act((turn) => rooms.onBridge(turn, options?.link ?? 'emqx', topic, bridge));
      return messages.map((message) => act((turn) => rooms.receive(turn, message)));
    },
    refusal(topic: string, payload: unknown, options?: { link?: string; retained?: boolean }): string {
      try {
        decode(topic, payload, options);
      } catch (error) {
        if (error instanceof Fault && error.code === 'message.invalid') return error.detail;
        throw error;
      }
      throw new Error('it was taken');
    },
    value: (key: string) => rooms.value(key),
    state: (id: string) => {
      const { state, why, cause } = rooms.state(id);
      return cause === undefined ? `${state} ${why ?? ''}`.trim() : `${state} ${why} by ${cause}`;
    },
    pass(ms: number): void {
      now += ms;
      act((turn) => rooms.onSupervision(turn));
    },
    get now() {
      return now;
    },
  };
}

const eventsOf = (received: Received[]) => received.flatMap(({ events }) => events.map(({ type }) => type));

describe('a topic', () => {
  test('is taken by the device of its own link, and by no other', () => {
    const site = stand();
    site.hear('zigbee2mqtt/hall/door', { contact: false }, { link: 'z2m' });
    expect(site.value('door-2.opened')?.value).toBe(true);
    expect(site.value('door-1.opened')).toBeUndefined();
    expect(site.decode('gatehouse/tank-1/readings', '{}', { link: 'z2m' })).toBeNull();
  });

  test('may be the whole value: a number, a word through the map', () => {
    const site = stand();
    site.hear('plant/t3/level', '124');
    site.hear('plant/t3/float', 'on');
    expect(site.value('tank-3.level')?.value).toBe(1.24);
    expect(site.value('tank-3.overflow')?.value).toBe(true);
    expect(site.decode('plant/t3/level', 'full')?.messages[0]).toMatchObject({
      problems: [
        misread('value-transform', {
          point: 'tank-3.level',
          words: '"full" cannot be scaled: it is not a number',
        }),
      ],
      readings: [{ value: null, quality: 'bad' }],
    });
  });

  test('that brings a value which does not fit tells it once, until one has fitted', () => {
    const site = stand();
    const problems = (battery: unknown) => {
      const found = site
        .decode('zigbee2mqtt/pit', { battery })
        ?.messages.flatMap((message) => message.problems);
      site.hear('zigbee2mqtt/pit', { battery });
      return found?.length;
    };
    expect([problems('80.00'), problems('79.00'), problems(78), problems('77.00')]).toEqual([1, 0, 0, 1]);
  });

  test('is filled in with the device and its settings, and read by a path', () => {
    const site = stand();
    site.hear('plant/b/tank-4/state', { sensors: [{ depth: 2.5 }, { depth: 9 }] });
    expect(site.value('tank-4.level')?.value).toBe(2.5);
    expect(site.hear('plant/b/tank-4/state', { sensors: [] })[0]?.readings).toEqual([]);
  });

  test('without its device says what to do', () => {
    const { rooms } = stand();
    const words = (topic: string, message: unknown = '', link = 'emqx') =>
      misreadText(rooms.strayTopic(link, { topic, payload: Buffer.from(JSON.stringify(message)) }).why);
    // The types that find most of their values in the message.
    expect(words('zigbee2mqtt/garage/leak', { battery: 80, water_leak: false, linkquality: 30 })).toBe(
      'no device takes the topic zigbee2mqtt/garage/leak on link emqx; if it is a device of this site, add it with link: emqx and address: garage/leak (types that would read it: zigbee2mqtt-water-leak)',
    );
    expect(words('zigbee2mqtt/garage/leak', { strange: 1 })).toContain(
      '(types that would read it: zigbee2mqtt-button, zigbee2mqtt-contact, ',
    );
    expect(words('zigbee2mqtt/garage/leak/availability')).toContain('address: garage/leak (');
    expect(words('tele/plug/LWT')).toContain('address: plug (types that would read it: tasmota-');
    expect(words('gatehouse/tank-2/readings')).toContain('the device "tank-2" is not on this link');
    expect(words('gatehouse/tank-1/level')).toContain('not level');
    expect(words('weather/wind')).toContain('add a device whose type reads it');
  });

  test.each([
    'zigbee2mqtt/bridge/devices',
    'zigbee2mqtt/hall/door/battery',
    'zigbee2mqtt/garden/light/set',
    'gatehouse/tank-1/commands',
    'gatehouse/$alarms/019b',
  ])('%s is the known talk of a device or bridge, and no mistake', (topic) => {
    const { rooms, decode } = stand();
    expect(decode(topic, 'whatever')).toBeNull();
    expect(rooms.isKnownTalk('emqx', topic)).toBe(true);
  });

  test.each([
    ['zigbee2mqtt/hall/door', 'contact', 'the payload is not JSON'],
    ['zigbee2mqtt/hall/door', '5', '5 is no JSON object'],
    ['zigbee2mqtt/hall/door', '{"contact":', 'the payload is not JSON'],
    ['zigbee2mqtt/hall/door/availability', '{"state":"gone"}', '"gone" is neither online nor offline'],
    ['zigbee2mqtt/bridge/state', 'starting', '"starting" is neither online nor offline'],
    ['gatehouse/tank-1/readings', '{"values":{"levle":1}', 'the payload is not JSON'],
  ])('%s saying %s is refused with words', (topic, payload, words) => {
    expect(stand().refusal(topic, payload)).toContain(words);
  });

  test('holding nothing takes a retained message away and says nothing', () => {
    const site = stand();
    expect(site.decode('zigbee2mqtt/hall/door', '')).toEqual({ messages: [], bridge: null, strangers: [] });
    expect(site.decode('gatehouse/tank-1/status', '')).toEqual({ messages: [], bridge: null, strangers: [] });
  });

  test('costs the same with ten thousand devices as with ten', () => {
    const many = (count: number) =>
      stand(
        Array.from({ length: count }, (_, i) =>
          deviceDoc({
            id: `c-${i}`,
            type: 'zigbee2mqtt-contact',
            link: 'emqx',
            address: `floor ${i % 40}/door ${i}`,
          }),
        ),
      );
    const payload = Buffer.from('{"battery":100,"contact":false,"tamper":false}');
    // The same ten doors on both sites: what differs is how many there are beside them.
    const topics = Array.from({ length: 2_000 }, (_, i) => `zigbee2mqtt/floor ${i % 10}/door ${i % 10}`);
    const timeOf = ({ rooms }: ReturnType<typeof stand>) => {
      const from = performance.now();
      for (const topic of topics)
        rooms.decodeTopic('emqx', { topic, payload, retained: false, receivedAt: start });
      return performance.now() - from;
    };
    const few = many(10);
    const lots = many(10_000);
    const ratios = Array.from({ length: 15 }, () => timeOf(lots) / timeOf(few)).sort((x, y) => x - y);
    // One that looks through the devices would take hundreds of times as long.
    expect(ratios[7]).toBeLessThan(2);
  });
});

describe("a device's own time", () => {
  const at = (site: ReturnType<typeof stand>, last_seen: unknown) =>
    (site.decode('zigbee2mqtt/pit', { water_leak: true, last_seen })?.messages[0]?.readings[0]?.at ?? 0) -
    start;
  test.each([
    ['UTC milliseconds', start - 60_000, -60_000],
    ['ISO 8601 in UTC', new Date(start - 60_000).toISOString(), -60_000],
    ['ISO 8601 with its zone', '2026-03-02T15:59:00+08:00', -60_000],
    ['a time without its zone', '2026-03-02T07:59:00', 0],
    ['a time a month ago', start - 30 * 86_400_000, 0],
    ['a time tomorrow', start + 86_400_000, 0],
    ['a word', 'yesterday', 0],
    ['nothing', null, 0],
  ])('as %s', (_, said, offset) => {
    expect(at(stand(), said)).toBe(offset);
  });

  test('that is old never overwrites what is newer', () => {
    const site = stand();
    site.hear('zigbee2mqtt/pit', { water_leak: true });
    const [old] = site.hear('zigbee2mqtt/pit', { water_leak: false, last_seen: start - 60_000 });
    expect(old?.late).toHaveLength(1);
    expect(site.value('leak-1.wet')?.value).toBe(true);
  });
});

describe('what a broker has kept', () => {
  const kept = { retained: true };

  test('is a change when it differs from what is known, and nothing when it does not', () => {
    const site = stand();
    site.hear('zigbee2mqtt/hall/door', { contact: true });
    expect(eventsOf(site.hear('zigbee2mqtt/hall/door', { contact: true }, kept))).toEqual([]);
    expect(site.recorded).toEqual(['door-1.opened false 0']);
    expect(eventsOf(site.hear('zigbee2mqtt/hall/door', { contact: false }, kept))).toEqual(['access.opened']);
    expect(eventsOf(site.hear('zigbee2mqtt/hall/door', { contact: false }, kept))).toEqual([]);
    expect(site.value('door-1.opened')).toMatchObject({ value: true, quality: 'good' });
  });

  test('is no sign of life, whatever it says of values', () => {
    const site = stand();
    site.hear('zigbee2mqtt/hall/door', { contact: true }, kept);
    expect(site.state('door-1')).toBe('unknown');
    site.hear('zigbee2mqtt/hall/door', { contact: true });
    expect(site.state('door-1')).toBe('online');
    site.pass(25 * 3_600_000);
    expect(site.state('door-1')).toBe('offline silence');
    site.hear('zigbee2mqtt/hall/door', { contact: false }, kept);
    expect(site.state('door-1')).toBe('offline silence');
  });

  test('as a measurement is uncertain, no part of history, and no match for a live one', () => {
    const site = stand();
    site.hear('gatehouse/tank-1/readings', { values: { level: 0.4 } }, kept);
    expect(site.value('tank-1.level')).toMatchObject({ value: 0.4, quality: 'uncertain' });
    site.hear('gatehouse/tank-1/readings', { values: { level: 1.5 } });
    site.hear('gatehouse/tank-1/readings', { values: { level: 0.4 } }, kept);
    expect(site.value('tank-1.level')).toMatchObject({ value: 1.5, quality: 'good' });
    expect(site.recorded).toEqual(['tank-1.level 1.5 0']);
  });

  test('with its own time is as good as when it was sent, unless something newer is known', () => {
    const site = stand();
    const sent = { at: start - 60_000, values: { level: 0.4 } };
    site.hear('gatehouse/tank-1/readings', sent, kept);
    expect(site.value('tank-1.level')).toMatchObject({ value: 0.4, quality: 'good', at: start - 60_000 });
    site.hear('gatehouse/tank-1/readings', sent, kept);
    expect(site.recorded).toEqual(['tank-1.level 0.4 -60000']);
    site.hear('gatehouse/tank-1/readings', { values: { level: 1.5 } });
    site.hear('gatehouse/tank-1/readings', sent, kept);
    expect(site.value('tank-1.level')?.value).toBe(1.5);
  });

  test('as an event or an answer is refused: it does not happen anew', () => {
    const site = stand();
    expect(site.refusal('gatehouse/panic-1/events', { id: '1', type: 'panic' }, kept)).toContain(
      'without retain',
    );
    expect(site.refusal('gatehouse/tank-1/commands/ack', { id: '1', ok: true }, kept)).toContain(
      'without retain',
    );
  });

  test('as a status holds: that is what it was kept for', () => {
    const site = stand();
    site.hear('gatehouse/tank-1/status', 'online', kept);
    expect(site.state('tank-1')).toBe('online');
    site.hear('gatehouse/tank-1/status', 'offline', kept);
    expect(site.state('tank-1')).toBe('offline will');
    site.hear('zigbee2mqtt/hall/door/availability', { state: 'offline' }, kept);
    expect(site.state('door-1')).toBe('offline availability');
  });
});

describe('the way to a device', () => {
  test('that is lost takes along what is behind it, and nothing else; each is as it was when it is back', () => {
    const site = stand();
    const link = (id: string, up: boolean) => site.act((turn) => site.rooms.onLink(turn, id, up));
    site.hear('zigbee2mqtt/hall/door', { contact: true });
    site.hear('zigbee2mqtt/hall/door', { contact: true }, { link: 'z2m' });
    site.hear('zigbee2mqtt/pit/availability', 'offline');
    expect(
      link('emqx', false)
        .map(({ id, state, cause }) => `${id} ${state} ${cause}`)
        .sort(),
    ).toEqual([
      'door-1 offline emqx',
      'leak-1 offline emqx',
      'light-1 offline emqx',
      'panic-1 offline emqx',
      'tank-1 offline emqx',
      'tank-3 offline emqx',
      'tank-4 offline emqx',
    ]);
    expect(site.state('door-2')).toBe('online');
    // What is heard on a way that is said to be lost changes nothing.
    site.hear('zigbee2mqtt/hall/door', { contact: false });
    expect(site.state('door-1')).toBe('offline link down by emqx');
    link('emqx', true);
    expect(site.state('door-1')).toBe('online');
    expect(site.state('leak-1')).toBe('offline availability');
    expect(site.state('light-1')).toBe('unknown');
  });

  test('gives everybody behind it one full interval of silence anew when it is back', () => {
    const site = stand();
    const link = (up: boolean) => site.act((turn) => site.rooms.onLink(turn, 'emqx', up));
    site.hear('gatehouse/panic-1/readings', { values: { battery: 90 } });
    site.pass(60_000);
    link(false);
    site.pass(3_600_000);
    link(true);
    expect(site.state('panic-1')).toBe('online');
    site.pass(89_999);
    expect(site.state('panic-1')).toBe('online');
    site.pass(1);
    expect(site.state('panic-1')).toBe('offline silence');
  });

  test('may be a bridge on the link: it is told apart from the link and from bridges elsewhere', () => {
    const site = stand();
    site.hear('zigbee2mqtt/hall/door', { contact: true });
    site.hear('zigbee2mqtt/hall/door', { contact: true }, { link: 'z2m' });
    site.hear('gatehouse/tank-1/readings', { values: { level: 1 } });
    site.hear('zigbee2mqtt/bridge/state', { state: 'offline' });
    expect(['door-1', 'door-2', 'tank-1'].map(site.state)).toEqual([
      'offline bridge offline by emqx',
      'online',
      'online',
    ]);
    site.hear('zigbee2mqtt/bridge/state', 'online');
    expect(site.state('door-1')).toBe('online');
  });
});
