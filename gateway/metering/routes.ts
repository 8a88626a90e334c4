import { Readable } from 'node:stream';
import { z } from 'zod';
import {
  accountUseSchema,
  balanceSchema,
  consumptionSchema,
  gapSchema,
  meterEntrySchema,
  meterSchema,
  periodSchema,
  registerRowSchema,
} from '../contract/meter.ts';
import { keySchema, recordIdSchema, timeSchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import { localDate, startOfLocal } from '../lib/local-time.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { csvLines } from './export.ts';
import type { Metering } from './metering.ts';
import { readRegisterRows } from './store.ts';

const tags = ['meters'];
const dayMs = 86_400_000;
/** Lines of one export; more are asked for in parts. */
const mostLines = 200_000;
const hoursOf = { hour: 1, day: 24, month: 28 * 24 } as const;

const idParams = z.object({ id: keySchema });
const pointSchema = z
  .string()
  .max(64)
  .optional()
  .describe('Which register, such as energyExport; else the first of the kind');
const spanSchema = z.object({
  by: periodSchema,
  from: z.coerce.number().int().describe('UTC ms; the period that it lies in is the first'),
  to: z.coerce.number().int(),
});
const registerSchema = z.number().min(0).max(1e12);
const entryFields = {
  id: recordIdSchema
    .optional()
    .describe('Made by the client: repeating the request with it enters nothing more'),
  point: pointSchema,
  at: timeSchema.optional().describe('When it was read; now, when it is not given'),
  note: z.string().trim().min(1).max(500).optional(),
  confirmed: z.boolean().optional().describe('It is right though it is unusual'),
};
/** `at.rank` of the last row of the page before. */
const cursorSchema = z
  .string()
  .regex(/^\d{1,15}\.[0-3]$/)
  .transform((text) => {
    const [at, rank] = text.split('.');
    return { at: Number(at), rank: Number(rank) };
  });

/** `/meters` and what belongs to it. @param deps.now UTC ms */
export function meteringRoutes(deps: {
  operate: Operate;
  query: Query;
  metering: Metering;
  timeZone(): string;
  now(): number;
}): Routes {
  const { operate, query, metering, now } = deps;
  const { views } = metering;
  const read = { permission: 'meters.read' } as const;
  const write = { permission: 'meters.write' } as const;

  return async (app) => {
    app.get(
      '/meters',
      {
        config: read,
        schema: {
          summary:
            'All meters: place in the tree, newest registers, consumption today and this month; use of accounts',
          tags,
          response: {
            200: z.object({
              items: z.array(meterSchema),
              accounts: z.object({ today: z.array(accountUseSchema), month: z.array(accountUseSchema) }),
              next: z.null(),
            }),
          },
        },
      },
      async () => ({ ...(await views.list(now())), next: null }),
    );

    app.get(
      '/meters/balance',
      {
        config: read,
        schema: {
          summary:
            'Each main meter against its sub-meters, and the use of accounts; yesterday when no span is given',
          tags,
          querystring: z.object({
            from: z.coerce.number().int().optional(),
            to: z.coerce.number().int().optional(),
          }),
          response: {
            200: z.object({
              from: timeSchema,
              to: timeSchema,
              items: z.array(balanceSchema),
              accounts: z.array(accountUseSchema),
              next: z.null(),
            }),
          },
        },
      },
      async (request) => {
        const present = now();
        const today = startOfLocal(deps.timeZone(), 'day', present);
        const to = Math.min(request.query.to ?? today, present);
        const from = request.query.from ?? startOfLocal(deps.timeZone(), 'day', to - 1);
        return { from, to, ...(await views.balance(from, to, present)), next: null };
      },
    );

    app.get(
      '/meters/export',
      {
        config: read,
        schema: {
          summary: 'Consumption as CSV (UTF-8 with byte order mark, for spreadsheets), of all meters or one',
          tags,
          querystring: spanSchema.extend({
            meter: keySchema.optional(),
            language: z.enum(['zh', 'en']).default('zh'),
          }),
          response: { 200: z.any().describe('text/csv') },
        },
      },
      async (request, reply) => {
        const { by, from, to, meter, language } = request.query;
        views.checkSpan(by, from, to);
        const tree = views.tree();
        const meters = meter === undefined ? [...tree.meters.values()] : [views.meter(meter)];
        const registers = meters.reduce((sum, each) => sum + each.registers.length, 0);
        const lines = (registers * (to - from)) / (hoursOf[by] * 3_600_000);
        if (lines > mostLines)
          throw fault(
            'request.invalid',
            `that would be ${Math.round(lines)} lines, of at most ${mostLines}: ask for a shorter span, or by a longer period`,
          );
        const zone = deps.timeZone();
        const name = `meters-${by}-${localDate(zone, from)}-${localDate(zone, to - 1)}.csv`;
        const each = views.each(meters, { by, from, to, now: now() });
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${name}"`)
          .send(Readable.from(csvLines(each, { tree, timeZone: zone, by, language })));
      },
    );

    app.get(
      '/meters/:id/consumption',
      {
        config: read,
        schema: {
          summary: 'Consumption of a meter by hour, day or month of the site’s time zone',
          tags,
          params: idParams,
          querystring: spanSchema.extend({ point: pointSchema }),
          response: {
            200: z.object({
              meter: keySchema,
              point: z.string(),
              unit: z.string(),
              items: z.array(consumptionSchema),
              /** Of hours: stretches without readings, whose consumption is known as a whole. */
              gaps: z.array(gapSchema),
              next: z.null(),
            }),
          },
        },
      },
      async (request) => {
        const { point, ...span } = request.query;
        const { meter, register, items, gaps } = await views.consumption(request.params.id, point, {
          ...span,
          now: now(),
        });
        return { meter: meter.id, point: register.point, unit: register.unit, items, gaps, next: null };
      },
    );

    app.get(
      '/meters/:id/readings',
      {
        config: read,
        schema: {
          summary: 'Registers of a meter, newest first: of each full hour, and those entered by hand',
          tags,
          params: idParams,
          querystring: z.object({
            point: pointSchema,
            from: z.coerce.number().int().default(0),
            to: z.coerce.number().int().optional(),
            entered: z
              .enum(['true', 'false'])
              .optional()
              .transform((text) => text === 'true')
              .describe('Only those entered by hand'),
            limit: z.coerce.number().int().min(1).max(1_000).default(100),
            cursor: cursorSchema.optional().describe('`next` of the page before'),
          }),
          response: { 200: z.object({ items: z.array(registerRowSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { point, from, to, entered, limit, cursor } = request.query;
        const meter = views.meter(request.params.id);
        const register = views.registerOf(meter, point);
        const rows = await readRegisterRows(
          query,
          { meter: meter.id, point: register.point },
          { from, to: to ?? now() + dayMs, entered, ...(cursor ? { before: cursor } : {}) },
          limit,
        );
        const last = rows[limit - 1];
        return {
          items: rows.slice(0, limit).map(({ rank: _, ...row }) => row),
          next: rows.length > limit && last ? `${last.at}.${last.rank}` : null,
        };
      },
    );

    app.post(
      '/meters/:id/readings',
      {
        config: write,
        schema: {
          summary: 'Enter a register read by hand',
          tags,
          params: idParams,
          body: z.strictObject({ ...entryFields, register: registerSchema }),
          response: { 201: meterEntrySchema },
        },
      },
      async (request, reply) => {
        const { body } = request;
        const meter = request.params.id;
        const stored = await metering.storedFor({ meter, point: body.point, at: body.at, id: body.id });
        const entry = await operate('meters.reading', request.actor, (turn) =>
          metering.enterReading(turn, meter, body, stored),
        );
        return reply.code(201).send(entry);
      },
    );

    app.post(
      '/meters/:id/replacements',
      {
        config: write,
        schema: {
          summary: 'Enter that the meter was replaced: the old one’s last register and the new one’s first',
          tags,
          params: idParams,
          body: z.strictObject({ ...entryFields, final: registerSchema, initial: registerSchema }),
          response: { 201: meterEntrySchema },
        },
      },
      async (request, reply) => {
        const { body } = request;
        const meter = request.params.id;
        const stored = await metering.storedFor({ meter, point: body.point, at: body.at, id: body.id });
        const entry = await operate('meters.replacement', request.actor, (turn) =>
          metering.enterReplacement(turn, meter, body, stored),
        );
        return reply.code(201).send(entry);
      },
    );

    app.post(
      '/meters/:id/entries/:entry/withdraw',
      {
        config: write,
        schema: {
          summary: 'An entry that was wrong: it counts no more, and stays on the record',
          tags,
          params: idParams.extend({ entry: recordIdSchema }),
          body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
          response: { 200: meterEntrySchema },
        },
      },
      async (request) => {
        const { id: meter, entry } = request.params;
        const stored = await metering.storedFor({ meter, point: undefined, at: undefined, id: entry });
        return operate('meters.withdraw', request.actor, (turn) =>
          metering.withdraw(turn, meter, entry, request.body.reason, stored),
        );
      },
    );
  };
}
