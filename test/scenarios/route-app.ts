import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Actor } from '../../gateway/contract/permissions.ts';
import { Fault } from '../../gateway/lib/errors.ts';
import type { Operate, Routes } from '../../gateway/store/operate.ts';
import { testActor } from '../../gateway/store/turn-fixture.ts';
import type { SimulatedDays } from './simulated-days.ts';

/** Operations of routes run as inputs of the simulated days. */
export function operateIn(days: () => SimulatedDays<unknown>): Operate {
  return (_, actor, run) => days().act(run, actor);
}

/** A room's routes under `/api/v1`, asked as one signed-in person; without the house's own doorman. */
export async function createRouteApp(
  routes: Routes,
  actor: () => Actor = () => testActor,
): Promise<FastifyInstance> {
  const app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('actor');
  app.addHook('onRequest', async (request) => {
    request.actor = actor();
  });
  app.setErrorHandler((error, _, reply) => {
    if (error instanceof Fault)
      return reply.code(error.status).send({ code: error.code, detail: error.detail });
    const { statusCode = 500, message } = error as { statusCode?: number; message: string };
    return reply.code(statusCode).send({ code: 'request.invalid', detail: message });
  });
  await app.register(routes, { prefix: '/api/v1' });
  await app.ready();
  return app;
}
