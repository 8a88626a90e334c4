import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../contract/alarm.ts';
import { Fault } from '../lib/errors.ts';
import type { Operate } from '../store/operate.ts';
import { testActor } from '../store/turn-fixture.ts';
import { alarmActRoutes } from './act-routes.ts';
import { alarmed, definition, event, panicKind, zoneKind } from './alarm-fixture.ts';
import type { Alarms } from './alarms.ts';
import { createHouse, type House } from './house-fixture.ts';
import { floodsIn } from './kpi.ts';
import { alarmRoutes } from './routes.ts';
import { zoneRoutes } from './zone-routes.ts';

let house: House;
let actor = testActor;
const app = Fastify().withTypeProvider<ZodTypeProvider>();

beforeAll(async () => {
  house = await createHouse();
  const operate: Operate = async (_what, who, run) => (await house.turn((turn) => run(turn), who)).answer;
  // The room of a restarted house is another one; routes ask for the present one.
  const alarms = new Proxy({} as Alarms, { get: (_, name) => Reflect.get(house.alarms, name) });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof Fault ? error.status : (error.statusCode ?? 500);
    return reply.code(status).send({ code: error instanceof Fault ? error.code : error.message });
  });
  app.addHook('onRequest', async (request) => {
    request.actor = actor;
  });
  const under: Record<string, string[]> = { site: ['site', 'wall', 'garage'] };
  await app.register(
    alarmRoutes({
      query: house.store.query,
      alarms,
      areasUnder: (area) => under[area] ?? [area],
      now: () => house.now,
    }),
  );
  await app.register(alarmActRoutes({ operate, query: house.store.query, alarms, now: () => house.now }));
  await app.register(zoneRoutes({ operate, alarms, ownPassword: async () => {} }));
});
afterAll(async () => {
  await app.close();
  await house.store.remove();
});

const on = { rule: 'event', event: 'zone.alarm', clearedBy: 'zone.restore', instance: 'zone' };
const wall = alarmed(
  'wall-1',
  zoneKind,
  {
    intrusion: definition({ title: { zh: '入侵', en: 'Intrusion' }, category: 'perimeter', on }),
    tamper: definition({ priority: 3, on: { rule: 'event', event: 'zone.tamper' } }),
  },
  {},
  { area: 'wall' },
);
const button = alarmed('panic-1', panicKind, {
  panic: definition({
    priority: 1,
    category: 'emergency',
    shelvable: false,
    on: { rule: 'event', event: 'panic', latched: true },
  }),
});
beforeEach(async () => {
  actor = testActor;
  await house.wipe();
  await house.configure([wall, button]);
});

const happen = (device: string, type: string, zone = 0) =>
  house.turn((turn, alarms) =>
    alarms.onEvent(turn, event(device, type, { occurredAt: house.now, data: { zone } })),
  );

async function get(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}
async function post(
  url: string,
  payload?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await app.inject({ method: 'POST', url, payload });
  return { status: response.statusCode, body: response.json() };
}
async function list(query = ''): Promise<{ items: Alarm[]; next: string | null }> {
  const { status, body } = await get(`/alarms${query}`);
  expect(status).toBe(200);
  return body as { items: Alarm[]; next: string | null };
}
const idOf = (name: string) => house.of(name)[0]?.id ?? '';

