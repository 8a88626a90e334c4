import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Kind, kindSchema } from '../../../gateway/contract/kind.ts';
import type { PointValue } from '../../../gateway/contract/reading.ts';
import { faceOf } from './plant-kinds.ts';

const dir = fileURLToPath(new URL('../../../devices/kinds', import.meta.url));
const kinds = new Map<string, Kind>(
  readdirSync(dir)
    .map((file) => kindSchema.parse(parse(readFileSync(join(dir, file), 'utf8'))))
    .map((kind) => [kind.id, kind]),
);

const shown = [...kinds.values()].flatMap((kind) => {
  const face = faceOf(kind);
  return face === undefined ? [] : [{ id: kind.id, kind, face }];
});

test('the plant is what runs, holds and feeds; doors, cameras, meters and homes are elsewhere', () => {
  const ids = shown.map(({ id }) => id);
  for (const id of ['tank', 'sump', 'pump', 'generator', 'ups', 'light-circuit', 'lift', 'parking-barrier'])
    expect(ids).toContain(id);
  for (const id of [
    'door',
    'door-controller',
    'camera',
    'electricity-meter',
    'home-alarm-panel',
    'io-module',
  ])
    expect(ids).not.toContain(id);
});

test.each(shown)('$id: every point that its face shows is one of the kind', ({ kind, face }) => {
  const points = [...face.values, ...face.flags.map(({ point }) => point)];
  expect(points.filter((point) => !(point in kind.points))).toEqual([]);
});

test.each(shown)('$id: of what was never heard nothing is claimed', ({ id, face }) => {
  // A tank is in use unless somebody has taken it out.
  if (face.state !== undefined) expect(face.state(() => undefined)).toBe(id === 'tank' ? 'inUse' : null);
});

test.each(shown)('$id: a fault that it tells stands in words beside its drawing', ({ kind, face }) => {
  const faults = Object.keys(kind.points).filter((point) =>
    /^(fault|pumpFault|dryRun|overflow|batteryLow)$/.test(point),
  );
  const told = face.flags.flatMap(({ point, when }) => (when ? [point] : []));
  expect(told).toEqual(expect.arrayContaining(faults));
});

describe('in one word', () => {
  const said = (id: string, values: Record<string, PointValue>) =>
    faceOf(kinds.get(id))?.state?.((point) => values[point]);

  test.each([
    ['generator', { running: false, auto: true }, 'standby'],
    ['generator', { running: false, auto: false }, 'stopped'],
    ['generator', { running: false }, 'stopped'],
    ['generator', { running: true, onLoad: false }, 'running'],
    ['generator', { running: true, onLoad: true }, 'onLoad'],
    ['ups', { onBattery: false }, 'onMains'],
    ['ups', { onBattery: true, onMains: false }, 'onBattery'],
    ['ups', { onBattery: false, bypass: true }, 'onBypass'],
    ['tank', { level: 1, isolated: true }, 'isolated'],
    ['tank', { level: 1, isolated: false }, 'inUse'],
    ['lift', { recalled: true, inService: false }, 'recalled'],
    ['lift', { recalled: false, inService: false }, 'outOfService'],
    ['lift', { recalled: false }, 'inService'],
    ['mains-supply', { present: false }, 'absent'],
    ['light-circuit', { on: true }, 'lit'],
    ['water-sensor', { wet: true }, 'wet'],
  ] as const)('%s %j is %s', (id, values, word) => {
    expect(said(id, values)).toBe(word);
  });
});

test('a kind without a face of its own is shown by its system, with its figures', () => {
  const blower: Kind = kindSchema.parse({
    ...{ id: 'blower', label: { zh: '风机', en: 'Blower' }, category: 'power' },
    points: {
      running: { label: { zh: '运行', en: 'Running' }, type: 'bool' },
      current: { label: { zh: '电流', en: 'Current' }, type: 'number' },
    },
  });
  const face = faceOf(blower);
  expect(face).toMatchObject({ system: 'power', values: ['current'], flags: [] });
  expect(face?.state?.(() => true)).toBe('running');
  expect(faceOf({ ...blower, category: 'access' })).toBe(undefined);
});
