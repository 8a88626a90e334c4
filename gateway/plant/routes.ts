import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import { runHoursSchema, scheduleViewSchema, sequenceSchema } from '../contract/plant.ts';
import type { Schedule } from '../contract/site.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { runMsAt } from './hours-machine.ts';
import { stretchesOfDay } from './plan.ts';
import type { Plant } from './plant.ts';
import { readSequences } from './store.ts';

/** `time.id`: several generators may have lost the same mains at once. */
const cursorSchema = z
  .string()
  .regex(/^\d{1,15}\.[0-9a-f-]{36}$/)
  .transform((text) => {
    const [at, id = ''] = text.split('.');
    return { at: Number(at), id };
  });

const hourMs = 3_600_000;

/** @param deps.schedules as committed */
export function plantRoutes(deps: {
  query: Query;
  plant: Plant;
  schedules(): Iterable<Schedule>;
  timeZone(): string;
  now(): number;
}): Routes {
  const { query, plant } = deps;
  const config = { permission: 'devices.read' } as const;
  const tags = ['plant'];
  const listOf = <Schema extends z.ZodType>(item: Schema) =>
    z.object({ items: z.array(item), next: z.string().nullable() });

  return async (app) => {
    app.get(
      '/plant/sequences',
      {
        config,
        schema: {
          summary: 'Losses of mains and what the generators made of them, newest first',
          tags,
          querystring: z.object({
            generator: keySchema.optional(),
            from: z.coerce.number().int().optional().describe('Earliest loss, UTC ms'),
            to: z.coerce.number().int().optional().describe('Latest loss, UTC ms'),
            limit: z.coerce.number().int().min(1).max(500).default(100),
            cursor: cursorSchema.optional().describe('`next` of the page before'),
          }),
          response: { 200: listOf(sequenceSchema) },
        },
      },
      async (request) => {
        const { limit, cursor, ...filter } = request.query;
        const found = await readSequences(query, filter, limit, cursor);
        const items = found.slice(0, limit);
        const last = items.at(-1);
        return { items, next: found.length > limit && last ? `${last.lostAt}.${last.id}` : null };
      },
    );

    app.get(
      '/plant/schedules',
      {
        config,
        schema: {
          summary: 'Schedules, each with what it wants now and how its devices stand to it',
          tags,
          response: { 200: listOf(scheduleViewSchema) },
        },
      },
      async () => ({
        items: Array.from(deps.schedules(), (schedule) => ({
          ...schedule,
          state: plant.scheduleState(schedule.id) ?? null,
          today: schedule.enabled
            ? stretchesOfDay(schedule, deps.timeZone(), deps.now()).map(([from, to]) => ({ from, to }))
            : [],
        })),
        next: null,
      }),
    );

    app.get(
      '/plant/run-hours',
      {
        config,
        schema: {
          summary: 'Run hours and starts of everything that tells whether it runs',
          tags,
          response: {
            200: listOf(runHoursSchema.extend({ hours: z.number().describe('Run up to now, h') })),
          },
        },
      },
      async () => ({
        items: plant.runHours().map((hours) => ({ ...hours, hours: runMsAt(hours, deps.now()) / hourMs })),
        next: null,
      }),
    );
  };
}
