import { z } from 'zod';
import { eventSchema } from '../contract/event.ts';
import { recordIdSchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { type EventRow, eventOf } from './events.ts';

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** The `next` of the page before. */
  cursor: recordIdSchema.optional(),
});

const deadLetterSchema = z.object({
  id: recordIdSchema,
  at: z.number(),
  source: z.string(),
  device: z.string().nullable(),
  what: z.string(),
  reason: z.string(),
  hex: z.string(),
  /** The bytes as text where they are printable. */
  text: z.string().nullable(),
});

function printable(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: telling text from bytes is what this is for
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? null : text;
}

/** Stored events and dead letters, newest first. */
export function ingestRoutes(deps: { query: Query }): Routes {
  return async (app) => {
    app.get(
      '/events',
      {
        config: { permission: 'events.read' },
        schema: {
          summary: 'Stored events, newest first',
          tags: ['events'],
          querystring: pageSchema.extend({
            device: z.string().optional(),
            type: z.string().optional(),
            from: z.coerce.number().int().optional(),
            to: z.coerce.number().int().optional(),
          }),
          response: { 200: z.object({ items: z.array(eventSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { device, type, from, to, limit, cursor } = request.query;
        const where = ['1'];
        const params: (string | number)[] = [];
        const add = (condition: string, value: string | number | undefined) => {
          if (value === undefined) return;
          where.push(condition);
          params.push(value);
        };
        add('device = ?', device);
        add('type = ?', type);
        add('occurred_at >= ?', from);
        add('occurred_at <= ?', to);
        add('id < ?', cursor);
        const rows = await deps.query<EventRow>(
          `SELECT * FROM event WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
          ...params,
          limit + 1,
        );
        return {
          items: rows.slice(0, limit).map(eventOf),
          next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
        };
      },
    );

    app.get(
      '/dead-letters',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'What arrived and could not be understood, with its bytes and the reason',
          tags: ['integrate'],
          querystring: pageSchema,
          response: { 200: z.object({ items: z.array(deadLetterSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { limit, cursor } = request.query;
        const rows = await deps.query<
          Omit<z.infer<typeof deadLetterSchema>, 'hex' | 'text'> & { bytes: Uint8Array }
        >(
          `SELECT id, at, source, device, what, reason, bytes FROM dead_letter WHERE id < ? ORDER BY id DESC LIMIT ?`,
          cursor ?? 'g',
          limit + 1,
        );
        return {
          items: rows.slice(0, limit).map(({ bytes, ...row }) => {
            const buffer = Buffer.from(bytes);
            return { ...row, hex: buffer.toString('hex'), text: printable(buffer) };
          }),
          next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
        };
      },
    );
  };
}
