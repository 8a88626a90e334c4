import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import { foundAt } from './uhppote-search.ts';
import type { FoundController } from './uhppote-wire.ts';

const foundSchema = z.object({
  serial: z.number().int().describe('The `address` of its device in the site'),
  address: z.string(),
  netmask: z.string(),
  gateway: z.string(),
  mac: z.string(),
  firmware: z.string(),
  date: z.string().nullable().describe('Of its firmware'),
  device: keySchema.nullable().describe('The device of the site that it is; null: the site does not know it'),
});

/** `POST /links/:id/search`: which door controllers answer on the network of a link. */
export function uhppoteRoutes(deps: {
  search(link: string): Promise<FoundController[]>;
  /** The device of the site that a controller is. */
  deviceOf(serial: number): string | null;
}): Routes {
  return async (app) => {
    app.post(
      '/links/:id/search',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'Search the network of a link for door controllers (kind uhppote); takes 1.5 s',
          tags: ['site'],
          params: z.object({ id: keySchema }),
          response: { 200: z.object({ items: z.array(foundSchema), next: z.null() }) },
        },
      },
      async (request) => {
        const found = await deps.search(request.params.id);
        return {
          items: found.map(({ from, ms: _ms, ...controller }) => ({
            ...controller,
            address: foundAt({ address: controller.address, from }),
            device: deps.deviceOf(controller.serial),
          })),
          next: null,
        };
      },
    );
  };
}
