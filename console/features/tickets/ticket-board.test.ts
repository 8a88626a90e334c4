import { describe, expect, test } from 'vitest';
import { rolePermissions } from '../../../gateway/contract/permissions.ts';
import type { Ticket, TicketState, TicketStep } from '../../../gateway/contract/ticket.ts';
import { act, register, type TicketAct } from '../../../gateway/tickets/machine.ts';
import {
  actionsOf,
  allStates,
  awaited,
  boardOf,
  cardBeside,
  compareTickets,
  escalations,
  matchesText,
  reachedAt,
} from './ticket-board.ts';

const context = (now: number) => ({
  now,
  who: 'someone',
  comment: null,
  limits: { stepMs: () => 60_000, escalateMs: () => 60_000 },
  othersMayVerify: false,
});
const made = (id: string, more: Partial<Ticket> = {}): Ticket => ({
  ...register({ id, title: id, category: 'water', priority: 3 }, context(0)),
  ...more,
});
const all = () => true;

/** A ticket taken through these acts, one a minute. */
function walked(acts: readonly TicketAct[]): Ticket {
  return acts.reduce((ticket, what, i) => act(ticket, what, context((i + 1) * 60_000)), made('t'));
}

describe('what can be done to a ticket', () => {
  const way: TicketAct[] = [
    { action: 'dispatch', assignee: 'x' },
    { action: 'accept' },
    { action: 'arrive' },
    { action: 'resolve' },
    { action: 'verify' },
    { action: 'close' },
  ];

  test.each(allStates.map((state, i) => [state, i] as const))(
    'in %s is just what the gateway takes',
    (state, i) => {
      const ticket = walked(way.slice(0, i));
      expect(ticket.state).toBe(state);
      const taken = way
        .concat({ action: 'reopen' })
        .filter((what) => {
          try {
            act(ticket, what, context(1));
            return true;
          } catch {
            return false;
          }
        })
        .map(({ action }) => action);
      expect(actionsOf(state, all).toSorted()).toEqual(taken.toSorted());
    },
  );

  test('the time limit is about the next step', () => {
    expect(allStates.map(awaited)).toEqual([
      'dispatch',
      'accept',
      'arrive',
      'resolve',
      'verify',
      'close',
      null,
    ]);
  });

  test('who may not verify is not offered it', () => {
    const engineer = rolePermissions.engineer;
    expect(actionsOf('resolved', (permission) => engineer.includes(permission))).toEqual(['reopen']);
  });
});

describe('the board', () => {
  test('what is due first stands first in its column', () => {
    const tickets = [
      made('late', { dueAt: 30 }),
      made('now', { dueAt: 10 }),
      made('never', { dueAt: undefined }),
    ];
    expect(boardOf(tickets).registered.map(({ id }) => id)).toEqual(['now', 'late', 'never']);
    expect(boardOf([made('over', { state: 'closed' })]).verified).toEqual([]);
  });

  test('without a limit the more urgent stands before the older', () => {
    const old = made('old', { dueAt: undefined, priority: 4, createdAt: 1 });
    const urgent = made('urgent', { dueAt: undefined, priority: 1, createdAt: 9 });
    expect(compareTickets(urgent, old)).toBeLessThan(0);
  });

  test('arrow keys walk down a column and across the empty ones', () => {
    const at = (id: string, state: TicketState, dueAt: number) => made(id, { state, dueAt });
    const board = boardOf([
      at('a', 'registered', 1),
      at('b', 'registered', 2),
      at('c', 'accepted', 1),
      at('d', 'verified', 1),
    ]);
    expect(cardBeside(board, null, 'down')).toBe('a');
    expect(cardBeside(board, 'a', 'down')).toBe('b');
    expect(cardBeside(board, 'b', 'down')).toBeUndefined();
    expect(cardBeside(board, 'b', 'right')).toBe('c');
    expect(cardBeside(board, 'c', 'right')).toBe('d');
    expect(cardBeside(board, 'c', 'left')).toBe('a');
    expect(cardBeside(board, 'd', 'right')).toBeUndefined();
  });

  test('a text is looked for in title, assignee and place', () => {
    const ticket = made('水泵异响', { assignee: '工程值班' });
    expect(matchesText(ticket, '工程 水泵房', ['水泵房'])).toBe(true);
    expect(matchesText(ticket, '车库', ['水泵房'])).toBe(false);
  });
});

describe('the line of steps', () => {
  const reached = (acts: TicketAct[]) =>
    [...reachedAt(walked(acts).steps)].map(([state, at]) => [state, at / 60_000]);

  test('tells when each state was reached', () => {
    expect(reached([{ action: 'dispatch', assignee: 'x' }, { action: 'accept' }])).toEqual([
      ['registered', 0],
      ['dispatched', 1],
      ['accepted', 2],
    ]);
  });

  test('sending somebody else starts their part anew', () => {
    expect(
      reached([
        { action: 'dispatch', assignee: 'x' },
        { action: 'accept' },
        { action: 'dispatch', assignee: 'y' },
      ]),
    ).toEqual([
      ['registered', 0],
      ['dispatched', 3],
    ]);
  });

  test('reopening takes back what came after', () => {
    expect(
      reached([
        { action: 'dispatch', assignee: 'x' },
        { action: 'accept' },
        { action: 'arrive' },
        { action: 'resolve' },
        { action: 'reopen' },
      ]),
    ).toEqual([
      ['registered', 0],
      ['dispatched', 5],
    ]);
  });

  test('escalations are told apart from steps', () => {
    const steps: TicketStep[] = walked([{ action: 'escalate' }, { action: 'escalate' }]).steps;
    expect(escalations(steps)).toEqual([
      { level: 1, at: 60_000 },
      { level: 2, at: 120_000 },
    ]);
    expect([...reachedAt(steps).keys()]).toEqual(['registered']);
  });
});
