import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import type { Routes } from '../store/operate.ts';

const zip = promisify(gzip);

/** One file to send along with a question. */
export function bundleRoutes(deps: { bundle(): Promise<unknown>; now(): number }): Routes {
  return async (app) => {
    app.get(
      '/diagnostics',
      {
        config: { permission: 'integrate' },
        schema: {
          summary:
            'Version, settings, site, links, device states, dead letters, log and metrics as one file (JSON, gzip), without secrets and private data',
          tags: ['integrate'],
          produces: ['application/gzip'],
          response: { 200: z.any() },
        },
      },
      async (_request, reply) => {
        const file = await zip(JSON.stringify(await deps.bundle()));
        const day = new Date(deps.now()).toISOString().slice(0, 19).replace(/[-:]/g, '');
        return reply
          .type('application/gzip')
          .header('content-disposition', `attachment; filename="gatehouse-diagnostics-${day}.json.gz"`)
          .send(file);
      },
    );
  };
}
