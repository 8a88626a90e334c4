import { z } from 'zod';
import { type Command, commandSchema } from '../contract/command.ts';
import { deviceTypeSchema } from '../contract/device-type.ts';
import { deviceViewSchema, pointViewSchema } from '../contract/device-view.ts';
import { kindSchema } from '../contract/kind.ts';
import { keySchema, recordIdSchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import { suggestion } from '../lib/nearest.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { type Catalogue, typeJsonSchema } from './catalogue.ts';
import type { CommandRequest } from './commands.ts';
import type { Devices } from './devices.ts';
import { commandOf } from './store.ts';

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  /** The `next` of the page before. */
  cursor: z.string().max(100).optional(),
});

const problemSchema = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
});

const commandBodySchema = z.strictObject({
  id: recordIdSchema.optional(),
  command: z.string().min(1).max(60),
  args: z.record(z.string(), z.unknown()).optional(),
  reason: z.string().max(500).optional(),
});

function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** One page of things in the order of their ids. */
function page<T>(ids: Iterable<string>, of: (id: string) => T | undefined, limit: number, cursor?: string) {
  const items: T[] = [];
  let last: string | null = null;
  for (const id of [...ids].sort()) {
    if (cursor !== undefined && id <= cursor) continue;
    const item = of(id);
    if (item === undefined) continue;
    if (items.length === limit) return { items, next: last };
    items.push(item);
    last = id;
  }
  return { items, next: null };
}

