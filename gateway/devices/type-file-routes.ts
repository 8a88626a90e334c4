import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import { typeFileSchema } from './type-changes.ts';
import { typeLimits } from './type-files.ts';
import type { TypeLibrary } from './type-library.ts';

const idParams = z.object({ id: keySchema });
const config = { permission: 'integrate' } as const;
const tags = ['devices'];
const pathSchema = z
  .string()
  .max(160)
  .describe('README.md, README.zh.md, cases/NAME/frames.json or cases/NAME/expected.json');

/** The READMEs and cases of a type as files. */
export function typeFileRoutes({ library }: { library: TypeLibrary }): Routes {
  return async (app) => {
    app.get(
      '/device-types/:id/files',
      {
        config,
        schema: {
          summary: 'A README or a file of a case of a type, with its version; text null when there is none',
          tags,
          params: idParams,
          querystring: z.object({ path: pathSchema }),
          response: { 200: typeFileSchema },
        },
      },
      async (request) => library.file(request.params.id, request.query.path),
    );

    app.put(
      '/device-types/:id/files',
      {
        config,
        bodyLimit: 8 * typeLimits.fileBytes,
        schema: {
          summary:
            "Change READMEs and cases of one of the site's own types, all that are given or none; a case may fail, but is whole and of its form",
          tags,
          params: idParams,
          body: z.strictObject({
            files: z
              .record(
                pathSchema,
                z.strictObject({
                  text: z.string().max(typeLimits.fileBytes).nullable().describe('null removes the file'),
                  base: z
                    .string()
                    .max(64)
                    .nullable()
                    .describe(
                      'the version that it is based on, null for a new file: 409 when there is another',
                    ),
                }),
              )
              .refine(
                (files) => Object.keys(files).length >= 1 && Object.keys(files).length <= 4,
                'give 1 to 4 files',
              ),
          }),
          response: { 200: z.object({ items: z.array(typeFileSchema), next: z.null() }) },
        },
      },
      async (request) => ({
        items: await library.saveFiles(request.actor, request.params.id, request.body.files),
        next: null,
      }),
    );
  };
}
