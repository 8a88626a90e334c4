import { z } from 'zod';
import type { Alarm } from '../contract/alarm.ts';
import { categorySchema, keySchema, prioritySchema, recordIdSchema } from '../contract/names.ts';
import type { Permission } from '../contract/permissions.ts';
import { type Ticket, ticketSchema, ticketStateSchema } from '../contract/ticket.ts';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { readTicket, readTickets } from './store.ts';
import type { Tickets } from './tickets.ts';

const commentSchema = z.string().trim().min(1).max(2_000);
const assigneeSchema = z.string().trim().min(1).max(120);
const idParams = z.object({ id: recordIdSchema });

const openSchema = z.strictObject({
  id: recordIdSchema
    .optional()
    .describe('Made by the client: repeating the request with it opens nothing more'),
  title: z.string().trim().min(1).max(200),
  assignee: assigneeSchema.optional().describe('Who is sent; the ticket is dispatched at once'),
  description: z.string().max(10_000).optional(),
  category: categorySchema.optional(),
  priority: prioritySchema.optional(),
  area: keySchema.optional(),
  device: keySchema.optional(),
  household: keySchema.optional(),
  comment: commentSchema.optional(),
});

/** Steps that need nothing but, perhaps, a word. */
const steps: {
  action: 'accept' | 'arrive' | 'resolve' | 'verify' | 'close' | 'reopen';
  summary: string;
  permission: Permission;
}[] = [
  { action: 'accept', summary: 'The one it was sent to says yes', permission: 'tickets.write' },
  { action: 'arrive', summary: 'Somebody is on site', permission: 'tickets.write' },
  { action: 'resolve', summary: 'The matter is dealt with', permission: 'tickets.write' },
  {
    action: 'verify',
    summary: 'The caller confirms it (回访); by another than who resolved it',
    permission: 'tickets.verify',
  },
  { action: 'close', summary: 'Nothing is left to do', permission: 'tickets.write' },
  { action: 'reopen', summary: 'It was not solved: back to whom it was sent', permission: 'tickets.write' },
];

/** A step needs no word: a body may be left out altogether. */
const wordSchema = z
  .strictObject({ comment: commentSchema.optional() })
  .nullish()
  .transform((body) => body ?? {});

