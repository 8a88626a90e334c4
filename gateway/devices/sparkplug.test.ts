import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deviceDoc } from '../../test/scenarios/device-house.ts';
import { silentLog } from '../lib/log.ts';
import { loadCatalogue } from './catalogue.ts';
import { createRegistry } from './registry.ts';
import { createSparkplugHost } from './sparkplug.ts';

// Devices behind nodes of Sparkplug B: whom the gateway asks, and whom it leaves alone.

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/sparkplug-b.json', import.meta.url), 'utf8'),
) as { id: string; hex: string }[];
const bytesOf = (id: string) =>
  Buffer.from(vectors.find((one) => one.id === `sparkplug-${id}`)?.hex ?? '', 'hex');

const catalogue = loadCatalogue({ siteDir: null, log: silentLog });

function stand() {
  let told = true;
  const registry = createRegistry(catalogue);
  const tank = (id: string, address: string) =>
    deviceDoc({ id, type: 'sparkplug-tank', link: 'plant', address });
  registry.configure([
    tank('tank-1', 'Plant/Edge1/PumpRoom'),
    tank('tank-2', 'Plant/Edge1/Roof'),
    tank('tank-3', 'Plant/#'),
  ]);
  const host = createSparkplugHost({
    devices: (link) => registry.topics().sparkplug(link),
    wasBad: () => false,
    isHostTold: () => told,
  });
  // When the payloads were made.
  let now = 1_700_000_003_000;
  return {
    host,
    registry,
    setTold(is: boolean): void {
      told = is;
    },
    hear: (topic: string, payload: Buffer, retained = false) =>
      host.hear('plant', { topic: `spBv1.0/Plant/${topic}`, payload, receivedAt: now, retained }),
    round: () =>
      host.round(now).map(({ messages, replies }) => ({
        asked: replies.map(({ topic }) => topic),
        told: messages.map(({ device, status }) => `${device} ${status}`),
      })),
    pass(ms: number): void {
      now += ms;
    },
  };
}
const nothing = { messages: [], bridge: null, strangers: [] };
const asked = 'spBv1.0/Plant/NCMD/Edge1';

test('a node is asked for its births when its link is up, and again when the link has come back', () => {
  const { host, round } = stand();
  expect(round()).toEqual([]);
  host.onLink('plant', true);
  expect(round()).toEqual([{ asked: [asked], told: [] }]);
  expect(round()).toEqual([]);
  host.onLink('plant', false);
  expect(round()).toEqual([]);
  host.onLink('plant', true);
  expect(round()).toEqual([{ asked: [asked], told: [] }]);
});

test('no node is asked before it can know that its host is there', () => {
  const { host, round, hear, setTold } = stand();
  setTold(false);
  host.onLink('plant', true);
  expect(round()).toEqual([]);
  expect(hear('DDATA/Edge1/PumpRoom', bytesOf('ddata-by-alias')).replies).toEqual([]);
  setTold(true);
  expect(round()).toEqual([{ asked: [asked], told: [] }]);
});

test('a device that its node did not bring is offline once', () => {
  const { host, hear, round, pass } = stand();
  host.onLink('plant', true);
  hear('NBIRTH/Edge1', bytesOf('nbirth'));
  hear('DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
  pass(10_000);
  expect(round()).toEqual([{ asked: [], told: ['tank-2 offline'] }]);
  pass(10_000);
  expect(round()).toEqual([]);
});

test('the death of a node takes its devices along', () => {
  const { hear } = stand();
  hear('NBIRTH/Edge1', bytesOf('nbirth'));
  const { messages } = hear('NDEATH/Edge1', bytesOf('ndeath'));
  expect(messages).toMatchObject([
    { device: 'tank-1', status: 'offline' },
    { device: 'tank-2', status: 'offline' },
  ]);
});

test('nodes of others on a shared broker are told by name and left alone', () => {
  const { host, hear, round, pass } = stand();
  host.onLink('plant', true);
  round();
  expect(hear('NBIRTH/Theirs', bytesOf('nbirth'))).toEqual(nothing);
  expect(hear('DBIRTH/Theirs/Oven', bytesOf('dbirth'))).toEqual({
    ...nothing,
    strangers: ['Plant/Theirs/Oven'],
  });
  // Not even that these bytes are broken is our affair.
  expect(hear('NDATA/Theirs', bytesOf('json'))).toEqual(nothing);
  pass(10_000);
  expect(round()).toEqual([{ asked: [asked], told: [] }]);
});

test('what a broker has kept and an empty message say nothing', () => {
  const { hear } = stand();
  expect(hear('NBIRTH/Edge1', bytesOf('nbirth'), true)).toEqual(nothing);
  expect(hear('NBIRTH/Edge1', Buffer.alloc(0))).toEqual(nothing);
  expect(hear('DBIRTH/Edge1/PumpRoom', bytesOf('dbirth')).messages).toEqual([]);
});

test('a value from before counts with a believable time of its own, and else not at all', () => {
  const { hear } = stand();
  hear('NBIRTH/Edge1', bytesOf('nbirth'));
  hear('DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
  const readings = (hex: string) =>
    hear('DDATA/Edge1/PumpRoom', Buffer.from(hex, 'hex')).messages.flatMap((message) => message.readings);
  // Level 2.5 m by alias 3, historical, dated 1700000002000.
  expect(readings('12101003' + '18D0DF95FFBC31' + '2801' + '6500002040' + '1802')).toMatchObject([
    { point: 'level', value: 2.5, at: 1_700_000_002_000 },
  ]);
  // Dated 1970; undated in a message that is dated.
  expect(readings('120B1003' + '1801' + '2801' + '6500002040' + '1803')).toEqual([]);
  expect(readings('08D0DF95FFBC31' + '12091003' + '2801' + '6500002040' + '1804')).toEqual([]);
});

test('an address that is none is told, and nobody is asked for it', () => {
  const { registry } = stand();
  expect(registry.problemOf('tank-3')).toContain('give group/node/device');
});
