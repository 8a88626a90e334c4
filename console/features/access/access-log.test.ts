import { expect, test } from 'vitest';
import type { AccessEvent, DoorState } from '../../../gateway/contract/access.ts';
import { newestFirst, orderDoors } from './access-log.ts';

const event = (id: string, occurredAt: number): AccessEvent => ({
  id,
  door: 'd',
  type: 'granted',
  card: null,
  person: null,
  personName: null,
  direction: null,
  reason: null,
  occurredAt,
  receivedAt: 0,
});
const door = (name: string, state: DoorState['state']): DoorState => ({
  id: name,
  name,
  area: 'a',
  state,
  since: null,
  lastPerson: null,
});

test('a swipe that was received late stands where it happened', () => {
  expect(
    newestFirst([event('a', 10), event('b', 30), event('c', 20), event('d', 20)]).map(({ id }) => id),
  ).toEqual(['b', 'd', 'c', 'a']);
});

test('doors stand by their names, or those in trouble before the others', () => {
  const doors = [
    door('Door 10', 'closed'),
    door('Door 2', 'open'),
    door('Door 1', 'closed'),
    door('Door 9', 'forced'),
  ];
  expect(orderDoors(doors, false).map(({ name }) => name)).toEqual(['Door 1', 'Door 2', 'Door 9', 'Door 10']);
  expect(orderDoors(doors, true).map(({ name }) => name)).toEqual(['Door 9', 'Door 2', 'Door 1', 'Door 10']);
});
