import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Permission,
  permissions,
  rolePermissions,
  roleSchema,
} from '../../gateway/contract/permissions.ts';
import type { Routes } from '../../gateway/store/operate.ts';
import { type AuthHouse, openAuthHouse } from './auth-house.ts';

/** How often a handler behind a right was reached. */
const reached = new Map<string, number>();

const oneRouteForEachRight: Routes = async (app) => {
  for (const permission of [...permissions, 'signed-in'] as const)
    for (const method of ['GET', 'POST'] as const)
      app.route({
        method,
        url: `/probe/${permission}/things`,
        config: { permission },
        handler: async (request) => {
          reached.set(permission, (reached.get(permission) ?? 0) + 1);
          return { who: request.actor.who };
        },
      });
};

let house: AuthHouse;
const signedIn = new Map<string, { cookie: string; origin: string }>();
const tokens = new Map<string, Record<string, string>>();

beforeAll(async () => {
  house = await openAuthHouse({ rooms: [oneRouteForEachRight] });
  for (const role of roleSchema.options) {
    await house.addUser(`the-${role}`, role);
    tokens.set(role, await house.addToken(`token-${role}`, role));
  }
  for (const role of roleSchema.options) signedIn.set(role, await house.signIn(`the-${role}`));
});
afterAll(() => house.close());

/** Other ways to write an address, which a router, a proxy or a file system might take for the same. */
function variantsOf(path: string): string[] {
  const [, , , ...rest] = path.split('/');
  const tail = rest.join('/');
  return [
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `/api//v1/${tail}`,
    path.toUpperCase(),
    path.replace('/api', '/Api'),
    `/api/v1%2F${tail}`,
    `/api%2Fv1/${tail}`,
    path.replaceAll('/', '%2F').replace('%2F', '/'),
    `${path}%2F`,
    `${path}%00`,
    `/api/v1/./${tail}`,
    `/api/v1/x/../${tail}`,
    `/api/v1/x/%2e%2e/${tail}`,
    `${path};a=b`,
    `${path}.json`,
    `/api/v1/${tail.replace(/^./, (char) => `%${char.charCodeAt(0).toString(16)}`)}`,
    `${path}?permission=public`,
    `${path}#`,
  ];
}

interface Asked {
  method: string;
  path: string;
  permission: Permission | 'signed-in' | 'public' | undefined;
}

function registered(): Asked[] {
  return house.routes.flatMap(({ method, url, config }) =>
    [method].flat().map((one) => ({
      method: one,
      path: url.replace(/:\w+/g, 'nobody'),
      permission: config?.permission,
    })),
  );
}

test('every registered route declares a right', () => {
  expect(registered().length).toBeGreaterThan(100);
  expect(registered().filter(({ permission }) => permission === undefined)).toEqual([]);
});

test('without a sign-in every route that is not public answers 401, in every spelling', async () => {
  const wrong: string[] = [];
  for (const { method, path, permission } of registered()) {
    if (permission === 'public' || permission === undefined) continue;
    for (const headers of [{}, { authorization: 'Bearer made-up' }, { authorization: 'Basic YTpi' }]) {
      const { status } = await house.ask(method, path, { headers });
      if (status !== 401) wrong.push(`${method} ${path}: ${status}`);
    }
    if (permission === 'signed-in' || path.includes('/probe/')) continue;
    for (const variant of variantsOf(path)) {
      const answer = await house.ask(method, variant);
      if (answer.status < 400) wrong.push(`${method} ${variant}: ${answer.status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect([...reached]).toEqual([]);
});

describe.each(roleSchema.options)('as %s', (role) => {
  const rights = new Set<string>([...rolePermissions[role], 'signed-in']);
  const forbidden = permissions.filter((permission) => !rights.has(permission));

  test('what the role has is allowed and what it has not is answered 403, by cookie and by token', async () => {
    const wrong: string[] = [];
    for (const { method, path, permission } of registered()) {
      if (permission === 'public' || permission === undefined) continue;
      // Signing out is tried elsewhere; it would end this walk.
      if (method === 'DELETE' && path === '/api/v1/session') continue;
      for (const headers of [signedIn.get(role), tokens.get(role)]) {
        const answer = await house.ask(method, path, { headers });
        const refused = answer.status === 403 && (method === 'HEAD' || answer.json.code === 'auth.forbidden');
        // A token has no session of its own to change: refused, though not for want of a right.
        const personal = permission === 'signed-in' && !path.includes('/probe/') && method !== 'GET';
        if (personal ? answer.status === 401 : refused === rights.has(permission))
          wrong.push(`${method} ${path}: ${answer.status}`);
        if (path.includes('/probe/') && !refused && answer.status !== 200)
          wrong.push(`${method} ${path}: ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('no other spelling of an address leads past the right', async () => {
    const before = new Map(reached);
    const leaks: string[] = [];
    const paths = [
      ...forbidden.map((permission) => `/api/v1/probe/${permission}/things`),
      ...(rights.has('users.manage') ? [] : ['/api/v1/users', '/api/v1/tokens', '/api/v1/users/the-guard']),
      ...(rights.has('audit.read') ? [] : ['/api/v1/audit']),
    ];
    for (const path of paths)
      for (const variant of variantsOf(path)) {
        const answer = await house.ask('GET', variant, { headers: signedIn.get(role) });
        if (answer.status < 400) leaks.push(`${variant}: ${answer.status}`);
      }
    expect(leaks).toEqual([]);
    for (const permission of forbidden) expect(reached.get(permission)).toBe(before.get(permission));
  });
});

test('a request is told who asks', async () => {
  const path = '/api/v1/probe/signed-in/things';
  expect((await house.ask('GET', path, { headers: signedIn.get('guard') })).json).toEqual({
    who: 'the-guard',
  });
  expect((await house.ask('GET', path, { headers: tokens.get('guard') })).json).toEqual({
    who: 'token:token-guard',
  });
});
