import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRouteApp } from '../../test/scenarios/route-app.ts';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import type { Checkin, Round } from '../contract/patrol.ts';
import { checkpointSchema, patrolPlanSchema, routeSchema } from '../contract/site.ts';
import { uuidv7 } from '../lib/ids.ts';
import { createPatrol, type Patrol } from './patrol.ts';
import { patrolRoutes } from './routes.ts';
import { patrolStatements } from './store.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 2, 2, 12, 30);
const checkpoints = [
  checkpointSchema.parse({ id: 'gate', name: '大门', area: 'site', tag: '0063E9AE' }),
  checkpointSchema.parse({ id: 'roof', name: '天台', area: 'site', tag: '0063E9AF' }),
];
const route = routeSchema.parse({
  id: 'night',
  name: '夜巡',
  checkpoints: [
    { checkpoint: 'gate', dueMin: 0 },
    { checkpoint: 'roof', dueMin: 10 },
  ],
});
// Two plans at the same times: pages have to go on within one moment.
const plans = ['a', 'b'].map((id) =>
  patrolPlanSchema.parse({ id, name: id, route: 'night', schedule: '0 * * * *' }),
);

let days: SimulatedDays<Patrol>;
let app: FastifyInstance;

beforeAll(async () => {
  days = await createSimulatedDays<Patrol>({
    start,
    statements: { patrol: patrolStatements },
    async stand(memory, query, now) {
      const patrol = createPatrol({
        memory,
        query,
        site: {
          timeZone: () => 'Asia/Shanghai',
          checkpoint: (id) => checkpoints.find((one) => one.id === id),
          route: () => route,
          plans: () => plans,
          plan: (id) => plans.find((one) => one.id === id),
          checkpointByTag: (tag) => checkpoints.find((one) => one.tag === tag),
          person: () => undefined,
          personByCard: () => undefined,
          isReversed: () => false,
        },
        raiseMissed() {},
        clearMissed() {},
        clockMeasured() {},
      });
      await patrol.load(now);
      return { rooms: patrol, onTimer: (turn, _, name) => patrol.onTimer(turn, name) };
    },
  });
  await days.act((turn) => days.rooms.start(turn, null), null);
  for (let n = 1; n <= 5; n++) {
    await days.goTo(start + n * hour - hour / 2);
    for (const tag of ['0063E9AE', 'FFFFFFFF'])
      await days.act(
        (turn) =>
          days.rooms.onEvent(turn, {
            id: uuidv7(days.now),
            device: `reader-${n % 2}`,
            externalId: null,
            type: 'checkin',
            data: { tag, guard: 'li-wei' },
            occurredAt: days.now,
            receivedAt: days.now,
            deviceTimeUsed: false,
            late: false,
          }),
        null,
      );
  }
  await days.goTo(start + 5 * hour);
  app = await createRouteApp(
    patrolRoutes({
      query: days.query,
      patrol: days.rooms,
      checkpoints: () => checkpoints,
      routes: () => [route],
      plans: () => plans,
    }),
  );
});
afterAll(async () => {
  await app.close();
  await days.remove();
});

const get = (url: string) => app.inject({ method: 'GET', url: `/api/v1/patrol${url}` });

async function walk<Item>(url: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: Item[]; next: string | null } = (
      await get(`${url}&limit=3${cursor && `&cursor=${cursor}`}`)
    ).json();
    expect(page.items.length).toBeLessThanOrEqual(3);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

test('rounds come newest first, each once over all pages, also those that start together', async () => {
  const rounds = await walk<Round>('/rounds?state=missed');
  expect(rounds).toHaveLength(10);
  expect(new Set(rounds.map((round) => round.id)).size).toBe(10);
  expect(rounds.map((round) => round.startsAt)).toEqual(
    rounds.map((round) => round.startsAt).toSorted((a, b) => b - a),
  );
  const one = rounds[4];
  expect((await get(`/rounds/${one?.id}`)).json()).toEqual(one);
});

test('rounds are found by plan and by time of start', async () => {
  const of = (rounds: Round[]) => rounds.map((round) => [round.plan, round.startsAt]);
  const second = start + hour + hour / 2;
  expect(of(await walk<Round>(`/rounds?plan=a&from=${second}&to=${second + hour}`))).toEqual([
    ['a', second + hour],
    ['a', second],
  ]);
});

test('check-ins are found by checkpoint, reader, guard and time', async () => {
  expect(await walk('/checkins?from=0')).toHaveLength(10);
  const found = await walk<Checkin>('/checkins?checkpoint=gate&reader=reader-1&guard=li-wei');
  expect(found.map((checkin) => (checkin.at - start) / hour)).toEqual([4.5, 2.5, 0.5]);
  expect(found[0]).toMatchObject({
    tag: '0063E9AE',
    checkpoint: 'gate',
    reader: 'reader-1',
    guard: 'li-wei',
  });
});

test('checkpoints, routes and plans are listed, plans with their next start', async () => {
  expect((await get('/checkpoints')).json()).toEqual({ items: checkpoints, next: null });
  expect((await get('/routes')).json()).toEqual({ items: [route], next: null });
  expect((await get('/plans')).json<{ items: object[] }>().items[0]).toMatchObject({
    id: 'a',
    nextStartsAt: start + 5.5 * hour,
  });
});

test('an unknown round and a cursor of nonsense are answered as such', async () => {
  expect((await get('/rounds/019c0000-0000-7000-8000-000000000404')).json()).toMatchObject({
    code: 'not.found',
  });
  expect((await get('/rounds?cursor=1')).statusCode).toBe(400);
});
