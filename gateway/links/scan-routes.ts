import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import { scanSchema, scanStartSchema } from '../contract/scan.ts';
import type { Routes } from '../store/operate.ts';
import type { Scans } from './scans.ts';

/** `/links/:id/scan`: what is on a line. */
export function scanRoutes(scans: Scans): Routes {
  const tags = ['devices'];
  const params = z.object({ id: keySchema });
  return async (app) => {
    app.post(
      '/links/:id/scan',
      {
        config: { permission: 'integrate' },
        schema: {
          tags,
          summary:
            'Look for what is on a line, between the polls of its devices, or for the door controllers of a network; without a body for what the link is for',
          params,
          body: scanStartSchema.nullish(),
          response: { 202: scanSchema },
        },
      },
      async (request, reply) => {
        const { newLink, ...wanted } = request.body ?? {};
        const asked = 'protocol' in wanted ? wanted : undefined;
        const guest = newLink && { link: newLink, actor: request.actor };
        return reply.code(202).send(scans.start(request.params.id, asked, guest));
      },
    );

    app.get(
      '/links/:id/scan',
      {
        config: { permission: 'integrate' },
        schema: {
          tags,
          summary: 'How far the scan of a link is, and what it has found; the last one when none runs',
          params,
          response: { 200: scanSchema },
        },
      },
      async (request) => scans.progress(request.params.id),
    );

    app.delete(
      '/links/:id/scan',
      {
        config: { permission: 'integrate' },
        schema: {
          tags,
          summary: 'Stop the scan of a link; what was found stays',
          params,
          response: { 200: scanSchema },
        },
      },
      async (request) => scans.stop(request.params.id),
    );
  };
}
