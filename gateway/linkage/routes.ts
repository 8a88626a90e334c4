import { z } from 'zod';
import { linkageRunSchema } from '../contract/linkage-run.ts';
import { recordIdSchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { findRuns } from './store.ts';

/** What linkages did on account of an alarm. */
export function linkageRoutes(deps: { query: Query }): Routes {
  return async (app) => {
    app.get(
      '/alarms/:id/linkages',
      {
        config: { permission: 'alarms.read' },
        schema: {
          summary: 'Actions that linkages asked for on account of an alarm, each confirmed or not, and why',
          tags: ['alarms'],
          params: z.object({ id: recordIdSchema }),
          response: { 200: z.object({ items: z.array(linkageRunSchema), next: z.null() }) },
        },
      },
      async (request) => ({ items: await findRuns(deps.query, request.params.id), next: null }),
    );
  };
}