describe('the list of open alarms', () => {
  beforeEach(async () => {
    await happen('wall-1', 'zone.alarm', 1);
    await house.advance(10);
    await happen('wall-1', 'zone.alarm', 2);
    await happen('wall-1', 'zone.tamper');
    await happen('panic-1', 'panic');
  });
  const names = ({ items }: { items: Alarm[] }) =>
    items.map(({ definition: name, instance }) => `${name} ${instance ?? ''}`.trim());

  test('is by state, priority and newest', async () => {
    await post(`/alarms/${idOf('panic')}/acknowledge`);
    expect(names(await list())).toEqual(['intrusion 2', 'intrusion 1', 'tamper', 'panic']);
  });

  test('comes in pages that neither repeat nor leave out', async () => {
    const first = await list('?limit=3');
    expect(names(first)).toEqual(['panic', 'intrusion 2', 'intrusion 1']);
    const second = await list(`?limit=3&cursor=${first.next}`);
    expect(names(second)).toEqual(['tamper']);
    expect(second.next).toBeNull();
  });

  test.each([
    ['?priority=1,3', ['panic', 'tamper']],
    ['?state=returned', ['tamper']],
    ['?category=perimeter', ['intrusion 2', 'intrusion 1']],
    ['?device=panic-1', ['panic']],
    ['?area=wall', ['intrusion 2', 'intrusion 1', 'tamper']],
    ['?area=site&priority=1', ['panic']],
    ['?area=nowhere', []],
  ])('%s picks %j', async (query, expected) => {
    expect(names(await list(query))).toEqual(expected);
  });

  test('from and to are when they were raised', async () => {
    expect(names(await list(`?to=${house.now - 1}`))).toEqual(['intrusion 1']);
    expect(names(await list(`?from=${house.now}&category=perimeter`))).toEqual(['intrusion 2']);
  });

  test.each(['?priority=5', '?cursor=nonsense', '?state=closed&cursor=nonsense', '?limit=0'])(
    '%s is a bad request',
    async (query) => {
      expect((await get(`/alarms${query}`)).status).toBe(400);
    },
  );
});

describe('the list of closed alarms', () => {
  beforeEach(async () => {
    for (let zone = 1; zone <= 5; zone++) {
      await happen('wall-1', 'zone.alarm', zone);
      await happen('wall-1', 'zone.restore', zone);
      await post(`/alarms/${idOf('intrusion')}/acknowledge`);
      await house.advance(3_600_000);
    }
    await happen('wall-1', 'zone.alarm', 9);
  });

  test('is newest first, in pages, without open ones', async () => {
    const first = await list('?state=closed&limit=3');
    expect(first.items.map(({ instance }) => instance)).toEqual(['5', '4', '3']);
    const second = await list(`?state=closed&limit=3&cursor=${first.next}`);
    expect(second.items.map(({ instance }) => instance)).toEqual(['2', '1']);
    expect(second.next).toBeNull();
  });

  test('is filtered by time, place and priority', async () => {
    const from = house.now - 3 * 3_600_000;
    expect(
      (await list(`?state=closed&from=${from}&to=${from + 3_600_000}`)).items.map(({ instance }) => instance),
    ).toEqual(['4', '3']);
    expect((await list('?state=closed&area=garage')).items).toEqual([]);
    expect(
      (await list('?state=closed&area=site&device=wall-1&category=perimeter&priority=2')).items,
    ).toHaveLength(5);
  });
});

describe('one alarm', () => {
  test('comes with its transitions, its latency, its commands and what to do', async () => {
    await happen('wall-1', 'zone.alarm', 1);
    const { body } = await get(`/alarms/${idOf('intrusion')}`);
    expect(body).toMatchObject({
      state: 'unacknowledged',
      transitions: [{ cause: 'raised', from: null, to: 'unacknowledged' }],
      latency: { receivedAt: house.now, shownAt: null },
      commands: [],
      guidance: { zh: ['查看现场'] },
    });
  });

  test('is found after it closed, also after a restart', async () => {
    await happen('wall-1', 'zone.tamper');
    const id = idOf('tamper');
    await post(`/alarms/${id}/acknowledge`, { comment: '误报' });
    await house.restart();
    expect((await get(`/alarms/${id}`)).body).toMatchObject({
      state: 'closed',
      transitions: [
        { cause: 'raised' },
        { cause: 'acknowledged', comment: '误报', who: 'tester', station: 'test' },
      ],
    });
  });

  test('that does not exist is 404, an id that is none 400', async () => {
    expect((await get('/alarms/01936f2a-0000-7000-8000-000000000001')).status).toBe(404);
    expect((await get('/alarms/7')).status).toBe(400);
  });
});

