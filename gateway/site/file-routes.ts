import { z } from 'zod';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import { exportSite } from './export.ts';
import { readSite, siteJsonSchema } from './file.ts';
import type { Site } from './site.ts';

const bodySchema = z.strictObject({
  yaml: z.string().describe('The text of a site file'),
  file: z.string().max(200).default('site.yaml').describe('Its name, for messages'),
  prune: z.boolean().default(false).describe('Remove what the file does not name'),
});
const problemsSchema = z.array(
  z.object({
    file: z.string(),
    line: z.number().int(),
    column: z.number().int(),
    severity: z.enum(['error', 'warning']),
    message: z.string(),
  }),
);
const itemSchema = z.object({ class: z.string(), id: z.string(), name: z.string() });
export const sitePlanSchema = z.object({
  add: z.array(itemSchema),
  change: z.array(
    itemSchema.extend({
      fields: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    }),
  ),
  remove: z.array(itemSchema),
  unchanged: z.number().int(),
  kept: z.number().int(),
});

/** A site of ten thousand devices is about 2 MB of YAML. */
const bodyLimit = 8 * 1024 * 1024;

/** `POST /site/check`, `/site/plan`, `/site/apply`, `GET /site/export` and the schema of the file. */
export function siteFileRoutes(deps: { operate: Operate; site: Site }): Routes {
  const { operate, site } = deps;
  const tags = ['site'];
  return async (app) => {
    app.get(
      '/schemas/site',
      {
        config: { permission: 'signed-in' },
        schema: {
          tags,
          summary: 'The form of site.yaml as JSON Schema, for editors',
          response: { 200: z.record(z.string(), z.unknown()) },
        },
      },
      async () => siteJsonSchema(),
    );

    app.post(
      '/site/check',
      {
        bodyLimit,
        config: { permission: 'site.write' },
        schema: {
          tags,
          summary:
            'Everything that is wrong with a site file, each with line, column and mend; changes nothing',
          body: bodySchema,
          response: { 200: z.object({ problems: problemsSchema }) },
        },
      },
      async (request) => {
        const { yaml, file, prune } = request.body;
        return { problems: site.check(readSite(yaml, file), { prune }).problems };
      },
    );

    app.post(
      '/site/plan',
      {
        bodyLimit,
        config: { permission: 'site.write' },
        schema: {
          tags,
          summary: 'What applying a site file would change; changes nothing',
          body: bodySchema,
          response: { 200: sitePlanSchema },
        },
      },
      async (request) => {
        const { yaml, file, prune } = request.body;
        return site.plan(readSite(yaml, file), { prune });
      },
    );

    app.post(
      '/site/apply',
      {
        bodyLimit,
        config: { permission: 'site.write' },
        schema: {
          tags,
          summary: 'Bring the site to what the file says, without a restart; the answer is what was changed',
          body: bodySchema,
          response: { 200: sitePlanSchema },
        },
      },
      (request) => {
        const { yaml, file, prune } = request.body;
        const draft = readSite(yaml, file);
        return operate('site.apply', request.actor, (turn) => site.apply(turn, draft, { prune }));
      },
    );

    app.get(
      '/site/export',
      {
        config: { permission: 'site.write' },
        schema: {
          tags,
          summary:
            'The site as a file that can be applied again; without secrets, and without what you may not see',
          response: { 200: z.string() },
        },
      },
      async (request, reply) => {
        const state = site.state();
        if (!state.settings) throw fault('state.conflict', 'there is no site yet; apply a site file first');
        const open = request.actor.permissions.has('households.private');
        if (open)
          await operate('site.look', request.actor, (turn) =>
            turn.audit({ action: 'private.exported', subject: 'site' }),
          );
        return reply.type('application/yaml; charset=utf-8').send(exportSite(state, state.settings, open));
      },
    );
  };
}
