import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import { expectedOf, expectedSchema } from './case-expected.ts';
import { playStory, storySchema } from './case-play.ts';
import type { Catalogue } from './catalogue.ts';
import { readBundle, typeBundleSchema } from './type-bundle.ts';
import { isTypePath, typeLimits } from './type-files.ts';
import { typeVersionSchema } from './type-history.ts';
import type { TypeLibrary } from './type-library.ts';

const idParams = z.object({ id: keySchema });
const config = { permission: 'integrate' } as const;
const tags = ['devices'];
const fileQuery = z.object({ file: z.string().max(160).optional() });

/** @throws request.invalid */
function pathOf({ file = 'type.yaml' }: z.infer<typeof fileQuery>): string {
  if (!isTypePath(file))
    throw fault('request.invalid', `${JSON.stringify(file)} is no file of a device type`);
  return file;
}

/** What a device type has beside its text: what it said before, its cases, and itself as one file. */
export function typeShareRoutes({
  catalogue,
  library,
}: {
  catalogue: Catalogue;
  library: TypeLibrary;
}): Routes {
  return async (app) => {
    app.get(
      '/device-types/:id/versions',
      {
        config,
        schema: {
          summary:
            "What a file of one of the site's own types has said before, newest first; type.yaml unless `file` says",
          tags,
          params: idParams,
          querystring: fileQuery,
          response: { 200: z.object({ items: z.array(typeVersionSchema), next: z.null() }) },
        },
      },
      async (request) => {
        const { id } = request.params;
        return { items: library.history.list(id, pathOf(request.query)), next: null };
      },
    );

    app.get(
      '/device-types/:id/versions/:version',
      {
        config,
        schema: {
          summary: 'The text of a former version; save it to go back to it',
          tags,
          params: idParams.extend({ version: z.string().regex(/^[0-9a-f]{16}$/) }),
          querystring: fileQuery,
          response: { 200: z.object({ version: z.string(), text: z.string() }) },
        },
      },
      async (request) => {
        const { id, version } = request.params;
        const text = library.history.text(id, pathOf(request.query), version);
        if (text === null) throw fault('not.found', `no version ${version} of "${id}" is kept`);
        return { version, text };
      },
    );

    app.post(
      '/device-types/:id/cases',
      {
        config,
        schema: {
          summary:
            "Save frames as a case of one of the site's own types; without `expected` what they become now is expected",
          tags,
          params: idParams,
          body: z.strictObject({
            name: keySchema,
            frames: storySchema,
            expected: expectedSchema.optional(),
            replace: z.boolean().default(false),
          }),
          response: { 200: z.object({ name: keySchema, expected: z.record(z.string(), z.unknown()) }) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { name, frames, expected, replace } = request.body;
        const type = catalogue.types.get(id);
        if (!type) throw fault('not.found', `there is no sound device type "${id}"`);
        const played = playStory(type, catalogue, frames);
        if ('unconnected' in played)
          throw fault('request.invalid', `the case cannot be played: ${played.unconnected.join('; ')}`);
        const wanted = expected ?? expectedOf(played);
        await library.addCase(request.actor, id, { name, frames, expected: wanted, replace });
        return { name, expected: wanted };
      },
    );

    app.get(
      '/device-types/:id/bundle',
      {
        config,
        schema: {
          summary: 'A type with its README and cases as one file, to be imported elsewhere',
          tags,
          params: idParams,
          response: { 200: typeBundleSchema },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        reply.header('content-disposition', `attachment; filename="${id}.type.json"`);
        return library.bundle(id);
      },
    );

    app.post(
      '/device-types/import',
      {
        config,
        bodyLimit: 2 * typeLimits.bundleBytes,
        schema: {
          summary: "Take a type that was exported into the site's own",
          tags,
          body: z.strictObject({
            bundle: z.string().max(typeLimits.bundleBytes).describe('the text of the exported file'),
            id: keySchema.optional().describe('another id than it has'),
            replace: z.boolean().default(false),
          }),
          response: { 200: z.object({ id: keySchema, cases: z.array(z.string()) }) },
        },
      },
      async (request) => {
        const { bundle, id, replace } = request.body;
        const taken = await library.import(request.actor, readBundle(bundle), {
          replace,
          ...(id === undefined ? {} : { id }),
        });
        return { id: taken.id, cases: taken.cases };
      },
    );
  };
}
