import { expect, test } from 'vitest';
import type { Meter } from '../../../gateway/contract/meter.ts';
import { sectionsOf } from './meter-tree.ts';

function meter(id: string, main: string | null, account: string | null, kind = 'electricity-meter'): Meter {
  const unit = kind === 'electricity-meter' ? 'kWh' : 'm³';
  const nothing = { consumption: null, knowledge: 'unknown' } as const;
  return {
    ...{ id, name: id, area: 'site', kind, main, account, generates: false, digits: 6 },
    registers: [
      {
        ...{ point: 'register', label: { zh: '读数', en: 'Register' }, unit, decimals: 2 },
        ...{ register: null, at: null, today: nothing, month: nothing },
      },
    ],
    limits: { lossPercent: 10, lossMinimum: 20, nightFlow: null },
  };
}

const meters = [
  meter('lights', 'main', 'public'),
  meter('main', null, 'public'),
  meter('shop', 'homes', 'commercial'),
  meter('homes', 'main', 'residential'),
  meter('water', null, null, 'water-meter'),
];
const drawn = (grouping: 'main' | 'account') =>
  sectionsOf(meters, grouping).map(({ unit, groups }) => [
    unit,
    groups.map(({ account, rows }) => [
      account,
      rows.map((row) => `${'>'.repeat(row.depth)}${row.meter.id}`),
    ]),
  ]);

test('by main each meter stands behind the one upstream of it', () => {
  expect(drawn('main')).toEqual([
    ['kWh', [[null, ['main', '>lights', '>homes', '>>shop']]]],
    ['m³', [[null, ['water']]]],
  ]);
});

test('by account the main of another account is left out', () => {
  expect(drawn('account')).toEqual([
    [
      'kWh',
      [
        ['public', ['main', '>lights']],
        ['commercial', ['shop']],
        ['residential', ['homes']],
      ],
    ],
    ['m³', [[null, ['water']]]],
  ]);
});
