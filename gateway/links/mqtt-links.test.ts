import { afterEach, expect, test } from 'vitest';
import { type Mosquitto, noMosquitto, startMosquitto } from '../../test/mosquitto-peer.ts';
import { until } from '../../test/mqtt-peers.ts';
import type { LinkState } from '../contract/device-state.ts';
import { linkSchema, type MqttLink } from '../contract/site.ts';
import { createManualClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createMqttLinks, type MqttLinksDeps } from './mqtt-links.ts';

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function stand(more: Partial<MqttLinksDeps> = {}) {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const told: string[] = [];
  const sent: string[] = [];
  const disconnected: string[] = [];
  const kept = new Map<string, Buffer>();
  const links = createMqttLinks({
    clock,
    log: silentLog,
    env: {},
    site: () => 'garden',
    broker: () => ({
      publish: async (topic, payload) => void sent.push(`${topic} ${payload}`),
      disconnect: (id) => disconnected.push(id),
      kept: (topic) => kept.get(topic) ?? null,
    }),
    accept: (_link, _message, done) => done(),
    state: ({ id, state, error }: LinkState) => told.push(`${id} ${state} ${error ?? ''}`.trim()),
    sessionLost: () => {},
    isSparkplugHost: () => false,
    ...more,
  });
  ended.push(() => links.close());
  return { links, clock, told, sent, disconnected, kept };
}

