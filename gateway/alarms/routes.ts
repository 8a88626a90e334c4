import { z } from 'zod';
import {
  type Alarm,
  alarmLatencySchema,
  alarmSchema,
  alarmStateSchema,
  alarmTransitionSchema,
  openStates,
} from '../contract/alarm.ts';
import { commandSchema } from '../contract/command.ts';
import { categorySchema, keySchema, recordIdSchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Alarms } from './alarms.ts';
import { alarmKpi, kpiSchema } from './kpi.ts';
import { findAlarm, findHistory, listClosed } from './store.ts';

const dayMs = 86_400_000;
const longestKpiDays = 92;
const whenSchema = z.coerce.number().int();
const params = z.object({ id: recordIdSchema });

const listQuery = z.object({
  state: z.enum(['open', ...alarmStateSchema.options]).default('open'),
  priority: z
    .string()
    .regex(/^[1-4](,[1-4])*$/, 'priorities are 1 to 4, separated by commas')
    .optional(),
  category: categorySchema.optional(),
  device: keySchema.optional(),
  /** With the areas under it. */
  area: keySchema.optional(),
  /** Raised at or after, and at or before; UTC ms. */
  from: whenSchema.optional(),
  to: whenSchema.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  cursor: z.string().max(120).optional(),
});
type ListQuery = z.infer<typeof listQuery>;

const detailSchema = alarmSchema.extend({
  transitions: z.array(alarmTransitionSchema),
  latency: alarmLatencySchema.nullable(),
  commands: z.array(commandSchema),
  /** What to do, while its definition is configured. */
  guidance: z.object({ zh: z.array(z.string()), en: z.array(z.string()) }).nullable(),
});

/** The operator's order: state, then priority, then newest. It is the cursor, too. */
function rank(alarm: Alarm): [number, number, number, string] {
  return [openStates.indexOf(alarm.state), alarm.priority, -alarm.raisedAt, alarm.id];
}

function compareRanks(a: ReturnType<typeof rank>, b: ReturnType<typeof rank>): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || (a[3] < b[3] ? 1 : a[3] > b[3] ? -1 : 0);
}

const cursorSchema = z.tuple([z.number(), z.number(), z.number(), recordIdSchema]);

function readCursor(cursor: string): ReturnType<typeof rank> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (error) {
    throw fault('request.invalid', 'the cursor is not one that an answer gave as `next`', { cause: error });
  }
}

/** An alarm, open or closed. @throws not.found */
export async function alarmOf(query: Query, alarms: Alarms, id: string): Promise<Alarm> {
  const alarm = alarms.open.get(id)?.alarm ?? (await findAlarm(query, id));
  if (!alarm) throw fault('not.found', `there is no alarm ${id}`);
  return alarm;
}

/** What one reads of alarms: lists, one with its history, the figures. */
export function alarmRoutes(deps: {
  query: Query;
  alarms: Alarms;
  /** An area with all those under it. */
  areasUnder(area: string): readonly string[];
  now(): number;
}): Routes {
  const { alarms, query } = deps;

  function listOpen(filter: ListQuery): { items: Alarm[]; next: string | null } {
    const priorities = filter.priority?.split(',').map(Number);
    const areas = filter.area === undefined ? undefined : new Set(deps.areasUnder(filter.area));
    const after = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
    const ranked: { alarm: Alarm; at: ReturnType<typeof rank> }[] = [];
    for (const { alarm } of alarms.open.values()) {
      if (filter.state !== 'open' && alarm.state !== filter.state) continue;
      if (priorities && !priorities.includes(alarm.priority)) continue;
      if (filter.category !== undefined && alarm.category !== filter.category) continue;
      if (filter.device !== undefined && alarm.device !== filter.device) continue;
      if (areas && !areas.has(alarm.area)) continue;
      if (filter.from !== undefined && alarm.raisedAt < filter.from) continue;
      if (filter.to !== undefined && alarm.raisedAt > filter.to) continue;
      const at = rank(alarm);
      if (!after || compareRanks(after, at) < 0) ranked.push({ alarm, at });
    }
    ranked.sort((a, b) => compareRanks(a.at, b.at));
    const page = ranked.slice(0, filter.limit);
    const last = page.at(-1);
    const more = ranked.length > page.length && last !== undefined;
    return {
      items: page.map(({ alarm }) => alarm),
      next: more ? Buffer.from(JSON.stringify(last.at)).toString('base64url') : null,
    };
  }

  async function listOver(filter: ListQuery): Promise<{ items: Alarm[]; next: string | null }> {
    const { priority, category, device, area, from, to, limit, cursor } = filter;
    if (cursor !== undefined && !recordIdSchema.safeParse(cursor).success)
      throw fault('request.invalid', 'the cursor is not one that an answer gave as `next`');
    const found = await listClosed(
      query,
      {
        priorities: priority?.split(',').map(Number),
        category,
        device,
        areas: area === undefined ? undefined : deps.areasUnder(area),
        from,
        to,
        before: cursor,
      },
      limit,
    );
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  const tags = ['alarms'];
  return async (app) => {
    app.get(
      '/alarms',
      {
        config: { permission: 'alarms.read' },
        schema: {
          summary: 'Alarms: open ones by state, priority and newest; closed ones newest first',
          tags,
          querystring: listQuery,
          response: { 200: z.object({ items: z.array(alarmSchema), next: z.string().nullable() }) },
        },
      },
      async (request) =>
        request.query.state === 'closed' ? listOver(request.query) : listOpen(request.query),
    );

    app.get(
      '/alarms/kpi',
      {
        config: { permission: 'alarms.read' },
        schema: {
          summary:
            'Figures of the alarm system by EEMUA 191 and ISA-18.2: rates, floods, top ten, standing, latency',
          tags,
          querystring: z.object({ from: whenSchema.optional(), to: whenSchema.optional() }),
          response: { 200: kpiSchema },
        },
      },
      async (request) => {
        const now = deps.now();
        const to = request.query.to ?? now;
        const from = request.query.from ?? to - dayMs;
        if (from >= to || to - from > longestKpiDays * dayMs)
          throw fault('request.invalid', `give from < to, at most ${longestKpiDays} days apart (UTC ms)`);
        return alarmKpi(
          query,
          Array.from(alarms.open.values(), ({ alarm }) => alarm),
          { from, to, now },
        );
      },
    );

    app.get(
      '/alarms/:id',
      {
        config: { permission: 'alarms.read' },
        schema: {
          summary: 'One alarm with its transitions, latency, commands and guidance',
          tags,
          params,
          response: { 200: detailSchema },
        },
      },
      async (request) => {
        const alarm = await alarmOf(query, alarms, request.params.id);
        const guidance = alarms.definition(alarm.device, alarm.definition)?.guidance ?? null;
        return { ...alarm, ...(await findHistory(query, alarm.id)), guidance };
      },
    );
  };
}
