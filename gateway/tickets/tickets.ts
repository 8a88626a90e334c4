import type { Alarm } from '../contract/alarm.ts';
import type { Change } from '../contract/live.ts';
import type { Category, Priority } from '../contract/names.ts';
import type { Ticket } from '../contract/ticket.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { TicketLimits } from './limits.ts';
import { act, escalatesAt, register, type TicketAct, type TicketContext } from './machine.ts';
import { type KeptTicket, readOpenTickets, writeTicket } from './store.ts';

/** What somebody asks for when opening a ticket; by hand a title is enough, from an alarm nothing is needed. */
export interface TicketRequest {
  /** A client-made UUIDv7: repeating the request with it opens nothing more. */
  id?: string;
  title: string;
  assignee?: string;
  description?: string;
  category?: Category;
  priority?: Priority;
  area?: string;
  device?: string;
  household?: string;
  comment?: string;
}

export interface Tickets {
  load(): Promise<void>;
  /**
   * @param stored what the database holds under the request's id when it is not among the open ones
   * @throws id.conflict when the id stands for another request
   */
  open(turn: Turn, request: TicketRequest, stored?: KeptTicket): Ticket;
  /** Links both ways. An alarm has at most one open ticket: a second call answers that one. */
  openForAlarm(turn: Turn, alarm: Alarm, request?: Partial<TicketRequest>, stored?: KeptTicket): Ticket;
  /**
   * @param stored the ticket as the database holds it when it is not among the open ones: it is closed
   * @throws not.found, state.conflict
   */
  act(turn: Turn, id: string, what: TicketAct, comment: string | null, stored?: KeptTicket): Ticket;
  /** The step that a ticket waits for is overdue, or the next level of escalation is. */
  onTimer(turn: Turn, name: string): void;
  /** The wall clock was stepped by `deltaMs`: running deadlines, whose timers have been moved already, keep what is left of them. */
  onClockStep(turn: Turn, deltaMs: number): void;
  /** Open tickets as API readers see them. */
  readonly committed: ReadonlyMap<string, KeptTicket>;
  snapshot(): Change[];
}

const audited = {
  dispatch: 'ticket.dispatched',
  accept: 'ticket.accepted',
  arrive: 'ticket.arrived',
  resolve: 'ticket.resolved',
  verify: 'ticket.verified',
  close: 'ticket.closed',
  reopen: 'ticket.reopened',
  comment: 'ticket.commented',
  escalate: 'ticket.escalated',
} as const satisfies Record<TicketAct['action'], string>;

/**
 * @param deps.linkTicket writes the ticket's id into the alarm, as one of its transitions
 * @param deps.othersMayVerify whether an enabled user other than `who` has the right to verify
 */
