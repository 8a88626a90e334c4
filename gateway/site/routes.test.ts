import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRouteApp } from '../../test/scenarios/route-app.ts';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import { type Actor, type Permission, permissions } from '../contract/permissions.ts';
import type { AuditEntry } from '../store/turn.ts';
import { testActor } from '../store/turn-fixture.ts';
import { siteRoutes } from './routes.ts';
import { createSite, type Site } from './site.ts';
import { goodSite, siteEnv, siteTypes } from './site-fixture.ts';
import { siteStatements } from './store.ts';

let days: SimulatedDays<Site>;
let app: FastifyInstance;
let rights: readonly Permission[] = permissions;
const audits: AuditEntry[] = [];
const plansDir = mkdtempSync(join(tmpdir(), 'gatehouse-plans-'));

beforeAll(async () => {
  days = await createSimulatedDays({
    start: Date.UTC(2026, 2, 1),
    statements: { site: siteStatements },
    async stand(memory, query) {
      const site = createSite({ memory, query, types: siteTypes, env: siteEnv });
      await site.load();
      return { rooms: site, onTimer() {} };
    },
  });
  const actor = (): Actor => ({ ...testActor, permissions: new Set(rights) });
  app = await createRouteApp(
    siteRoutes({
      operate: (_, who, run) =>
        days.act((turn) => {
          const answer = run({ ...turn, audit: (entry) => audits.push(entry) });
          return answer;
        }, who),
      site: days.rooms,
      plansDir,
    }),
    actor,
  );
});
afterAll(async () => {
  await app.close();
  await days.remove();
  rmSync(plansDir, { recursive: true });
});

const get = (url: string) => app.inject({ method: 'GET', url: `/api/v1${url}` });
const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  app.inject({ method, url: `/api/v1${url}`, ...(payload ? { payload } : {}) });

test('a site file is checked, planned, applied and exported over the API', async () => {
  expect((await get('/site')).json()).toBeNull();
  expect((await get('/site/export')).statusCode).toBe(409);
  const broken = await send('POST', '/site/check', { yaml: goodSite.replace('tank-level-rtu', 'tank') });
  expect(broken.json().problems).toMatchObject([
    { file: 'site.yaml', line: 54, column: 11, severity: 'error' },
  ]);
  const planned = await send('POST', '/site/plan', { yaml: goodSite });
  expect(planned.json().add).toHaveLength(26);
  expect((await get('/areas')).json().items).toEqual([]);
  expect((await send('POST', '/site/apply', { yaml: goodSite })).statusCode).toBe(200);
  expect((await get('/site')).json()).toMatchObject({ id: 'garden', timeZone: 'Asia/Shanghai' });

  const exported = await get('/site/export');
  expect(exported.headers['content-type']).toMatch(/^application\/yaml/);
  const again = await send('POST', '/site/plan', { yaml: exported.body, prune: true });
  expect(again.json()).toEqual({ add: [], change: [], remove: [], unchanged: 26, kept: 0 });
});

test('a broken file is refused with the places', async () => {
  const answer = await send('POST', '/site/apply', { yaml: 'site: [', file: '小区.yaml' });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toMatch(/^小区\.yaml has \d errors?; the first is 小区\.yaml:1:\d+: /);
});

test('lists come in pages', async () => {
  const first = (await get('/areas?limit=2')).json();
  expect(first).toMatchObject({ items: [{ id: 'b1' }, { id: 'garage' }], next: 'garage' });
  const second = (await get(`/areas?limit=2&cursor=${first.next}`)).json();
  expect(second).toMatchObject({ items: [{ id: 'garden' }], next: null });
  expect((await get('/links')).json().items).toHaveLength(4);
  expect((await get('/households?area=garage')).json().items).toEqual([]);
  expect((await get('/households?area=garden')).json().items).toHaveLength(1);
});

test('lists never show what only some may see', async () => {
  const text = (await get('/households')).body + (await get('/people')).body;
  expect(text).toContain('李伟');
  expect(text).not.toMatch(/心脏病|contacts|13800000000|0006547886/);
});

