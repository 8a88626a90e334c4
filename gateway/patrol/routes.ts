import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from '../contract/names.ts';
import { checkinSchema, roundSchema } from '../contract/patrol.ts';
import {
  type Checkpoint,
  checkpointSchema,
  type PatrolPlan,
  patrolPlanSchema,
  type Route,
  routeSchema,
} from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { pageOf, pageSchema } from './pages.ts';
import type { Patrol } from './patrol.ts';
import { readCheckins, readRound, readRounds } from './store.ts';

/** @param deps the site's things as committed */
export function patrolRoutes(deps: {
  query: Query;
  patrol: Patrol;
  checkpoints(): Iterable<Checkpoint>;
  routes(): Iterable<Route>;
  plans(): Iterable<PatrolPlan>;
}): Routes {
  const { query, patrol } = deps;
  const config = { permission: 'patrol.read' } as const;
  const tags = ['patrol'];
  const listOf = <Schema extends z.ZodType>(item: Schema) =>
    z.object({ items: z.array(item), next: z.string().nullable() });

  return async (app) => {
    app.get(
      '/patrol/checkpoints',
      {
        config,
        schema: { summary: 'Patrol points', tags, response: { 200: listOf(checkpointSchema) } },
      },
      async () => ({ items: [...deps.checkpoints()], next: null }),
    );

    app.get(
      '/patrol/routes',
      { config, schema: { summary: 'Routes', tags, response: { 200: listOf(routeSchema) } } },
      async () => ({ items: [...deps.routes()], next: null }),
    );

    app.get(
      '/patrol/plans',
      {
        config,
        schema: {
          summary: 'Plans, each with its next start',
          tags,
          response: { 200: listOf(patrolPlanSchema.extend({ nextStartsAt: timeSchema.nullable() })) },
        },
      },
      async () => ({
        items: [...deps.plans()].map((plan) => ({ ...plan, nextStartsAt: patrol.nextStartOf(plan.id) })),
        next: null,
      }),
    );

    app.get(
      '/patrol/rounds',
      {
        config,
        schema: {
          summary: 'Rounds, newest start first',
          tags,
          querystring: pageSchema.extend({
            plan: keySchema.optional(),
            route: keySchema.optional(),
            state: roundSchema.shape.state.optional(),
            from: z.coerce.number().int().optional().describe('Earliest start, UTC ms'),
            to: z.coerce.number().int().optional().describe('Latest start, UTC ms'),
          }),
          response: { 200: listOf(roundSchema) },
        },
      },
      async (request) => {
        const { limit, cursor, ...filter } = request.query;
        const rounds = await readRounds(query, filter, limit, cursor);
        return pageOf(rounds, limit, (round) => round.startsAt);
      },
    );

    app.get(
      '/patrol/rounds/:id',
      {
        config,
        schema: {
          summary: 'One round with the result of each checkpoint',
          tags,
          params: z.object({ id: recordIdSchema }),
          response: { 200: roundSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const round = patrol.round(id) ?? (await readRound(query, id));
        if (!round) throw fault('not.found', `there is no round ${id}`);
        return round;
      },
    );

    app.get(
      '/patrol/checkins',
      {
        config,
        schema: {
          summary: 'Check-ins, newest first; those of unknown tags have no checkpoint',
          tags,
          querystring: pageSchema.extend({
            checkpoint: keySchema.optional(),
            reader: keySchema.optional(),
            guard: z.string().optional(),
            upload: recordIdSchema.optional(),
            from: z.coerce.number().int().optional(),
            to: z.coerce.number().int().optional(),
          }),
          response: { 200: listOf(checkinSchema) },
        },
      },
      async (request) => {
        const { limit, cursor, ...filter } = request.query;
        const checkins = await readCheckins(query, filter, limit, cursor);
        return pageOf(checkins, limit, (checkin) => checkin.at);
      },
    );
  };
}