const bridge = linkSchema.parse({ id: 'z2m', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt'] }) as MqttLink;
const later = Date.UTC(2026, 0, 2);

test('a bridge is as its connection to the embedded broker is', async () => {
  const { links, told } = stand();
  links.configure([bridge]);
  expect(links.states()).toMatchObject([{ id: 'z2m', state: 'connecting', error: null }]);
  links.bridgeConnection('z2m', true, 'connect');
  links.bridgeConnection('z2m', true, 'taken-over');
  links.bridgeConnection('z2m', false, 'lost');
  links.bridgeConnection('z2m', true, 'connect');
  links.bridgeConnection('z2m', false, 'disconnect');
  expect(told).toEqual([
    'z2m up',
    'z2m down the bridge is lost',
    'z2m up',
    'z2m down the bridge has disconnected',
  ]);
});

test('a bridge that does not come within 90 s of the start is lost, and one that has come is not', async () => {
  const { links, clock, told } = stand();
  const other = { ...bridge, id: 'tasmota' };
  links.configure([bridge, other]);
  links.bridgeConnection('tasmota', true, 'connect');
  await clock.advance(89_999);
  expect(told).toEqual(['tasmota up']);
  await clock.advance(1);
  expect(told).toEqual(['tasmota up', 'z2m down the bridge has not connected']);
});

test('a bridge without the embedded broker is down, and nothing goes out', async () => {
  const { links, told } = stand({ broker: () => undefined });
  links.configure([bridge]);
  expect(told).toEqual(['z2m down the embedded broker is switched off']);
  await expect(links.publish('z2m', 'zigbee2mqtt/x/set', 'ON', later)).rejects.toThrow('switched off');
});

test('what changes for a bridge ends its connections, so that it comes back to the new rights; the same again does not', async () => {
  const { links, disconnected } = stand();
  links.configure([bridge]);
  links.configure([{ ...bridge }]);
  expect(disconnected).toEqual([]);
  links.configure([{ ...bridge, prefixes: ['zigbee2mqtt', 'homeassistant'] }]);
  expect(disconnected).toEqual(['z2m']);
  links.configure([]);
  expect(disconnected).toEqual(['z2m', 'z2m']);
  expect(links.states()).toEqual([]);
});

test('a command goes out by the embedded broker; without link or topic it says why not', async () => {
  const { links, sent } = stand();
  links.configure([bridge]);
  await links.publish('z2m', 'zigbee2mqtt/x/set', '{"state":"ON"}', later);
  expect(sent).toEqual(['zigbee2mqtt/x/set {"state":"ON"}']);
  await expect(links.publish('z2n', 'x', 'ON', later)).rejects.toThrow('there is no MQTT link "z2n"');
});

test('what a bridge has had kept is told again, and only what lies under its own prefixes', () => {
  const accepted: string[] = [];
  const { links, kept } = stand({
    accept: (link, { topic, payload, retained }, done) => {
      accepted.push(`${link} ${topic} ${payload} ${retained}`);
      done();
    },
  });
  links.configure([bridge]);
  kept.set('zigbee2mqtt/lamp', Buffer.from('on'));
  kept.set('other/lamp', Buffer.from('on'));
  links.tellAgain('z2m', ['zigbee2mqtt/lamp', 'zigbee2mqtt/none', 'other/lamp']);
  expect(accepted).toEqual(['z2m zigbee2mqtt/lamp on true']);
});

test('nodes behind a bridge see their host for as long as one of them is on it; who denies it is answered', async () => {
  const hosts = new Set(['z2m', 'plc']);
  const { links, sent, clock } = stand({ isSparkplugHost: (link) => hosts.has(link) });
  const other = linkSchema.parse({ id: 'plc', kind: 'mqtt-bridge', prefixes: ['spBv1.0'] }) as MqttLink;
  const state = (online: boolean) =>
    `spBv1.0/STATE/garden ${JSON.stringify({ online, timestamp: clock.now().wallMs })}`;
  links.configure([bridge, other]);
  expect(sent).toEqual([state(true), state(true)]);
  expect(links.isHostTold('z2m')).toBe(true);
  sent.length = 0;
  links.heardBridge('spBv1.0/STATE/garden', Buffer.from(JSON.stringify({ online: true, timestamp: 1 })));
  links.heardBridge('spBv1.0/STATE/others', Buffer.from(JSON.stringify({ online: false, timestamp: 1 })));
  links.heardBridge('spBv1.0/STATE/garden', Buffer.from('not JSON'));
  expect(sent).toEqual([]);
  links.heardBridge('spBv1.0/STATE/garden', Buffer.from(JSON.stringify({ online: false, timestamp: 1 })));
  expect(sent.splice(0)).toEqual([state(true)]);
  hosts.delete('z2m');
  links.configure([bridge, other]);
  expect(sent).toEqual([]);
  links.configure([bridge]);
  await until(() => sent.length === 1, 'the last one has left');
  expect(sent).toEqual([state(false)]);
});

test('a broker whose password the environment lacks is down with its name, and is not tried', async () => {
  const { links, told } = stand();
  const url = 'mqtt://127.0.0.1:1';
  const fields = { id: 'emqx', kind: 'mqtt', url, username: 'gatehouse', prefixes: ['home'] };
  links.configure([linkSchema.parse({ ...fields, password: 'env:NOWHERE' }) as MqttLink]);
  expect(told).toEqual([
    'emqx down the environment of the gateway has no NOWHERE; set it and start the gateway anew',
  ]);
  await expect(links.publish('emqx', 'home/x', 'ON', later)).rejects.toThrow('the link emqx is down');
});

test.skipIf(noMosquitto)(
  'a broker is a client id of the site, and a tree within another is subscribed once',
  async () => {
    const mosquitto: Mosquitto = await startMosquitto(['log_type all']);
    ended.push(() => mosquitto.close());
    const taken: string[] = [];
    const { links, told } = stand({
      accept(_link, { topic, payload }, done) {
        taken.push(`${topic} ${payload}`);
        done();
      },
    });
    const fields = { id: 'emqx', kind: 'mqtt', url: mosquitto.url };
    links.configure([linkSchema.parse({ ...fields, prefixes: ['home', 'home/hall', 'homes'] }) as MqttLink]);
    await until(() => told.includes('emqx up'), 'it is reached');
    expect(told).toEqual(['emqx up']);
    // It says so in its log, which may come a moment later.
    await until(() => mosquitto.said().includes('as gatehouse-garden-emqx (p5, c0'), 'its name and session');
    for (const topic of ['home/hall/door', 'home', 'homes/x', 'hom']) await mosquitto.publish(topic, '1');
    await until(() => taken.length >= 3, 'they came');
    expect(taken).toEqual(['home/hall/door 1', 'home 1', 'homes/x 1']);
    // A prefix less: the broker's session holds it no more.
    links.configure([linkSchema.parse({ ...fields, prefixes: ['home'] }) as MqttLink]);
    await until(() => told.filter((words) => words === 'emqx up').length > 1, 'it is reached anew');
    await mosquitto.publish('homes/x', '2');
    await mosquitto.publish('home/last', '2');
    await until(() => taken.includes('home/last 2'), 'it came');
    // What was taken before and not acknowledged in time comes once more; what is published since does not.
    expect(taken).not.toContain('homes/x 2');
  },
);
