import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { Role } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import type { Fault } from '../lib/errors.ts';
import { fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { createGuard, type Upgrade } from './guard.ts';
import { createOwnPassword, type OwnPassword } from './own-password.ts';
import { nobodyPassword } from './password.ts';
import { createSecondPerson, type SecondPerson } from './second-person.ts';
import { createOneUseLinks, linkLifeMs, sha256 } from './secrets.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions, type RevokedListener } from './sessions.ts';
import { setupRoutes } from './setup-routes.ts';
import { cookieNames, createSignIn } from './sign-in.ts';
import { createThrottle } from './throttle.ts';
import { tokenRoutes } from './token-routes.ts';
import { userRoutes } from './user-routes.ts';

export { checkedHash } from './password.ts';
export { secondPersonFields } from './second-person.ts';
export { newTokenSecret } from './secrets.ts';
export { authStatements } from './store.ts';

export interface AuthDeps {
  memory: Memory;
  query: Query;
  operate: Operate;
  clock: Clock;
  log: Logger;
  /** The server itself speaks TLS: cookies are `__Host-` and Secure. */
  tls: boolean;
  /** Origins beside the server's own, `https://console.example.com`. */
  allowedOrigins: readonly string[];
}

/** A path of the console that works once, and until when (UTC ms). */
export interface OneUseLink {
  path: string;
  expiresAt: number;
}

export interface AuthFigures {
  sessions: number;
  tokens: number;
  signInsRefused: number;
  signInsThrottled: number;
}

export interface Auth extends Pick<Accounts, 'createUser' | 'setPassword' | 'createToken' | 'setupNeeded'> {
  load(): Promise<void>;
  /** The hook that the HTTP server runs first, at every request. @throws Fault */
  check(request: FastifyRequest): void;
  /** For `/live`, which is upgraded outside of the routes or in one. */
  authenticateUpgrade(request: IncomingMessage): Upgrade | Fault;
  onRevoked(listener: RevokedListener): () => void;
  /** For acts of other rooms that need a second person; put `secondPersonFields` into their body. */
  secondPerson: SecondPerson;
  /** For acts of other rooms that lower the guard: who is signed in proves to be still the one who signed in. */
  ownPassword: OwnPassword;
  /** `/setup`, `/session`, `/users`, `/tokens`. */
  routes: Routes;
  /** For the first administrator. @throws state.conflict when there is one */
  createSetupLink(): Promise<OneUseLink>;
  /** Signs a user in without a password: for the demo, and for who prints it. @throws not.found */
  createSignInLink(user: string): Promise<OneUseLink>;
  /** The token of this name and secret, if there is one: for other doors than HTTP. */
  tokenOf(name: string, secret: string): { name: string; role: Role } | undefined;
  /** All users as the running turn sees them; the command line lists them. */
  users: Accounts['users'];
  figures(): AuthFigures;
}

export function createAuth(deps: AuthDeps): Auth {
  const { memory, query, operate, clock, log, tls } = deps;
  const cookies = cookieNames(tls);
  const sessions = createSessions({ memory, query, operate, clock, log });
  const accounts = createAccounts({ memory, query, sessions });
  const setupLinks = createOneUseLinks(memory, clock, 'setup-links');
  const signInLinks = createOneUseLinks(memory, clock, 'sign-in-links');
  const throttle = createThrottle();
  const signIn = createSignIn({
    memory,
    query,
    operate,
    clock,
    log,
    accounts,
    sessions,
    throttle,
    cookies,
  });
  const guard = createGuard({
    accounts,
    sessions,
    clock,
    sessionCookie: cookies.session,
    scheme: tls ? 'https' : 'http',
    allowedOrigins: deps.allowedOrigins,
  });
  const secondPerson = createSecondPerson(signIn);
  const parts = { operate, accounts, sessions, signIn, guard, cookies, secure: tls, secondPerson };

  return {
    async load() {
      await Promise.all([accounts.load(), sessions.load(), signIn.load(), nobodyPassword()]);
    },
    createUser: accounts.createUser,
    setPassword: accounts.setPassword,
    createToken: accounts.createToken,
    setupNeeded: accounts.setupNeeded,
    tokenOf(name, secret) {
      const token = accounts.tokens.committed.get(sha256(secret));
      return token?.name === name ? { name, role: token.role } : undefined;
    },
    users: accounts.users,
    check: guard.check,
    authenticateUpgrade: guard.authenticateUpgrade,
    onRevoked: sessions.onRevoked,
    secondPerson,
    ownPassword: createOwnPassword({ guard, signIn }),
    routes: async (app) => {
      await app.register(cookie);
      await app.register(setupRoutes({ ...parts, links: setupLinks }));
      await app.register(sessionRoutes({ ...parts, links: signInLinks }));
      await app.register(userRoutes(parts));
      await app.register(tokenRoutes(parts));
    },
    async createSetupLink() {
      const token = await operate('auth.setup-link', null, (turn) => {
        if (!accounts.setupNeeded()) throw fault('state.conflict', 'there is an administrator already');
        return setupLinks.issue(turn, 'first administrator');
      });
      return { path: `/setup?token=${token}`, expiresAt: clock.now().wallMs + linkLifeMs };
    },
    async createSignInLink(user) {
      const token = await operate('auth.sign-in-link', null, (turn) => {
        if (!accounts.users.get(user)) throw fault('not.found', `there is no user ${user}`);
        return signInLinks.issue(turn, user);
      });
      return { path: `/sign-in?once=${token}`, expiresAt: clock.now().wallMs + linkLifeMs };
    },
    figures: () => ({
      sessions: sessions.count(),
      tokens: accounts.tokens.committed.size,
      signInsRefused: signIn.figures.refused,
      signInsThrottled: signIn.figures.throttled,
    }),
  };
}
