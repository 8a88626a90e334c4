import { z } from 'zod';
import { type Alarm, alarmSchema } from '../contract/alarm.ts';
import { recordIdSchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Alarms } from './alarms.ts';
import { alarmOf } from './routes.ts';
import { findComment } from './store.ts';

const commentSchema = z.string().trim().min(1).max(2_000);
const params = z.object({ id: recordIdSchema });
const commentedBody = z.strictObject({ comment: commentSchema.optional() }).nullish();

/** What one does with alarms. */
export function alarmActRoutes(deps: {
  operate: Operate;
  query: Query;
  alarms: Alarms;
  now(): number;
}): Routes {
  const { alarms, operate, query } = deps;

  /** Refuses an act on an alarm that is over. */
  async function closedConflict(id: string): Promise<never> {
    await alarmOf(query, alarms, id);
    throw fault('state.conflict', `alarm ${id} is closed`);
  }

  const tags = ['alarms'];
  return async (app) => {
    app.post(
      '/alarms/:id/acknowledge',
      {
        config: { permission: 'alarms.acknowledge' },
        schema: {
          summary: "Acknowledge; a second one gets the first one's who and when",
          tags,
          params,
          body: commentedBody,
          response: { 200: alarmSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const comment = request.body?.comment ?? null;
        const alarm = await operate('alarms.acknowledge', request.actor, (turn) =>
          alarms.acknowledge(turn, id, comment),
        );
        return alarm ?? alarmOf(query, alarms, id);
      },
    );

    app.post(
      '/alarms/acknowledge',
      {
        config: { permission: 'alarms.acknowledge' },
        schema: {
          summary: 'Acknowledge the visible page; never priority 1, which is left out and named',
          tags,
          body: z.strictObject({
            ids: z.array(recordIdSchema).min(1).max(200),
            comment: commentSchema.optional(),
          }),
          response: {
            200: z.object({
              items: z.array(alarmSchema),
              refused: z.array(z.object({ id: recordIdSchema, reason: z.enum(['priority 1', 'not open']) })),
            }),
          },
        },
      },
      async (request) => {
        const { ids, comment = null } = request.body;
        return operate('alarms.acknowledge-page', request.actor, (turn) => {
          const items: Alarm[] = [];
          const refused: { id: string; reason: 'priority 1' | 'not open' }[] = [];
          for (const id of new Set(ids)) {
            if (alarms.get(id)?.priority === 1) {
              refused.push({ id, reason: 'priority 1' });
              continue;
            }
            const alarm = alarms.acknowledge(turn, id, comment);
            if (alarm) items.push(alarm);
            else refused.push({ id, reason: 'not open' });
          }
          return { items, refused };
        });
      },
    );

    app.post(
      '/alarms/:id/reset',
      {
        config: { permission: 'alarms.reset' },
        schema: {
          summary: 'Reset a latched alarm that is acknowledged; 409 for any other',
          tags,
          params,
          body: commentedBody,
          response: { 200: alarmSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const comment = request.body?.comment ?? null;
        const alarm = await operate('alarms.reset', request.actor, (turn) => alarms.reset(turn, id, comment));
        return alarm ?? closedConflict(id);
      },
    );

    app.post(
      '/alarms/:id/shelve',
      {
        config: { permission: 'alarms.shelve' },
        schema: {
          summary: 'Shelve with reason, owner (default: who asks) and expiry (UTC ms, at most 7 days ahead)',
          tags,
          params,
          body: z.strictObject({
            reason: commentSchema,
            until: z.number().int(),
            owner: z.string().trim().min(1).max(120).optional(),
          }),
          response: { 200: alarmSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const alarm = await operate('alarms.shelve', request.actor, (turn) =>
          alarms.shelve(turn, id, request.body),
        );
        return alarm ?? closedConflict(id);
      },
    );

    app.post(
      '/alarms/:id/unshelve',
      {
        config: { permission: 'alarms.shelve' },
        schema: {
          summary: 'Take it off the shelf before it expires',
          tags,
          params,
          body: commentedBody,
          response: { 200: alarmSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const comment = request.body?.comment ?? null;
        const alarm = await operate('alarms.unshelve', request.actor, (turn) =>
          alarms.unshelve(turn, id, comment),
        );
        return alarm ?? closedConflict(id);
      },
    );

    app.post(
      '/alarms/:id/comment',
      {
        config: { permission: 'alarms.acknowledge' },
        schema: {
          summary:
            'Add a comment or a verdict, also when it is closed; the same client-made id twice is one comment',
          tags,
          params,
          body: z.strictObject({ id: recordIdSchema.optional(), comment: commentSchema }),
          response: { 200: alarmSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { comment, id: commentId } = request.body;
        const known = commentId === undefined ? undefined : await findComment(query, commentId);
        if (known) {
          if (known.alarm === id && known.comment === comment && known.who === request.actor.who)
            return alarmOf(query, alarms, id);
          throw fault('id.conflict', `${commentId} is the id of another comment`);
        }
        const key = commentId ?? uuidv7(deps.now());
        const commented = await operate('alarms.comment', request.actor, (turn) =>
          alarms.comment(turn, id, comment, key),
        );
        if (commented) return commented;
        const closed = await alarmOf(query, alarms, id);
        await operate('alarms.comment', request.actor, (turn) =>
          alarms.commentClosed(turn, id, comment, key),
        );
        return closed;
      },
    );
  };
}
