import type {} from '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { languageSchema, type SessionView, sessionSchema } from '../contract/account.ts';
import { rolePermissions } from '../contract/permissions.ts';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Accounts } from './accounts.ts';
import { actorOf, type Guard } from './guard.ts';
import { checkedHash } from './password.ts';
import type { OneUseLinks } from './secrets.ts';
import { type Sessions, sessionLimits } from './sessions.ts';
import { type CookieNames, cookieLifeS, type Opened, type SignIn } from './sign-in.ts';
import type { Session, User } from './store.ts';

const tags = ['session'];

export function sessionView(user: User, session: Session): SessionView {
  return {
    user: user.id,
    name: user.name,
    role: user.role,
    permissions: [...rolePermissions[user.role]],
    language: user.language,
    expiresAt: session.createdAt + sessionLimits.absoluteMs,
  };
}

/** Puts a freshly opened session into the browser; a new secret at every sign-in. */
export function setCookies(reply: FastifyReply, opened: Opened, names: CookieNames, secure: boolean): void {
  const common = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
  reply.setCookie(names.session, opened.secret, { ...common, maxAge: cookieLifeS.session });
  reply.setCookie(names.device, opened.device, { ...common, maxAge: cookieLifeS.device });
}

export function sessionRoutes(deps: {
  operate: Operate;
  accounts: Accounts;
  sessions: Sessions;
  signIn: SignIn;
  guard: Guard;
  links: OneUseLinks;
  cookies: CookieNames;
  secure: boolean;
}): Routes {
  const { operate, accounts, sessions, signIn, guard, links, cookies, secure } = deps;

  function enabled(id: string): User {
    const user = accounts.users.get(id);
    if (!user || user.disabled) throw fault('auth.refused', `${id} may not sign in`);
    return user;
  }

  /** The session of the cookie; what only a person has, a token is refused. */
  function ownSession(identity: ReturnType<Guard['identify']>): { user: User; session: Session } {
    const { credential, actor } = identity;
    const session = credential.kind === 'session' ? sessions.find(credential.sha256) : undefined;
    const user = session && accounts.users.committed.get(session.user);
    if (!user || !session)
      throw fault('auth.forbidden', `${actor.who} is a token: this is for people who have signed in`);
    return { user, session };
  }

  return async (app) => {
    app.post(
      '/session',
      {
        config: { permission: 'public' },
        schema: {
          tags,
          summary: 'Sign in; sets the session cookie',
          body: z.strictObject({
            user: z.string().min(1).max(100),
            password: z.string().min(1).max(1_000),
          }),
          response: { 201: sessionSchema },
        },
      },
      async (request, reply) => {
        const { user: name, password } = request.body;
        const user = await signIn.verify(name, password, request.raw);
        const opened = await signIn.open(
          request.raw,
          actorOf(user.id, user.name, user.role, request.raw),
          () => {
            const now = enabled(user.id);
            if (now.password !== user.password)
              throw fault('auth.refused', 'the password was changed meanwhile');
            return now;
          },
        );
        setCookies(reply, opened, cookies, secure);
        return reply.code(201).send(sessionView(opened.user, opened.session));
      },
    );

    app.post(
      '/session/once',
      {
        config: { permission: 'public' },
        schema: {
          tags,
          summary: 'Sign in by a one-use link; sets the session cookie',
          body: z.strictObject({ token: z.string().min(1).max(100) }),
          response: { 201: sessionSchema },
        },
      },
      async (request, reply) => {
        const { token } = request.body;
        const user = accounts.users.committed.get(links.subjectOf(token) ?? '');
        if (!user) throw links.refusal();
        const opened = await signIn.open(
          request.raw,
          actorOf(user.id, user.name, user.role, request.raw),
          (turn) => enabled(links.spend(turn, token)),
        );
        setCookies(reply, opened, cookies, secure);
        return reply.code(201).send(sessionView(opened.user, opened.session));
      },
    );

    app.get(
      '/session',
      {
        config: { permission: 'signed-in' },
        schema: { tags, summary: 'Who is signed in, and what they may do', response: { 200: sessionSchema } },
      },
      async (request) => {
        const identity = guard.identify(request.raw);
        const { actor, role, credential } = identity;
        if (credential.kind === 'token')
          return {
            user: actor.who,
            name: actor.name,
            role,
            permissions: [...actor.permissions],
            language: null,
            expiresAt: null,
          };
        const { user, session } = ownSession(identity);
        return sessionView(user, session);
      },
    );

    app.patch(
      '/session',
      {
        config: { permission: 'signed-in' },
        schema: {
          tags,
          summary: 'Change the language one reads',
          body: z.strictObject({ language: languageSchema }),
          response: { 200: sessionSchema },
        },
      },
      async (request) => {
        const { user, session } = ownSession(guard.identify(request.raw));
        const changed = await operate('auth.language', request.actor, (turn) =>
          accounts.changeUser(turn, user.id, { language: request.body.language }),
        );
        return sessionView(changed, session);
      },
    );

    app.post(
      '/session/password',
      {
        config: { permission: 'signed-in' },
        schema: {
          tags,
          summary: "Change one's own password; ends one's other sessions",
          body: z.strictObject({
            current: z.string().min(1).max(1_000),
            password: z.string().min(1).max(1_000),
          }),
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const { user, session } = ownSession(guard.identify(request.raw));
        await signIn.verify(user.id, request.body.current, request.raw);
        const passwordHash = await checkedHash(request.body.password, user);
        await operate('auth.password', request.actor, (turn) =>
          accounts.setPassword(turn, user.id, passwordHash, session.sha256),
        );
        return reply.code(204).send();
      },
    );

    app.delete(
      '/session',
      {
        config: { permission: 'signed-in' },
        schema: { tags, summary: 'Sign out', response: { 204: z.undefined() } },
      },
      async (request, reply) => {
        const { user, session } = ownSession(guard.identify(request.raw));
        await operate('auth.sign-out', request.actor, (turn) => {
          sessions.end(turn, session.sha256);
          turn.audit({ action: 'session.closed', subject: `user:${user.id}` });
        });
        reply.clearCookie(cookies.session, { path: '/', secure, httpOnly: true, sameSite: 'strict' });
        return reply.code(204).send();
      },
    );
  };
}
