import { describe, expect, test } from 'vitest';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Area, Checkpoint, Device } from '../../../gateway/contract/site.ts';
import type { Sheet } from '../../components/plan/geometry.ts';
import { findOnPlan, labelPlace, type MarkPlace, markedAt, placedOn } from './plan-content.ts';

const site: Sheet = { id: 'site', name: 'site', kind: 'site', plan: { width: 1000, height: 500 } };
const areas = new Map<string, Area>(
  (
    [
      site,
      {
        id: 'b1',
        name: 'b1',
        kind: 'building',
        parent: 'site',
        outline: [
          [100, 100],
          [200, 100],
          [200, 200],
        ],
      },
      { id: 'b1-f1', name: 'b1-f1', kind: 'floor', parent: 'b1' },
      { id: 'loose', name: 'loose', kind: 'outdoor' },
    ] satisfies Area[]
  ).map((area) => [area.id, area]),
);
const device = (id: string, more: Partial<Device>): Device => ({
  id,
  type: 'any',
  name: id,
  area: 'site',
  ...more,
});
const fence: [number, number][] = [
  [0, 0],
  [1000, 0],
];
const devices = [
  device('pump', { position: [10, 20] }),
  device('zone', { shape: fence }),
  device('panel', { area: 'b1-f1' }),
  device('elsewhere', { area: 'loose', position: [1, 1] }),
];
const byId = new Map(devices.map((each) => [each.id, each]));

describe('what stands on a plan', () => {
  test('zones lie below what has a single place; what has no place, or another plan, is left out', () => {
    const placed = placedOn('site', areas, devices, () => undefined);
    expect(placed.map((each) => [each.device.id, each.at])).toEqual([
      ['zone', [300, 0]],
      ['pump', [10, 20]],
    ]);
  });

  const checkpoints = new Map<string, Checkpoint>([
    ['corner', { id: 'corner', name: 'corner', area: 'site', tag: '1', position: [5, 5] }],
    ['nowhere', { id: 'nowhere', name: 'nowhere', area: 'site', tag: '2' }],
  ]);

  test.each<[string, Partial<Alarm>, MarkPlace | undefined]>([
    ['at its device', { device: 'pump', area: 'site' }, { device: 'pump' }],
    ['at the outline that its device is in', { device: 'panel', area: 'b1-f1' }, { area: 'b1' }],
    [
      'at the checkpoint that was missed',
      { device: 'gatehouse', area: 'site', category: 'patrol', instance: 'corner' },
      { checkpoint: 'corner' },
    ],
    [
      'nowhere for a checkpoint without a place',
      { device: 'gatehouse', area: 'site', category: 'patrol', instance: 'nowhere' },
      undefined,
    ],
    ['nowhere when it is on no plan', { device: 'elsewhere', area: 'loose' }, undefined],
  ])('an alarm shows %s', (_, alarm, place) => {
    const placed = new Set(['pump', 'zone']);
    const raised = { device: '', area: '', category: 'water', instance: undefined, ...alarm } as const;
    expect(markedAt('site', areas, placed, checkpoints, raised)).toEqual(place);
  });
});

describe('what the address asks for', () => {
  const find = (wanted: { device?: string; area?: string }) =>
    findOnPlan({ device: null, area: null, ...wanted }, areas, byId, new Map());

  test('a device is brought into view with its surroundings', () => {
    expect(find({ device: 'pump' })).toEqual({
      sheet: site,
      box: { left: -20, top: -20, right: 90, bottom: 100 },
    });
  });

  test('a device without a place is looked for in its area', () => {
    expect(find({ device: 'panel' })?.box).toEqual({ left: 20, top: 20, right: 280, bottom: 280 });
  });

  test('an area with a plan of its own is shown whole', () => {
    expect(find({ area: 'site' })).toEqual({ sheet: site, box: null });
  });

  test('what does not exist, or stands on no plan, is not found', () => {
    expect(find({})).toBeUndefined();
    expect(find({ device: 'nothing' })).toBeUndefined();
    expect(find({ device: 'elsewhere' })).toBeUndefined();
    expect(find({ area: 'loose' })).toBeUndefined();
  });
});

test.each([
  ['a northern wall', fence, [300, 0], { dx: 0, dy: 19, turned: false }],
  [
    'a western wall',
    [
      [0, 0],
      [0, 500],
    ],
    [0, 200],
    { dx: 19, dy: 0, turned: true },
  ],
  [
    'an eastern wall',
    [
      [1000, 0],
      [1000, 500],
    ],
    [1000, 200],
    { dx: -19, dy: 0, turned: true },
  ],
] as const)('the name of %s is written along it, towards the middle of the plan', (_, shape, at, place) => {
  expect(labelPlace(site, shape, at)).toEqual(place);
});
