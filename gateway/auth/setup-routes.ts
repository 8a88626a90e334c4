import { z } from 'zod';
import { languageSchema, sessionSchema, setupStateSchema } from '../contract/account.ts';
import { keySchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import type { Accounts } from './accounts.ts';
import { actorOf } from './guard.ts';
import { checkedHash } from './password.ts';
import type { OneUseLinks } from './secrets.ts';
import { sessionView, setCookies } from './session-routes.ts';
import type { CookieNames, SignIn } from './sign-in.ts';

const tags = ['setup'];

export function setupRoutes(deps: {
  accounts: Accounts;
  signIn: SignIn;
  links: OneUseLinks;
  cookies: CookieNames;
  secure: boolean;
}): Routes {
  const { accounts, signIn, links, cookies, secure } = deps;
  return async (app) => {
    app.get(
      '/setup',
      {
        config: { permission: 'public' },
        schema: {
          tags,
          summary: 'Whether the first administrator is still to be created',
          response: { 200: setupStateSchema },
        },
      },
      async () => ({ needed: accounts.setupNeeded() }),
    );

    app.post(
      '/setup',
      {
        config: { permission: 'public' },
        schema: {
          tags,
          summary: 'Create the first administrator by the one-use link, and sign in',
          body: z.strictObject({
            token: z.string().min(1).max(100),
            user: keySchema,
            name: z.string().trim().min(1).max(120).optional(),
            password: z.string().min(1).max(1_000),
            language: languageSchema.default('zh'),
          }),
          response: { 201: sessionSchema },
        },
      },
      async (request, reply) => {
        const { token, user: id, name = id, password, language } = request.body;
        if (!accounts.setupNeeded()) throw fault('setup.link', 'there is an administrator already: sign in');
        if (links.subjectOf(token) === undefined) throw links.refusal();
        const passwordHash = await checkedHash(password, { id, name });
        const opened = await signIn.open(
          request.raw,
          actorOf(id, name, 'administrator', request.raw),
          (turn) => {
            links.spend(turn, token);
            if ([...accounts.users.values()].some((user) => user.role === 'administrator'))
              throw fault('setup.link', 'there is an administrator already: sign in');
            return accounts.createUser(turn, { id, name, role: 'administrator', passwordHash, language });
          },
        );
        setCookies(reply, opened, cookies, secure);
        return reply.code(201).send(sessionView(opened.user, opened.session));
      },
    );
  };
}
