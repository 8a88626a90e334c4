import { expect, test } from 'vitest';
import type { PointDefinition } from '../contract/kind.ts';
import type { Reading } from '../contract/reading.ts';
import { createManualClock } from '../lib/clock.ts';
import { createAnnouncer } from './announcer.ts';
import { type AnnouncedDevice, discoveryOf } from './home-assistant.ts';

const label = (zh: string) => ({ zh, en: 'x' });
const points: Record<string, PointDefinition> = {
  level: { label: label('液位'), type: 'number', unit: 'm', decimals: 2 },
  overflow: { label: label('溢流'), type: 'bool' },
};
const tank: AnnouncedDevice = {
  id: 'tank-1',
  name: '生活水箱',
  area: '泵房',
  maker: 'generic',
  model: '水箱',
  points,
};
const where = {
  prefix: 'homeassistant',
  site: 'garden',
  gateway: 'gatehouse/$states/garden',
  release: '1.0',
};

test('a device is discovered as one, with a component for each point', () => {
  const { topic, payload } = discoveryOf(tank, where);
  expect(topic).toBe('homeassistant/device/gatehouse-garden-tank-1/config');
  expect(JSON.parse(payload)).toEqual({
    dev: { ids: ['gatehouse-garden-tank-1'], name: '生活水箱', sa: '泵房', mf: 'generic', mdl: '水箱' },
    o: { name: 'Gatehouse', sw: '1.0' },
    stat_t: 'gatehouse/$values/garden/tank-1',
    avty: [{ t: 'gatehouse/$states/garden' }, { t: 'gatehouse/$states/garden/tank-1' }],
    avty_mode: 'all',
    cmps: {
      level: {
        p: 'sensor',
        name: '液位',
        uniq_id: 'gatehouse-garden-tank-1-level',
        val_tpl: "{{ value_json['level'] }}",
        unit_of_meas: 'm',
        sug_dsp_prc: 2,
        stat_cla: 'measurement',
      },
      overflow: {
        p: 'binary_sensor',
        name: '溢流',
        uniq_id: 'gatehouse-garden-tank-1-overflow',
        val_tpl: "{{ {true: 'ON', false: 'OFF'}.get(value_json['overflow'], 'None') }}",
        dev_cla: 'moisture',
      },
    },
  });
});

test.each<[string, PointDefinition, Record<string, unknown>]>([
  [
    'energyImport',
    { label: label('电量'), type: 'number', unit: 'kWh', register: true },
    { dev_cla: 'energy', stat_cla: 'total_increasing' },
  ],
  ['battery', { label: label('电量'), type: 'number', unit: '%' }, { dev_cla: 'battery', unit_of_meas: '%' }],
  ['fuelLevel', { label: label('油位'), type: 'number', unit: '%' }, { unit_of_meas: '%' }],
  ['line', { label: label('线路'), type: 'enum' }, { p: 'sensor' }],
])('%s is what Home Assistant calls it', (name, point, expected) => {
  const { cmps } = JSON.parse(discoveryOf({ ...tank, points: { [name]: point } }, where).payload) as {
    cmps: Record<string, Record<string, unknown>>;
  };
  expect(cmps[name]).toMatchObject(expected);
  if (!('dev_cla' in expected)) expect(cmps[name]).not.toHaveProperty('dev_cla');
  if (point.type === 'enum') expect(cmps[name]).not.toHaveProperty('stat_cla');
});

function stand() {
  const clock = createManualClock(0);
  let kept: string[] = [];
  const values = new Map<string, Reading>();
  const site = { devices: [tank], online: true };
  const announcer = createAnnouncer({
    clock,
    release: '1.0',
    site: () => 'garden',
    devices: () => site.devices,
    value: (key) => values.get(key),
    online: () => site.online,
    keep: (link, topic, payload) =>
      kept.push(`${link} ${topic} ${payload.startsWith('{"dev"') ? 'config' : payload}`),
  });
  return {
    clock,
    site,
    announcer,
    read(value: number, quality: Reading['quality'] = 'good'): void {
      values.set('tank-1.level', { device: 'tank-1', point: 'level', value, quality, at: 0, receivedAt: 0 });
      announcer.changed('tank-1');
    },
    said(): string[] {
      const told = kept;
      kept = [];
      return told;
    },
  };
}

const config = 'emqx homeassistant/device/gatehouse-garden-tank-1/config';
const news = 'emqx gatehouse/$values/garden/tank-1';
const state = 'emqx gatehouse/$states/garden/tank-1';
const link = { id: 'emqx', prefix: 'homeassistant' };

test('nothing is said to a broker that is not reached, and all of it when it is, each time', () => {
  const { announcer, said } = stand();
  announcer.configure([link]);
  expect(said()).toEqual([]);
  const all = [`${config} config`, `${news} {"level":null,"overflow":null}`, `${state} online`];
  announcer.linkMoved('emqx', true);
  expect(said()).toEqual(all);
  announcer.configure([link]);
  expect(said()).toEqual([]);
  announcer.linkMoved('emqx', false);
  announcer.linkMoved('emqx', true);
  expect(said()).toEqual(all);
});

test('what goes while the broker is away is taken away when it is back, and nothing is said meanwhile', async () => {
  const { announcer, clock, site, said, read } = stand();
  expect(announcer.active).toBe(false);
  announcer.configure([link]);
  announcer.linkMoved('emqx', true);
  expect(announcer.active).toBe(true);
  said();
  announcer.linkMoved('emqx', false);
  read(3);
  await clock.advance(1_000);
  site.devices = [];
  announcer.configure([link]);
  expect(said()).toEqual([]);
  announcer.linkMoved('emqx', true);
  expect(said()).toEqual([`${config} `, `${news} `, `${state} `]);
});

test('changes are gathered for a second; a value that is bad is none', async () => {
  const { announcer, clock, site, said, read } = stand();
  announcer.configure([link]);
  announcer.linkMoved('emqx', true);
  said();
  read(1.2);
  read(1.24);
  await clock.advance(999);
  expect(said()).toEqual([]);
  await clock.advance(1);
  expect(said()).toEqual([`${news} {"level":1.24,"overflow":null}`, `${state} online`]);
  site.online = false;
  read(1.24, 'bad');
  await clock.advance(1_000);
  expect(said()).toEqual([`${news} {"level":null,"overflow":null}`, `${state} offline`]);
});

test('a device that is no more is taken away, and so are all when the link announces no longer', async () => {
  const { announcer, clock, site, said, read } = stand();
  announcer.configure([link]);
  announcer.linkMoved('emqx', true);
  said();
  site.devices = [];
  announcer.configure([link]);
  const gone = [`${config} `, `${news} `, `${state} `];
  expect(said()).toEqual(gone);
  site.devices = [tank];
  announcer.configure([link]);
  said();
  announcer.configure([]);
  expect(said()).toEqual(gone);
  read(2);
  await clock.advance(5_000);
  expect(said()).toEqual([]);
});
