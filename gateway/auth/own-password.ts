import type { FastifyRequest } from 'fastify';
import { fault } from '../lib/errors.ts';
import type { Guard } from './guard.ts';
import type { SignIn } from './sign-in.ts';

/**
 * Asks a signed-in person for their own password again, so that a console left open disarms nothing. A program's token is its
 * own proof.
 * @throws request.invalid when it is missing, auth.refused, auth.throttled
 */
export type OwnPassword = (password: string | undefined, request: FastifyRequest) => Promise<void>;

export function createOwnPassword(deps: { guard: Pick<Guard, 'identify'>; signIn: SignIn }): OwnPassword {
  return async (password, request) => {
    const { actor, credential } = deps.guard.identify(request.raw);
    if (credential.kind === 'token') return;
    if (password === undefined) {
      const message = 'this needs your own password: send it as "password"';
      throw fault('request.invalid', message, { errors: [{ path: 'body.password', message }] });
    }
    await deps.signIn.verify(actor.who, password, request.raw);
  };
}
