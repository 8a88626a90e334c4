import { z } from 'zod';
import { additionSchema } from '../contract/addition.ts';
import { keySchema } from '../contract/names.ts';
import type { Actor } from '../contract/permissions.ts';
import {
  areaSchema,
  deviceSchema,
  householdSchema,
  personSchema,
  type SiteClass,
  siteSettingsSchema,
} from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import { need, type Operate, type Routes } from '../store/operate.ts';
import type { Docs } from './docs.ts';
import { drawingRoutes } from './drawing-routes.ts';
import { siteFileRoutes } from './file-routes.ts';
import { linkRoutes } from './link-routes.ts';
import { page, pageQuery } from './paging.ts';
import { publicDoc } from './public.ts';
import type { Site } from './site.ts';

const idParams = z.object({ id: keySchema });
const publicHousehold = householdSchema.omit({ contacts: true, notes: true, medical: true });
const publicPerson = personSchema.omit({ phone: true, cards: true });

/** `/site`, `/areas`, `/households`, `/people`, `/links`, changes of `/devices` and their secrets, `/site/…`. */
export function siteRoutes(deps: {
  operate: Operate;
  site: Site;
  /** Where the drawings of plans are. */
  plansDir: string;
}): Routes {
  const { operate, site, plansDir } = deps;
  const tags = ['site'];

  function one<Class extends SiteClass>(name: Class, id: string): Docs[Class] {
    const doc = site.state().docs[name].get(id);
    if (!doc) throw fault('not.found', `there is nothing "${id}" among the ${name}`);
    return doc;
  }

  /** A look at what only some may see is on the record before it is shown. */
  async function look(actor: Actor, subject: string): Promise<boolean> {
    if (!actor.permissions.has('households.private')) return false;
    await operate('site.look', actor, (turn) => turn.audit({ action: 'private.viewed', subject }));
    return true;
  }

  return async (app) => {
    await app.register(siteFileRoutes({ operate, site }));
    await app.register(drawingRoutes({ site, plansDir }));
    await app.register(linkRoutes({ operate, site }));

    app.get(
      '/site',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'The site itself; null before a site file was applied',
          response: { 200: siteSettingsSchema.nullable() },
        },
      },
      async () => site.state().settings,
    );

    app.patch(
      '/site',
      {
        config: { permission: 'site.write' },
        schema: {
          tags,
          summary: 'Change the name or the time zone of the site',
          body: siteSettingsSchema.omit({ id: true }).extend({ timeZone: z.string() }).partial(),
          response: { 200: siteSettingsSchema },
        },
      },
      (request) => operate('site.change', request.actor, (turn) => site.updateSettings(turn, request.body)),
    );

    app.get(
      '/areas',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'Areas: buildings, floors, garages, stretches of the perimeter',
          querystring: pageQuery,
          response: { 200: z.object({ items: z.array(areaSchema), next: keySchema.nullable() }) },
        },
      },
      async (request) => page(site.state().docs.areas.values(), request.query),
    );

    app.get(
      '/households',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'Homes, without contacts and notes',
          querystring: pageQuery.extend({
            area: keySchema.optional().describe('Only those inside this area'),
          }),
          response: { 200: z.object({ items: z.array(publicHousehold), next: keySchema.nullable() }) },
        },
      },
      async (request) => {
        const { area } = request.query;
        const all = [...site.state().docs.households.values()];
        const inside = area === undefined ? all : all.filter((home) => site.isInside(home.area, area));
        return page(
          inside.map((home) => publicHousehold.parse(publicDoc('households', home))),
          request.query,
        );
      },
    );

    app.get(
      '/households/:id',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'One home; contacts, notes and medical note for those allowed, and that look is recorded',
          params: idParams,
          response: { 200: publicHousehold.extend(householdSchema.partial().shape).required({ id: true }) },
        },
      },
      async (request) => {
        const home = one('households', request.params.id);
        const open = await look(request.actor, `household:${home.id}`);
        return open ? home : { ...publicDoc('households', home), id: home.id };
      },
    );

    app.get(
      '/people',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'Guards, engineers, residents, without telephone numbers and cards',
          querystring: pageQuery,
          response: { 200: z.object({ items: z.array(publicPerson), next: keySchema.nullable() }) },
        },
      },
      async (request) =>
        page(
          [...site.state().docs.people.values()].map((person) =>
            publicPerson.parse(publicDoc('people', person)),
          ),
          request.query,
        ),
    );

    app.get(
      '/people/:id',
      {
        config: { permission: 'site.read' },
        schema: {
          tags,
          summary: 'One person; telephone number and cards for those allowed, and that look is recorded',
          params: idParams,
          response: { 200: personSchema.partial().required({ id: true, name: true }) },
        },
      },
      async (request) => {
        const person = one('people', request.params.id);
        const open = await look(request.actor, `person:${person.id}`);
        return open ? person : { ...publicDoc('people', person), id: person.id, name: person.name };
      },
    );

    app.post(
      '/devices',
      {
        config: { permission: 'devices.write' },
        schema: {
          tags: ['devices'],
          summary: 'Add a device; it works at once. The same body again is the same answer',
          body: deviceSchema,
          response: { 201: deviceSchema },
        },
      },
      async (request, reply) => {
        const device = await operate('devices.add', request.actor, (turn) =>
          site.addDevice(turn, request.body),
        );
        return reply.code(201).send(device);
      },
    );

    app.post(
      '/site/additions',
      {
        config: { permission: 'devices.write' },
        schema: {
          tags: ['devices'],
          summary:
            'Add a device together with the link and the area that it needs (these need `site.write`, too): all or nothing. The same body again is the same answer',
          body: additionSchema,
          response: { 201: additionSchema },
        },
      },
      async (request, reply) => {
        if (request.body.area || request.body.link) need(request.actor, 'site.write');
        const added = await operate('site.add', request.actor, (turn) =>
          site.addTogether(turn, request.body),
        );
        return reply.code(201).send(added);
      },
    );

    app.put(
      '/devices/:id',
      {
        config: { permission: 'devices.write' },
        schema: {
          tags: ['devices'],
          summary: 'Replace what is said of a device; its key stays',
          params: idParams,
          body: deviceSchema.extend({ id: keySchema.optional() }),
          response: { 200: deviceSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (request.body.id !== undefined && request.body.id !== id)
          throw fault(
            'request.invalid',
            `the body says "${request.body.id}", the path "${id}"; a key never changes`,
          );
        return operate('devices.change', request.actor, (turn) =>
          site.replaceDevice(turn, { ...request.body, id }),
        );
      },
    );

    app.delete(
      '/devices/:id',
      {
        config: { permission: 'devices.write' },
        schema: {
          tags: ['devices'],
          summary: 'Remove a device that nothing else uses; its key is never used again',
          params: idParams,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await operate('devices.remove', request.actor, (turn) => site.removeDevice(turn, request.params.id));
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/devices/:id/secret',
      {
        config: { permission: 'devices.write' },
        schema: {
          tags: ['devices'],
          summary: 'Give the device a new secret for MQTT; it is shown this once, and the old one ends',
          params: idParams,
          response: { 200: z.object({ secret: z.string() }) },
        },
      },
      async (request) => ({
        secret: await operate('devices.secret', request.actor, (turn) =>
          site.issueSecret(turn, request.params.id),
        ),
      }),
    );
  };
}
