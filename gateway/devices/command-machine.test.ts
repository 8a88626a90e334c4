import { describe, expect, test } from 'vitest';
import type { Command, CommandState, WhyNot } from '../contract/command.ts';
import { type CommandInput, type Proof, stepCommand } from './command-machine.ts';

const now = 1_000_000;

function commandIn(state: CommandState): Command {
  return {
    id: '019b0000-0000-7000-8000-000000000001',
    device: 'pump-1',
    command: 'start',
    args: {},
    state,
    requestedAt: now - 1_000,
    requestedBy: 'tester',
    reason: null,
    alarm: null,
    expiresAt: now + 9_000,
    sentAt: state === 'sent' ? now - 500 : null,
    endedAt: null,
    error: null,
    failure: null,
  };
}

const notSent: WhyNot = { error: 'no route', failure: { code: 'not-sent' } };
const tooLate: WhyNot = { error: 'too late', failure: { code: 'too-late' } };

const inputs: Record<string, CommandInput> = {
  begin: { type: 'begin' },
  sent: { type: 'sent' },
  failed: { type: 'failed', why: notSent },
  'answer yes': { type: 'answer', ok: true, error: null },
  'answer no': { type: 'answer', ok: false, error: 'locked' },
  readBack: { type: 'readBack' },
  timeOut: { type: 'timeOut', why: tooLate },
  superseded: { type: 'superseded', by: 'another' },
  restart: { type: 'restart' },
};

// Proof by read-back unless a row says otherwise; a state that stands again means: nothing happens.
const table: [CommandState, string, CommandState][] = [
  ['requested', 'begin', 'sending'],
  ['requested', 'failed', 'failed'],
  ['requested', 'timeOut', 'expired'],
  ['requested', 'sent', 'requested'],
  ['requested', 'answer yes', 'requested'],
  ['requested', 'answer no', 'requested'],
  ['requested', 'readBack', 'requested'],
  ['requested', 'superseded', 'requested'],
  ['requested', 'restart', 'requested'],
  ['sending', 'sent', 'sent'],
  ['sending', 'failed', 'failed'],
  ['sending', 'answer yes', 'sent'],
  ['sending', 'answer no', 'failed'],
  ['sending', 'readBack', 'confirmed'],
  ['sending', 'timeOut', 'unknown'],
  ['sending', 'restart', 'unknown'],
  ['sending', 'begin', 'sending'],
  ['sending', 'superseded', 'sending'],
  ['sent', 'readBack', 'confirmed'],
  ['sent', 'answer yes', 'sent'],
  ['sent', 'answer no', 'failed'],
  ['sent', 'failed', 'failed'],
  ['sent', 'timeOut', 'failed'],
  ['sent', 'superseded', 'failed'],
  ['sent', 'begin', 'sent'],
  ['sent', 'sent', 'sent'],
  ['sent', 'restart', 'sent'],
];

describe('the life of a command', () => {
  test.each(table)('%s, then %s: %s', (from, input, to) => {
    const command = commandIn(from);
    const next = stepCommand(command, inputs[input] ?? { type: 'begin' }, 'read-back', now);
    expect(next.state).toBe(to);
    if (from === to) expect(next).toBe(command);
    const ended = ['confirmed', 'failed', 'expired', 'unknown'].includes(to);
    expect(next.endedAt).toBe(ended ? now : null);
    const came = to === 'failed' || to === 'expired' || to === 'unknown';
    expect([next.error === null, next.failure === null]).toEqual([!came, !came]);
  });

  test('every state meets every input', () => {
    const covered = new Set(table.map(([from, input]) => `${from} ${input}`));
    const wanted = ['requested', 'sending', 'sent'].flatMap((from) =>
      Object.keys(inputs).map((input) => `${from} ${input}`),
    );
    expect(wanted.filter((pair) => !covered.has(pair))).toEqual([]);
  });

  test.each(['confirmed', 'failed', 'expired', 'unknown'] as const)('%s never moves again', (state) => {
    const command = { ...commandIn(state), endedAt: now - 1 };
    for (const input of Object.values(inputs))
      for (const proof of ['read-back', 'answer', 'echo'] as const)
        expect(stepCommand(command, input, proof, now)).toBe(command);
  });

  test.each<[Proof, CommandState, string, CommandState]>([
    ['echo', 'sending', 'sent', 'confirmed'],
    ['answer', 'sending', 'sent', 'sent'],
    ['answer', 'sending', 'answer yes', 'confirmed'],
    ['answer', 'sent', 'answer yes', 'confirmed'],
  ])('proved by %s: %s, then %s: %s', (proof, from, input, to) => {
    expect(stepCommand(commandIn(from), inputs[input] ?? { type: 'begin' }, proof, now).state).toBe(to);
  });

  test.each<[CommandState, string, WhyNot]>([
    ['requested', 'failed', notSent],
    ['sending', 'timeOut', tooLate],
    ['sent', 'answer no', { error: 'locked', failure: { code: 'refused', words: 'locked' } }],
    [
      'sent',
      'superseded',
      { error: 'superseded by another', failure: { code: 'superseded', by: 'another' } },
    ],
  ])('why it came to nothing stands in words and as a code: %s, then %s', (from, input, why) => {
    expect(stepCommand(commandIn(from), inputs[input] ?? { type: 'begin' }, 'read-back', now)).toMatchObject(
      why,
    );
  });

  test('a device that refuses without a word of its own is told so', () => {
    const refused: CommandInput = { type: 'answer', ok: false, error: null };
    expect(stepCommand(commandIn('sent'), refused, 'answer', now)).toMatchObject({
      error: 'the device refused it',
      failure: { code: 'refused', words: null },
    });
  });

  test('one that could not be sent in time is expired, whoever says so', () => {
    const late = now + 9_000;
    expect(stepCommand(commandIn('requested'), { type: 'begin' }, 'read-back', late).state).toBe('expired');
    const failed: CommandInput = { type: 'failed', why: tooLate };
    expect(stepCommand(commandIn('sending'), failed, 'read-back', late).state).toBe('expired');
  });
});
