import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRouteApp, operateIn } from '../../test/scenarios/route-app.ts';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import type { Ticket } from '../contract/ticket.ts';
import { testActor } from '../store/turn-fixture.ts';
import { readTicketLimits } from './limits.ts';
import { ticketRoutes } from './routes.ts';
import { ticketStatements } from './store.ts';
import { createTickets, type Tickets } from './tickets.ts';

let days: SimulatedDays<Tickets>;
let app: FastifyInstance;
let who = 'operator-1';

beforeAll(async () => {
  days = await createSimulatedDays({
    start: Date.UTC(2026, 2, 1),
    statements: { tickets: ticketStatements },
    async stand(memory, query) {
      const tickets = createTickets({
        memory,
        query,
        limits: readTicketLimits(),
        linkTicket() {},
        othersMayVerify: () => true,
      });
      await tickets.load();
      return { rooms: tickets, onTimer: (turn, _, name) => tickets.onTimer(turn, name) };
    },
  });
  app = await createRouteApp(
    ticketRoutes({
      operate: operateIn(() => days),
      query: days.query,
      tickets: days.rooms,
      findAlarm: async () => undefined,
    }),
    () => ({ ...testActor, who }),
  );
});
afterAll(async () => {
  await app.close();
  await days.remove();
});

const post = (url: string, payload?: object) =>
  app.inject({ method: 'POST', url: `/api/v1${url}`, ...(payload ? { payload } : {}) });
const get = (url: string) => app.inject({ method: 'GET', url: `/api/v1${url}` });

async function open(title: string, assignee?: string): Promise<Ticket> {
  const answer = await post('/tickets', { title, assignee });
  expect(answer.statusCode).toBe(201);
  return answer.json<Ticket>();
}

test('a ticket walks from its registration to its closing over the API, each step by its own route', async () => {
  const { id } = await open('3号楼大堂灯不亮', 'engineer-1');
  who = 'engineer-1';
  for (const action of ['accept', 'arrive', 'resolve'])
    expect((await post(`/tickets/${id}/${action}`)).statusCode).toBe(200);
  expect((await post(`/tickets/${id}/verify`, {})).json()).toMatchObject({ code: 'state.conflict' });
  who = 'supervisor-1';
  expect((await post(`/tickets/${id}/verify`, { comment: '业主确认' })).json()).toMatchObject({
    state: 'verified',
  });
  expect((await post(`/tickets/${id}/close`)).json()).toMatchObject({ state: 'closed' });
  expect((await post(`/tickets/${id}/accept`)).json()).toMatchObject({ code: 'state.conflict' });

  const closed = await get(`/tickets/${id}`);
  expect(closed.json<Ticket>().steps.map((step) => step.action)).toEqual([
    'register',
    'dispatch',
    'accept',
    'arrive',
    'resolve',
    'verify',
    'close',
  ]);
  expect((await post(`/tickets/${id}/comment`, { comment: '回头客' })).statusCode).toBe(200);
  expect((await post(`/tickets/${id}/reopen`)).json()).toMatchObject({ state: 'dispatched' });
});

test('lists come newest first in pages, all of them or the open ones of one assignee', async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n++) made.push((await open(`分页 ${n}`, n % 2 ? 'pager-1' : 'pager-0')).id);
  const walk = async (filter: string) => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const url: string = `/tickets?limit=2&${filter}${cursor && `&cursor=${cursor}`}`;
      const page = (await get(url)).json<{ items: Ticket[]; next: string | null }>();
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((ticket) => ticket.id));
      cursor = page.next;
    }
    return seen;
  };
  expect((await walk('state=dispatched')).slice(0, 5)).toEqual(made.toReversed());
  expect((await walk('state=open')).slice(0, 5)).toEqual(made.toReversed());
  expect(await walk('state=open&assignee=pager-1')).toEqual([made[3], made[1]]);
  expect(await walk('assignee=pager-1')).toEqual([made[3], made[1]]);
});

test.each([
  ['no title', { assignee: 'engineer-1' }],
  ['a title of spaces', { title: '   ' }],
  ['a priority of 5', { title: '灯', priority: 5 }],
  ['an id that is no UUIDv7', { title: '灯', id: '1' }],
  ['a field nobody knows', { title: '灯', state: 'closed' }],
])('a request with %s is refused', async (_, payload) => {
  expect((await post('/tickets', payload)).statusCode).toBe(400);
});

test('an unknown ticket or alarm is answered as such', async () => {
  const unknown = '019c0000-0000-7000-8000-000000000404';
  expect((await get(`/tickets/${unknown}`)).json()).toMatchObject({ code: 'not.found' });
  expect((await post(`/tickets/${unknown}/accept`)).json()).toMatchObject({ code: 'not.found' });
  expect((await post(`/alarms/${unknown}/ticket`)).json()).toMatchObject({ code: 'not.found' });
});
