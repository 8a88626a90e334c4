import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRouteApp, operateIn } from '../../test/scenarios/route-app.ts';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import type { AccessEvent } from '../contract/access.ts';
import { deviceSchema, personSchema } from '../contract/site.ts';
import { normaliseTag } from '../contract/tag.ts';
import { uuidv7 } from '../lib/ids.ts';
import { type Access, createAccess } from './access.ts';
import { accessRoutes } from './routes.ts';
import { accessStatements } from './store.ts';

const start = Date.UTC(2026, 2, 2);
const doors = ['gate', 'roof'].map((id) =>
  deviceSchema.parse({ id, type: 'door-mqtt', name: id, area: 'site' }),
);
const people = [personSchema.parse({ id: 'li-wei', name: '李伟', cards: ['0063E9AE'] })];

let days: SimulatedDays<Access>;
let app: FastifyInstance;

beforeAll(async () => {
  days = await createSimulatedDays<Access>({
    start,
    statements: { access: accessStatements },
    async stand(memory, query) {
      const access = createAccess({
        memory,
        query,
        site: {
          controller: () => undefined,
          nameAtController: ({ id }) => id,
          doorRule: () => ({ heldAfterMs: 0, permitMs: 0 }),
          locked: () => null,
          doors: () => doors,
          door: (id) => doors.find((one) => one.id === id),
          person: (id) => people.find((one) => one.id === id),
          checkpointByTag: () => undefined,
          personByCard: (card, form) =>
            people.find(({ cards }) => cards.some((one) => normaliseTag(one) === normaliseTag(card, form))),
        },
        requestCommand: (turn, { id, device, command, args, reason }) => ({
          id: id ?? turn.id(),
          device,
          command,
          args,
          state: 'requested',
          requestedAt: turn.now,
          requestedBy: 'tester',
          reason,
          alarm: null,
          expiresAt: turn.now + 10_000,
          sentAt: null,
          endedAt: null,
          error: null,
          failure: null,
        }),
        unreachable: () => null,
        report() {},
      });
      await access.load();
      return { rooms: access, onTimer: (turn, _, name) => access.onTimer(turn, name) };
    },
  });
  // Ten events, two of them at each moment; the odd ones arrive as late as the last.
  for (let n = 0; n < 10; n++) {
    days.sleepTo(start + n * 1_000);
    await days.act(
      (turn) =>
        days.rooms.onEvent(turn, {
          id: uuidv7(days.now),
          device: n % 3 ? 'gate' : 'roof',
          externalId: null,
          type: n % 2 ? 'access.granted' : 'access.denied',
          data: { card: n % 2 ? '0006547886' : 'DEADBEEF' },
          occurredAt: start + Math.floor(n / 2) * 1_000,
          receivedAt: days.now,
          deviceTimeUsed: true,
          late: false,
        }),
      null,
    );
  }
  app = await createRouteApp(
    accessRoutes({ operate: operateIn(() => days), query: days.query, access: days.rooms }),
  );
});
afterAll(async () => {
  await app.close();
  await days.remove();
});

const get = (url: string) => app.inject({ method: 'GET', url: `/api/v1/access${url}` });

async function walk(filter: string): Promise<AccessEvent[]> {
  const items: AccessEvent[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: AccessEvent[]; next: string | null } = (
      await get(`/events?limit=3&${filter}${cursor && `&cursor=${cursor}`}`)
    ).json();
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}
const seconds = (events: AccessEvent[]) => events.map((event) => (event.occurredAt - start) / 1_000);

test('the log comes newest first by when it happened, each event once over all pages', async () => {
  const all = await walk('');
  expect(seconds(all)).toEqual([4, 4, 3, 3, 2, 2, 1, 1, 0, 0]);
  expect(new Set(all.map((event) => event.id)).size).toBe(10);
});

test('it is searched by door, person, type and time, and by a card in any spelling', async () => {
  expect((await walk('door=roof')).map((event) => event.door)).toEqual(['roof', 'roof', 'roof', 'roof']);
  expect(seconds(await walk('person=li-wei'))).toEqual([4, 3, 2, 1, 0]);
  expect(seconds(await walk('card=6547886'))).toEqual([4, 3, 2, 1, 0]);
  expect(seconds(await walk('type=denied'))).toEqual([4, 3, 2, 1, 0]);
  expect(seconds(await walk(`type=denied&door=gate&from=${start + 1_000}&to=${start + 2_000}`))).toEqual([
    2, 1,
  ]);
});

test('doors are listed with what is known of them', async () => {
  const listed = (await get('/doors')).json<{ items: object[]; next: null }>();
  expect(listed.items).toContainEqual({
    id: 'gate',
    name: 'gate',
    area: 'site',
    state: 'unknown',
    since: null,
    lastPerson: '李伟',
  });
  expect((await get('/doors/roof')).json()).toMatchObject({ id: 'roof' });
  expect((await get('/doors/nowhere')).json()).toMatchObject({ code: 'not.found' });
});

test('opening from here needs a reason and answers with the command', async () => {
  const open = (payload: object) =>
    app.inject({ method: 'POST', url: '/api/v1/access/doors/gate/open', payload });
  expect((await open({ reason: ' ' })).statusCode).toBe(400);
  const answer = await open({ reason: '业主忘带卡' });
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toMatchObject({ device: 'gate', command: 'open', reason: '业主忘带卡' });
});

test('a type nobody knows or a cursor of nonsense is refused', async () => {
  expect((await get('/events?type=eaten')).statusCode).toBe(400);
  expect((await get('/events?cursor=x')).statusCode).toBe(400);
});
