import { expect, test } from 'vitest';
import { deviceTypeSchema } from '../../../gateway/contract/device-type.ts';
import { kindSchema } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { limitLines } from './limits.ts';

const label = { zh: '一', en: 'one' };
const alarm = (on: object) => ({
  title: label,
  priority: 3,
  category: 'water',
  on,
  guidance: { zh: ['一'], en: ['one'] },
});
const kind = kindSchema.parse({
  id: 'tank',
  label,
  category: 'water',
  points: { level: { label, type: 'number' }, overflow: { label, type: 'bool' } },
  settings: { highM: { label, default: 2.5 }, lowM: { label } },
  alarms: {
    high: alarm({ rule: 'above', point: 'level', limit: '$highM' }),
    low: alarm({ rule: 'below', point: 'level', limit: '$lowM' }),
    empty: alarm({ rule: 'below', point: 'level', limit: 0.3 }),
    highNoPump: alarm({
      ...{ rule: 'above', point: 'level', limit: 2 },
      while: { point: 'overflow', value: false },
    }),
    float: alarm({ rule: 'is', point: 'overflow', value: true }),
  },
});
const type = deviceTypeSchema.parse({
  id: 'my-tank',
  label,
  kind: 'tank',
  link: 'native',
  alarms: { empty: alarm({ rule: 'below', point: 'level', limit: 0.5 }) },
});
const device = (settings?: Device['settings']): Device => ({
  id: 'a',
  type: 't',
  name: 'a',
  area: 's',
  settings,
});
const values = (settings?: Device['settings'], of?: typeof type) =>
  limitLines(device(settings), kind, of, 'level').map(({ value, side }) => [value, side]);

test('limits are those of the device, else of its type, else of its kind; one that nobody set, or that does not always count, is left out', () => {
  expect(values()).toEqual([
    [0.3, 'below'],
    [2.5, 'above'],
  ]);
  expect(values({ highM: 4, lowM: 1 }, type)).toEqual([
    [0.5, 'below'],
    [1, 'below'],
    [4, 'above'],
  ]);
});

test('a point without limits has none', () => {
  expect(limitLines(device(), kind, undefined, 'overflow')).toEqual([]);
});
