import { z } from 'zod';
import { tokenSchema } from '../contract/account.ts';
import { keySchema, recordIdSchema } from '../contract/names.ts';
import { roleSchema } from '../contract/permissions.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Accounts } from './accounts.ts';
import { newTokenSecret } from './secrets.ts';
import { tokenView } from './store.ts';

const tags = ['tokens'];
const permission = 'tokens.manage';

export function tokenRoutes(deps: { operate: Operate; accounts: Accounts }): Routes {
  const { operate, accounts } = deps;
  return async (app) => {
    app.get(
      '/tokens',
      {
        config: { permission },
        schema: {
          tags,
          summary: 'All tokens, without their secrets',
          response: { 200: z.object({ items: z.array(tokenSchema), next: z.null() }) },
        },
      },
      async () => {
        const items = [...accounts.tokens.committed.values()].map(tokenView);
        return { items: items.sort((a, b) => a.name.localeCompare(b.name)), next: null };
      },
    );

    app.post(
      '/tokens',
      {
        config: { permission },
        schema: {
          tags,
          summary: 'Make a token for another system; its secret is shown once, here',
          body: z.strictObject({ name: keySchema.optional(), role: roleSchema }),
          response: { 201: tokenSchema.extend({ secret: z.string() }) },
        },
      },
      async (request, reply) => {
        const secret = newTokenSecret();
        const token = await operate('tokens.create', request.actor, (turn) =>
          accounts.createToken(turn, { ...request.body, secret }),
        );
        return reply.code(201).send({ ...tokenView(token), secret });
      },
    );

    app.delete(
      '/tokens/:id',
      {
        config: { permission },
        schema: {
          tags,
          summary: 'Delete a token; what uses it is cut off at once',
          params: z.strictObject({ id: recordIdSchema }),
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        await operate('tokens.delete', request.actor, (turn) =>
          accounts.deleteToken(turn, request.params.id),
        );
        return reply.code(204).send();
      },
    );
  };
}
