import { expect, test } from 'vitest';
import { type Device, deviceSchema, type Link, linkSchema } from '../contract/site.ts';
import { loadCatalogue } from '../devices/catalogue.ts';
import { silentLog } from '../lib/log.ts';
import { docsOf } from '../site/docs.ts';
import { allowedCycles, checkBuses } from './buses.ts';

const catalogue = loadCatalogue({ siteDir: null, log: silentLog });
const bus = (more: object = {}) =>
  linkSchema.parse({
    id: 'rs485',
    kind: 'bus',
    path: '/dev/ttyUSB0',
    protocol: 'modbus-rtu',
    also: { 'dlt645-2007': {} },
    ...more,
  });
const meters = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) =>
    deviceSchema.parse({
      id: `meter-${i}`,
      type: 'dlt645-2007-meter',
      name: 'm',
      area: 'a',
      link: 'rs485',
      address: String(i).padStart(12, '0'),
      ...more,
    }),
  );
const module = deviceSchema.parse({
  id: 'io-1',
  type: 'generic-modbus-io-8',
  name: 'io',
  area: 'a',
  link: 'rs485',
  address: 1,
});
const zone = deviceSchema.parse({
  id: 'zone-1',
  type: 'composed-perimeter-zone',
  name: 'z',
  area: 'a',
  bind: { tripped: 'io-1.in1' },
});

function check(link: Link, devices: Device[]) {
  const docs = docsOf(() => new Map<string, never>());
  const filled = {
    ...docs,
    links: new Map([[link.id, link]]),
    devices: new Map(devices.map((device) => [device.id, device])),
  };
  return checkBuses(filled, catalogue);
}

test('twenty meters on their bus are asked often enough', () => {
  expect(check(bus(), meters(20))).toEqual([]);
});

test('more meters than the bus can ask within their silence are told before they are called lost', () => {
  const problems = check(bus(), meters(160));
  expect(problems).toHaveLength(160);
  expect(problems[0]).toMatchObject({ id: 'meter-0', path: ['link'], severity: 'warning' });
  expect(problems[0]?.message).toMatch(/a round may take \d{6} ms .* lost after 300000 ms of silence/);
  expect(check(bus(), meters(160, { settings: { silenceS: 900 } }))).toEqual([]);
});

test('a perimeter zone on a bus with slow meters is an error: it would be noticed too late', () => {
  const fast = [module, zone];
  expect(check(bus({ timeoutMs: 200 }), fast)).toEqual([]);
  const problems = check(bus({ timeoutMs: 200 }), [...fast, ...meters(2)]);
  expect(problems).toMatchObject([{ id: 'io-1', path: ['link'], severity: 'error' }]);
  expect(problems[0]?.message).toContain('allow 1000 ms');
});

test('while running, the most urgent device of a bus says how long a round may take', () => {
  const limit = (devices: Device[]) => allowedCycles(devices, [bus()], catalogue).get('rs485');
  expect(limit(meters(2))).toBeUndefined();
  expect(limit([module, zone, ...meters(2)])).toBe(1_000);
});
