import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CommandEnd,
  type EntryInput,
  type KeptEntry,
  newEntry,
  pauseMs,
  stepEntry,
  type Wanted,
} from './entry-machine.ts';

const at = Date.UTC(2026, 2, 1, 8);
const put = (doors = ['1']): Wanted => ({ card: '0063E9AE', person: '李伟', doors });
const want = (wanted: Wanted, card = 'card-1'): EntryInput => ({ type: 'want', card, wanted, doors: [] });
const begin: EntryInput = { type: 'begin', command: 'command-1' };
const failures = {
  refused: { code: 'refused', words: null },
  unsent: { code: 'not-sent' },
  unanswered: { code: 'no-answer', withinMs: 5_000 },
} as const;
const end = (how: CommandEnd): EntryInput => ({
  type: 'end',
  end: how,
  command: how === 'confirmed' ? { error: null, failure: null } : { error: how, failure: failures[how] },
});

function after(...inputs: EntryInput[]): KeptEntry {
  return inputs.reduce<KeptEntry>(
    (entry, input, i) => stepEntry(entry, input, at + i),
    newEntry('controller-1', '0063E9AE'),
  );
}
const states = {
  waiting: [want(put())],
  sending: [want(put()), begin],
  confirmed: [want(put()), begin, end('confirmed')],
  refused: [want(put()), begin, end('refused')],
  unanswered: [want(put()), begin, end('unanswered')],
} satisfies Record<string, EntryInput[]>;
type Name = keyof typeof states;

/** By state: the state after each input, null when nothing at all changes. */
const table: Record<Name, [label: string, input: EntryInput, next: KeptEntry['state'] | null][]> = {
  waiting: [
    ['the same is wanted', want(put()), null],
    ['something else is wanted', want(put(['1', '2'])), 'waiting'],
    ['its turn has come', begin, 'sending'],
    ['a command of another time ends', end('confirmed'), null],
    ['the controller is back', { type: 'back' }, null],
    ['the controller has forgotten all', { type: 'forgotten' }, 'waiting'],
    ['somebody wants it sent', { type: 'retry' }, 'waiting'],
  ],
  sending: [
    ['the same is wanted', want(put()), null],
    ['something else is wanted', want(null), 'sending'],
    ['another begins', begin, null],
    ['it is confirmed', end('confirmed'), 'confirmed'],
    ['it is refused', end('refused'), 'failed'],
    ['it is not answered', end('unanswered'), 'failed'],
    ['it never left', end('unsent'), 'waiting'],
    ['the controller is back', { type: 'back' }, null],
    ['the controller has forgotten all', { type: 'forgotten' }, null],
    ['somebody wants it sent', { type: 'retry' }, null],
  ],
  confirmed: [
    ['the same is wanted', want(put()), null],
    ['something else is wanted', want(null), 'waiting'],
    ['the same is wanted of another issue', want(put(), 'card-2'), 'waiting'],
    ['another begins', begin, null],
    ['a command of another time ends', end('refused'), null],
    ['the controller is back', { type: 'back' }, null],
    ['the controller has forgotten all', { type: 'forgotten' }, 'waiting'],
    ['somebody wants it sent', { type: 'retry' }, null],
  ],
  refused: [
    ['the same is wanted', want(put()), null],
    ['something else is wanted', want(null), 'waiting'],
    ['another begins', begin, null],
    ['the controller is back', { type: 'back' }, null],
    ['the controller has forgotten all', { type: 'forgotten' }, 'waiting'],
    ['somebody wants it sent', { type: 'retry' }, 'waiting'],
    ['a pause is over', { type: 'due' }, null],
  ],
  unanswered: [
    ['the controller is back', { type: 'back' }, 'waiting'],
    ['somebody wants it sent', { type: 'retry' }, 'waiting'],
    ['another begins', begin, null],
    ['its pause is not over', { type: 'due' }, null],
  ],
};

describe.each(Object.keys(table) as Name[])('an entry that is %s', (name) => {
  test.each(table[name])('when %s', (_, input, next) => {
    const before = after(...states[name]);
    const stepped = stepEntry(before, input, at + 1_000);
    if (next === null) expect(stepped).toBe(before);
    else {
      expect(stepped.state).toBe(next);
      expect(stepped.since).toBe(next === before.state ? before.since : at + 1_000);
    }
  });
});

