import { expect, test } from 'vitest';
import { alarmOf } from '../../app/alarm-fixture.ts';
import { type AlarmFilter, filterFrom, filterQuery, isFiltering, passes } from './filter.ts';

const all: AlarmFilter = { list: 'open', priorities: [], category: null, text: '' };
const shelved = { by: 'li', until: 1, reason: 'x' };

test('what is put aside stands in its own list and in no other', () => {
  expect(passes(alarmOf(), all, undefined)).toBe(true);
  expect(passes(alarmOf({ shelved }), all, undefined)).toBe(false);
  expect(passes(alarmOf({ shelved }), { ...all, list: 'aside' }, undefined)).toBe(true);
  expect(passes(alarmOf({ suppressed: 'flood' }), { ...all, list: 'aside' }, undefined)).toBe(true);
  expect(passes(alarmOf(), { ...all, list: 'aside' }, undefined)).toBe(false);
});

test('the text is looked for in every word that the row shows, and in the room', () => {
  const alarm = alarmOf();
  for (const text of ['水位', 'level HIGH', '水泵房', 'tank-1', '水箱 泵房']) {
    expect([text, passes(alarm, { ...all, text }, undefined)]).toEqual([text, true]);
  }
  expect(passes(alarm, { ...all, text: '2-1203' }, undefined)).toBe(false);
  expect(passes(alarm, { ...all, text: '2-1203' }, '2-1203')).toBe(true);
});

test('priorities and system narrow the list', () => {
  const alarm = alarmOf({ priority: 2, category: 'water' });
  expect(passes(alarm, { ...all, priorities: [1, 2] }, undefined)).toBe(true);
  expect(passes(alarm, { ...all, priorities: [1] }, undefined)).toBe(false);
  expect(passes(alarm, { ...all, category: 'fire' }, undefined)).toBe(false);
});

test('a filter survives the address', () => {
  const filter: AlarmFilter = { list: 'history', priorities: [1, 3], category: 'fire', text: '水箱 2' };
  expect(filterFrom(new URLSearchParams(filterQuery(filter)))).toEqual(filter);
  expect(filterQuery(all)).toBe('');
  expect(filterFrom(new URLSearchParams('list=x&priority=0,2,9,y'))).toEqual({ ...all, priorities: [2] });
});

test('only what narrows counts as filtering', () => {
  expect(isFiltering({ ...all, list: 'aside', text: '  ' })).toBe(false);
  expect(isFiltering({ ...all, priorities: [1] })).toBe(true);
});
