import { expect, test } from 'vitest';
import { deviceDoc } from '../../test/scenarios/device-house.ts';
import { misreadText } from '../contract/misread.ts';
import { type Link, linkSchema } from '../contract/site.ts';
import { silentLog } from '../lib/log.ts';
import { loadCatalogue } from './catalogue.ts';
import { createDiscoveries } from './home-assistant.ts';
import { createRegistry } from './registry.ts';

// What devices of the site are announced as, and what is said of them then.

const catalogue = loadCatalogue({ siteDir: null, log: silentLog });

function stand(more: Partial<Link> = {}) {
  const registry = createRegistry(catalogue);
  const link = linkSchema.parse({
    id: 'ha',
    kind: 'mqtt',
    url: 'mqtt://b',
    prefixes: ['esp', 'homeassistant'],
    ...more,
  });
  const docs = [
    deviceDoc({
      id: 'temp-1',
      type: 'home-assistant-temperature',
      link: 'ha',
      address: 'sensor/roof',
      settings: { battery: 'sensor/roof_battery' },
    }),
    deviceDoc({ id: 'light-1', type: 'home-assistant-switch', link: 'ha', address: 'switch/lamp' }),
    deviceDoc({ id: 'odd-1', type: 'home-assistant-switch', link: 'ha', address: 'switch' }),
  ];
  registry.configure(docs);
  const discoveries = createDiscoveries({
    entities: (id) => registry.topics().entities(id),
    catalogue,
    wasBad: () => false,
  });
  discoveries.configure([link]);
  const hear = (topic: string, payload: object | string, retained = false) =>
    discoveries.hear('ha', {
      topic,
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      receivedAt: 1_000,
      retained,
    });
  const announce = (address: string, config: object | string) =>
    hear(`homeassistant/${address}/config`, config, true);
  const said = (topic: string, payload: object | string) =>
    hear(topic, payload)?.messages.map(({ device, status, readings, problems }) => ({
      device,
      ...(status && { status }),
      ...(readings[0] && { [readings[0].point]: readings[0].value }),
      ...(problems[0] && { problems: problems.map(misreadText) }),
    }));
  return { registry, discoveries, link, hear, announce, said };
}
const sensor = { stat_t: 'esp/roof', unit_of_meas: '°C', val_tpl: '{{ value_json.t }}' };

test('an announcement that changes nothing is taken once, and one of a stranger is not remembered', () => {
  const { announce, discoveries, said } = stand();
  expect(discoveries.missing('ha')).toEqual([
    'homeassistant/sensor/roof/config',
    'homeassistant/sensor/roof_battery/config',
    'homeassistant/switch/lamp/config',
  ]);
  const config = JSON.stringify(sensor);
  expect(announce('sensor/roof', sensor)).toMatchObject({
    announced: { address: 'sensor/roof', config },
    again: ['esp/roof'],
  });
  expect(announce('sensor/roof', sensor)).toEqual({ messages: [], bridge: null, strangers: [] });
  expect(discoveries.missing('ha')).not.toContain('homeassistant/sensor/roof/config');
  expect(announce('sensor/other', { ...sensor, stat_t: 'esp/other' })?.offer).toMatchObject({
    key: 'sensor/other',
    address: 'sensor/other',
  });
  expect(said('esp/other', { t: 1 })).toBeUndefined();
  expect(said('esp/roof', { t: 21.5 })).toEqual([{ device: 'temp-1', temperature: 21.5 }]);
});

test('what it cannot be is told in words: another kind of value, a foreign unit, a topic that is not listened to', () => {
  const { announce } = stand();
  const of = (address: string, config: object) => () => announce(address, config);
  expect(of('sensor/roof', { ...sensor, unit_of_meas: 'lx' })).toThrow(
    'its unit lx cannot become the °C of temp-1',
  );
  expect(of('sensor/roof', { ...sensor, stat_t: 'plant/roof' })).toThrow(
    'its topic plant/roof lies under none of the prefixes of the link (esp, homeassistant)',
  );
  expect(of('sensor/roof', { ...sensor, avty_t: 'plant/there' })).toThrow(
    'its topic plant/there lies under none',
  );
  expect(of('sensor/roof', { ...sensor, stat_t: 'gatehouse/$values/x' })).toThrow("are Gatehouse's own");
  expect(of('sensor/roof', { ...sensor, val_tpl: '{{ now() }}' })).toThrow(
    'its value template is "{{ now() }}"',
  );
  expect(of('switch/lamp', { stat_t: 'esp/lamp' })).not.toThrow();
});

test('an address that is none is a problem of its device', () => {
  const { registry } = stand();
  expect(registry.problemOf('odd-1')).toContain('"switch" is no announced entity: write component/object');
});

test.each([
  ['all', ['online', null], null],
  ['all', ['online', 'online'], 'online'],
  ['all', ['online', 'offline'], 'offline'],
  ['any', ['offline', null], null],
  ['any', ['offline', 'online'], 'online'],
  ['any', ['offline', 'offline'], 'offline'],
  ['latest', ['offline', 'online'], 'online'],
  ['latest', ['online', 'offline'], 'offline'],
])('of two topics of availability in the mode %s that say %j it is %s', (mode, words, status) => {
  const { announce, said } = stand();
  const avty = [{ t: 'esp/a' }, { t: 'esp/b', val_tpl: '{{ value_json.state }}' }];
  announce('sensor/roof', { ...sensor, avty, avty_mode: mode });
  let last: ReturnType<typeof said>;
  if (words[0]) last = said('esp/a', words[0]);
  if (words[1]) last = said('esp/b', { state: words[1] });
  expect(last).toEqual(status === null ? [] : [{ device: 'temp-1', status }]);
});