/** Kinds, device types, devices with their points and states, and the commands to them. */
export function deviceRoutes(deps: {
  operate: Operate;
  query: Query;
  catalogue: Catalogue;
  devices: Devices;
}): Routes {
  const { operate, query, catalogue, devices } = deps;
  const { views, commands } = devices;

  async function stored(id: string): Promise<Command | undefined> {
    const [row] = await query<{ doc: string }>('SELECT doc FROM command WHERE id = ?', id);
    return row && commandOf(row);
  }

  function missing(id: string): never {
    throw fault('not.found', `there is no device "${id}"${suggestion(id, views.ids())}`);
  }

  /** A repeat of a request whose command has ended: its record answers. */
  async function repeated(request: CommandRequest): Promise<Command | undefined> {
    const { id, device, command, args = {}, reason = null } = request;
    if (id === undefined || commands.running(id)) return undefined;
    const known = await stored(id);
    if (!known) return undefined;
    const same =
      known.device === device &&
      known.command === command &&
      known.reason === reason &&
      JSON.stringify(known.args) === JSON.stringify(args);
    if (!same)
      throw fault('id.conflict', `${id} is the id of another command: ${known.command} of ${known.device}`);
    return known;
  }

  return async (app) => {
    app.get(
      '/kinds',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: 'What devices can be: points, events, commands and default alarms of each kind',
          tags: ['devices'],
          response: { 200: listOf(kindSchema) },
        },
      },
      async () => ({ items: [...catalogue.kinds.values()], next: null }),
    );

    app.get(
      '/device-types',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: "Device types, built-in and the site's own, and what is wrong in the site's own files",
          tags: ['devices'],
          response: { 200: listOf(deviceTypeSchema).extend({ problems: z.array(problemSchema) }) },
        },
      },
      async () => ({ items: [...catalogue.types.values()], next: null, problems: [...catalogue.problems] }),
    );

    app.get(
      '/device-types/:id/readme',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary:
            'What is to be known of a device type: wiring, what to set in the device, known limits; Markdown',
          tags: ['devices'],
          params: z.object({ id: keySchema }),
          querystring: z.object({ language: z.enum(['zh', 'en']).default('en') }),
          response: {
            200: z.object({
              text: z.string().nullable(),
              language: z
                .enum(['zh', 'en'])
                .nullable()
                .describe("what it is written in; null of one that is the site's own, or when there is none"),
            }),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!catalogue.types.has(id))
          throw fault(
            'not.found',
            `there is no device type "${id}"${suggestion(id, catalogue.types.keys())}`,
          );
        return catalogue.readme(id, request.query.language) ?? { text: null, language: null };
      },
    );

    app.get(
      '/schemas/device-type',
      {
        config: { permission: 'signed-in' },
        schema: {
          summary: 'The form of type.yaml as JSON Schema, for editors',
          tags: ['devices'],
          response: { 200: z.record(z.string(), z.unknown()) },
        },
      },
      async () => typeJsonSchema(),
    );

    app.get(
      '/devices',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: 'Devices with their states, by id',
          tags: ['devices'],
          querystring: pageSchema.extend({ area: keySchema.optional(), kind: keySchema.optional() }),
          response: { 200: listOf(deviceViewSchema) },
        },
      },
      async (request) => {
        const { limit, cursor, area, kind } = request.query;
        const pick = (id: string) => {
          const view = views.device(id);
          const wanted = view && (!area || view.area === area) && (!kind || view.kind === kind);
          return wanted ? view : undefined;
        };
        return page(views.ids(), pick, limit, cursor);
      },
    );

    app.get(
      '/devices/:id',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: 'One device with its state',
          tags: ['devices'],
          params: z.object({ id: keySchema }),
          response: { 200: deviceViewSchema },
        },
      },
      async (request) => views.device(request.params.id) ?? missing(request.params.id),
    );

    app.get(
      '/devices/:id/points',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: 'The newest value of each point of a device',
          tags: ['devices'],
          params: z.object({ id: keySchema }),
          response: { 200: listOf(pointViewSchema) },
        },
      },
      async (request) => ({
        items: views.points(request.params.id) ?? missing(request.params.id),
        next: null,
      }),
    );

    app.post(
      '/devices/:id/commands',
      {
        config: { permission: 'devices.command' },
        schema: {
          summary: 'Ask a device to do something; the answer is the record, which goes on by itself',
          tags: ['devices'],
          params: z.object({ id: keySchema }),
          body: commandBodySchema,
          response: { 200: commandSchema },
        },
      },
      async (request) => {
        const { id: device } = request.params;
        const view = views.device(device) ?? missing(device);
        if (commands.isInternal(device, request.body.command))
          throw fault(
            'state.conflict',
            `${request.body.command} is sent by the gateway itself, not by hand; ${view.id} takes ${view.commands.join(', ') || 'nothing by hand'}`,
          );
        const asked: CommandRequest = { ...request.body, device };
        return (
          (await repeated(asked)) ??
          operate('commands.request', request.actor, (turn) => commands.request(turn, asked))
        );
      },
    );

    app.get(
      '/commands',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: 'Commands, newest first',
          tags: ['devices'],
          querystring: pageSchema.extend({
            device: keySchema.optional(),
            alarm: recordIdSchema.optional(),
            cursor: recordIdSchema.optional(),
          }),
          response: { 200: listOf(commandSchema) },
        },
      },
      async (request) => {
        const { device, alarm, limit, cursor } = request.query;
        const where = ['1'];
        const params: (string | number)[] = [];
        const add = (condition: string, value: string | undefined) => {
          if (value === undefined) return;
          where.push(condition);
          params.push(value);
        };
        add('device = ?', device);
        add('alarm = ?', alarm);
        add('id < ?', cursor);
        const rows = await query<{ doc: string }>(
          `SELECT doc FROM command WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
          ...params,
          limit + 1,
        );
        const items = rows.slice(0, limit).map(commandOf);
        return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
      },
    );

    app.get(
      '/commands/:id',
      {
        config: { permission: 'devices.read' },
        schema: {
          summary: 'One command',
          tags: ['devices'],
          params: z.object({ id: recordIdSchema }),
          response: { 200: commandSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const command = (await stored(id)) ?? commands.running(id);
        if (!command) throw fault('not.found', `there is no command ${id}`);
        return command;
      },
    );
  };
}
