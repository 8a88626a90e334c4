import { expect, test } from 'vitest';
import type { CardEntry } from '../../../gateway/contract/card.ts';
import { byController, unconfirmed, validityOf } from './card-list.ts';

const entry = (controller: string, state: CardEntry['state']): CardEntry => ({
  ...{ controller, state, wanted: 'stored', doors: [], since: 0, error: null, failure: null, again: false },
});

test('a card waits for the controllers that have not confirmed it; what was refused needs somebody first', () => {
  const controllers = [
    entry('a', 'confirmed'),
    entry('b', 'sending'),
    entry('c', 'waiting'),
    entry('d', 'failed'),
    entry('e', 'waiting'),
  ];
  expect(unconfirmed({ controllers }).map(({ controller }) => controller)).toEqual(['d', 'c', 'e', 'b']);
});

test.each([
  [null, null, 'valid'],
  [99, 101, 'valid'],
  [101, null, 'not-yet'],
  [null, 100, 'expired'],
  [50, 99, 'expired'],
])('from %s to %s a card is, at 100, %s', (validFrom, validUntil, expected) => {
  expect(validityOf({ validFrom, validUntil }, 100)).toBe(expected);
});

test('doors stand under the controller that keeps their cards; a door without one takes none', () => {
  const doors = [
    { id: '1', name: '10 号门', parent: 'a' },
    { id: '2', name: '2 号门', parent: 'a' },
    { id: '3', name: '办公室', parent: undefined },
    { id: '4', name: '屋面', parent: 'b' },
    { id: '5', name: '天台', parent: 'switch' },
  ];
  const groups = byController(doors, (id) => id === 'a' || id === 'b');
  expect(
    Object.fromEntries(groups.map(({ controller, doors: own }) => [controller, own.map(({ id }) => id)])),
  ).toEqual({
    a: ['2', '1'],
    b: ['4'],
  });
});
