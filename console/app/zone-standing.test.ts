import { expect, test } from 'vitest';
import { countZones, type Standing, standingOf } from './zone-standing.ts';

const bypass = { by: 'li', reason: 'mending', until: 9 };

test.each<[string, boolean, typeof bypass | null, 'online' | 'offline' | 'stale' | 'unknown', Standing]>([
  ['armed and heard', true, null, 'online', 'armed'],
  ['disarmed and heard', false, null, 'online', 'disarmed'],
  ['bypassed, though armed', true, bypass, 'online', 'bypassed'],
  ['armed behind a lost module', true, null, 'offline', 'blind'],
  ['armed without a value that can be used', true, null, 'stale', 'blind'],
  ['armed and never heard', true, null, 'unknown', 'blind'],
  ['bypassed and lost', true, bypass, 'offline', 'blind'],
])('a zone that is %s stands so', (_, armed, bypassed, state, standing) => {
  expect(standingOf({ armed, bypass: bypassed }, { state })).toBe(standing);
});

test('a zone of which nothing is known yet is blind', () => {
  expect(standingOf({ armed: true, bypass: null }, undefined)).toBe('blind');
});

test('every zone is counted once as armed, disarmed or blind', () => {
  const zones = [
    { id: 'a', armed: true, bypass: null },
    { id: 'b', armed: false, bypass: null },
    { id: 'c', armed: true, bypass },
    { id: 'd', armed: true, bypass: null },
  ];
  const online = { state: 'online' as const };
  const devices = new Map<string, { state: 'online' | 'offline' }>([
    ['a', online],
    ['b', online],
    ['c', online],
    ['d', { state: 'offline' }],
  ]);
  expect(countZones(zones, devices)).toEqual({ armed: 2, disarmed: 1, bypassed: 1, blind: 1 });
});