describe('acts', () => {
  test('a second acknowledge is 200 with who and when of the first, also when that closed it', async () => {
    await happen('wall-1', 'zone.tamper');
    const id = idOf('tamper');
    const first = await post(`/alarms/${id}/acknowledge`);
    await house.advance(5);
    actor = { ...testActor, who: 'other' };
    const second = await post(`/alarms/${id}/acknowledge`);
    expect(second).toEqual(first);
    expect(second).toMatchObject({ status: 200, body: { state: 'closed', acknowledgedBy: 'tester' } });
  });

  test('acknowledging what does not exist is 404', async () => {
    expect((await post('/alarms/01936f2a-0000-7000-8000-000000000001/acknowledge')).status).toBe(404);
  });

  test('reset is for latched alarms that are answered, else 409', async () => {
    await happen('panic-1', 'panic');
    await happen('wall-1', 'zone.alarm', 1);
    const id = idOf('panic');
    expect((await post(`/alarms/${id}/reset`)).status).toBe(409);
    expect((await post(`/alarms/${idOf('intrusion')}/reset`)).status).toBe(409);
    await post(`/alarms/${id}/acknowledge`);
    expect(await post(`/alarms/${id}/reset`, { comment: '已解除' })).toMatchObject({
      status: 200,
      body: { state: 'closed', resetBy: 'tester' },
    });
    expect((await post(`/alarms/${id}/reset`)).status).toBe(409);
  });

  test('shelve wants a reason and an expiry, and never takes a panic call', async () => {
    await happen('panic-1', 'panic');
    await happen('wall-1', 'zone.alarm', 1);
    const until = house.now + 60_000;
    const url = `/alarms/${idOf('intrusion')}/shelve`;
    expect((await post(url, { until })).status).toBe(400);
    expect((await post(url, { reason: '施工' })).status).toBe(400);
    expect((await post(`/alarms/${idOf('panic')}/shelve`, { reason: '施工', until })).status).toBe(409);
    expect(await post(url, { reason: '施工', until })).toMatchObject({
      status: 200,
      body: { shelved: { until } },
    });
    expect((await post(`/alarms/${idOf('intrusion')}/unshelve`)).body.shelved).toBeUndefined();
  });

  test('the visible page is acknowledged without priority 1, which is named', async () => {
    await happen('panic-1', 'panic');
    await happen('wall-1', 'zone.alarm', 1);
    await happen('wall-1', 'zone.tamper');
    const ids = [idOf('panic'), idOf('intrusion'), idOf('tamper'), '01936f2a-0000-7000-8000-000000000001'];
    const { body } = await post('/alarms/acknowledge', { ids });
    expect(body).toMatchObject({
      items: [{ state: 'acknowledged' }, { state: 'closed' }],
      refused: [
        { id: ids[0], reason: 'priority 1' },
        { id: ids[3], reason: 'not open' },
      ],
    });
    expect(house.of('panic')).toMatchObject([{ state: 'unacknowledged' }]);
  });

  test('a comment with its own id is one, before and after the alarm closed; with another text it is 409', async () => {
    await happen('wall-1', 'zone.tamper');
    const id = idOf('tamper');
    const url = `/alarms/${id}/comment`;
    const open = { id: '01936f2a-0000-7000-8000-0000000000a1', comment: '去看看' };
    const closed = { id: '01936f2a-0000-7000-8000-0000000000a2', comment: '误报' };
    for (const body of [open, open]) expect((await post(url, body)).status).toBe(200);
    await post(`/alarms/${id}/acknowledge`);
    for (const body of [closed, open, closed]) expect((await post(url, body)).status).toBe(200);
    await house.restart();
    expect((await post(url, closed)).status).toBe(200);
    expect((await post(url, { ...closed, comment: '真' })).status).toBe(409);
    actor = { ...testActor, who: 'other' };
    expect((await post(url, closed)).status).toBe(409);
    const { body } = await get(`/alarms/${id}`);
    expect(body.transitions).toMatchObject([
      { revision: 1, cause: 'raised' },
      { revision: 2, cause: 'commented', comment: '去看看' },
      { revision: 3, cause: 'acknowledged' },
      { revision: 4, cause: 'commented', comment: '误报', to: 'closed' },
    ]);
  });
});

