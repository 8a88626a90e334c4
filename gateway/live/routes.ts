import type {} from '@fastify/websocket';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Actor } from '../contract/permissions.ts';
import type { Hub } from './hub.ts';

/**
 * The live websocket. Sign-in and Origin are checked at the upgrade by `authenticate`; `revoked` fires when the session or
 * token dies, and closes the socket.
 */
export function liveRoutes(deps: {
  hub: Hub;
  authenticate(request: FastifyRequest): Promise<{ actor: Actor; revoked: AbortSignal }>;
}): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Querystring: { since?: string } }>(
      '/live',
      {
        websocket: true,
        // Checked at the upgrade itself, where the socket's life is tied to the session's.
        config: { permission: 'public' },
        schema: { summary: 'Numbered changes, snapshot and values (websocket)', tags: ['live'] },
        preValidation: async (request) => {
          request.liveSession = await deps.authenticate(request);
        },
      },
      (socket, request) => {
        const { actor, revoked } = request.liveSession;
        deps.hub.attach(socket, actor, request.query.since, revoked);
      },
    );
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    liveSession: { actor: Actor; revoked: AbortSignal };
  }
}
