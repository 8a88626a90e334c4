import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHouse, siteDevices } from '../../test/scenarios/device-house.ts';
import { createRouteApp, operateIn } from '../../test/scenarios/route-app.ts';
import { silentLog } from '../lib/log.ts';
import { loadCatalogue } from './catalogue.ts';
import { deviceRoutes } from './routes.ts';

let house: Awaited<ReturnType<typeof createHouse>>;
let app: FastifyInstance;

beforeAll(async () => {
  house = await createHouse();
  app = await createRouteApp(
    deviceRoutes({
      operate: operateIn(() => house.days),
      query: house.days.query,
      catalogue: loadCatalogue({ siteDir: null, log: silentLog }),
      devices: house.days.rooms,
    }),
  );
  await house.readings('tank-1', { level: 1.24 });
});
afterAll(async () => {
  await app.close();
  await house.days.remove();
});

const get = async (url: string) => app.inject({ method: 'GET', url: `/api/v1${url}` });
const post = async (url: string, payload: object) =>
  app.inject({ method: 'POST', url: `/api/v1${url}`, payload });

test('kinds and types come whole, with what is wrong in the files of the site', async () => {
  const kinds = (await get('/kinds')).json();
  expect(kinds.items.map(({ id }: { id: string }) => id)).toContain('home-alarm-panel');
  const types = (await get('/device-types')).json();
  expect(types).toMatchObject({ next: null, problems: [] });
  expect(types.items.find(({ id }: { id: string }) => id === 'native-tank')).toMatchObject({
    kind: 'tank',
    pollMs: 1_000,
  });
  expect((await get('/schemas/device-type')).json()).toMatchObject({ title: 'Gatehouse device type' });
});

describe('devices', () => {
  test('come in pages by id, each once', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: { items: { id: string }[]; next: string | null } = (
        await get(`/devices?limit=4${cursor ? `&cursor=${cursor}` : ''}`)
      ).json();
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
      if (cursor === null) break;
    }
    expect(seen).toEqual(siteDevices.map(({ id }) => id).sort());
  });

  test('can be asked for by kind', async () => {
    const { items, next } = (await get('/devices?kind=pump&limit=2')).json();
    expect(items.map(({ id }: { id: string }) => id)).toEqual(['pump-1', 'pump-n']);
    expect(next).toBeNull();
  });

  test('show what they are and how they are', async () => {
    expect((await get('/devices/tank-1')).json()).toMatchObject({
      id: 'tank-1',
      kind: 'tank',
      category: 'water',
      state: { state: 'online' },
      commands: ['isolate', 'restore'],
      problem: null,
    });
    expect((await get('/devices/light-1')).json()).toMatchObject({ commands: ['switchOn', 'switchOff'] });
  });

  test('that do not exist are not found, with what was probably meant', async () => {
    const answer = await get('/devices/tank-2/points');
    expect(answer.statusCode).toBe(404);
    expect(answer.json().detail).toContain('did you mean "tank-1"');
  });

  test('show each point with its newest value and its unit; what was never heard is bad', async () => {
    expect((await get('/devices/tank-1/points')).json().items).toMatchObject([
      { point: 'level', value: 1.24, quality: 'good', unit: 'm', label: { zh: '液位' } },
      { point: 'overflow', value: null, quality: 'bad', at: 0 },
      { point: 'isolated', value: null, quality: 'bad', at: 0 },
      { point: 'battery', value: null, quality: 'bad', at: 0 },
    ]);
  });
});

describe('commands', () => {
  const id = '019b0000-0000-7000-8000-0000000000aa';

  test('are asked for, listed and looked up; a repeat answers the same, even after the end', async () => {
    const asked = await post('/devices/door-1/commands', { id, command: 'open', reason: '访客' });
    expect(asked.statusCode).toBe(200);
    expect(asked.json()).toMatchObject({
      id,
      device: 'door-1',
      command: 'open',
      state: 'sending',
      requestedBy: 'tester',
    });
    expect((await post('/devices/door-1/commands', { id, command: 'open', reason: '访客' })).json().id).toBe(
      id,
    );
    await house.native('door-1', 'commands/ack', { id, ok: true });
    const repeat = await post('/devices/door-1/commands', { id, command: 'open', reason: '访客' });
    expect(repeat.json()).toMatchObject({ id, state: 'confirmed' });
    expect((await post('/devices/door-1/commands', { id, command: 'lock' })).statusCode).toBe(409);
    expect((await post('/devices/door-1/commands', { id, command: 'open' })).statusCode).toBe(409);
    expect((await get(`/commands/${id}`)).json()).toMatchObject({ state: 'confirmed' });
    expect((await get('/commands?device=door-1')).json().items).toMatchObject([{ id }]);
    expect((await get('/commands?device=tank-1')).json()).toEqual({ items: [], next: null });
    expect(house.sent).toHaveLength(1);
  });

  test('come newest first, in pages', async () => {
    for (let n = 0; n < 3; n++) await post('/devices/pump-n/commands', { command: 'stop' });
    const first = (await get('/commands?limit=2')).json();
    const second = (await get(`/commands?limit=2&cursor=${first.next}`)).json();
    const ids = [...first.items, ...second.items].map((item: { id: string }) => item.id);
    expect(ids).toEqual([...ids].sort().reverse());
    expect(new Set(ids).size).toBe(4);
    expect(second.next).toBeNull();
  });

  test.each([
    ['/devices/nothing/commands', { command: 'open' }, 404],
    ['/devices/door-1/commands', { command: 'opne' }, 409],
    ['/devices/door-1/commands', {}, 400],
    ['/devices/door-1/commands', { command: 'open', force: true }, 400],
    ['/devices/door-1/commands', { command: 'open', args: { text: 'x'.repeat(3_000) } }, 400],
  ])('%s with %j is answered %i', async (url, body, status) => {
    expect((await post(url, body)).statusCode).toBe(status);
  });

  test('that do not exist are not found', async () => {
    expect((await get('/commands/019b0000-0000-7000-8000-0000000000ff')).statusCode).toBe(404);
  });
});
