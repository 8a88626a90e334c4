import { z } from 'zod';
import { auditLineSchema } from '../contract/account.ts';
import { timeSchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import type { Audit } from './audit.ts';

const querySchema = z.strictObject({
  who: z.string().optional(),
  action: z.string().optional(),
  subject: z.string().optional(),
  from: z.coerce.number().pipe(timeSchema).optional(),
  to: z.coerce.number().pipe(timeSchema).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.coerce.number().int().min(1).optional(),
});

export function auditRoutes(audit: Audit): Routes {
  return async (app) => {
    app.get(
      '/audit',
      {
        config: { permission: 'audit.read' },
        schema: {
          tags: ['audit'],
          summary: 'Who did what and when, newest first',
          querystring: querySchema,
          response: { 200: z.object({ items: z.array(auditLineSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { limit, cursor, ...filter } = request.query;
        const items = await audit.list(filter, cursor, limit);
        const last = items.at(-1);
        return { items, next: last && items.length === limit ? String(last.seq) : null };
      },
    );
  };
}
