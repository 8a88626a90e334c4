import { describe, expect, test } from 'vitest';
import type { AccessEvent, DoorState } from '../contract/access.ts';
import { afterCommand, afterEvent, isPermitted, type KeptDoor, unheardDoor } from './machine.ts';

const at = Date.UTC(2026, 2, 1, 8);
const event = (type: AccessEvent['type'], over: Partial<AccessEvent> = {}): AccessEvent => ({
  id: '019c0000-0000-7000-8000-000000000001',
  door: 'gate',
  type,
  card: '0063E9AE',
  person: 'li-wei',
  personName: '李伟',
  direction: null,
  reason: null,
  occurredAt: at,
  receivedAt: at,
  ...over,
});
const door = (state: DoorState['state']): KeptDoor => ({
  ...unheardDoor('gate'),
  state,
  since: at - 60_000,
  lastPerson: null,
  heardAt: at - 60_000,
});

const types: AccessEvent['type'][] = ['granted', 'denied', 'opened', 'closed', 'forced', 'held', 'read'];
/** State by event: the state after it. */
const after: Record<DoorState['state'], DoorState['state'][]> = {
  //         granted     denied     opened    closed    forced    held      read
  unknown: ['unknown', 'unknown', 'open', 'closed', 'forced', 'held', 'unknown'],
  closed: ['closed', 'closed', 'open', 'closed', 'forced', 'held', 'closed'],
  open: ['open', 'open', 'open', 'closed', 'forced', 'held', 'open'],
  held: ['held', 'held', 'held', 'closed', 'forced', 'held', 'held'],
  forced: ['forced', 'forced', 'forced', 'closed', 'forced', 'forced', 'forced'],
};

describe.each(Object.keys(after) as DoorState['state'][])('a door that is %s', (state) => {
  test.each(types.map((type, index) => [type, after[state][index] ?? state] as const))(
    'after "%s" is %s',
    (type, expected) => {
      const changed = afterEvent(door(state), event(type));
      expect(changed.state).toBe(expected);
      expect(changed.since).toBe(expected === state ? at - 60_000 : at);
    },
  );
});

test('a door never heard from is unknown and takes its first event', () => {
  expect(unheardDoor('gate')).toMatchObject({ state: 'unknown', since: null });
  expect(afterEvent(unheardDoor('gate'), event('closed'))).toMatchObject({ state: 'closed', since: at });
});

test('the last person is whoever was let in, not who was refused', () => {
  const passed = afterEvent(door('closed'), event('granted'));
  expect(passed.lastPerson).toBe('李伟');
  const refused = event('denied', { personName: '张敏', occurredAt: at + 1 });
  expect(afterEvent(passed, refused)).toBe(passed);
});

test('an unknown card that was let in is shown by its number', () => {
  const stranger = event('granted', { person: null, personName: null });
  expect(afterEvent(door('closed'), stranger).lastPerson).toBe('0063E9AE');
});

test('a late swipe or contact does not overwrite what is newer', () => {
  const now = afterEvent(
    afterEvent(door('closed'), event('granted')),
    event('opened', { occurredAt: at + 1_000 }),
  );
  for (const type of types)
    expect(
      afterEvent(now, event(type, { occurredAt: at + 999, receivedAt: at + 60_000, personName: '张敏' })),
    ).toBe(now);
});

test('a contact without a time of its own is believed when the clock of the gateway was set back', () => {
  const opened = afterEvent(door('closed'), event('opened'));
  const earlier = at - 3_600_000;
  const closed = event('closed', { occurredAt: earlier, receivedAt: earlier });
  expect(afterEvent(opened, closed)).toMatchObject({ state: 'closed', since: earlier, heardAt: earlier });
});

describe('whoever opens a door may', () => {
  const rule = { heldAfterMs: 60_000, permitMs: 5_000 };
  const opened = (before: KeptDoor, afterMs: number) =>
    afterEvent(before, event('opened', { occurredAt: at + afterMs, receivedAt: at + afterMs }));
  const permitted = (before: KeptDoor, afterMs: number, locked: boolean | null = null) =>
    isPermitted(opened(before, afterMs), rule, locked);
  const swiped = afterEvent(door('closed'), event('granted'));

  test.each([
    ['within its time of a swipe', swiped, 5_000, true],
    ['later', swiped, 5_001, false],
    ['without any', door('closed'), 0, false],
    ['after a refused swipe', afterEvent(door('closed'), event('denied')), 0, false],
    ['after it was opened from here', afterCommand(door('closed'), 'open', false, at), 4_000, true],
    ['long after that', afterCommand(door('closed'), 'open', true, at), 60_000, false],
    [
      'as long as it is kept unlocked from here',
      afterCommand(door('closed'), 'unlock', true, at),
      3_600_000,
      true,
    ],
    ['not for long when that was not done', afterCommand(door('closed'), 'unlock', false, at), 6_000, false],
    [
      'not after it was locked again',
      afterCommand(afterCommand(door('closed'), 'unlock', true, at), 'lock', true, at),
      6_000,
      false,
    ],
    [
      'still when locking it was not done',
      afterCommand(afterCommand(door('closed'), 'unlock', true, at), 'lock', false, at),
      6_000,
      true,
    ],
  ])('%s', (_, before, afterMs, expected) => {
    expect(permitted(before, afterMs)).toBe(expected);
  });

  test('when it says itself that it is unlocked, not when it says that it is locked', () => {
    expect(permitted(door('closed'), 0, false)).toBe(true);
    expect(permitted(door('closed'), 0, true)).toBe(false);
  });

  test('a permit that arrives a moment after the contact counts, one much later does not', () => {
    const contact = opened(door('closed'), 0);
    const word = (ms: number) => event('granted', { occurredAt: at + ms, receivedAt: at + ms });
    expect(isPermitted(afterEvent(contact, word(900)), rule, null)).toBe(true);
    expect(isPermitted(afterEvent(contact, word(1_100)), rule, null)).toBe(false);
  });

  test('a command to do something else is no permit', () => {
    const before = door('closed');
    expect(afterCommand(before, 'lock', true, at)).toBe(before);
    expect(afterCommand(before, 'start', true, at)).toBe(before);
  });
});
