import { z } from 'zod';
import { languageSchema, type UserView, userSchema } from '../contract/account.ts';
import { keySchema } from '../contract/names.ts';
import { roleSchema } from '../contract/permissions.ts';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Accounts } from './accounts.ts';
import { checkedHash, verifyPassword } from './password.ts';
import { type SecondPerson, secondPersonFields } from './second-person.ts';
import { userView } from './store.ts';

const tags = ['users'];
const permission = 'users.manage';
const nameSchema = z.string().trim().min(1).max(120);
const passwordSchema = z.string().min(1).max(1_000);

export function userRoutes(deps: {
  operate: Operate;
  accounts: Accounts;
  secondPerson: SecondPerson;
}): Routes {
  const { operate, accounts, secondPerson } = deps;
  return async (app) => {
    app.get(
      '/users',
      {
        config: { permission },
        schema: {
          tags,
          summary: 'All users',
          response: { 200: z.object({ items: z.array(userSchema), next: z.null() }) },
        },
      },
      async () => {
        const items = [...accounts.users.committed.values()].map(userView);
        return { items: items.sort((a, b) => a.id.localeCompare(b.id)), next: null };
      },
    );

    app.post(
      '/users',
      {
        config: { permission },
        schema: {
          tags,
          summary: 'Create a user; repeating the same body gives the same answer',
          body: z.strictObject({
            id: keySchema,
            name: nameSchema,
            role: roleSchema,
            password: passwordSchema,
            language: languageSchema.optional(),
          }),
          response: { 201: userSchema },
        },
      },
      async (request, reply) => {
        const { password, ...made } = request.body;
        const there = accounts.users.committed.get(made.id);
        let answer: UserView;
        if (there) {
          const same =
            there.name === made.name &&
            there.role === made.role &&
            there.language === (made.language ?? null) &&
            !there.disabled &&
            (await verifyPassword(there.password, password));
          if (!same)
            throw fault('id.conflict', `there is a user ${made.id} already; keys are never used twice`);
          answer = userView(there);
        } else {
          const passwordHash = await checkedHash(password, made);
          answer = await operate('users.create', request.actor, (turn) =>
            userView(accounts.createUser(turn, { ...made, passwordHash })),
          );
        }
        return reply.code(201).send(answer);
      },
    );

    app.patch(
      '/users/:id',
      {
        config: { permission },
        schema: {
          tags,
          summary: 'Change a name, role or password, disable or enable; ends the sessions of that user',
          description:
            'A change of role needs a second person who signs it (`second`), or, when nobody can be reached, a `reason`.',
          params: z.strictObject({ id: keySchema }),
          body: z.strictObject({
            name: nameSchema.optional(),
            role: roleSchema.optional(),
            disabled: z.boolean().optional(),
            password: passwordSchema.optional(),
            language: languageSchema.optional(),
            ...secondPersonFields,
          }),
          response: { 200: userSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { password, second, reason, ...change } = request.body;
        const before = accounts.users.committed.get(id);
        if (!before) throw fault('not.found', `there is no user ${id}`);
        const passwordHash =
          password === undefined
            ? undefined
            : await checkedHash(password, { id, name: change.name ?? before.name });
        const why =
          change.role !== undefined && change.role !== before.role
            ? await secondPerson({ second, reason }, request)
            : {};
        const after = await operate('users.change', request.actor, (turn) =>
          accounts.changeUser(turn, id, { ...change, passwordHash }, why),
        );
        return userView(after);
      },
    );
  };
}