describe('zones', () => {
  test('are listed with name and place, armed and disarmed, bypassed with reason and expiry', async () => {
    expect((await get('/zones')).body.items).toMatchObject([
      { id: 'wall-1', armed: true, name: '设备 wall-1', area: 'wall', alwaysArmed: false },
      { id: 'panic-1', armed: true, alwaysArmed: true },
    ]);
    expect((await post('/zones/wall-1/disarm')).body).toMatchObject({ armed: false, changedBy: 'tester' });
    expect((await post('/zones/wall-1/arm')).body).toMatchObject({ armed: true });
    const until = house.now + 60_000;
    expect((await post('/zones/wall-1/bypass', { until })).status).toBe(400);
    expect((await post('/zones/wall-1/bypass', { reason: '施工', until })).body).toMatchObject({
      bypass: { by: 'tester', reason: '施工', until },
    });
    expect((await post('/zones/wall-1/unbypass')).body).toMatchObject({ bypass: null });
    expect((await post('/zones/panic-1/disarm')).status).toBe(409);
    expect((await post('/zones/nothing/arm')).status).toBe(404);
  });
});

describe('figures', () => {
  test('count by hour, priority and cause, and tell latency of what was shown', async () => {
    for (let zone = 0; zone < 12; zone++) {
      await happen('wall-1', 'zone.alarm', zone);
      await house.advance(20);
      await house.turn((turn, alarms) =>
        alarms.shown(turn, {
          type: 'shown',
          alarms: house.of('intrusion').map(({ id, revision }) => ({ id, revision })),
          audible: true,
          visible: true,
        }),
      );
    }
    await happen('wall-1', 'zone.tamper');
    await house.advance(26 * 3_600_000);
    await happen('panic-1', 'panic');
    const { status, body } = await get(`/alarms/kpi?from=${house.now - 30 * 3_600_000}&to=${house.now + 1}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      // The panic call is unseen from here on; the others were shown.
      raised: 14,
      peakPerTenMinutes: { count: 13 },
      floods: [{ count: 13 }],
      byPriority: [
        { priority: 1, count: 1 },
        { priority: 2, count: 12 },
        { priority: 3, count: 1 },
      ],
      unacknowledged: { count: 14, oldestMs: 26 * 3_600_000 + 240 },
      latency: { shown: 12, notShown: 2, over2s: 0, p50Ms: 20, p99Ms: 20, maxMs: 20, sentP99Ms: null },
    });
    expect((body.perHour as { count: number }[]).map(({ count }) => count)).toEqual([13, 1]);
    expect((body.topTen as object[])[0]).toMatchObject({
      definition: 'intrusion',
      count: 12,
      share: 12 / 14,
    });
    expect(body.standing).toHaveLength(12);
  });

  test('nothing raised gives zeros, not errors', async () => {
    expect((await get('/alarms/kpi')).body).toMatchObject({
      raised: 0,
      peakPerTenMinutes: null,
      floods: [],
      latency: { shown: 0, p50Ms: null },
    });
  });

  test('a span the wrong way round is a bad request', async () => {
    expect((await get('/alarms/kpi?from=2&to=1')).status).toBe(400);
  });

  const ten = 600_000;
  test.each([
    ['10 in ten minutes are no flood', [10], []],
    ['11 are', [11], [[0, ten, 11]]],
    [
      'a flood goes on down to 5',
      [11, 5, 4, 11],
      [
        [0, 2 * ten, 16],
        [3 * ten, 4 * ten, 11],
      ],
    ],
  ])('%s', (_title, counts, expected) => {
    const floods = floodsIn(counts.map((count, i) => ({ at: i * ten, count })));
    expect(floods.map(({ from, to, count }) => [from, to, count])).toEqual(expected);
  });
});
