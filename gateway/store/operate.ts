import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Actor, Permission } from '../contract/permissions.ts';
import { fault } from '../lib/errors.ts';
import type { Turn } from './turn.ts';

/**
 * Runs one act of a person or another system as an input of the turn. Resolves with its answer after the commit; rejects with
 * the Fault it threw (then nothing of it remains), or `storage.unavailable` after 5 s without a commit.
 */
export type Operate = <Answer>(
  what: string,
  actor: Actor | null,
  run: (turn: Turn) => Answer,
) => Promise<Answer>;

/** A route declares one right; some requests need a second. @throws auth.forbidden */
export function need({ permissions }: Pick<Actor, 'permissions'>, permission: Permission): void {
  if (!permissions.has(permission)) throw fault('auth.forbidden', `this needs the right ${permission}, too`);
}

/** A room's routes. They are registered under `/api/v1`. */
export type Routes = FastifyPluginAsyncZod;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; set by the auth room before any handler of a route with a permission runs. */
    actor: Actor;
  }
  interface FastifyContextConfig {
    /** The right a route needs. `signed-in`: anybody with a session or token. `public`: nobody's. A route without one does not start. */
    permission?: Permission | 'signed-in' | 'public';
  }
}
