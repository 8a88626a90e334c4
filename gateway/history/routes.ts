import { z } from 'zod';
import { pointValueSchema, qualitySchema } from '../contract/reading.ts';
import { fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import type { History } from './history.ts';
import { mostRows } from './store.ts';

const longestMs = 366 * 86_400_000;

/** Telemetry of one point over time. */
export function historyRoutes(deps: { history: History }): Routes {
  return async (app) => {
    app.get(
      '/history',
      {
        config: { permission: 'history.read' },
        schema: {
          summary: 'Readings of one point, oldest first',
          tags: ['history'],
          querystring: z.object({
            /** `device.point` */
            point: z.string().regex(/^[a-z0-9-]+\.[A-Za-z0-9]+$/, 'write device.point, such as tank-1.level'),
            from: z.coerce.number().int(),
            to: z.coerce.number().int(),
            /** Milliseconds per row; numbers are averaged, with min, max and count. From an hour on it is rounded up to whole hours. */
            resolution: z.coerce.number().int().min(1).optional(),
          }),
          response: {
            200: z.object({
              items: z.array(
                z.object({
                  at: z.number(),
                  value: pointValueSchema,
                  quality: qualitySchema,
                  min: z.number().optional(),
                  max: z.number().optional(),
                  count: z.number().optional(),
                }),
              ),
              next: z.null(),
            }),
          },
        },
      },
      async (request) => {
        const { point, from, to, resolution } = request.query;
        if (to < from || to - from > longestMs)
          throw fault('request.invalid', `from ${from} to ${to} is no span of at most 366 days`);
        const dot = point.indexOf('.');
        const items = await deps.history.query(
          point.slice(0, dot),
          point.slice(dot + 1),
          from,
          to,
          resolution,
        );
        if (items.length > mostRows)
          throw fault(
            'request.invalid',
            `more than ${mostRows} rows: ask for a shorter span, or give resolution in ms, or a longer one`,
          );
        return { items, next: null };
      },
    );
  };
}
