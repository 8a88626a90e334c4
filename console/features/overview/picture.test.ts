import { expect, test } from 'vitest';
import { deviceTypeSchema } from '../../../gateway/contract/device-type.ts';
import { kindSchema } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { fullLevelOf, pictureOf } from './picture.ts';

const label = { zh: '一', en: 'one' };
const tank = kindSchema.parse({
  id: 'tank',
  label,
  category: 'water',
  points: { level: { label, type: 'number', unit: 'm', max: 20 } },
  settings: { overflowM: { label, default: 2.5 }, highM: { label, default: 2 } },
});
const shallow = deviceTypeSchema.parse({
  id: 'shallow',
  label,
  kind: 'tank',
  link: 'native',
  settings: { overflowM: { label, default: 0.8 } },
});
const door = kindSchema.parse({
  id: 'door',
  label,
  category: 'access',
  points: { opened: { label, type: 'bool' }, locked: { label, type: 'bool' } },
});
const device = (settings?: Device['settings']): Device => ({
  id: 'a',
  type: 't',
  name: 'a',
  area: 'site',
  settings,
});

test('a tank is full at its overflow, as installed, as its type presets it, or as its kind has it', () => {
  expect(fullLevelOf(device(), tank, undefined)).toBe(2.5);
  expect(fullLevelOf(device(), tank, shallow)).toBe(0.8);
  expect(fullLevelOf(device({ overflowM: 4 }), tank, shallow)).toBe(4);
  expect(pictureOf(device(), tank, undefined, () => 1)).toEqual({ on: null, fill: 0.4 });
  expect(pictureOf(device(), tank, shallow, () => 0.4).fill).toBe(0.5);
  expect(pictureOf(device(), tank, undefined, () => 99).fill).toBe(1);
});

test('a door shows whether it stands open', () => {
  expect(pictureOf(device(), door, undefined, (point) => point === 'opened')).toEqual({
    on: true,
    fill: null,
  });
});

test('what nobody knows is drawn neither on nor off', () => {
  expect(pictureOf(device(), door, undefined, () => undefined)).toEqual({ on: null, fill: null });
  expect(pictureOf(device(), undefined, undefined, () => true)).toEqual({ on: null, fill: null });
});
