import { expect, test } from 'vitest';
import { groupZones, type Show, type ZoneRow } from './zone-list.ts';

const row = (name: string, area: string, change: Partial<ZoneRow['zone']> = {}): ZoneRow => ({
  zone: { id: name, armed: true, changedAt: 1, changedBy: 'li', bypass: null, ...change },
  kind: undefined,
  state: { id: name, state: 'online', since: 1, why: null },
  name,
  area,
  areaName: area,
  alwaysArmed: false,
  followsPanel: false,
  alarm: undefined,
});
const bypass = { by: 'li', reason: 'mending', until: 9 };
const lost = { id: 'lobby', state: 'offline' as const, since: 1, why: 'silence' };
const rows = [
  row('10 号段', '周界'),
  row('2 号段', '周界', { armed: false }),
  { ...row('大堂', 'A 座', { bypass }), state: lost },
];

test('zones stand by area, in the order in which people count', () => {
  expect(
    groupZones(rows, '', 'all').map((group) => [group.area, group.rows.map((each) => each.name)]),
  ).toEqual([
    ['周界', ['2 号段', '10 号段']],
    ['A 座', ['大堂']],
  ]);
});

test('only what is disarmed, bypassed or blind, only what is looked for', () => {
  const names = (text: string, show: Show) =>
    groupZones(rows, text, show).flatMap((group) => group.rows.map((each) => each.name));
  expect(names('', 'disarmed')).toEqual(['2 号段']);
  expect(names('', 'bypassed')).toEqual(['大堂']);
  expect(names('', 'blind')).toEqual(['大堂']);
  expect(names('周界 10', 'all')).toEqual(['10 号段']);
});

test('areas that are armed from here stand before those whose zones are always armed or follow a panel', () => {
  const panic = { ...row('紧急按钮', '1 号楼'), alwaysArmed: true };
  const panel = { ...row('户内主机', '2 号楼'), followsPanel: true };
  const groups = groupZones([panic, panel, row('1 号段', '周界')], '', 'all');
  expect(groups.map((group) => group.area)).toEqual(['周界', '1 号楼', '2 号楼']);
});
