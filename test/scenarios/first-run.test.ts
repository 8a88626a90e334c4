import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AuthHouse, openAuthHouse, passwordOf } from './auth-house.ts';

let house: AuthHouse;
beforeEach(async () => {
  house = await openAuthHouse();
});
afterEach(() => house.close());

const tokenOf = (path: string) => new URL(path, 'http://gatehouse').searchParams.get('token');

function setUp(token: string | null, more: object = {}) {
  return house.ask('POST', '/api/v1/setup', {
    body: { token, user: 'chen', name: '陈静', password: passwordOf('somebody'), language: 'zh', ...more },
    headers: { origin: house.origin },
  });
}

test('before the first administrator every route but health, set-up and the console answers 403', async () => {
  const token = await house.addToken('early', 'administrator');
  for (const [method, path] of [
    ['GET', '/api/v1/session'],
    ['POST', '/api/v1/session'],
    ['GET', '/api/v1/users'],
    ['GET', '/api/v1/audit'],
    ['GET', '/api/v1/openapi.json'],
    ['GET', '/api/v1/no-such-thing'],
    ['GET', '/API/v1/users'],
  ] as const) {
    const answer = await house.ask(method, path, {
      headers: token,
      ...(method === 'POST' ? { body: {} } : {}),
    });
    expect([path, answer.status, answer.json?.code]).toEqual([path, 403, 'setup.required']);
  }
  expect((await house.ask('GET', '/health')).status).toBe(200);
  expect((await house.ask('GET', '/api/v1/setup')).json).toEqual({ needed: true });
  expect((await house.ask('GET', '/setup')).text).toContain('<!doctype html>');
  expect((await house.ask('GET', '/assets/main-4f3a.js')).status).toBe(200);
  expect(house.auth.authenticateUpgrade({ headers: token, socket: {} } as never)).toMatchObject({
    code: 'setup.required',
  });
});

test('the link makes the first administrator, signs them in, and never works again', async () => {
  const link = await house.auth.createSetupLink();
  expect(link.path).toMatch(/^\/setup\?token=[\w-]{43}$/);
  const made = await setUp(tokenOf(link.path));
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ user: 'chen', name: '陈静', role: 'administrator', language: 'zh' });
  const me = await house.ask('GET', '/api/v1/session', { headers: { cookie: made.cookies.join('; ') } });
  expect(me.json).toEqual(made.json);

  const again = await setUp(tokenOf(link.path), { user: 'mallory' });
  expect([again.status, again.json.code]).toEqual([403, 'setup.link']);
  expect((await house.ask('GET', '/api/v1/setup')).json).toEqual({ needed: false });
  await expect(house.auth.createSetupLink()).rejects.toMatchObject({ code: 'state.conflict' });

  const lines = await house.audit.list({}, undefined, 10);
  expect(lines.map(({ who, action, subject }) => [who, action, subject])).toEqual([
    ['chen', 'session.opened', 'user:chen'],
    ['chen', 'user.created', 'user:chen'],
  ]);
});

test('of two set-ups that arrive together one wins', async () => {
  const token = tokenOf((await house.auth.createSetupLink()).path);
  const answers = await Promise.all([setUp(token), setUp(token, { user: 'mallory' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 403]);
  expect(house.auth.users.committed.size).toBe(1);
});

test('a link older than 15 minutes, a wrong one and none at all are refused', async () => {
  const { path } = await house.auth.createSetupLink();
  await house.clock.advance(15 * 60_000);
  for (const token of [tokenOf(path), 'x'.repeat(43)]) {
    const answer = await setUp(token);
    expect([answer.status, answer.json.code]).toEqual([403, 'setup.link']);
  }
  expect((await setUp(null)).status).toBe(400);
  expect(house.auth.setupNeeded()).toBe(true);
});

test('a weak password is explained and leaves the link good, as does a full disk', async () => {
  const token = tokenOf((await house.auth.createSetupLink()).path);
  const weak = await setUp(token, { password: 'password1234' });
  expect([weak.status, weak.json.code, weak.json.errors[0].path]).toEqual([
    400,
    'request.invalid',
    'body.password',
  ]);
  house.failing.storage = true;
  expect((await setUp(token)).status).toBe(500);
  house.failing.storage = false;
  expect((await setUp(token)).status).toBe(201);
});

test('a one-use sign-in link signs in its user once', async () => {
  await house.addUser('chen', 'administrator');
  const { path } = await house.auth.createSignInLink('chen');
  expect(path).toMatch(/^\/sign-in\?once=/);
  const token = path.split('=')[1];
  const use = () =>
    house.ask('POST', '/api/v1/session/once', { body: { token }, headers: { origin: house.origin } });
  const [first, second] = await Promise.all([use(), use()]);
  expect([first.status, second.status].sort()).toEqual([201, 403]);
  expect((await use()).json.code).toBe('setup.link');
  await expect(house.auth.createSignInLink('nobody')).rejects.toMatchObject({ code: 'not.found' });

  const late = await house.auth.createSignInLink('chen');
  await house.clock.advance(15 * 60_000 + 1);
  const answer = await house.ask('POST', '/api/v1/session/once', {
    body: { token: late.path.split('=')[1] },
    headers: { origin: house.origin },
  });
  expect(answer.status).toBe(403);
});
