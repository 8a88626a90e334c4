import { describe, expect, test } from 'vitest';
import type { AlarmDefinition } from '../contract/alarm.ts';
import type { DeviceType } from '../contract/device-type.ts';
import { type Device, deviceSchema, type Link, linkSchema } from '../contract/site.ts';
import { type Catalogue, loadCatalogue } from '../devices/catalogue.ts';
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

function check(link: Link, devices: Device[], known: Catalogue = catalogue) {
  const docs = docsOf(() => new Map<string, never>());
  const filled = {
    ...docs,
    links: new Map([[link.id, link]]),
    devices: new Map(devices.map((device) => [device.id, device])),
  };
  return checkBuses(filled, known);
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

describe('an urgent alarm of a kind', () => {
  const kind = catalogue.kinds.get('io-module');
  const type = catalogue.types.get('generic-modbus-io-8');
  const { tamper, powerLoss } = kind?.alarms ?? {};
  if (!kind || !type || !tamper || !powerLoss) throw new Error('the module has changed');
  const slowLine = bus({ timeoutMs: 1_500 });
  /** The module with alarms made fast, and of a type that reads further points. */
  const withAlarms = (
    alarms: Partial<Record<string, AlarmDefinition>>,
    points: DeviceType['points'] = {},
  ) => {
    const urgent = Object.entries({ ...kind.alarms, ...alarms }).flatMap(([name, alarm]) =>
      alarm ? [[name, name in alarms ? { ...alarm, detectWithin: 'fast' as const } : alarm] as const] : [],
    );
    return {
      ...catalogue,
      kinds: new Map([...catalogue.kinds, [kind.id, { ...kind, alarms: Object.fromEntries(urgent) }]]),
      types: new Map([...catalogue.types, [type.id, { ...type, points: { ...type.points, ...points } }]]),
    };
  };
  const contact = (address: number) => ({
    modbus: { function: 2 as const, address, type: 'bool' as const, order: 'ABCD' as const },
  });
  const found = (...[alarms, points]: Parameters<typeof withAlarms>) =>
    check(slowLine, [module], withAlarms(alarms, points)).map(({ id, severity }) => `${id}: ${severity}`);

  test('counts only where the type brings its point', () => {
    expect(found({ tamper })).toEqual([]);
    expect(found({ tamper }, { tamper: contact(20) })).toEqual(['io-1: error']);
    expect(found({ tamper }, { mains: contact(20) })).toEqual([]);
  });

  test('counts by either of its two points, and not while its condition is known to nobody', () => {
    const either = { ...tamper, on: { ...powerLoss.on, or: { point: 'tamper', value: true } } };
    expect(found({ either }, { tamper: contact(20) })).toEqual(['io-1: error']);
    const guarded = { ...tamper, on: { ...tamper.on, while: { point: 'mains', value: true } } };
    expect(found({ guarded }, { tamper: contact(20) })).toEqual([]);
    expect(found({ guarded }, { tamper: contact(20), mains: contact(21) })).toEqual(['io-1: error']);
  });

  test('with an expression counts where all of its points come', () => {
    const both = {
      ...tamper,
      on: { rule: 'when' as const, when: 'tamper && !mains', onDelayMs: 0, offDelayMs: 0 },
    };
    expect(found({ both }, { tamper: contact(20) })).toEqual([]);
    expect(found({ both }, { tamper: contact(20), mains: contact(21) })).toEqual(['io-1: error']);
  });

  test('on events counts where a change of what the type reads is that event', () => {
    const { lineTamper } = kind.alarms;
    expect(found({ lineTamper })).toEqual([]);
    const edged = withAlarms({ lineTamper });
    const edges = [{ point: 'in1', becomes: true, event: 'line.tamper' }];
    edged.types.set(type.id, { ...type, edges });
    expect(check(slowLine, [module], edged)).toMatchObject([{ id: 'io-1', severity: 'error' }]);
  });

  test('of a composed device counts for those that it is bound to, and only with what is bound', () => {
    const other = { ...module, id: 'io-2', address: 2 };
    const bound = (from: string, name: string) => ({ ...zone, bind: { [name]: from } });
    const ids = (...devices: Device[]) => check(slowLine, [module, other, ...devices]).map(({ id }) => id);
    expect(ids()).toEqual([]);
    expect(ids(bound('io-2.in1', 'tripped'))).toEqual(['io-2']);
    const pump = deviceSchema.parse({
      ...zone,
      id: 'pump-1',
      type: 'composed-pump',
      bind: { running: 'io-2.in1' },
    });
    expect(ids(pump)).toEqual([]);
  });
});

test('while running, the most urgent device of a bus says how long a round may take', () => {
  const limit = (devices: Device[]) => allowedCycles(devices, [bus()], catalogue).get('rs485');
  expect(limit(meters(2))).toBeUndefined();
  expect(limit([module, zone, ...meters(2)])).toBe(1_000);
});
