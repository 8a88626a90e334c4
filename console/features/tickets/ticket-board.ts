import type { Priority } from '../../../gateway/contract/names.ts';
import type { Permission } from '../../../gateway/contract/permissions.ts';
import type { Ticket, TicketState, TicketStep } from '../../../gateway/contract/ticket.ts';

/** The columns of the board, in the order in which a ticket walks through them. */
export const openStates = [
  'registered',
  'dispatched',
  'accepted',
  'on-site',
  'resolved',
  'verified',
] as const;
export const allStates: readonly TicketState[] = [...openStates, 'closed'];

export type TicketAction = 'dispatch' | 'accept' | 'arrive' | 'resolve' | 'verify' | 'close' | 'reopen';

/** What can be done in each state, the next step first; as gateway/tickets/machine.ts allows it. */
const actions: Record<TicketState, readonly TicketAction[]> = {
  registered: ['dispatch'],
  dispatched: ['accept', 'dispatch'],
  accepted: ['arrive', 'dispatch'],
  'on-site': ['resolve', 'dispatch'],
  resolved: ['verify', 'reopen'],
  verified: ['close', 'reopen'],
  closed: ['reopen'],
};

export const actionPermission: Record<TicketAction, Permission> = {
  dispatch: 'tickets.write',
  accept: 'tickets.write',
  arrive: 'tickets.write',
  resolve: 'tickets.write',
  verify: 'tickets.verify',
  close: 'tickets.write',
  reopen: 'tickets.write',
};

/** What this user may do to a ticket now; the gateway decides anyway. */
export function actionsOf(state: TicketState, can: (permission: Permission) => boolean): TicketAction[] {
  return actions[state].filter((action) => can(actionPermission[action]));
}

/** The step that a ticket in this state waits for, which its time limit is about. */
export function awaited(state: TicketState): TicketAction | null {
  return state === 'closed' ? null : (actions[state][0] ?? null);
}

/** What is due first comes first; what has no limit comes last, the more urgent and the older before. */
export function compareTickets(a: Ticket, b: Ticket): number {
  const due = (ticket: Ticket) => ticket.dueAt ?? Number.POSITIVE_INFINITY;
  const dueA = due(a);
  const dueB = due(b);
  if (dueA !== dueB) return dueA - dueB;
  return a.priority - b.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Whether every word is somewhere in what a card shows. */
export function matchesText(ticket: Ticket, text: string, names: readonly (string | undefined)[]): boolean {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const shown = [ticket.title, ticket.assignee, ticket.description, ...names].join(' ').toLocaleLowerCase();
  return words.every((word) => shown.includes(word));
}

export type Board = Record<(typeof openStates)[number], Ticket[]>;

export function boardOf(tickets: readonly Ticket[]): Board {
  const board: Board = {
    registered: [],
    dispatched: [],
    accepted: [],
    'on-site': [],
    resolved: [],
    verified: [],
  };
  for (const ticket of tickets) if (ticket.state !== 'closed') board[ticket.state].push(ticket);
  for (const state of openStates) board[state].sort(compareTickets);
  return board;
}

/** The card that an arrow key leads to; within a column up and down, else to the same height of the next column that has any. */
export function cardBeside(
  board: Board,
  selected: string | null,
  key: 'up' | 'down' | 'left' | 'right',
): string | undefined {
  const columns = openStates.map((state) => board[state]);
  const column = columns.findIndex((cards) => cards.some(({ id }) => id === selected));
  if (column === -1) return columns.find((cards) => cards.length > 0)?.[0]?.id;
  const cards = columns[column] ?? [];
  const row = cards.findIndex(({ id }) => id === selected);
  if (key === 'up') return cards[row - 1]?.id;
  if (key === 'down') return cards[row + 1]?.id;
  const by = key === 'left' ? -1 : 1;
  for (let next = column + by; next >= 0 && next < columns.length; next += by) {
    const there = columns[next] ?? [];
    if (there.length > 0) return there[Math.min(row, there.length - 1)]?.id;
  }
  return undefined;
}

/** When a ticket came into each state it has been in since it was last reopened; for the line of steps. */
export function reachedAt(steps: readonly TicketStep[]): Map<TicketState, number> {
  const reached = new Map<TicketState, number>();
  for (const { action, to, at } of steps) {
    if (action === 'comment' || action === 'escalate') continue;
    if (action === 'reopen') {
      for (const state of allStates)
        if (allStates.indexOf(state) > allStates.indexOf(to)) reached.delete(state);
    }
    // Sent to somebody else: what the one before had done no longer counts.
    if (action === 'dispatch') for (const state of ['accepted', 'on-site'] as const) reached.delete(state);
    reached.set(to, at);
  }
  return reached;
}

/** The levels that have been told, each with when (三级: receiver, department head, deputy general manager). */
export function escalations(steps: readonly TicketStep[]): { level: number; at: number }[] {
  return steps.flatMap(({ action, escalation, at }) =>
    action === 'escalate' && escalation !== undefined ? [{ level: escalation, at }] : [],
  );
}

export const priorityList: readonly Priority[] = [1, 2, 3, 4];
