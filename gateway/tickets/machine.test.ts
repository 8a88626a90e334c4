import { describe, expect, test } from 'vitest';
import type { Ticket, TicketState } from '../contract/ticket.ts';
import { readTicketLimits } from './limits.ts';
import { act, escalatesAt, register, type TicketAct, type TicketContext } from './machine.ts';

const limits = readTicketLimits();
const start = Date.UTC(2026, 2, 1, 22, 30);
const context = (over: Partial<TicketContext> = {}): TicketContext => ({
  now: start,
  who: 'operator-1',
  comment: null,
  limits,
  othersMayVerify: true,
  ...over,
});
const fields = {
  id: '019c0000-0000-7000-8000-000000000001',
  title: '水箱溢流',
  category: 'water',
  priority: 1,
} as const;
const min = 60_000;

/** A ticket led along the usual way up to a state. */
function ticketIn(state: TicketState): Ticket {
  let ticket = register(fields, context());
  const way: TicketAct[] = [
    { action: 'dispatch', assignee: 'engineer-1' },
    { action: 'accept' },
    { action: 'arrive' },
    { action: 'resolve' },
    { action: 'verify' },
    { action: 'close' },
  ];
  for (const what of way) {
    if (ticket.state === state) break;
    const who = what.action === 'verify' ? 'supervisor-1' : 'engineer-1';
    ticket = act(ticket, what, context({ who }));
  }
  return ticket;
}

const states: TicketState[] = [
  'registered',
  'dispatched',
  'accepted',
  'on-site',
  'resolved',
  'verified',
  'closed',
];
const acts: TicketAct[] = [
  { action: 'dispatch', assignee: 'engineer-2' },
  { action: 'accept' },
  { action: 'arrive' },
  { action: 'resolve' },
  { action: 'verify' },
  { action: 'close' },
  { action: 'reopen' },
];
/** State by act: where it leads, or null when it is refused. */
const leadsTo: Record<TicketState, (TicketState | null)[]> = {
  //            dispatch      accept      arrive     resolve     verify      close     reopen
  registered: ['dispatched', null, null, null, null, null, null],
  dispatched: ['dispatched', 'accepted', null, null, null, null, null],
  accepted: ['dispatched', null, 'on-site', null, null, null, null],
  'on-site': ['dispatched', null, null, 'resolved', null, null, null],
  resolved: [null, null, null, null, 'verified', null, 'dispatched'],
  verified: [null, null, null, null, null, 'closed', 'dispatched'],
  closed: [null, null, null, null, null, null, 'dispatched'],
};

describe.each(states)('a ticket that is %s', (state) => {
  test.each(acts.map((what, index) => [what.action, what, leadsTo[state][index] ?? null] as const))(
    '%s',
    (_, what, to) => {
      const ticket = ticketIn(state);
      const by = context({ who: 'supervisor-1', comment: '电话', now: start + min });
      if (to === null) {
        expect(() => act(ticket, what, by)).toThrow(/^state\.conflict/);
        return;
      }
      const after = act(ticket, what, by);
      expect(after.state).toBe(to);
      expect(after.steps.slice(0, -1)).toEqual(ticket.steps);
      expect(after.steps.at(-1)).toMatchObject({
        at: start + min,
        action: what.action,
        from: state,
        to,
        who: 'supervisor-1',
        comment: '电话',
      });
      const limitMs = limits.stepMs('water', 1, to);
      expect(after.dueAt).toBe(limitMs === null ? undefined : start + min + limitMs);
    },
  );

  test('takes a comment and stays as it is', () => {
    const ticket = ticketIn(state);
    const after = act(ticket, { action: 'comment' }, context({ comment: '备件已到' }));
    expect({ ...after, steps: ticket.steps }).toEqual(ticket);
    expect(after.steps.at(-1)).toMatchObject({ action: 'comment', comment: '备件已到' });
  });
});

test('a title and an assignee suffice: registered and dispatched at once, both on record', () => {
  const ticket = register({ ...fields, assignee: 'engineer-1' }, context());
  expect(ticket.state).toBe('dispatched');
  expect(ticket.steps.map((step) => step.action)).toEqual(['register', 'dispatch']);
  expect(ticket.steps.at(-1)?.assignee).toBe('engineer-1');
  expect(ticket.dueAt).toBe(start + 5 * min);
});

test('the one who resolved it may not verify it while somebody else can', () => {
  const resolved = ticketIn('resolved');
  expect(() => act(resolved, { action: 'verify' }, context({ who: 'engineer-1' }))).toThrow(
    /engineer-1 resolved this ticket/,
  );
  expect(act(resolved, { action: 'verify' }, context({ who: 'supervisor-1' })).state).toBe('verified');
});

test('when nobody else may verify, the one who resolved it does, and the record shows it', () => {
  const verified = act(
    ticketIn('resolved'),
    { action: 'verify' },
    context({ who: 'engineer-1', othersMayVerify: false }),
  );
  expect(verified.steps.slice(-2).map((step) => [step.action, step.who])).toEqual([
    ['resolve', 'engineer-1'],
    ['verify', 'engineer-1'],
  ]);
});

test('a reopened ticket that nobody was sent to is registered again', () => {
  const { assignee: _, ...ticket } = ticketIn('resolved');
  expect(act(ticket, { action: 'reopen' }, context()).state).toBe('registered');
});

test('an overdue step tells the department head, then the deputy general manager, then nobody', () => {
  let ticket = ticketIn('dispatched');
  const dueAt = start + 5 * min;
  expect(escalatesAt(ticket, limits)).toBe(dueAt);

  ticket = act(ticket, { action: 'escalate' }, context({ now: dueAt, who: 'gateway' }));
  expect(ticket).toMatchObject({ state: 'dispatched', escalation: 1, dueAt });
  expect(ticket.steps.at(-1)).toMatchObject({ action: 'escalate', escalation: 1, who: 'gateway' });
  expect(escalatesAt(ticket, limits)).toBe(dueAt + limits.escalateMs('water', 1));

  ticket = act(ticket, { action: 'escalate' }, context({ now: dueAt + 5 * min }));
  expect(ticket.escalation).toBe(2);
  expect(escalatesAt(ticket, limits)).toBeNull();
  expect(act(ticket, { action: 'escalate' }, context())).toEqual(ticket);
});

test('a step taken late keeps the level reached; the next step has its own time', () => {
  const escalated = act(ticketIn('dispatched'), { action: 'escalate' }, context({ now: start + 5 * min }));
  const accepted = act(escalated, { action: 'accept' }, context({ now: start + 7 * min }));
  expect(accepted.escalation).toBe(1);
  expect(escalatesAt(accepted, limits)).toBe(start + 17 * min);
});

test('a comment does not put off the escalation', () => {
  const escalated = act(ticketIn('dispatched'), { action: 'escalate' }, context({ now: start + 5 * min }));
  const commented = act(
    escalated,
    { action: 'comment' },
    context({ now: start + 8 * min, comment: '在路上' }),
  );
  expect(escalatesAt(commented, limits)).toBe(escalatesAt(escalated, limits));
});

test('reopening starts at the first level again', () => {
  const escalated = act(ticketIn('resolved'), { action: 'escalate' }, context());
  expect(act(escalated, { action: 'reopen' }, context()).escalation).toBe(0);
});
