import { describe, expect, test } from 'vitest';
import { kindSchema } from '../../../gateway/contract/kind.ts';
import {
  type DeviceFilter,
  type DeviceRow,
  filterFrom,
  filterQuery,
  passes,
  sortRows,
} from './device-list.ts';

const pump = kindSchema.parse({ id: 'pump', label: { zh: '水泵', en: 'Pump' }, category: 'water' });
const row = (name: string, more: Partial<DeviceRow> = {}, area = 'b1'): DeviceRow => ({
  device: { id: name.toLowerCase().replaceAll(' ', '-'), type: 't', name, area, link: 'plant' },
  kind: pump,
  areaName: '1 号楼',
  room: undefined,
  state: 'online',
  supervised: undefined,
  alarm: undefined,
  ...more,
});
const all: DeviceFilter = { text: '', area: null, kind: null, state: null, link: null };

describe('the filter of devices', () => {
  test.each<[string, Partial<DeviceFilter>, boolean]>([
    ['every word must be found somewhere', { text: 'PUMP 1' }, true],
    ['a kind is found by its name', { text: '水泵' }, true],
    ['a home is found by its room', { text: '1-203' }, true],
    ['one word that is nowhere refuses', { text: 'pump roof' }, false],
    ['another kind refuses', { kind: 'tank' }, false],
    ['lost takes stale as well', { state: 'lost' }, true],
    ['offline does not take stale', { state: 'offline' }, false],
    ['another link refuses', { link: 'bus' }, false],
  ])('%s', (_, filter, passed) => {
    const stale = row('Pump 1', { state: 'stale', room: '1-203' });
    expect(passes(stale, { ...all, ...filter }, null)).toBe(passed);
  });

  test('an area takes what is in it or under it', () => {
    expect(passes(row('Pump 1'), all, new Set(['b1']))).toBe(true);
    expect(passes(row('Pump 1'), all, new Set(['b2']))).toBe(false);
  });

  test('the address keeps the filter', () => {
    const query = new URLSearchParams(
      filterQuery({ area: 'b1', kind: 'pump', state: 'lost', link: 'plant' }),
    );
    expect(filterFrom(query)).toEqual({ area: 'b1', kind: 'pump', state: 'lost', link: 'plant' });
    expect(filterQuery(all)).toBe('');
    expect(filterFrom(new URLSearchParams('state=nonsense')).state).toBeNull();
  });
});

describe('the order of devices', () => {
  const names = (rows: DeviceRow[]) => rows.map(({ device }) => device.name);
  const rows = [row('Pump 10'), row('Pump 2', { state: 'offline' }), row('Pump 1', { state: 'stale' })];
  const heard = new Map([
    ['Pump 10', 30],
    ['Pump 2', 50],
  ]);
  const heardAt = ({ device }: DeviceRow) => heard.get(device.name);

  test.each([
    ['name', false, ['Pump 1', 'Pump 2', 'Pump 10']],
    ['name', true, ['Pump 10', 'Pump 2', 'Pump 1']],
    ['state', false, ['Pump 2', 'Pump 1', 'Pump 10']],
    ['heard', false, ['Pump 2', 'Pump 10', 'Pump 1']],
    ['kind', false, ['Pump 1', 'Pump 2', 'Pump 10']],
  ] as const)('by %s, descending %s', (by, descending, order) => {
    expect(names(sortRows(rows, { by, descending }, 'en', heardAt))).toEqual(order);
  });
});