/** Registers `/tickets` and `POST /alarms/{id}/ticket`. `findAlarm` also finds closed alarms. */
export function ticketRoutes(deps: {
  operate: Operate;
  query: Query;
  tickets: Tickets;
  findAlarm(id: string): Promise<Alarm | undefined>;
}): Routes {
  const { tickets, operate, query } = deps;

  /** Open tickets are in memory; only a closed or unknown one costs a query. */
  const stored = async (id: string | undefined) =>
    id === undefined || tickets.committed.has(id) ? undefined : readTicket(query, id);

  return async (app) => {
    app.get(
      '/tickets',
      {
        config: { permission: 'tickets.read' },
        schema: {
          summary: 'Tickets, newest first; state=open is all that are not closed',
          tags: ['tickets'],
          querystring: z.object({
            state: z.union([z.literal('open'), ticketStateSchema]).optional(),
            alarm: recordIdSchema.optional(),
            assignee: z.string().optional(),
            limit: z.coerce.number().int().min(1).max(500).default(100),
            cursor: recordIdSchema.optional().describe('`next` of the page before'),
          }),
          response: { 200: z.object({ items: z.array(ticketSchema), next: recordIdSchema.nullable() }) },
        },
      },
      async (request) => {
        const { state, alarm, assignee, limit, cursor } = request.query;
        const items =
          state === 'open'
            ? openTickets({ alarm, assignee, cursor }).slice(0, limit + 1)
            : await readTickets(query, { state, alarm, assignee }, limit, cursor);
        const page = items.slice(0, limit);
        return { items: page, next: items.length > limit ? (page.at(-1)?.id ?? null) : null };
      },
    );

    function openTickets(filter: { alarm?: string; assignee?: string; cursor?: string }): Ticket[] {
      return [...tickets.committed.values()]
        .map(({ ticket }) => ticket)
        .filter(
          (ticket) =>
            (filter.alarm === undefined || ticket.alarm === filter.alarm) &&
            (filter.assignee === undefined || ticket.assignee === filter.assignee) &&
            (filter.cursor === undefined || ticket.id < filter.cursor),
        )
        .sort((a, b) => (a.id < b.id ? 1 : -1));
    }

    app.get(
      '/tickets/:id',
      {
        config: { permission: 'tickets.read' },
        schema: {
          summary: 'One ticket with all its steps',
          tags: ['tickets'],
          params: idParams,
          response: { 200: ticketSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const kept = tickets.committed.get(id) ?? (await readTicket(query, id));
        if (!kept) throw fault('not.found', `there is no ticket ${id}`);
        return kept.ticket;
      },
    );

    app.post(
      '/tickets',
      {
        config: { permission: 'tickets.write' },
        schema: {
          summary: 'Register a matter; a title and an assignee suffice',
          tags: ['tickets'],
          body: openSchema,
          response: { 201: ticketSchema },
        },
      },
      async (request, reply) => {
        const before = await stored(request.body.id);
        const ticket = await operate('tickets.open', request.actor, (turn) =>
          tickets.open(turn, request.body, before),
        );
        return reply.code(201).send(ticket);
      },
    );

    app.post(
      '/alarms/:id/ticket',
      {
        config: { permission: 'tickets.write' },
        schema: {
          summary: 'Open the ticket of an alarm, linked both ways; answers the open one if there is one',
          tags: ['alarms', 'tickets'],
          params: idParams,
          body: openSchema
            .partial()
            .nullish()
            .transform((body) => body ?? {}),
          response: { 201: ticketSchema },
        },
      },
      async (request, reply) => {
        const alarm = await deps.findAlarm(request.params.id);
        if (!alarm) throw fault('not.found', `there is no alarm ${request.params.id}`);
        const before = await stored(request.body.id);
        const ticket = await operate('tickets.open', request.actor, (turn) =>
          tickets.openForAlarm(turn, alarm, request.body, before),
        );
        return reply.code(201).send(ticket);
      },
    );

    app.post(
      '/tickets/:id/dispatch',
      {
        config: { permission: 'tickets.write' },
        schema: {
          summary: 'Send somebody, or somebody else',
          tags: ['tickets'],
          params: idParams,
          body: z.strictObject({ assignee: assigneeSchema, comment: commentSchema.optional() }),
          response: { 200: ticketSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { assignee, comment } = request.body;
        const before = await stored(id);
        return operate('tickets.dispatch', request.actor, (turn) =>
          tickets.act(turn, id, { action: 'dispatch', assignee }, comment ?? null, before),
        );
      },
    );

    for (const { action, summary, permission } of steps)
      app.post(
        `/tickets/:id/${action}`,
        {
          config: { permission },
          schema: {
            summary,
            tags: ['tickets'],
            params: idParams,
            body: wordSchema,
            response: { 200: ticketSchema },
          },
        },
        async (request) => {
          const { id } = request.params;
          const before = await stored(id);
          return operate(`tickets.${action}`, request.actor, (turn) =>
            tickets.act(turn, id, { action }, request.body.comment ?? null, before),
          );
        },
      );

    app.post(
      '/tickets/:id/comment',
      {
        config: { permission: 'tickets.write' },
        schema: {
          summary: 'Add a word to a ticket, also to a closed one',
          tags: ['tickets'],
          params: idParams,
          body: z.strictObject({ id: recordIdSchema.optional(), comment: commentSchema }),
          response: { 200: ticketSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const before = await stored(id);
        return operate('tickets.comment', request.actor, (turn) =>
          tickets.act(turn, id, { action: 'comment', id: request.body.id }, request.body.comment, before),
        );
      },
    );
  };
}
