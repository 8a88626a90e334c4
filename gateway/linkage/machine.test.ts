import { describe, expect, test } from 'vitest';
import type { Command, WhyNot } from '../contract/command.ts';
import type { LinkedAction } from '../contract/linkage-run.ts';
import { type ActionInput, nextRetry, openActions, stepAction } from './machine.ts';

const start = 1_000_000;
const fresh: LinkedAction = {
  device: 'door-1',
  deviceName: '大堂门',
  command: 'unlock',
  args: {},
  state: 'waiting',
  error: null,
  failure: null,
  since: start,
  commandId: null,
  tries: 0,
  retryAt: null,
  proof: { key: 'door-1.locked', value: false },
};
const noWhy = { error: null, failure: null };
const mute: WhyNot = { error: 'it did not answer', failure: { code: 'no-answer', withinMs: 5_000 } };
const offline: WhyNot = {
  error: 'door-1 is offline: will',
  failure: { code: 'offline', device: 'door-1', why: 'will' },
};
const notTaken: WhyNot = { error: 'there is no device', failure: { code: 'not-taken' } };
const command = (state: Command['state'], why?: WhyNot): ActionInput => ({
  type: 'command',
  outcome: { ...noWhy, ...why, state },
});
const asked = stepAction(fresh, { type: 'asked', command: { id: 'c1', state: 'sending', ...noWhy } }, start);
const silent = command('failed', mute);
const done = stepAction(asked, { type: 'reads', value: false }, start + 300);
const gone = stepAction(asked, silent, start + 5_000);

test('a value is confirmed, and undone, in the steps of its register', () => {
  const proof = { key: 'pump-1.speedReference', value: 40, within: 0.0025 };
  const set = stepAction({ ...asked, proof }, { type: 'reads', value: 40.001 }, start + 300);
  expect(set.state).toBe('confirmed');
  const undone = stepAction(set, { type: 'reads', value: 40.005 }, start + 400);
  expect(undone).toMatchObject({ state: 'failed', failure: { code: 'undone', value: 40.005 } });
});

test('a command on its way leaves the action waiting, with its command and its try', () => {
  expect(asked).toEqual({ ...fresh, commandId: 'c1', tries: 1 });
});

describe('an action', () => {
  test.each<[string, LinkedAction, ActionInput, Partial<LinkedAction>]>([
    ['is confirmed by its command', asked, command('confirmed'), { state: 'confirmed' }],
    [
      'is confirmed by what its point reads, whatever became of the command',
      gone,
      { type: 'reads', value: false },
      { state: 'confirmed', ...noWhy, retryAt: null },
    ],
    [
      'fails with its command, and is asked again after 5 s',
      asked,
      silent,
      { state: 'failed', ...mute, retryAt: start + 15_000 },
    ],
    [
      'fails when its command could not even be requested',
      fresh,
      { type: 'refused', why: notTaken },
      { state: 'failed', ...notTaken, tries: 1 },
    ],
    [
      'fails at once when its device is offline',
      fresh,
      { type: 'asked', command: { id: 'c1', state: 'failed', ...offline } },
      { state: 'failed', commandId: 'c1', ...offline },
    ],
    [
      'that is undone is named again and asked for anew',
      done,
      { type: 'reads', value: true },
      {
        ...{ state: 'failed', error: 'door-1.locked reads true again', tries: 0, retryAt: start + 15_000 },
        failure: { code: 'undone', point: 'door-1.locked', value: true },
      },
    ],
    [
      'is asked again a moment after its device has come back',
      { ...gone, tries: 6 },
      { type: 'online', busy: false },
      { state: 'failed', tries: 0, retryAt: start + 11_000 },
    ],
  ])('%s', (_title, before, input, after) => {
    expect(stepAction(before, input, start + 10_000)).toMatchObject(after);
  });

  test.each<[string, LinkedAction, ActionInput]>([
    ['that is confirmed stays so when a command fails later', done, silent],
    [
      'that is confirmed is not asked again when its device comes back',
      done,
      { type: 'online', busy: false },
    ],
    ['whose command is on its way is not asked twice', asked, { type: 'online', busy: true }],
    ['is not confirmed by the other value', asked, { type: 'reads', value: true }],
    ['is not confirmed by no value', asked, { type: 'reads', value: null }],
    [
      'without a proving point is moved by no reading',
      { ...asked, proof: null },
      { type: 'reads', value: false },
    ],
    ['waits while its command is sent', asked, command('sent')],
  ])('%s', (_title, before, input) => {
    expect(stepAction(before, input, start + 10_000)).toBe(before);
  });
});

test('a device that stays mute is asked ever more seldom, at least every five minutes', () => {
  const waits: number[] = [];
  let action = asked;
  let now = start;
  for (let i = 0; i < 9; i++) {
    action = stepAction(action, silent, now);
    waits.push((action.retryAt ?? 0) - now);
    now = action.retryAt ?? 0;
    const next = { id: `c${i}`, state: 'sent', ...noWhy } as const;
    action = stepAction(action, { type: 'asked', command: next }, now);
    expect(action).toMatchObject({ state: 'failed', ...mute });
  }
  expect(waits.map((ms) => ms / 1_000)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('what is open and when the next is asked are told of all actions', () => {
  const later = { ...gone, device: 'door-2', retryAt: start + 60_000 };
  expect(openActions({ actions: [done, gone, later] }).map(({ device }) => device)).toEqual([
    'door-1',
    'door-2',
  ]);
  expect(nextRetry({ actions: [done, later, gone] })).toBe(gone.retryAt);
  expect(nextRetry({ actions: [done] })).toBeNull();
});
