import { z } from 'zod';
import { timeSchema } from '../contract/names.ts';
import type { Routes } from '../store/operate.ts';
import type { Backups } from './backups.ts';

const fileSchema = z.object({ name: z.string(), createdAt: timeSchema, bytes: z.number().int() });

/** `/backups`: what lies in `DATA/backups`. */
export function backupRoutes(backups: Backups): Routes {
  const tags = ['backups'];
  return async (app) => {
    app.get(
      '/backups',
      {
        config: { permission: 'backup.manage' },
        schema: {
          tags,
          summary: 'Backups in the data directory, newest first',
          response: { 200: z.object({ items: z.array(fileSchema), next: z.null() }) },
        },
      },
      async () => ({ items: backups.list(), next: null }),
    );

    app.post(
      '/backups',
      {
        config: { permission: 'backup.manage' },
        schema: {
          tags,
          summary: 'Write a backup now; it is taken apart again to prove it',
          response: { 201: fileSchema },
        },
      },
      async (request, reply) => {
        const { file, createdAt, bytes } = await backups.create(request.actor);
        return reply.code(201).send({ name: file.split('/').at(-1) ?? file, createdAt, bytes });
      },
    );
  };
}
