import { z } from 'zod';
import { typeReadingSchema } from '../contract/frame.ts';
import { keySchema, labelSchema } from '../contract/names.ts';
import { askedInVainSchema } from '../contract/trial.ts';
import { fault } from '../lib/errors.ts';
import { suggestion } from '../lib/nearest.ts';
import type { Routes } from '../store/operate.ts';
import { caseDifferenceSchema } from './case-expected.ts';
import { casePassed } from './cases.ts';
import type { Catalogue } from './catalogue.ts';
import { typeLimits } from './type-files.ts';
import { type TypeLibrary, typeSourceSchema } from './type-library.ts';
import { listedTypeSchema, listTypes } from './type-list.ts';
import type { TriedText } from './type-trial.ts';

const idParams = z.object({ id: keySchema });
const textSchema = z.string().max(typeLimits.fileBytes);

const problemSchema = z.object({
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
});

const checkedSchema = z.object({
  sound: z.boolean(),
  problems: z.array(problemSchema),
  casesPassed: z.number().int(),
  /** What came of each case; none while the text has errors. */
  cases: z.array(
    z.object({
      name: z.string(),
      passed: z.boolean(),
      differences: z.array(caseDifferenceSchema),
      decoded: z
        .string()
        .nullable()
        .describe('what expected.json would say had it expected what comes now; null: it cannot be played'),
    }),
  ),
});

/** Two files of a case are written at a time. */
const draftsSchema = z
  .record(z.string().max(160), textSchema)
  .refine((files) => Object.keys(files).length <= 4, 'give at most 4 files');

const config = { permission: 'integrate' } as const;
const tags = ['devices'];

/** Device types as files: look, copy, edit, check, try, save, go back, pass on. */
export function typeRoutes(deps: {
  catalogue: Catalogue;
  library: TypeLibrary;
  /** Ids of the devices of a type. */
  devicesOf(type: string): string[];
  /** What a text makes of what a device sends next; `gone` ends the wait. */
  tryText(id: string, device: string, text: string, gone: AbortSignal): Promise<TriedText>;
}): Routes {
  const { catalogue, library, devicesOf } = deps;

  function sourceOf(id: string) {
    if (!library.own.has(id) && !library.shipped.has(id))
      throw fault('not.found', `there is no device type "${id}"${suggestion(id, catalogue.ids())}`);
    return { ...library.source(id), devices: devicesOf(id), problems: library.problemsOf(id) };
  }
  const viewSchema = typeSourceSchema.extend({
    devices: z.array(z.string()),
    problems: z.array(problemSchema),
  });

  return async (app) => {
    app.get(
      '/type-library',
      {
        config,
        schema: {
          summary:
            "Device types as an integrator looks for one: who made it, the site's own, what is wrong, who uses it",
          tags,
          response: { 200: z.object({ items: z.array(listedTypeSchema), next: z.null() }) },
        },
      },
      async () => ({ items: await listTypes(catalogue, library, devicesOf), next: null }),
    );

    app.get(
      '/device-types/:id',
      {
        config,
        schema: {
          summary: 'The text of a device type, with its version',
          tags,
          params: idParams,
          response: { 200: viewSchema },
        },
      },
      async (request) => sourceOf(request.params.id),
    );

    app.put(
      '/device-types/:id',
      {
        config,
        bodyLimit: 4 * typeLimits.fileBytes,
        schema: {
          summary: "Replace the text of one of the site's own types; it is loaded at once",
          tags,
          params: idParams,
          body: z.strictObject({
            text: textSchema,
            version: z
              .string()
              .max(64)
              .describe('the version that the change is based on: 409 when there is another by now'),
          }),
          response: { 200: viewSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { text, version } = request.body;
        await library.save(request.actor, id, { text, base: version });
        return sourceOf(id);
      },
    );

    app.delete(
      '/device-types/:id',
      {
        config,
        schema: {
          summary: "Remove one of the site's own types; 409 while a device is of it",
          tags,
          params: idParams,
          response: { 200: z.object({ id: keySchema }) },
        },
      },
      async (request) => {
        const { id } = request.params;
        await library.remove(request.actor, id, devicesOf(id));
        return { id };
      },
    );

    app.post(
      '/device-types/:id/copy',
      {
        config,
        schema: {
          summary: "Copy a type with its README and cases into the site's own",
          tags,
          params: idParams,
          body: z.strictObject({ id: keySchema, label: labelSchema.optional() }),
          response: { 200: viewSchema },
        },
      },
      async (request) => {
        const { id, label = null } = request.body;
        await library.copy(request.actor, request.params.id, { id, label });
        return sourceOf(id);
      },
    );

    app.post(
      '/device-types/:id/check',
      {
        config,
        bodyLimit: 8 * typeLimits.fileBytes,
        schema: {
          summary: 'Check a text as if it were saved, and run the cases with it; nothing is kept',
          tags,
          params: idParams,
          body: z.strictObject({
            text: textSchema,
            files: draftsSchema
              .optional()
              .describe(
                'texts of case files that are not saved, by their paths, as cases/half-full/expected.json',
              ),
          }),
          response: { 200: checkedSchema },
        },
      },
      async (request) => {
        const { text, files } = request.body;
        const { type, problems, cases } = await library.check(request.params.id, text, files);
        return {
          sound: type !== null,
          problems,
          casesPassed: cases.filter(casePassed).length,
          cases: cases.map((run) => ({
            name: run.name,
            passed: casePassed(run),
            differences: run.differences,
            decoded: run.decoded,
          })),
        };
      },
    );

    app.post(
      '/device-types/:id/try',
      {
        config,
        bodyLimit: 4 * typeLimits.fileBytes,
        schema: {
          summary:
            'What an unsaved text makes of what a device of the type sends or answers next; nothing is kept',
          tags,
          params: idParams,
          body: z.strictObject({ device: keySchema, text: textSchema }),
          response: {
            200: z.object({
              /** UTC ms; null: nothing came while it was waited for. */
              at: z.number().int().nullable(),
              raw: z.array(z.string()),
              reading: typeReadingSchema.nullable(),
              missing: z.array(z.string()),
              failures: z.array(askedInVainSchema),
            }),
          },
        },
      },
      async (request, reply) => {
        const { device, text } = request.body;
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        return deps.tryText(request.params.id, device, text, gone.signal);
      },
    );
  };
}
