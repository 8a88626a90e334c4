import { z } from 'zod';
import { keptMisreadSchema } from '../contract/kept-misread.ts';
import { recordIdSchema } from '../contract/names.ts';
import type { Actor } from '../contract/permissions.ts';
import { strangerSchema } from '../contract/stranger.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { type LetterRow, letterColumns, whyNotAgain } from './dead-letters.ts';
import { pageSchema } from './routes.ts';
import type { Strangers } from './strangers.ts';

const letterSchema = z.object({
  id: recordIdSchema,
  at: z.number(),
  source: z.string(),
  device: z.string().nullable(),
  what: z.string(),
  reason: z.string(),
  /** The reason by codes, for other languages; null: an earlier release kept it. */
  why: z.array(keptMisreadSchema).nullable(),
  hex: z.string(),
  /** The bytes as text where they are printable. */
  text: z.string().nullable(),
  /** Why it cannot be read again; null when it can. */
  notAgain: z.enum(['kept', 'session', 'polled', 'repeated', 'no-message', 'cut', 'old']).nullable(),
});

const sourceSchema = z.string().min(1).max(1_000);
const rereadSchema = z.discriminatedUnion('outcome', [
  /** It was understood and is a dead letter no more. */
  z.object({ outcome: z.literal('taken') }),
  z.object({ outcome: z.literal('kept'), reason: z.string(), why: z.array(keptMisreadSchema) }),
]);
const countsSchema = z.object({
  taken: z.number().int(),
  kept: z.number().int(),
  /** Cannot be read again. */
  passed: z.number().int(),
  /** The `after` of the call that goes on; null when all of them were looked at. */
  next: recordIdSchema.nullable(),
});

function printable(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: telling text from bytes is what this is for
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? null : text;
}

/** A letter as the API and the diagnostics bundle show it. */
export function letterOf(row: LetterRow): z.infer<typeof letterSchema> {
  const { id, at, source, device, what, reason } = row;
  const bytes = Buffer.from(row.bytes);
  return {
    ...{ id, at, source, device, what, reason },
    why: row.why === null ? null : z.array(keptMisreadSchema).parse(JSON.parse(row.why)),
    hex: bytes.toString('hex'),
    text: printable(bytes),
    notAgain: whyNotAgain(row),
  };
}

/** What was not understood, and who is not known. */
export function letterRoutes(deps: {
  query: Query;
  strangers: Pick<Strangers, 'list' | 'left'>;
  letters: {
    reread(id: string, actor: Actor): Promise<z.infer<typeof rereadSchema>>;
    rereadSource(source: string, after: string, actor: Actor): Promise<z.infer<typeof countsSchema>>;
    discard(id: string, actor: Actor): Promise<void>;
    discardSource(source: string, actor: Actor): Promise<number>;
  };
}): Routes {
  const { letters, strangers } = deps;
  return async (app) => {
    app.get(
      '/dead-letters',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'What arrived and could not be understood, with its bytes and the reason',
          tags: ['integrate'],
          querystring: pageSchema.extend({ source: sourceSchema.optional() }),
          response: { 200: z.object({ items: z.array(letterSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { limit, cursor, source } = request.query;
        const rows = await deps.query<LetterRow>(
          `SELECT ${letterColumns} FROM dead_letter WHERE id < ?${source === undefined ? '' : ' AND source = ?'} ORDER BY id DESC LIMIT ?`,
          cursor ?? 'g',
          ...(source === undefined ? [] : [source]),
          limit + 1,
        );
        return {
          items: rows.slice(0, limit).map(letterOf),
          next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
        };
      },
    );

    app.post(
      '/dead-letters/:id/rerun',
      {
        config: { permission: 'integrate' },
        schema: {
          summary:
            'Reads it again with the site and types of today, as of when it came; what is understood is taken once',
          tags: ['integrate'],
          params: z.object({ id: recordIdSchema }),
          response: { 200: rereadSchema },
        },
      },
      (request) => letters.reread(request.params.id, request.actor),
    );

    app.post(
      '/dead-letters/rerun',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'Reads all of one source again, oldest first, some hundred a call',
          tags: ['integrate'],
          body: z.strictObject({ source: sourceSchema, after: recordIdSchema.optional() }),
          response: { 200: countsSchema },
        },
      },
      (request) => letters.rereadSource(request.body.source, request.body.after ?? '', request.actor),
    );

    app.delete(
      '/dead-letters/:id',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'Discards it',
          tags: ['integrate'],
          params: z.object({ id: recordIdSchema }),
          response: { 200: z.object({ discarded: z.number().int() }) },
        },
      },
      async (request) => {
        await letters.discard(request.params.id, request.actor);
        return { discarded: 1 };
      },
    );

    app.delete(
      '/dead-letters',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'Discards all of one source',
          tags: ['integrate'],
          querystring: z.object({ source: sourceSchema }),
          response: { 200: z.object({ discarded: z.number().int() }) },
        },
      },
      async (request) => ({
        discarded: await letters.discardSource(request.query.source, request.actor),
      }),
    );

    app.get(
      '/strangers',
      {
        config: { permission: 'integrate' },
        schema: {
          summary:
            'Who is heard and is nobody of the site: topics, units, panels, clients; what they may be, and how to add them',
          tags: ['integrate'],
          response: {
            200: z.object({
              items: z.array(strangerSchema),
              /** Messages of further ones, which are not listed since there were too many. */
              left: z.number().int(),
            }),
          },
        },
      },
      async () => ({ items: strangers.list(), left: strangers.left() }),
    );
  };
}
