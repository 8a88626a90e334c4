import type { Ticket, TicketState, TicketStep } from '../contract/ticket.ts';
import { fault } from '../lib/errors.ts';
import type { TicketLimits } from './limits.ts';

/** What can be done to a ticket. `escalate` is the clock's; all others are people's. */
export type TicketAct =
  | { action: 'dispatch'; assignee: string }
  | { action: 'comment'; id?: string }
  | { action: 'accept' | 'arrive' | 'resolve' | 'verify' | 'close' | 'reopen' | 'escalate' };

export interface TicketContext {
  now: number;
  who: string;
  comment: string | null;
  limits: TicketLimits;
  /** Whether anybody but `who` could verify, so that the one who resolved it must leave it to them. */
  othersMayVerify: boolean;
}

const anyState: readonly TicketState[] = [
  'registered',
  'dispatched',
  'accepted',
  'on-site',
  'resolved',
  'verified',
  'closed',
];

/** From where each act is possible, and where it leads; `null`: it stays where it is. */
const table: Record<TicketAct['action'], { from: readonly TicketState[]; to: TicketState | null }> = {
  dispatch: { from: ['registered', 'dispatched', 'accepted', 'on-site'], to: 'dispatched' },
  accept: { from: ['dispatched'], to: 'accepted' },
  arrive: { from: ['accepted'], to: 'on-site' },
  resolve: { from: ['on-site'], to: 'resolved' },
  verify: { from: ['resolved'], to: 'verified' },
  close: { from: ['verified'], to: 'closed' },
  reopen: { from: ['resolved', 'verified', 'closed'], to: 'registered' },
  escalate: { from: ['registered', 'dispatched', 'accepted', 'on-site', 'resolved', 'verified'], to: null },
  comment: { from: anyState, to: null },
};

export const highestEscalation = 2;

/** A ticket at its birth: registered, and dispatched at once when somebody is named. */
export function register(
  fields: Omit<Ticket, 'state' | 'createdAt' | 'createdBy' | 'dueAt' | 'escalation' | 'steps'>,
  context: TicketContext,
): Ticket {
  const { assignee, ...rest } = fields;
  const { now, who, comment } = context;
  const ticket = due(
    {
      ...rest,
      state: 'registered',
      createdAt: now,
      createdBy: who,
      escalation: 0,
      steps: [{ at: now, action: 'register', from: null, to: 'registered', who, comment }],
    },
    context,
  );
  return assignee === undefined
    ? ticket
    : act(ticket, { action: 'dispatch', assignee }, { ...context, comment: null });
}

/**
 * One act on a ticket. Every one leaves a step with who, when and why.
 * @throws state.conflict when its state does not allow it, or when the one who resolved it wants to verify it and need not
 */
export function act(ticket: Ticket, what: TicketAct, context: TicketContext): Ticket {
  const { from, to } = table[what.action];
  if (!from.includes(ticket.state))
    throw fault(
      'state.conflict',
      `the ticket is ${ticket.state}; ${what.action} is possible when it is ${from.join(' or ')}`,
    );
  const { now, who, comment } = context;
  const step: TicketStep = {
    at: now,
    action: what.action,
    from: ticket.state,
    to: to ?? ticket.state,
    who,
    comment,
  };

  switch (what.action) {
    case 'comment':
      return { ...ticket, steps: [...ticket.steps, what.id === undefined ? step : { ...step, id: what.id }] };
    case 'escalate': {
      const level = ticket.escalation + 1;
      if (level > highestEscalation) return ticket;
      return { ...ticket, escalation: level, steps: [...ticket.steps, { ...step, escalation: level }] };
    }
    case 'dispatch':
      return due(
        {
          ...ticket,
          state: 'dispatched',
          assignee: what.assignee,
          steps: [...ticket.steps, { ...step, assignee: what.assignee }],
        },
        context,
      );
    case 'reopen': {
      // Somebody was named already: it goes back to them, and they have to accept it anew.
      const state = ticket.assignee === undefined ? 'registered' : 'dispatched';
      return due(
        { ...ticket, state, escalation: 0, steps: [...ticket.steps, { ...step, to: state }] },
        context,
      );
    }
    case 'verify':
      if (context.othersMayVerify && resolverOf(ticket) === who)
        throw fault(
          'state.conflict',
          `${who} resolved this ticket; the verification call is for somebody else who may verify`,
        );
      break;
    case 'accept':
    case 'arrive':
    case 'resolve':
    case 'close':
      break;
  }
  return due({ ...ticket, state: step.to, steps: [...ticket.steps, step] }, context);
}

/** When the clock acts next: at the due time, then once per level until the highest has been told (三级). UTC ms. */
export function escalatesAt(ticket: Ticket, limits: TicketLimits): number | null {
  if (ticket.dueAt === undefined || ticket.escalation >= highestEscalation) return null;
  const told = ticket.steps.findLast((step) => step.action !== 'comment');
  return told?.action === 'escalate'
    ? told.at + limits.escalateMs(ticket.category, ticket.priority)
    : ticket.dueAt;
}

/** Who resolved it last. */
export function resolverOf(ticket: Ticket): string | undefined {
  return ticket.steps.findLast((step) => step.action === 'resolve')?.who;
}

function due(ticket: Ticket, { now, limits }: TicketContext): Ticket {
  const limitMs = limits.stepMs(ticket.category, ticket.priority, ticket.state);
  const { dueAt: _, ...rest } = ticket;
  return limitMs === null ? rest : { ...rest, dueAt: now + limitMs };
}