test('what is wanted anew while something is on its way goes out after it, whatever became of that', () => {
  for (const how of ['confirmed', 'refused', 'unanswered'] as const) {
    const entry = after(want(put()), begin, want(null), end(how));
    expect(entry).toMatchObject({ state: 'waiting', wanted: null, error: null });
    expect(stepEntry(stepEntry(entry, begin, at), end('confirmed'), at)).toMatchObject({
      state: 'confirmed',
      wanted: null,
    });
  }
});

test('a card that a controller was told to delete needs no word when it has forgotten all', () => {
  const deleted = after(want(put()), begin, end('confirmed'), want(null), begin, end('confirmed'));
  expect(stepEntry(deleted, { type: 'forgotten' }, at)).toBe(deleted);
});

test('why it failed is told, and forgotten when it goes out again', () => {
  expect(after(...states.refused)).toMatchObject({
    ...{ error: 'refused', failure: failures.refused, again: false },
  });
  expect(after(...states.unanswered)).toMatchObject({ error: 'unanswered', again: true });
  expect(after(...states.unanswered, { type: 'back' })).toMatchObject({
    ...{ error: null, failure: null, again: false },
  });
});

test('what does not go out is tried more and more seldom, until the controller comes back', () => {
  let entry = after(want(put()));
  const pauses: number[] = [];
  for (let n = 0; n < 6; n++) {
    entry = stepEntry(stepEntry(entry, begin, at), end('unsent'), at);
    pauses.push(pauseMs(entry) / 1_000);
  }
  expect(pauses).toEqual([5, 20, 80, 320, 600, 600]);
  expect(stepEntry(entry, { type: 'back' }, at).tries).toBe(0);
});

test('what was not answered goes out again after a pause, each longer than the one before, though the controller never was away', () => {
  let entry = after(want(put()));
  const pauses: number[] = [];
  let now = at;
  for (let n = 0; n < 6; n++) {
    entry = stepEntry(stepEntry(entry, begin, now), end('unanswered'), now);
    const pause = pauseMs(entry);
    expect(stepEntry(entry, { type: 'due' }, now + pause - 1)).toBe(entry);
    now += pause;
    entry = stepEntry(entry, { type: 'due' }, now);
    expect(entry).toMatchObject({ state: 'waiting', error: null, again: false });
    pauses.push(pause / 1_000);
  }
  expect(pauses).toEqual([5, 20, 80, 320, 600, 600]);
  expect(stepEntry(stepEntry(entry, begin, now), end('confirmed'), now).tries).toBe(0);
});

test('a controller that connects while the first word to it is on its way makes the pauses short again', () => {
  const tried = after(want(put()), begin, end('unsent'), begin, end('unsent'), begin);
  const entry = stepEntry(stepEntry(tried, { type: 'back' }, at), end('unsent'), at);
  expect(entry).toMatchObject({ state: 'waiting', tries: 1 });
});

test('whatever happens, it is confirmed only when the controller has confirmed the very last that is wanted', () => {
  const input: fc.Arbitrary<EntryInput> = fc.oneof(
    fc.constantFrom(put(), put(['1', '2']), null).map((wanted) => want(wanted)),
    fc.constant(begin),
    fc.constantFrom<CommandEnd>('confirmed', 'refused', 'unsent', 'unanswered').map(end),
    fc.constantFrom<EntryInput>({ type: 'back' }, { type: 'due' }, { type: 'retry' }),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 30 }), (inputs) => {
      let entry = newEntry('controller-1', '0063E9AE');
      /** What the controller holds as far as is known; and what was last told it. */
      let told: Wanted = null;
      let held: Wanted = null;
      for (const one of inputs) {
        const before = entry;
        entry = stepEntry(entry, one, one.type === 'due' ? at + 600_000 : at);
        if (one.type === 'begin' && entry !== before) told = entry.wanted;
        if (one.type === 'end' && one.end === 'confirmed' && before.state === 'sending') held = told;
        if (entry.state === 'confirmed' && entry.revision > 0) expect(held).toEqual(entry.wanted);
        expect(entry.state === 'failed').toBe(entry.error !== null && entry.state !== 'waiting');
      }
    }),
  );
});