test('the medical note is shown to those allowed, and each look is recorded', async () => {
  audits.length = 0;
  expect((await get('/households/b1-101')).json().medical).toBe('心脏病');
  expect((await get('/people/li-wei')).json().cards).toEqual(['0006547886']);
  expect(audits).toEqual([
    { action: 'private.viewed', subject: 'household:b1-101' },
    { action: 'private.viewed', subject: 'person:li-wei' },
  ]);
  rights = permissions.filter((right) => right !== 'households.private');
  try {
    const closed = (await get('/households/b1-101')).json();
    expect(closed).toEqual({ id: 'b1-101', room: '1-101', area: 'b1', alarmService: true });
    expect((await get('/people/li-wei')).json()).toEqual({ id: 'li-wei', name: '李伟', role: 'guard' });
    expect((await get('/site/export')).body).not.toMatch(/心脏病|13800000000/);
    expect(audits).toHaveLength(2);
  } finally {
    rights = permissions;
  }
  expect((await get('/households/nobody')).statusCode).toBe(404);
});

test('a device is added, replaced and removed over the API, and its secret shown once', async () => {
  const body = { id: 'panic-9', type: 'panic-mqtt', name: '按钮', area: 'b1' };
  expect((await send('POST', '/devices', body)).statusCode).toBe(201);
  expect((await send('POST', '/devices', body)).statusCode).toBe(201);
  expect((await send('POST', '/devices', { ...body, name: '别的' })).statusCode).toBe(409);
  expect((await send('POST', '/devices', { ...body, id: 'X' })).statusCode).toBe(400);
  expect((await send('PUT', '/devices/panic-9', { ...body, id: 'other' })).statusCode).toBe(400);
  expect((await send('PUT', '/devices/panic-9', { ...body, name: '别的' })).json().name).toBe('别的');
  const { secret } = (await send('POST', '/devices/panic-9/secret')).json();
  expect(days.rooms.authenticateDevice('panic-9', secret)).toBe(true);
  const removed = await send('DELETE', '/devices/panic-9');
  expect([removed.statusCode, removed.body]).toEqual([204, '']);
  expect((await send('DELETE', '/devices/panic-9')).statusCode).toBe(404);
});

test('whoever may add devices, but not change the site, adds one alone: without an area and without a link', async () => {
  const device = { id: 'panic-8', type: 'panic-mqtt', name: '按钮', area: 'b1' };
  const more = {
    area: { id: 'b8', name: '8 号楼', kind: 'building' },
    link: { id: 'bus-8', kind: 'bus', path: '/dev/ttyUSB8', protocol: 'modbus-rtu' },
  };
  rights = permissions.filter((right) => right !== 'site.write');
  try {
    for (const part of [more, { area: more.area }, { link: more.link }]) {
      const answer = await send('POST', '/site/additions', { device, ...part });
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({
        code: 'auth.forbidden',
        detail: expect.stringContaining('site.write'),
      });
    }
    expect((await get('/links?limit=100')).json().items).toHaveLength(4);
    expect((await send('POST', '/site/additions', { device })).statusCode).toBe(201);
  } finally {
    rights = permissions;
  }
  expect((await send('DELETE', '/devices/panic-8')).statusCode).toBe(204);
});

test('the name and the time zone of the site can be changed, to a zone that exists', async () => {
  expect((await send('PATCH', '/site', { name: '花园里' })).json()).toMatchObject({
    name: '花园里',
    timeZone: 'Asia/Shanghai',
  });
  const bad = await send('PATCH', '/site', { timeZone: 'Asia/Shanghia' });
  expect(bad.statusCode).toBe(422);
  expect(bad.json().detail).toContain('did you mean "Asia/Shanghai"?');
  expect((await send('PATCH', '/site', { id: 'other' })).statusCode).toBe(400);
});

test('the drawing of a plan is served as a picture that can do nothing, and missed with the mend', async () => {
  const drawing = () => get('/areas/garden/drawing');
  expect((await get('/areas/compound/drawing')).json()).toMatchObject({ code: 'not.found' });
  expect((await drawing()).json().detail).toContain(`there is no drawing ${join(plansDir, 'garden.svg')}`);
  writeFileSync(join(plansDir, 'garden.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const found = await drawing();
  expect(found.body).toBe('<svg xmlns="http://www.w3.org/2000/svg"/>');
  expect(found.headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  });
  const again = await app.inject({
    method: 'GET',
    url: '/api/v1/areas/garden/drawing',
    headers: { 'if-none-match': String(found.headers.etag) },
  });
  expect(again.statusCode).toBe(304);
});
