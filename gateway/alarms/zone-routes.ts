import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import { type ZoneState, zoneStateSchema } from '../contract/zone.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Alarms } from './alarms.ts';

/** A zone is a device seen by its arming; the id is the device's. */
const zoneSchema = zoneStateSchema.extend({
  name: z.string(),
  area: z.string(),
  areaName: z.string(),
  kind: z.string(),
  /** 24-hour zones cannot be disarmed or bypassed. */
  alwaysArmed: z.boolean(),
});
const params = z.object({ id: keySchema });

/** `/zones`: what is armed, disarmed and bypassed, and by whom. */
export function zoneRoutes(deps: {
  operate: Operate;
  alarms: Alarms;
  /** Throws unless it is the password of who asks. */
  ownPassword(password: string | undefined, request: FastifyRequest): Promise<void>;
}): Routes {
  const { operate, alarms, ownPassword } = deps;

  function view(zone: ZoneState): z.infer<typeof zoneSchema> {
    const subject = alarms.subject(zone.id);
    return {
      ...zone,
      name: subject?.device.name ?? zone.id,
      area: subject?.device.area ?? '',
      areaName: subject?.areaName ?? '',
      kind: subject?.kind.id ?? '',
      alwaysArmed: subject?.kind.alwaysArmed ?? false,
    };
  }

  const simpleActs = {
    arm: { permission: 'zones.arm', summary: 'Arm' },
    unbypass: { permission: 'zones.bypass', summary: 'End a bypass' },
  } as const;

  const tags = ['zones'];
  return async (app) => {
    app.get(
      '/zones',
      {
        config: { permission: 'alarms.read' },
        schema: {
          summary: 'All zones with their arming',
          tags,
          response: { 200: z.object({ items: z.array(zoneSchema), next: z.null() }) },
        },
      },
      async () => ({ items: Array.from(alarms.zones.committed.values(), view), next: null }),
    );

    for (const name of ['arm', 'unbypass'] as const)
      app.post(
        `/zones/:id/${name}`,
        {
          config: { permission: simpleActs[name].permission },
          schema: {
            summary: simpleActs[name].summary,
            tags,
            params,
            body: z.strictObject({}).nullish(),
            response: { 200: zoneSchema },
          },
        },
        async (request) =>
          view(
            await operate(`zones.${name}`, request.actor, (turn) =>
              alarms.zones[name](turn, request.params.id),
            ),
          ),
      );

    app.post(
      '/zones/:id/disarm',
      {
        config: { permission: 'zones.arm' },
        schema: {
          summary: 'Disarm; a signed-in person sends their own password, a token needs none',
          tags,
          params,
          body: z.strictObject({ password: z.string().min(1).max(1_000).optional() }).nullish(),
          response: { 200: zoneSchema },
        },
      },
      async (request) => {
        await ownPassword(request.body?.password, request);
        return view(
          await operate('zones.disarm', request.actor, (turn) =>
            alarms.zones.disarm(turn, request.params.id),
          ),
        );
      },
    );

    app.post(
      '/zones/:id/bypass',
      {
        config: { permission: 'zones.bypass' },
        schema: {
          summary: 'Bypass (旁路) with reason and expiry (UTC ms, at most 31 days ahead)',
          tags,
          params,
          body: z.strictObject({ reason: z.string().trim().min(1).max(500), until: z.number().int() }),
          response: { 200: zoneSchema },
        },
      },
      async (request) => {
        const { reason, until } = request.body;
        return view(
          await operate('zones.bypass', request.actor, (turn) =>
            alarms.zones.bypass(turn, request.params.id, reason, until),
          ),
        );
      },
    );
  };
}
