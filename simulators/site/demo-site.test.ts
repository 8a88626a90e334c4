import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type SiteFile, siteFileSchema } from '../../gateway/contract/site.ts';
import { demoSite, nativeDevices } from './demo-site.ts';
import { zigbeeLink } from './demo-zigbee.ts';

const port = 4196;
const ports = {
  perimeterBus: port,
  plant: port,
  garden: port,
  meterBus: port,
  receiver: port,
  tagReader: port,
  cameras: port,
};
const site: SiteFile = siteFileSchema.parse(parse(demoSite(ports)));
const ofType = (part: string) => site.devices.filter(({ type }) => type.includes(part));

describe('the demo compound', () => {
  test('has a camera and a light at each of its eight segments', () => {
    const segments = ofType('perimeter-zone');
    expect(segments).toHaveLength(8);
    const cameras = segments.map(({ cameras: [camera] = [] }) => camera);
    expect(new Set(cameras).size).toBe(8);
    for (const camera of cameras) expect(site.devices.find(({ id }) => id === camera)?.type).toBe('camera');
    for (const { id } of segments)
      expect(
        site.linkages.some(({ on, do: [action] }) => on.device === id && action?.command === 'switchOn'),
      ).toBe(true);
  });

  test('has two battery sensors behind a Zigbee bridge of its own', () => {
    const behind = site.devices.filter(({ link }) => link === zigbeeLink.id);
    expect(behind.map(({ type }) => type).sort()).toEqual(['zigbee2mqtt-contact', 'zigbee2mqtt-water-leak']);
    expect(site.links.find(({ id }) => id === zigbeeLink.id)?.kind).toBe('mqtt-bridge');
    expect(nativeDevices).not.toContain('leak-pump-room');
  });

  test('has a fire transmission device with parts, a home panel over IP and a 4G unit, which dial the gateway', () => {
    const [transmitter] = ofType('gbt26875-transmitter');
    const parts = ofType('gbt26875-part');
    expect(parts.map(({ area }) => area)).toEqual(['building-1', 'building-2', 'garage']);
    for (const { id, parent } of parts) {
      expect(parent).toBe(transmitter?.id);
      const linkage = site.linkages.find(({ on }) => on.device === id && on.definition === 'fire');
      expect(linkage?.do).toContainEqual({ all: 'door', command: 'unlock' });
    }
    expect(ofType('hengbo-panel')).toHaveLength(1);
    expect(ofType('contact-id-account')).toHaveLength(39);
    const [unit] = site.links.filter(({ kind }) => kind === 'dtu');
    expect(site.devices.filter(({ link }) => link === unit?.id).map(({ id }) => id)).toEqual(['tank-rain']);
  });

  test('has thirty meters, by DL/T 645, CJ/T 188, Modbus and over MQTT, each behind a main or one itself', () => {
    const meters = site.devices.filter(({ id }) => /^(meter|water|power)-/.test(id));
    expect(meters).toHaveLength(30);
    for (const way of ['dlt645', 'eastron', 'tuf', 'native'])
      expect(meters.filter(({ type }) => type.includes(way)).length).toBeGreaterThan(1);
    expect(meters.filter(({ type }) => type === 'cjt188-water-meter')).toHaveLength(1);
    expect(meters.filter(({ meter }) => meter?.main === undefined).map(({ id }) => id)).toEqual([
      'meter-residential',
      'meter-commercial',
      'meter-public',
      'water-main',
      'power-main',
      'water-public',
    ]);
  });

  test('has twenty-four checkpoints, each on a route that a plan walks', () => {
    expect(site.checkpoints).toHaveLength(24);
    const walked = site.routes.flatMap(({ checkpoints }) => checkpoints.map(({ checkpoint }) => checkpoint));
    expect(new Set(walked).size).toBe(24);
    expect(site.plans.map(({ route }) => route).sort()).toEqual(site.routes.map(({ id }) => id).sort());
  });

  test('has a camera near most checkpoints, on the same plan; plant rooms and roofs have none', () => {
    const seen = site.checkpoints.filter(({ camera }) => camera !== undefined);
    expect(seen).toHaveLength(16);
    for (const { camera, area, position: [x, y] = [0, 0] } of seen) {
      const device = site.devices.find(({ id }) => id === camera);
      expect(device?.type).toBe('camera');
      expect(device?.area === 'garage').toBe(area === 'garage');
      const [cx, cy] = device?.position ?? [Number.NaN, Number.NaN];
      expect(Math.hypot(cx - x, cy - y)).toBeLessThan(170);
    }
  });

  test('lets a fire input release the doors of each building and of the garage', () => {
    const inputs = ofType('fire-input');
    expect(inputs.map(({ area }) => area)).toEqual(['building-1', 'building-2', 'garage']);
    for (const { id } of inputs) {
      const linkage = site.linkages.find(({ on }) => on.device === id && on.definition === 'fire');
      expect(linkage?.do).toContainEqual({ all: 'door', command: 'unlock' });
    }
  });

  test('names drawings that are shipped, and nothing lies beside its sheet', () => {
    const sheets = site.areas.filter(({ plan }) => plan !== undefined);
    expect(sheets.map(({ id }) => id)).toEqual(['compound', 'garage']);
    for (const { id, plan } of sheets) {
      expect(existsSync(fileURLToPath(new URL(`./plans/${plan?.image}`, import.meta.url)))).toBe(true);
      const on = [...site.devices, ...site.checkpoints].filter(
        ({ area, position }) => position && (area === 'garage') === (id === 'garage'),
      );
      expect(on.length).toBeGreaterThan(5);
      for (const { position: [x, y] = [-1, -1] } of on) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(plan?.width ?? 0);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(plan?.height ?? 0);
      }
    }
  });

  test('knows every device that speaks MQTT', () => {
    const speaking = site.devices.filter(({ type }) => type.startsWith('native-')).map(({ id }) => id);
    expect([...nativeDevices].sort()).toEqual(speaking.sort());
  });
});
