import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import { linkSchema } from '../contract/site.ts';
import type { Operate, Routes } from '../store/operate.ts';
import { page, pageQuery } from './paging.ts';
import type { Site } from './site.ts';

/** `/links`: which there are, a new one, the secrets of bridges. */
export function linkRoutes({ operate, site }: { operate: Operate; site: Site }): Routes {
  const idParams = z.object({ id: keySchema });
  return async (app) => {
    app.get(
      '/links',
      {
        config: { permission: 'devices.read' },
        schema: {
          tags: ['devices'],
          summary: 'Lines and addresses over which devices are reached',
          querystring: pageQuery,
          response: { 200: z.object({ items: z.array(linkSchema), next: keySchema.nullable() }) },
        },
      },
      async (request) => page(site.state().docs.links.values(), request.query),
    );

    app.post(
      '/links',
      {
        config: { permission: 'site.write' },
        schema: {
          tags: ['devices'],
          summary: 'Add a link; it is opened at once. The same body again is the same answer',
          body: linkSchema,
          response: { 201: linkSchema },
        },
      },
      async (request, reply) => {
        const link = await operate('links.add', request.actor, (turn) => site.addLink(turn, request.body));
        return reply.code(201).send(link);
      },
    );

    app.post(
      '/links/:id/secret',
      {
        config: { permission: 'devices.write' },
        schema: {
          tags: ['devices'],
          summary: 'Give a bridge a new secret for MQTT; it is shown this once, and the old one ends',
          params: idParams,
          response: { 200: z.object({ secret: z.string() }) },
        },
      },
      async (request) => ({
        secret: await operate('links.secret', request.actor, (turn) =>
          site.issueBridgeSecret(turn, request.params.id),
        ),
      }),
    );
  };
}
