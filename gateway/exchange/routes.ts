import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  deviceEditSchema,
  exchangeFormatSchema,
  exchangeLimits,
  exchangeReportSchema,
  exchangeTypes,
} from '../contract/exchange.ts';
import { need, type Operate, type Routes } from '../store/operate.ts';
import type { Exchange, ImportRequest } from './exchange.ts';
import type { Files } from './files.ts';
import type { Sheets } from './sheets.ts';
import type { TableOf } from './worker.ts';

const languageSchema = z.enum(['zh', 'en']).default('zh').describe('Of the heads');
export const dryRunSchema = z
  .enum(['true', 'false'])
  .default('false')
  .describe('Say what it would come to, and change nothing');
export const planSchema = z
  .string()
  .max(100)
  .optional()
  .describe(
    'The `plan` of the dry run that was agreed to: refused with 409 when something else would follow',
  );
/** What a file is called, for messages and the audit trail. */
export const sheetNameSchema = (otherwise: string) =>
  z.string().max(200).default(otherwise).describe('Its name, for messages and the audit trail');
export const sheetBodySchema = z
  .any()
  .describe('The file: .xlsx, or CSV in UTF-8 or GB18030 with commas, semicolons or tabs');
const tags = ['devices'];

/** A file as it came, for both ways in. */
export async function importRequest(
  files: Files,
  file: string,
  bytes: Buffer,
  of: TableOf = 'devices',
): Promise<ImportRequest> {
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    reading: await files.read(bytes, of),
  };
}

/** Takes the bytes as they are: a CSV file of Excel in China is not UTF-8. */
export function acceptSheets(app: Parameters<Routes>[0]): void {
  app.addContentTypeParser(exchangeTypes.csv, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
}

export const download = (name: string) => ({ 'content-disposition': `attachment; filename="${name}"` });

/** `/exchange/devices`: devices to and from spreadsheets, and the same change to many. */
export function exchangeRoutes(deps: {
  operate: Operate;
  exchange: Exchange;
  files: Files;
  sheets: Sheets;
}): Routes {
  const { operate, exchange, files, sheets } = deps;

  return async (app) => {
    acceptSheets(app);

    app.get(
      '/exchange/devices',
      {
        config: { permission: 'integrate' },
        schema: {
          summary:
            'All devices as a spreadsheet that can be imported again; xlsx with a sheet of the newest values',
          tags,
          querystring: z.object({ format: exchangeFormatSchema.default('xlsx'), language: languageSchema }),
          response: { 200: z.any().describe('A workbook, or CSV (UTF-8 with byte order mark)') },
        },
      },
      async (request, reply) => {
        need(request.actor, 'devices.read');
        const { format, language } = request.query;
        const bytes = await sheets.devices(format, language);
        return reply
          .type(exchangeTypes[format])
          .headers(download(`devices.${format}`))
          .send(bytes);
      },
    );

    app.get(
      '/exchange/devices/template',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'An empty table of devices with examples, what there is to choose from, and notes',
          tags,
          querystring: z.object({ format: exchangeFormatSchema.default('xlsx'), language: languageSchema }),
          response: { 200: z.any().describe('A workbook, or CSV (UTF-8 with byte order mark)') },
        },
      },
      async (request, reply) => {
        need(request.actor, 'devices.read');
        const { format, language } = request.query;
        const bytes = await sheets.template(format, language);
        return reply
          .type(exchangeTypes[format])
          .headers(download(`devices-template.${format}`))
          .send(bytes);
      },
    );

    app.post(
      '/exchange/devices',
      {
        bodyLimit: exchangeLimits.bytes,
        config: { permission: 'devices.write' },
        schema: {
          summary:
            'Add, change and (column "action") delete devices from a spreadsheet: all of it, or nothing',
          tags,
          consumes: Object.values(exchangeTypes),
          querystring: z.object({
            dryRun: dryRunSchema,
            file: sheetNameSchema('devices'),
            plan: planSchema,
          }),
          body: sheetBodySchema,
          response: { 200: exchangeReportSchema },
        },
      },
      async (request) => {
        need(request.actor, 'integrate');
        const { dryRun, file, plan } = request.query;
        const body: unknown = request.body;
        const asked = await importRequest(files, file, Buffer.isBuffer(body) ? body : Buffer.alloc(0));
        if (dryRun === 'true') return exchange.dryRun(asked);
        return operate('exchange.import', request.actor, (turn) => exchange.apply(turn, asked, plan));
      },
    );

    app.post(
      '/exchange/devices/edit',
      {
        bodyLimit: 1024 * 1024,
        config: { permission: 'devices.write' },
        schema: {
          summary:
            'Set the area, the link, cameras or settings of many devices at once: all of it, or nothing',
          tags,
          querystring: z.object({ dryRun: dryRunSchema, plan: planSchema }),
          body: deviceEditSchema,
          response: { 200: exchangeReportSchema },
        },
      },
      async (request) => {
        need(request.actor, 'integrate');
        const { dryRun, plan } = request.query;
        if (dryRun === 'true') return exchange.dryRunEdit(request.body);
        return operate('exchange.edit', request.actor, (turn) =>
          exchange.applyEdit(turn, request.body, plan),
        );
      },
    );
  };
}
