import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import { asError, fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import type { Site } from './site.ts';

const types: Readonly<Record<string, string>> = { '.svg': 'image/svg+xml', '.png': 'image/png' };
const mostBytes = 16 * 1024 * 1024;

/** `GET /areas/{id}/drawing`: the picture under the plan of an area, from the `plans` folder of the data directory. */
export function drawingRoutes(deps: { site: Site; plansDir: string }): Routes {
  return async (app) => {
    app.get(
      '/areas/:id/drawing',
      {
        config: { permission: 'site.read' },
        schema: {
          tags: ['site'],
          summary: "The drawing of an area's plan, SVG or PNG, as its plan.image names it",
          params: z.object({ id: keySchema }),
          response: { 200: z.any().describe('image/svg+xml or image/png'), 304: z.undefined() },
        },
      },
      async (request, reply) => {
        const area = deps.site.state().docs.areas.get(request.params.id);
        const image = area?.plan?.image;
        if (image === undefined)
          throw fault('not.found', `the area "${request.params.id}" names no drawing (plan.image)`);
        const file = join(deps.plansDir, image);
        const found = await stat(file).catch((error: unknown) => {
          throw fault('not.found', `there is no drawing ${file}; put it there, or correct plan.image`, {
            cause: asError(error),
          });
        });
        if (found.size > mostBytes)
          throw fault(
            'not.found',
            `the drawing ${image} has ${found.size} bytes, more than ${mostBytes} are not shown: make it smaller`,
          );
        const tag = `"${found.size}-${Math.trunc(found.mtimeMs)}"`;
        reply.headers({
          etag: tag,
          'cache-control': 'private, no-cache',
          'x-content-type-options': 'nosniff',
          // An SVG that is opened by itself is a page: it may style itself and do nothing else.
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        });
        if (request.headers['if-none-match'] === tag) return reply.code(304).send();
        return reply.type(types[extname(image)] ?? 'application/octet-stream').send(await readFile(file));
      },
    );
  };
}
