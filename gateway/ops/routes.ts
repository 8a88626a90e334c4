import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** Why the gateway is not quite well, in words without secrets. */
export interface Health {
  status: 'ok' | 'degraded';
  reasons: string[];
}

/** `GET /health` for load balancers and people, `GET /metrics` for Prometheus; both at the root. */
export function opsRoutes(deps: {
  health(): Health;
  metrics(): Promise<string>;
  version: string;
}): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/health',
      {
        config: { permission: 'public' },
        schema: {
          summary: 'Up, and what is degraded',
          tags: ['ops'],
          response: {
            200: z.object({
              status: z.enum(['ok', 'degraded']),
              reasons: z.array(z.string()),
              version: z.string(),
            }),
          },
        },
      },
      async () => ({ ...deps.health(), version: deps.version }),
    );
    app.get(
      '/metrics',
      {
        config: { permission: 'metrics.read' },
        schema: { summary: 'Prometheus metrics', tags: ['ops'], response: { 200: z.string() } },
      },
      async (_request, reply) => {
        reply.type('text/plain; version=0.0.4; charset=utf-8');
        return deps.metrics();
      },
    );
  };
}
