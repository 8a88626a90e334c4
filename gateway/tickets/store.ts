import type { Ticket } from '../contract/ticket.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

export const ticketStatements: Statements = {
  upsert: `INSERT INTO ticket (id, state, alarm, closed_at, request, doc) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET state = excluded.state, alarm = excluded.alarm,
             closed_at = excluded.closed_at, doc = excluded.doc`,
};

/** A ticket with what its client asked, when the client made the id. */
export interface KeptTicket {
  ticket: Ticket;
  request: string | null;
}

interface TicketRow {
  doc: string;
  request: string | null;
}

const ofRow = (row: TicketRow): KeptTicket => ({
  ticket: JSON.parse(row.doc) as Ticket,
  request: row.request,
});

export function writeTicket(turn: Turn, { ticket, request }: KeptTicket): void {
  const closedAt = ticket.state === 'closed' ? turn.now : null;
  turn.write(
    'tickets.upsert',
    ticket.id,
    ticket.state,
    ticket.alarm ?? null,
    closedAt,
    request,
    JSON.stringify(ticket),
  );
}

export async function readOpenTickets(query: Query): Promise<KeptTicket[]> {
  const rows = await query<TicketRow>('SELECT doc, request FROM ticket WHERE closed_at IS NULL ORDER BY id');
  return rows.map(ofRow);
}

export async function readTicket(query: Query, id: string): Promise<KeptTicket | undefined> {
  const [row] = await query<TicketRow>('SELECT doc, request FROM ticket WHERE id = ?', id);
  return row && ofRow(row);
}

export interface TicketFilter {
  state?: Ticket['state'];
  alarm?: string;
  assignee?: string;
}

/** A page of all tickets, newest first; one more than `limit`, so that the caller sees whether there is a next page. */
export async function readTickets(
  query: Query,
  filter: TicketFilter,
  limit: number,
  cursor: string | undefined,
): Promise<Ticket[]> {
  const where = ['1'];
  const params: (string | number)[] = [];
  const add = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    params.push(value);
  };
  add('state = ?', filter.state);
  add('alarm = ?', filter.alarm);
  add(`doc ->> '$.assignee' = ?`, filter.assignee);
  add('id < ?', cursor);
  const rows = await query<TicketRow>(
    `SELECT doc, request FROM ticket WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
    ...params,
    limit + 1,
  );
  return rows.map((row) => ofRow(row).ticket);
}
