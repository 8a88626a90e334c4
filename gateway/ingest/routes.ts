import { z } from 'zod';
import { eventSchema } from '../contract/event.ts';
import { recordIdSchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { type EventRow, eventOf } from './events.ts';

export const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** The `next` of the page before. */
  cursor: recordIdSchema.optional(),
});

/** Stored events, newest first. */
export function ingestRoutes(deps: { query: Query }): Routes {
  return async (app) => {
    app.get(
      '/events',
      {
        config: { permission: 'events.read' },
        schema: {
          summary: 'Stored events, newest first',
          tags: ['events'],
          querystring: pageSchema.extend({
            device: z.string().optional(),
            type: z.string().optional(),
            from: z.coerce.number().int().optional(),
            to: z.coerce.number().int().optional(),
          }),
          response: { 200: z.object({ items: z.array(eventSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { device, type, from, to, limit, cursor } = request.query;
        const where = ['1'];
        const params: (string | number)[] = [];
        const add = (condition: string, value: string | number | undefined) => {
          if (value === undefined) return;
          where.push(condition);
          params.push(value);
        };
        add('device = ?', device);
        add('type = ?', type);
        add('occurred_at >= ?', from);
        add('occurred_at <= ?', to);
        add('id < ?', cursor);
        const rows = await deps.query<EventRow>(
          `SELECT * FROM event WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
          ...params,
          limit + 1,
        );
        return {
          items: rows.slice(0, limit).map(eventOf),
          next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
        };
      },
    );
  };
}
