import { z } from 'zod';
import { keySchema, recordIdSchema } from '../contract/names.ts';
import { cameraViewSchema, snapshotSchema } from '../contract/snapshot.ts';
import { fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Cameras } from './cameras.ts';
import { findSnapshot, findSnapshots } from './store.ts';

const tags = ['cameras'];
/** A picture may show people: nobody on the way keeps it, and nothing takes it for anything else than a picture. */
const pictureHeaders = {
  'content-type': 'image/jpeg',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-disposition': 'inline',
};

/** `/cameras` and their pictures: of now, and of alarms. */
export function cameraRoutes(deps: { query: Query; cameras: Cameras }): Routes {
  const { query, cameras } = deps;
  return async (app) => {
    app.get(
      '/cameras',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'Devices of the kind camera: where they are, their links, and whether pictures come',
          querystring: z.object({
            limit: z.coerce.number().int().min(1).max(1_000).default(200),
            cursor: keySchema.optional().describe('`next` of the page before'),
          }),
          response: { 200: z.object({ items: z.array(cameraViewSchema), next: keySchema.nullable() }) },
        },
      },
      async (request) => {
        const { limit, cursor = '' } = request.query;
        const rest = cameras
          .views()
          .filter(({ id }) => id > cursor)
          .sort((a, b) => (a.id < b.id ? -1 : 1));
        const items = rest.slice(0, limit);
        return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
      },
    );

    app.get(
      '/cameras/:id/snapshot',
      {
        config: { permission: 'video.view' },
        schema: {
          tags,
          summary: 'What the camera sees now, as a JPEG; asked at most every 2 s, however many look',
          description: 'The header `gatehouse-taken-at` is when it was taken, UTC ms.',
          params: z.object({ id: keySchema }),
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const camera = cameras.views().find((view) => view.id === id);
        if (!camera) throw fault('not.found', `there is no camera "${id}"`);
        if (!camera.pictures)
          throw fault('state.conflict', `"${id}" has no snapshot URL; set snapshotUrl of the camera`);
        const picture = await cameras.look(id);
        if (!picture.ok) throw fault('device.unreachable', picture.error);
        return reply
          .headers({ ...pictureHeaders, 'gatehouse-taken-at': String(picture.takenAt) })
          .send(picture.jpeg);
      },
    );

    app.get(
      '/alarms/:id/snapshots',
      {
        config: { permission: 'alarms.read' },
        schema: {
          tags,
          summary: 'The pictures that were asked for when the alarm was raised, those that failed included',
          params: z.object({ id: recordIdSchema }),
          response: { 200: z.object({ items: z.array(snapshotSchema), next: z.null() }) },
        },
      },
      async (request) => ({ items: await findSnapshots(query, request.params.id), next: null }),
    );

    app.get(
      '/alarms/:id/snapshots/:n.jpg',
      {
        config: { permission: 'video.view' },
        schema: {
          tags,
          summary: 'One picture of an alarm',
          params: z.object({ id: recordIdSchema, n: z.coerce.number().int().min(1).max(1_000) }),
        },
      },
      async (request, reply) => {
        const { id, n } = request.params;
        const found = await findSnapshot(query, id, n);
        if (!found) throw fault('not.found', `the alarm ${id} has no picture ${n}`);
        const { snapshot, file } = found;
        if (file === null)
          throw fault(
            'not.found',
            `picture ${n} is ${snapshot.state}${snapshot.error ? `: ${snapshot.error}` : ''}`,
          );
        const jpeg = await cameras.readPicture(file);
        if (!jpeg) throw fault('not.found', `picture ${n} is on record and its file is not on this machine`);
        return reply.headers(pictureHeaders).send(jpeg);
      },
    );
  };
}
