import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Role } from '../contract/permissions.ts';
import { fault } from '../lib/errors.ts';
import type { SignIn } from './sign-in.ts';

/** Who may sign what another person does. */
const witnesses: readonly Role[] = ['supervisor', 'administrator'];

/** Fields of the body of an act that needs a second person's fresh sign-in. */
export const secondPersonFields = {
  second: z
    .strictObject({ user: z.string().min(1).max(100), password: z.string().min(1).max(1_000) })
    .optional(),
  reason: z.string().trim().min(4).max(500).optional(),
};

/**
 * Answers what the audit line says: `{second}` who signed it, or `{alone: true, reason}` when nobody could be reached.
 * @throws request.invalid when neither is given, auth.refused, auth.throttled, auth.forbidden
 */
export type SecondPerson = (
  given: { second?: { user: string; password: string } | undefined; reason?: string | undefined },
  request: FastifyRequest,
) => Promise<Record<string, unknown>>;

export function createSecondPerson(signIn: SignIn): SecondPerson {
  return async ({ second, reason }, request) => {
    if (second) {
      const user = await signIn.verify(second.user, second.password, request.raw);
      if (user.id === request.actor.who)
        throw fault('auth.forbidden', 'the second person must be another one than who asks');
      if (!witnesses.includes(user.role))
        throw fault('auth.forbidden', `the second person must be one of: ${witnesses.join(', ')}`);
      return reason === undefined ? { second: user.id } : { second: user.id, reason };
    }
    if (reason !== undefined) return { alone: true, reason };
    const message =
      'name a second person who signs in for this, or give the reason why nobody can be reached';
    throw fault('request.invalid', message, {
      errors: [
        { path: 'body.second', message },
        { path: 'body.reason', message },
      ],
    });
  };
}
