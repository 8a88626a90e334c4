import { z } from 'zod';
import { accessEventSchema, doorStateSchema } from '../contract/access.ts';
import { commandSchema } from '../contract/command.ts';
import { keySchema, recordIdSchema } from '../contract/names.ts';
import { normaliseTag } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Access } from './access.ts';
import { readAccessEvents } from './store.ts';

const tags = ['access'];

export function accessRoutes(deps: { operate: Operate; query: Query; access: Access }): Routes {
  const { operate, query, access } = deps;
  return async (app) => {
    app.get(
      '/access/doors',
      {
        config: { permission: 'access.read' },
        schema: {
          summary: 'All doors and their states',
          tags,
          response: { 200: z.object({ items: z.array(doorStateSchema), next: z.null() }) },
        },
      },
      async () => ({ items: access.doors(), next: null }),
    );

    app.get(
      '/access/doors/:id',
      {
        config: { permission: 'access.read' },
        schema: {
          summary: 'One door',
          tags,
          params: z.object({ id: keySchema }),
          response: { 200: doorStateSchema },
        },
      },
      async (request) => {
        const door = access.doors().find((one) => one.id === request.params.id);
        if (!door) throw fault('not.found', `there is no door ${request.params.id}`);
        return door;
      },
    );

    app.get(
      '/access/events',
      {
        config: { permission: 'access.read' },
        schema: {
          summary: 'The access log, newest first by when it happened',
          tags,
          querystring: z.object({
            door: keySchema.optional(),
            person: keySchema.optional(),
            card: z
              .string()
              .max(64)
              .transform((text) => normaliseTag(text))
              .optional()
              .describe('In any spelling'),
            type: accessEventSchema.shape.type.optional(),
            from: z.coerce.number().int().optional().describe('UTC ms'),
            to: z.coerce.number().int().optional().describe('UTC ms'),
            limit: z.coerce.number().int().min(1).max(500).default(100),
            cursor: z
              .string()
              .regex(/^\d{1,15}\.[0-9a-f-]{36}$/)
              .transform((text) => ({ at: Number(text.split('.')[0]), id: text.split('.')[1] ?? '' }))
              .optional()
              .describe('`next` of the page before'),
          }),
          response: { 200: z.object({ items: z.array(accessEventSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { limit, cursor, ...filter } = request.query;
        const events = await readAccessEvents(query, filter, limit, cursor);
        const items = events.slice(0, limit);
        const last = items.at(-1);
        return { items, next: events.length > limit && last ? `${last.occurredAt}.${last.id}` : null };
      },
    );

    app.post(
      '/access/doors/:id/open',
      {
        config: { permission: 'devices.command' },
        schema: {
          summary: 'Open a door from here; the answer is the command, follow it until it is confirmed',
          tags,
          params: z.object({ id: keySchema }),
          body: z.strictObject({
            id: recordIdSchema.optional().describe('Made by the client: repeating it opens once'),
            reason: z.string().trim().min(1).max(500),
          }),
          response: { 202: commandSchema },
        },
      },
      async (request, reply) => {
        const command = await operate('access.open', request.actor, (turn) =>
          access.open(turn, request.params.id, request.body),
        );
        return reply.code(202).send(command);
      },
    );
  };
}
