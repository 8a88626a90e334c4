import { expect, test } from 'vitest';
import type { DeviceState, LinkState } from '../../../gateway/contract/device-state.ts';
import type { Round } from '../../../gateway/contract/patrol.ts';
import { countDevices, lostDevices, lostWith, runningRounds } from './site-counts.ts';

const state = (id: string, more: Partial<DeviceState> = {}): DeviceState => ({
  id,
  state: 'offline',
  since: 0,
  why: null,
  ...more,
});

test('what is lost only because of another is counted with that other', () => {
  const lost = lostDevices([
    state('receiver', { since: 5 }),
    state('home-1', { cause: 'receiver' }),
    state('home-2', { cause: 'receiver', state: 'stale' }),
    state('pump', { since: 9, cause: 'gone' }),
    state('tank', { state: 'online' }),
  ]);
  expect(lost.map((each) => [each.state.id, each.followers])).toEqual([
    ['pump', 0],
    ['receiver', 2],
  ]);
});

test('a device whose cause is back counts for itself', () => {
  const lost = lostDevices([state('receiver', { state: 'online' }), state('home', { cause: 'receiver' })]);
  expect(lost.map((each) => each.state.id)).toEqual(['home']);
});

test('what is lost with a link that is down is counted with the link', () => {
  const states = [
    state('door', { cause: 'emqx' }),
    state('leak', { cause: 'emqx' }),
    state('tank', { cause: 'bus-1' }),
  ];
  const down: LinkState[] = [
    {
      id: 'emqx',
      state: 'down',
      since: 0,
      error: 'refused',
      trouble: { code: 'refused' },
      worstCycleMs: null,
      lastCycleMs: null,
    },
  ];
  expect(lostDevices(states, down).map((each) => each.state.id)).toEqual(['tank']);
  expect(lostWith(states, 'emqx')).toBe(2);
});

test('stale counts as lost; what was never heard has no state, and counts by itself', () => {
  const states = [state('a'), state('b', { state: 'stale' }), state('c', { state: 'unknown' })];
  const devices = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
  expect(countDevices(devices, new Map(states.map((each) => [each.id, each])))).toEqual({
    online: 0,
    lost: 2,
    unknown: 2,
  });
});

test('a checkpoint is overdue only after the tolerance of its route', () => {
  const check = (checkpoint: string, dueAt: number, at: number | null): Round['checks'][number] => ({
    checkpoint,
    dueAt,
    result: 'pending',
    at,
    guard: null,
    reader: null,
    lateEvidence: false,
  });
  const round: Round = {
    id: 'r',
    plan: 'p',
    route: 'way',
    name: 'n',
    state: 'running',
    startsAt: 0,
    endsAt: 1_000,
    checks: [check('a', 100, 90), check('b', 200, null), check('c', 300, null)],
    note: null,
  };
  const progress = (now: number) => runningRounds([round, { ...round, state: 'done' }], () => 50, now)[0];
  expect(progress(240)).toMatchObject({ proved: 1, overdue: 0, next: { checkpoint: 'b' } });
  expect(progress(260)?.overdue).toBe(1);
  expect(progress(400)?.overdue).toBe(2);
});