export function createTickets(deps: {
  memory: Memory;
  query: Query;
  limits: TicketLimits;
  linkTicket(turn: Turn, alarmId: string, ticketId: string): void;
  othersMayVerify(who: string): boolean;
}): Tickets {
  const { limits } = deps;
  const open = deps.memory.table<KeptTicket>('tickets');
  /** Alarm → its open ticket. */
  const ofAlarm = deps.memory.table<string>('tickets-of-alarms');

  function contextOf(turn: Turn, comment: string | null): TicketContext {
    const who = turn.actor?.who ?? 'gateway';
    return { now: turn.now, who, comment, limits, othersMayVerify: deps.othersMayVerify(who) };
  }

  function keep(turn: Turn, kept: KeptTicket): void {
    const { ticket } = kept;
    const isOpen = ticket.state !== 'closed';
    open.set(ticket.id, isOpen ? kept : undefined);
    if (ticket.alarm !== undefined) {
      if (isOpen) ofAlarm.set(ticket.alarm, ticket.id);
      else if (ofAlarm.get(ticket.alarm) === ticket.id) ofAlarm.set(ticket.alarm, undefined);
    }
    writeTicket(turn, kept);
    turn.change('tickets', ticket.id, isOpen ? ticket : null);
  }

  /** SLA clocks run on monotonic time: a step of the wall clock neither calls the manager nor spares anybody. */
  function setTimer(turn: Turn, ticket: Ticket): void {
    const at = escalatesAt(ticket, limits);
    if (at === null) turn.clearTimer('tickets', ticket.id);
    else turn.timer('tickets', ticket.id, at, 'duration');
  }

  function create(turn: Turn, request: TicketRequest, alarm?: string, stored?: KeptTicket): Ticket {
    const { id: asked, comment, ...fields } = request;
    const body = asked === undefined ? null : JSON.stringify({ ...fields, comment, alarm });
    const taken = asked === undefined ? undefined : (open.get(asked) ?? stored);
    if (taken) {
      if (taken.request === body) return taken.ticket;
      throw fault('id.conflict', `ticket ${asked} was opened with another content; draw a new id`);
    }
    const id = asked ?? turn.id();
    const ticket = register(
      { category: 'system', priority: 3, ...fields, id, ...(alarm === undefined ? {} : { alarm }) },
      contextOf(turn, comment ?? null),
    );
    keep(turn, { ticket, request: body });
    setTimer(turn, ticket);
    if (turn.actor)
      turn.audit({
        action: 'ticket.opened',
        subject: `ticket:${id}`,
        detail: { title: ticket.title, assignee: ticket.assignee ?? null, alarm: alarm ?? null },
      });
    return ticket;
  }

  return {
    async load() {
      for (const kept of await readOpenTickets(deps.query)) {
        open.load(kept.ticket.id, kept);
        if (kept.ticket.alarm !== undefined) ofAlarm.load(kept.ticket.alarm, kept.ticket.id);
      }
    },
    open: (turn, request, stored) => create(turn, request, undefined, stored),
    openForAlarm(turn, alarm, request = {}, stored) {
      const running = open.get(ofAlarm.get(alarm.id) ?? '');
      if (running) return running.ticket;
      const ticket = create(
        turn,
        {
          title: `${alarm.title.zh} · ${alarm.deviceName}`,
          category: alarm.category,
          priority: alarm.priority,
          area: alarm.area,
          device: alarm.device,
          household: alarm.household,
          ...request,
        },
        alarm.id,
        stored,
      );
      deps.linkTicket(turn, alarm.id, ticket.id);
      return ticket;
    },
    act(turn, id, what, comment, stored) {
      const kept = open.get(id) ?? stored;
      if (!kept) throw fault('not.found', `there is no ticket ${id}`);
      if (what.action === 'comment' && what.id !== undefined) {
        const said = kept.ticket.steps.find((step) => step.id === what.id);
        if (said?.comment === comment) return kept.ticket;
        if (said) throw fault('id.conflict', `comment ${what.id} says something else; draw a new id`);
      }
      const ticket = act(kept.ticket, what, contextOf(turn, comment));
      keep(turn, { ...kept, ticket });
      if (what.action !== 'comment') setTimer(turn, ticket);
      turn.audit({ action: audited[what.action], subject: `ticket:${id}`, detail: { comment } });
      return ticket;
    },
    onTimer(turn, name) {
      const kept = open.get(name);
      if (!kept || escalatesAt(kept.ticket, limits) === null) return;
      const ticket = act(kept.ticket, { action: 'escalate' }, contextOf(turn, null));
      keep(turn, { ...kept, ticket });
      setTimer(turn, ticket);
    },
    onClockStep(turn, deltaMs) {
      for (const kept of [...open.values()]) {
        const { ticket } = kept;
        // One that had passed before is a fact of the record.
        if (ticket.dueAt === undefined || ticket.dueAt <= turn.now - deltaMs) continue;
        keep(turn, { ...kept, ticket: { ...ticket, dueAt: ticket.dueAt + deltaMs } });
      }
    },
    committed: open.committed,
    snapshot: () =>
      [...open.committed.values()].map(({ ticket }) => ({
        entity: 'tickets',
        id: ticket.id,
        data: ticket,
      })),
  };
}
