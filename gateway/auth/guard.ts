import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { type Actor, type Role, rolePermissions, roleSchema } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { Fault, fault } from '../lib/errors.ts';
import type { Accounts } from './accounts.ts';
import { sha256 } from './secrets.ts';
import { type Credential, endsAt, type Sessions } from './sessions.ts';

const permissionsOf = new Map(roleSchema.options.map((role) => [role, new Set(rolePermissions[role])]));
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** That the gateway is up, the set-up itself and the console's files: all else waits for the first administrator. */
function isOpenBeforeSetup(request: FastifyRequest): boolean {
  const pattern = request.routeOptions.url;
  if (pattern === '/health' || pattern === '/api/v1/setup') return true;
  return (pattern === undefined || pattern === '/*') && !/^\/+api/i.test(request.url);
}

export interface Identity {
  actor: Actor;
  role: Role;
  credential: Credential;
}

/** A console or another system on `/live`. */
export interface Upgrade {
  actor: Actor;
  /** Aborted when its session or token ends: signed out, disabled, another role, idle or absolute limit. */
  revoked: AbortSignal;
}

/** `::ffff:192.0.2.1` is how an IPv4 peer looks on a socket that listens on both. */
export function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
}

export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** A user or token acting from where the request came. */
export function actorOf(who: string, name: string, role: Role, request: IncomingMessage): Actor {
  return { who, name, station: addressOf(request), permissions: permissionsOf.get(role) ?? new Set() };
}

export interface Guard {
  /** The hook of every request: who it is, from where, and whether the route is theirs. @throws Fault */
  check(request: FastifyRequest): void;
  /** @throws auth.required */
  identify(request: IncomingMessage): Identity;
  /** For `/live`; the Fault says why not. */
  authenticateUpgrade(request: IncomingMessage): Upgrade | Fault;
}

export function createGuard(deps: {
  accounts: Accounts;
  sessions: Sessions;
  clock: Clock;
  sessionCookie: string;
  /** `https` when the server itself speaks TLS. */
  scheme: 'http' | 'https';
  /** Further origins the console may be opened from, as behind a proxy. */
  allowedOrigins: readonly string[];
}): Guard {
  const { accounts, sessions, clock, sessionCookie } = deps;
  const allowedOrigins = new Set(deps.allowedOrigins.map((origin) => new URL(origin).origin));

  function identify(request: IncomingMessage): Identity {
    if (request.headers.authorization !== undefined) {
      const token = accounts.tokens.committed.get(sha256(bearerOf(request) ?? ''));
      if (!token)
        throw fault(
          'auth.required',
          'the token is unknown: send "Authorization: Bearer TOKEN", or make a new one',
        );
      return {
        actor: actorOf(`token:${token.name}`, token.name, token.role, request),
        role: token.role,
        credential: { kind: 'token', sha256: token.sha256 },
      };
    }
    const secret = cookieOf(request, sessionCookie);
    if (secret === undefined) throw fault('auth.required', 'nobody is signed in: sign in, or send a token');
    const session = sessions.find(sha256(secret));
    const user = session && accounts.users.committed.get(session.user);
    if (!session || !user || user.disabled)
      throw fault('auth.required', 'the session has ended: sign in again');
    sessions.touch(session);
    return {
      actor: actorOf(user.id, user.name, user.role, request),
      role: user.role,
      credential: { kind: 'session', sha256: session.sha256 },
    };
  }

  /** A browser always says where an unsafe request or an upgrade comes from; what sends its own token is no browser page. */
  function checkOrigin(request: IncomingMessage): void {
    if (request.headers.authorization !== undefined) return;
    const { origin } = request.headers;
    if (origin === undefined) {
      if (cookieOf(request, sessionCookie) === undefined) return;
      throw fault(
        'auth.origin',
        'a request that is signed in by a cookie needs the header Origin: a program sends a token instead',
      );
    }
    if (origin === `${deps.scheme}://${request.headers.host}` || allowedOrigins.has(origin)) return;
    throw fault(
      'auth.origin',
      `the page at ${origin} may not do this: open the console at its own address, or allow that origin in the settings`,
    );
  }

  function isUpgrade(request: IncomingMessage): boolean {
    return request.headers.upgrade !== undefined;
  }

  /** Follows a credential while the socket is open: its revocation, and a session's own limits, which every use moves on. */
  function follow(credential: Credential, socket: Socket): AbortSignal {
    const controller = new AbortController();
    let cancelWake = () => {};
    const stopListening = sessions.onRevoked((ended) => {
      if (ended.kind === credential.kind && ended.sha256 === credential.sha256) end();
    });
    function release(): void {
      stopListening();
      cancelWake();
    }
    function end(): void {
      release();
      controller.abort(fault('auth.required', 'the session has ended: sign in again'));
    }
    function watch(): void {
      const session = sessions.find(credential.sha256);
      if (session) cancelWake = clock.wakeAfter(endsAt(session) - clock.now().wallMs, watch);
      else end();
    }
    if (credential.kind === 'session') watch();
    socket.once('close', release);
    return controller.signal;
  }

  return {
    identify,
    check(request) {
      if (accounts.setupNeeded() && !isOpenBeforeSetup(request))
        throw fault('setup.required', 'open the one-use set-up link that the gateway printed at its start');
      if (request.is404) return;
      const { permission } = request.routeOptions.config;
      if (!safeMethods.has(request.method) || isUpgrade(request.raw)) checkOrigin(request.raw);
      if (permission === 'public') return;
      const { actor } = identify(request.raw);
      if (permission !== 'signed-in' && (permission === undefined || !actor.permissions.has(permission)))
        throw fault('auth.forbidden', `this needs the right ${permission ?? 'that nobody has'}`);
      request.actor = actor;
    },
    authenticateUpgrade(request) {
      try {
        if (accounts.setupNeeded()) throw fault('setup.required', 'create the first administrator first');
        checkOrigin(request);
        const { actor, credential } = identify(request);
        return { actor, revoked: follow(credential, request.socket) };
      } catch (error) {
        if (error instanceof Fault) return error;
        throw error;
      }
    },
  };
}
