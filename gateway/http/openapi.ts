import swagger from '@fastify/swagger';
import type {} from '@fastify/websocket';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemSchema } from '../contract/problem.ts';

export const openapiPath = '/api/v1/openapi.json';

const signedIn = [{ token: [] }, { session: [] }];
const problem = {
  description: 'What went wrong',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The right that a route needs, in words and as `x-permission`, and the problem document that any route may answer. */
function describe(schema: Record<string, unknown>, route: RouteOptions): Record<string, unknown> {
  const permission = route.config?.permission;
  const needs =
    permission === 'public'
      ? 'Needs no sign-in.'
      : permission === 'signed-in'
        ? 'Needs a session or a token.'
        : `Needs the right \`${permission}\`.`;
  return {
    ...schema,
    description: schema.description ? `${String(schema.description)}\n\n${needs}` : needs,
    security: permission === 'public' ? [] : signedIn,
    response: { ...(schema.response ?? { 200: { description: 'Done' } }), default: problem },
    'x-permission': permission,
  };
}

/** OpenAPI 3.1 of all routes, drawn from the very schemas that check them. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  const { $schema: _, ...problemJson } = z.toJSONSchema(problemSchema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gatehouse',
        version,
        description:
          'Times are UTC epoch milliseconds. Lists are `{items, next}`: give `next` back as `cursor`. Errors are problem documents (RFC 9457) with a stable `code`. A cookie signs in unsafe requests only together with an allowed `Origin`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'gatehouse_session' },
        },
        schemas: { Problem: problemJson as object },
      },
    },
    transform: (input) => {
      // The websocket plugin hides its routes; for those who write a client they are the most wanted ones.
      const shown = input.route.websocket ? { ...input, schema: { ...input.schema, hide: false } } : input;
      const { schema, url } = jsonSchemaTransform(shown);
      if (schema?.hide) return { schema, url };
      return { schema: describe({ ...schema }, input.route), url };
    },
  });
  app.get(
    openapiPath,
    {
      config: { permission: 'public' },
      schema: {
        tags: ['gateway'],
        summary: 'This description',
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async (_request, reply) => reply.type('application/json').serializer(JSON.stringify).send(app.swagger()),
  );
}
