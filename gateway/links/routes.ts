import { z } from 'zod';
import {
  type LinkStatus,
  linkStatusSchema,
  type PortStatus,
  portStatusSchema,
} from '../contract/link-status.ts';
import { type SerialPort, serialPortSchema } from '../contract/serial-port.ts';
import type { Routes } from '../store/operate.ts';

/** How links do, and which serial ports of this machine there are for new ones. */
export function linkRoutes(deps: {
  links(): LinkStatus[];
  ports(): PortStatus[];
  serialPorts(): Promise<SerialPort[]>;
}): Routes {
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

    app.get(
      '/serial-ports',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'The serial ports of this machine, and which link has them; none is opened',
          tags: ['integrate'],
          response: { 200: z.object({ items: z.array(serialPortSchema), next: z.null() }) },
        },
      },
      async () => ({ items: await deps.serialPorts(), next: null }),
    );
  };
}