test.each(['all', 'any'])(
  'several entries of one topic of availability are one topic that has spoken (%s)',
  (mode) => {
    const { announce, said } = stand();
    const avty = [
      { t: 'esp/a', val_tpl: '{{ value_json.x }}' },
      { t: 'esp/a', val_tpl: '{{ value_json.y }}' },
    ];
    announce('sensor/roof', { ...sensor, avty, avty_mode: mode });
    for (const word of ['online', 'offline'])
      expect(said('esp/a', { x: word, y: word })).toEqual([{ device: 'temp-1', status: word }]);
  },
);

test('a word of availability may be a bare true in JSON; another word says nothing', () => {
  const { announce, said } = stand();
  const avty = [{ t: 'esp/a', val_tpl: '{{ value_json.up }}', pl_avail: true, pl_not_avail: false }];
  announce('sensor/roof', { ...sensor, avty });
  expect(said('esp/a', { up: true })).toEqual([{ device: 'temp-1', status: 'online' }]);
  expect(said('esp/a', { up: 'perhaps' })).toEqual([{ device: 'temp-1', status: 'online' }]);
  expect(said('esp/a', { up: false })).toEqual([{ device: 'temp-1', status: 'offline' }]);
});

test('a further entity gives its value and does not speak for the device', () => {
  const { announce, said } = stand();
  announce('sensor/roof_battery', { stat_t: 'esp/roof', val_tpl: '{{ value_json.b }}', avty_t: 'esp/there' });
  expect(said('esp/roof', { b: 80 })).toEqual([{ device: 'temp-1', battery: 80 }]);
  expect(said('esp/there', 'offline')).toEqual([]);
  announce('sensor/roof', sensor);
  expect(said('esp/roof', { t: 20, b: 81 })).toEqual([
    { device: 'temp-1', battery: 81 },
    { device: 'temp-1', temperature: 20 },
  ]);
  expect(said('esp/roof', 'on')).toEqual([
    { device: 'temp-1', problems: ['esp/roof: the message is not JSON, as its announcement says'] },
    { device: 'temp-1', problems: ['esp/roof: the message is not JSON, as its announcement says'] },
  ]);
  for (const unknown of ['None', 'unavailable', null])
    expect(said('esp/roof', { t: unknown })).toEqual([{ device: 'temp-1', temperature: null }]);
});

test('a switch is switched in the words of its announcement, and not before there is one', () => {
  const { announce, discoveries } = stand();
  const turn = (way: 'on' | 'off') => discoveries.command('ha', { address: 'switch/lamp', turn: way });
  expect(turn('on')).toEqual({ unable: 'switch/lamp has not been announced on link ha' });
  announce('switch/lamp', { stat_t: 'esp/lamp' });
  expect(turn('on')).toEqual({ unable: 'switch/lamp is announced without a command topic' });
  announce('switch/lamp', { stat_t: 'esp/lamp', cmd_t: 'esp/lamp/set', cmd_tpl: '{"state":"{{ value }}"}' });
  expect(turn('on')).toEqual({
    unable: 'switch/lamp is announced with a template for its commands (command_template), which is not read',
  });
  announce('switch/lamp', { stat_t: 'esp/lamp', cmd_t: 'esp/lamp/set', pl_on: 1, pl_off: '0' });
  expect(turn('on')).toEqual({ topic: 'esp/lamp/set', payload: '1' });
  expect(turn('off')).toEqual({ topic: 'esp/lamp/set', payload: '0' });
});

test('what was announced before a restart is read from its first message on, and no more when it does not fit', () => {
  const { discoveries, said, link } = stand();
  discoveries.load('ha', 'sensor/roof', JSON.stringify(sensor));
  discoveries.load('ha', 'sensor/stranger', JSON.stringify(sensor));
  discoveries.load('gone', 'sensor/roof', JSON.stringify(sensor));
  discoveries.load('ha', 'switch/lamp', 'not JSON');
  expect(said('esp/roof', { t: 20 })).toEqual([{ device: 'temp-1', temperature: 20 }]);
  discoveries.configure([{ ...link, prefixes: ['homeassistant'] } as Link]);
  expect(said('esp/roof', { t: 21 })).toBeUndefined();
  expect(discoveries.missing('ha')).toContain('homeassistant/sensor/roof/config');
});

test('another prefix of discovery is that on which the site announces itself', () => {
  const { discoveries, hear } = stand({ homeAssistant: 'ha', prefixes: ['esp', 'ha'] } as Partial<Link>);
  expect(discoveries.missing('ha')[0]).toBe('ha/sensor/roof/config');
  expect(hear('ha/sensor/roof/config', sensor)?.announced?.address).toBe('sensor/roof');
  expect(hear('homeassistant/sensor/roof/config', sensor)).toBeNull();
});

test('what was said long ago and is read again gives its value and does not say whether the device is there now', () => {
  const { announce, discoveries, said } = stand();
  const two = ['a', 'b'].map((one) => ({ t: `esp/roof/${one}` }));
  announce('sensor/roof', { ...sensor, avty: two, avty_mode: 'all' });
  expect(said('esp/roof/a', 'online')).toEqual([]);
  const again = (topic: string, payload: string) =>
    discoveries.hear('ha', { topic, payload: Buffer.from(payload), receivedAt: 1, retained: false }, true);
  again('esp/roof/a', 'offline');
  expect(again('esp/roof', '{"t":7}')?.messages[0]?.readings[0]?.value).toBe(7);
  expect(said('esp/roof/b', 'online')).toEqual([{ device: 'temp-1', status: 'online' }]);
});
