import { z } from 'zod';
import {
  type LinkStatus,
  linkStatusSchema,
  type PortStatus,
  portStatusSchema,
} from '../contract/link-status.ts';
import type { Routes } from '../store/operate.ts';

export function linkRoutes(deps: { links(): LinkStatus[]; ports(): PortStatus[] }): Routes {
  return async (app) => {
    app.get(
      '/links/status',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'Each link and port with what was counted of it, and the bytes that went over it last',
          tags: ['integrate'],
          response: { 200: z.object({ links: z.array(linkStatusSchema), ports: z.array(portStatusSchema) }) },
        },
      },
      async () => ({ links: deps.links(), ports: deps.ports() }),
    );
  };
}
