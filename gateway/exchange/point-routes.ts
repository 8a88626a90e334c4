import { z } from 'zod';
import { exchangeLimits, exchangeReportSchema, exchangeTypes } from '../contract/exchange.ts';
import { keySchema } from '../contract/names.ts';
import { sheetLinks } from '../contract/point-heads.ts';
import { type NewType, newTypeSchema, sheetQuerySchema } from '../contract/point-sheet.ts';
import { fault } from '../lib/errors.ts';
import { issueProblems } from '../lib/zod-words.ts';
import type { Routes } from '../store/operate.ts';
import type { Files } from './files.ts';
import type { PointSheets } from './point-sheets.ts';
import type { PointExchange } from './points.ts';
import {
  acceptSheets,
  download,
  dryRunSchema,
  importRequest,
  planSchema,
  sheetBodySchema,
  sheetNameSchema,
} from './routes.ts';

const config = { permission: 'integrate' } as const;
const tags = ['devices'];
const file = { 200: z.any().describe('A workbook, or CSV (UTF-8 with byte order mark)') };

/** `/exchange/points`: the points of device types to and from spreadsheets. */
export function pointRoutes(deps: { points: PointExchange; pointSheets: PointSheets; files: Files }): Routes {
  const { points, pointSheets, files } = deps;
  return async (app) => {
    acceptSheets(app);

    app.get(
      '/exchange/points',
      {
        config,
        schema: {
          summary: 'The points of a device type as a spreadsheet that can be imported again',
          tags,
          querystring: sheetQuerySchema.extend({ type: keySchema }),
          response: file,
        },
      },
      async (request, reply) => {
        const { type, format, language } = request.query;
        const bytes = await pointSheets.points(type, format, language);
        return reply
          .type(exchangeTypes[format])
          .headers(download(`${type}-points.${format}`))
          .send(bytes);
      },
    );

    app.get(
      '/exchange/points/template',
      {
        config,
        schema: {
          summary:
            'A table with a row for each point that a type does not read yet, or for all of a kind, with examples and notes',
          tags,
          querystring: sheetQuerySchema.extend({
            type: keySchema.optional(),
            kind: keySchema.optional().describe('Of a type that is yet to be made; with `link`'),
            link: z.enum(sheetLinks).optional(),
          }),
          response: file,
        },
      },
      async (request, reply) => {
        const { type, kind, link, format, language } = request.query;
        const of =
          type !== undefined ? { type } : kind !== undefined && link !== undefined ? { kind, link } : null;
        if (of === null) throw fault('request.invalid', 'give type, or kind and link');
        const bytes = await pointSheets.template(of, format, language);
        return reply
          .type(exchangeTypes[format])
          .headers(download(`${type ?? kind}-points-template.${format}`))
          .send(bytes);
      },
    );

    app.post(
      '/exchange/points',
      {
        bodyLimit: exchangeLimits.bytes,
        config,
        schema: {
          summary:
            'Add, change and (column "action") delete points of one of the site\'s own types from a spreadsheet: all of it, or nothing; with `kind` a new type is made',
          tags,
          consumes: Object.values(exchangeTypes),
          querystring: newTypeSchema.partial().extend({
            type: keySchema.describe('Its id'),
            dryRun: dryRunSchema,
            file: sheetNameSchema('points'),
            plan: planSchema,
          }),
          body: sheetBodySchema,
          response: { 200: exchangeReportSchema },
        },
      },
      async (request) => {
        const { type, dryRun, file: name, plan, ...about } = request.query;
        const body: unknown = request.body;
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const asked = {
          ...(await importRequest(files, name, bytes, 'points')),
          type,
          fresh: freshIn(about),
        };
        return dryRun === 'true' ? points.dryRun(asked) : points.apply(request.actor, asked, plan);
      },
    );
  };
}

/** The type that is to be made, when anything of it is given. */
export function freshIn(about: Readonly<Record<string, unknown>>): NewType | undefined {
  if (Object.values(about).every((value) => value === undefined)) return undefined;
  const read = newTypeSchema.safeParse(about);
  if (read.success) return read.data;
  const errors = issueProblems(read.error.issues, newTypeSchema, about).map(({ path, message }) => ({
    ...{ path: path.join('.'), message },
  }));
  throw fault(
    'request.invalid',
    `a new type needs kind, link and its name in both languages (zh, en): ${errors.map(({ message }) => message).join('; ')}`,
    { errors },
  );
}
