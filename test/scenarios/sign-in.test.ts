import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Fault } from '../../gateway/lib/errors.ts';
import { type AuthHouse, openAuthHouse, passwordOf } from './auth-house.ts';

let house: AuthHouse;
let current: AuthHouse | undefined;
const logged: string[] = [];
beforeEach(async () => {
  logged.length = 0;
  const write = (fields: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  house = await openAuthHouse({
    log: { debug: write, info: write, warn: write, error: write },
    allowedOrigins: ['https://console.example.com'],
  });
  await house.addUser('chen', 'administrator');
  await house.addUser('wang', 'operator');
});
afterEach(() => house.close());

const hour = 3_600_000;
const me = (headers: Record<string, string>) => house.ask('GET', '/api/v1/session', { headers });

function trySignIn(user: string, password: string, headers: Record<string, string> = {}) {
  return house.ask('POST', '/api/v1/session', {
    body: { user, password },
    headers: { origin: house.origin, ...headers },
  });
}

/** Opens what a console's websocket would be; answers the signal that cuts it. */
function upgrade(headers: Record<string, string>) {
  const opened = house.auth.authenticateUpgrade({
    headers: { host: `127.0.0.1:${house.port}`, ...headers },
    socket: Object.assign(new EventEmitter(), { remoteAddress: '127.0.0.1' }),
  } as never);
  if (opened instanceof Fault) throw opened;
  return opened;
}

test('signing in sets a cookie that scripts cannot read and other sites cannot send', async () => {
  const answer = await trySignIn('Wang ', passwordOf('wang'));
  expect(answer.status).toBe(201);
  expect(answer.json).toMatchObject({ user: 'wang', role: 'operator', language: null });
  expect(answer.json.permissions).toContain('alarms.acknowledge');
  const [session] = answer.headers['set-cookie'] ?? [];
  expect(session).toMatch(/^gatehouse_session=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Strict$/);
  const stored = await house.store.query<{ sha256: string }>('SELECT sha256 FROM session');
  expect(stored).toHaveLength(1);
  expect(JSON.stringify(stored)).not.toContain(answer.cookies[0]?.split('=')[1]);
});

test('each sign-in has a new session, and the one before of that browser is dead', async () => {
  const before = await house.signIn('wang');
  const after = await house.signIn('wang', { cookie: before.cookie });
  expect(after.cookie).not.toBe(before.cookie);
  expect((await me(before)).status).toBe(401);
  expect((await me(after)).status).toBe(200);
});

test('signing out ends the session and its websocket', async () => {
  const headers = await house.signIn('wang');
  const socket = upgrade(headers);
  const out = await house.ask('DELETE', '/api/v1/session', { headers });
  expect(out.status).toBe(204);
  expect(out.headers['set-cookie']?.[0]).toMatch(/^gatehouse_session=;/);
  expect((await me(headers)).json.code).toBe('auth.required');
  expect(socket.revoked.aborted).toBe(true);
});

test('a wrong name, a wrong password and a disabled user get the very same answer, and a log without passwords', async () => {
  await house.operate('test', null, (turn) =>
    house.auth.createUser(turn, {
      id: 'gone',
      name: 'Gone',
      role: 'operator',
      passwordHash: house.auth.users.get('wang')?.password ?? '',
    }),
  );
  await house.ask('PATCH', '/api/v1/users/gone', {
    body: { disabled: true },
    headers: await house.signIn('chen'),
  });
  const answers = [
    await trySignIn('wang', 'not the password of wang'),
    await trySignIn('nobody', passwordOf('wang')),
    await trySignIn('gone', passwordOf('wang')),
  ];
  for (const answer of answers) {
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual(answers[0]?.json);
    expect(answer.cookies).toEqual([]);
  }
  expect(logged.join('\n')).toContain('sign-in was refused');
  expect(logged.join('\n')).not.toMatch(/quiet lamp|not the password|nobody/);
});

test('a name that does not exist takes as long as a wrong password', async () => {
  const time = async (user: string) => {
    const from = performance.now();
    await trySignIn(user, 'not the password at all');
    return performance.now() - from;
  };
  const [known, unknown]: number[][] = [[], []];
  for (let i = 0; i < 5; i++) {
    known?.push(await time('wang'));
    unknown?.push(await time('nobody'));
  }
  const fastest = (times: number[] = []) => Math.min(...times);
  // Skipping the hash would make it ten times faster.
  expect(fastest(unknown)).toBeGreaterThan(fastest(known) / 2);
});

test('guessing is throttled; its end is told; the owner gets in from a browser that is known', async () => {
  const owner = await house.signIn('wang');
  const tries = await Promise.all(Array.from({ length: 15 }, () => trySignIn('wang', 'guess after guess')));
  const statuses = tries.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  const throttled = tries.find(({ status }) => status === 429);
  expect(throttled?.json).toMatchObject({ code: 'auth.throttled', detail: expect.stringContaining('10 s') });
  expect(throttled?.headers['retry-after']).toBe('10');
  expect((await trySignIn('wang', passwordOf('wang'))).status).toBe(429);

  expect((await trySignIn('wang', passwordOf('wang'), { cookie: owner.cookie })).status).toBe(201);
  // A known browser is known for the users who signed in there, and for nobody else.
  expect((await trySignIn('chen', passwordOf('chen'), { cookie: owner.cookie })).status).toBe(201);
  const forged = owner.cookie.replace(/gatehouse_device=\w/, 'gatehouse_device=_');
  expect((await trySignIn('wang', passwordOf('wang'), { cookie: forged })).status).toBe(429);

  await house.clock.advance(10_000);
  expect((await trySignIn('wang', passwordOf('wang'))).status).toBe(201);
  expect(house.auth.figures()).toMatchObject({ signInsRefused: 10, signInsThrottled: 7 });
});

test('a known browser stays known after a restart', async () => {
  const owner = await house.signIn('wang');
  const again = await house.restart();
  await Promise.all(
    Array.from({ length: 10 }, () =>
      again.ask('POST', '/api/v1/session', { body: { user: 'wang', password: 'guess after guess' } }),
    ),
  );
  expect((await again.signIn('wang', { cookie: owner.cookie })).cookie).toContain('gatehouse_session');
});

test('a session is dead after 12 idle hours, and its websocket with it', async () => {
  const headers = await house.signIn('wang');
  const socket = upgrade(headers);
  await house.clock.advance(12 * hour - 1);
  expect(socket.revoked.aborted).toBe(false);
  await house.clock.advance(1);
  expect(socket.revoked.aborted).toBe(true);
  expect((await me(headers)).status).toBe(401);
});

test('use keeps a session alive, but no longer than 24 hours', async () => {
  const headers = await house.signIn('wang');
  const socket = upgrade(headers);
  for (let passed = 0; passed < 23; passed += 1) {
    await house.clock.advance(hour);
    expect((await me(headers)).status).toBe(200);
    await house.operate('settle', null, () => {});
  }
  expect(socket.revoked.aborted).toBe(false);
  await house.clock.advance(hour - 1);
  expect((await me(headers)).status).toBe(200);
  await house.clock.advance(1);
  expect((await me(headers)).status).toBe(401);
  expect(socket.revoked.aborted).toBe(true);
});

test('when a session was last used is written at most once a minute', async () => {
  const headers = await house.signIn('wang');
  const seen = async () => {
    await house.operate('settle', null, () => {});
    const [row] = await house.store.query<{ at: number }>('SELECT seen_at AS at FROM session');
    return row?.at;
  };
  const atFirst = await seen();
  await house.clock.advance(59_000);
  for (let i = 0; i < 5; i++) await me(headers);
  expect(await seen()).toBe(atFirst);
  await house.clock.advance(1_000);
  for (let i = 0; i < 5; i++) await me(headers);
  expect(await seen()).toBe(house.clock.now().wallMs);
});

test('a session lives through a restart', async () => {
  const headers = await house.signIn('wang');
  const again = await house.restart();
  expect((await again.ask('GET', '/api/v1/session', { headers })).status).toBe(200);
});

test('a session made while the clock was a year ahead does not live a year', async () => {
  house.clock.stepWall(365 * 24 * hour);
  const headers = await house.signIn('wang');
  house.clock.stepWall(-365 * 24 * hour);
  expect((await me(headers)).status).toBe(401);
});

test('a clock set back by an hour signs nobody out', async () => {
  const headers = await house.signIn('wang');
  const socket = upgrade(headers);
  house.clock.stepWall(-hour);
  expect((await me(headers)).status).toBe(200);
  await house.clock.advance(hour);
  expect((await me(headers)).status).toBe(200);
  expect(socket.revoked.aborted).toBe(false);
});

test.each([
  ['disabled', { disabled: true }],
  ['given another role', { role: 'guard', reason: 'moved to the gate' }],
  ['given a new password', { password: 'a kettle for the night shift' }],
])('a user who is %s is signed out everywhere at once', async (_, change) => {
  const headers = await house.signIn('wang');
  const other = await house.signIn('wang');
  const sockets = [upgrade(headers), upgrade(other)];
  const heard: unknown[] = [];
  house.auth.onRevoked((credential) => heard.push(credential));
  const admin = await house.signIn('chen');
  const answer = await house.ask('PATCH', '/api/v1/users/wang', { body: change, headers: admin });
  expect(answer.status).toBe(200);
  expect(sockets.map(({ revoked }) => revoked.aborted)).toEqual([true, true]);
  expect(heard).toHaveLength(2);
  expect((await me(headers)).status).toBe(401);
  expect((await me(other)).status).toBe(401);
  expect((await me(admin)).status).toBe(200);
});

test('a deleted token is cut off at once, websocket included', async () => {
  const headers = await house.addToken('nodered', 'operator');
  const socket = upgrade(headers);
  expect((await me(headers)).json).toMatchObject({
    user: 'token:nodered',
    role: 'operator',
    expiresAt: null,
  });
  const admin = await house.signIn('chen');
  const { items } = (await house.ask('GET', '/api/v1/tokens', { headers: admin })).json;
  const gone = await house.ask('DELETE', `/api/v1/tokens/${items[0].id}`, { headers: admin });
  expect(gone.status).toBe(204);
  expect(socket.revoked.aborted).toBe(true);
  expect((await me(headers)).status).toBe(401);
});

test("changing one's own password needs the present one and ends one's other sessions", async () => {
  const headers = await house.signIn('wang');
  const other = await house.signIn('wang');
  const change = (current: string) =>
    house.ask('POST', '/api/v1/session/password', {
      body: { current, password: 'a kettle for the night shift' },
      headers,
    });
  expect((await change('not the present one')).json.code).toBe('auth.refused');
  expect((await change(passwordOf('wang'))).status).toBe(204);
  expect((await me(headers)).status).toBe(200);
  expect((await me(other)).status).toBe(401);
  expect((await trySignIn('wang', passwordOf('wang'))).status).toBe(401);
  expect((await trySignIn('wang', 'a kettle for the night shift')).status).toBe(201);
});

test('the language is kept with the user', async () => {
  const headers = await house.signIn('wang');
  const answer = await house.ask('PATCH', '/api/v1/session', { body: { language: 'en' }, headers });
  expect(answer.json).toMatchObject({ user: 'wang', language: 'en' });
  const again = await house.restart();
  const elsewhere = await again.ask('GET', '/api/v1/session', { headers });
  expect(elsewhere.json.language).toBe('en');
});

test('a cookie signs in a change only together with an allowed Origin', async () => {
  const { cookie } = await house.signIn('wang');
  const change = (headers: Record<string, string>) =>
    house.ask('PATCH', '/api/v1/session', { body: { language: 'en' }, headers: { cookie, ...headers } });
  for (const origin of [
    'https://evil.example.com',
    'null',
    `https://127.0.0.1:${house.port}`,
    'http://127.0.0.1',
  ])
    expect((await change({ origin })).json).toMatchObject({ code: 'auth.origin', status: 403 });
  expect((await change({})).json.code).toBe('auth.origin');
  expect((await change({ origin: house.origin })).status).toBe(200);
  expect((await change({ origin: 'https://console.example.com' })).status).toBe(200);
  // Reading needs none, nor does who sends a token; another site may not even try to sign somebody in.
  expect((await me({ cookie })).status).toBe(200);
  const token = await house.addToken('robot', 'administrator');
  const made = await house.ask('POST', '/api/v1/tokens', { body: { role: 'guard' }, headers: token });
  expect(made.status).toBe(201);
  expect((await trySignIn('wang', passwordOf('wang'), { origin: 'https://evil.example.com' })).status).toBe(
    403,
  );
});

test('a websocket needs an allowed Origin and a live session, or a token', async () => {
  const { cookie } = await house.signIn('wang');
  expect(() => upgrade({ cookie })).toThrow('auth.origin');
  expect(() => upgrade({ cookie, origin: 'https://evil.example.com' })).toThrow('auth.origin');
  expect(() => upgrade({ origin: house.origin })).toThrow('auth.required');
  expect(() => upgrade({ cookie: 'gatehouse_session=made-up', origin: house.origin })).toThrow(
    'auth.required',
  );
  expect(() => upgrade({ authorization: 'Bearer made-up' })).toThrow('auth.required');
  expect(upgrade({ cookie, origin: house.origin }).actor).toMatchObject({
    who: 'wang',
    station: '127.0.0.1',
  });
  const token = await house.addToken('wall', 'auditor');
  expect(upgrade(token).actor).toMatchObject({ who: 'token:wall' });
});

test('a websocket route is guarded before the upgrade, and its socket is cut when the session ends', async () => {
  const held = await openAuthHouse({
    rooms: [
      async (app) => {
        app.get('/echo', { websocket: true, config: { permission: 'alarms.read' } }, (socket, request) => {
          const opened = current?.auth.authenticateUpgrade(request.raw);
          if (!opened || opened instanceof Fault) return socket.close();
          opened.revoked.addEventListener('abort', () => socket.close(4401));
          socket.send(opened.actor.who);
        });
      },
    ],
  });
  current = held;
  try {
    await held.addUser('chen', 'administrator');
    const headers = await held.signIn('chen');
    const guard = await held.addToken('gate', 'guard');
    const connect = (given: Record<string, string>) =>
      new WebSocket(`ws://127.0.0.1:${held.port}/api/v1/echo`, { headers: given });
    const refusal = (given: Record<string, string>) =>
      new Promise((resolve) => {
        const socket = connect(given);
        socket.on('unexpected-response', (request, response) => {
          request.destroy();
          resolve(response.statusCode);
        });
        socket.on('open', () => resolve('open'));
        socket.on('error', () => {});
      });
    expect(await refusal({})).toBe(401);
    expect(await refusal(guard)).toBe(403);
    expect(await refusal({ ...headers, origin: 'https://evil.example.com' })).toBe(403);
    expect(await refusal({ cookie: headers.cookie })).toBe(403);

    const socket = connect(headers);
    const [greeting] = await once(socket, 'message');
    expect(String(greeting)).toBe('chen');
    const flood = connect(headers);
    await once(flood, 'message');
    flood.send('x'.repeat(65_537));
    expect((await once(flood, 'close'))[0]).toBe(1009);

    const closed = once(socket, 'close');
    await held.ask('DELETE', '/api/v1/session', { headers });
    expect((await closed)[0]).toBe(4401);
  } finally {
    current = undefined;
    await held.close();
  }
});

test('a change of role is signed by a second person, or told with the reason why nobody could be reached', async () => {
  await house.addUser('zhou', 'supervisor');
  const admin = await house.signIn('chen');
  const change = (body: object) =>
    house.ask('PATCH', '/api/v1/users/wang', { body: { role: 'engineer', ...body }, headers: admin });
  const bare = await change({});
  expect(bare.json.errors.map(({ path }: { path: string }) => path)).toEqual(['body.second', 'body.reason']);
  const sign = (user: string, password = passwordOf(user)) => change({ second: { user, password } });
  expect((await sign('zhou', 'not the password')).json.code).toBe('auth.refused');
  expect((await sign('chen')).json.code).toBe('auth.forbidden');
  expect((await sign('wang')).json.code).toBe('auth.forbidden');
  expect((await sign('zhou')).json).toMatchObject({ id: 'wang', role: 'engineer' });
  expect((await change({ role: 'guard', reason: 'zhou is on leave' })).status).toBe(200);
  const [alone, signed] = await house.audit.list({ action: 'user.changed' }, undefined, 2);
  expect(signed?.detail).toEqual({ role: { from: 'operator', to: 'engineer' }, second: 'zhou' });
  expect(alone?.detail).toMatchObject({ alone: true, reason: 'zhou is on leave' });
});

test('the last administrator can neither be disabled nor given another role', async () => {
  const admin = await house.signIn('chen');
  for (const body of [{ disabled: true }, { role: 'guard', reason: 'no longer here' }]) {
    const answer = await house.ask('PATCH', '/api/v1/users/chen', { body, headers: admin });
    expect([answer.status, answer.json.code]).toEqual([409, 'state.conflict']);
  }
  await house.addUser('li', 'administrator');
  const answer = await house.ask('PATCH', '/api/v1/users/chen', { body: { disabled: true }, headers: admin });
  expect(answer.status).toBe(200);
});

test('creating a user twice with the same body is one user; with another body it is refused', async () => {
  const headers = await house.signIn('chen');
  const create = (body: object) =>
    house.ask('POST', '/api/v1/users', {
      body: { id: 'li', name: '李伟', role: 'guard', password: 'three herons at dawn', ...body },
      headers,
    });
  const [first, second] = [await create({}), await create({})];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.json).toEqual(first.json);
  expect(first.text).not.toContain('argon2');
  for (const other of [{ role: 'operator' }, { password: 'four herons at dawn' }])
    expect((await create(other)).json).toMatchObject({ status: 409, code: 'id.conflict' });
  const { items } = (await house.ask('GET', '/api/v1/users', { headers })).json;
  expect(items.map(({ id }: { id: string }) => id)).toEqual(['chen', 'li', 'wang']);
});

test("a token's secret is shown once and kept as its SHA-256", async () => {
  const headers = await house.signIn('chen');
  const made = await house.ask('POST', '/api/v1/tokens', {
    body: { name: 'scada', role: 'engineer' },
    headers,
  });
  expect(made.status).toBe(201);
  const { secret, ...token } = made.json;
  expect(secret).toMatch(/^gatehouse_[\w-]{43}$/);
  expect(token).toMatchObject({ name: 'scada', role: 'engineer', createdBy: 'chen' });
  const list = await house.ask('GET', '/api/v1/tokens', { headers });
  expect(list.json).toEqual({ items: [token], next: null });
  const stored = JSON.stringify(await house.store.query('SELECT * FROM token'));
  expect(stored).not.toContain(secret.slice(10));
  const again = await house.restart();
  const used = await again.ask('GET', '/api/v1/session', { headers: { authorization: `bearer ${secret}` } });
  expect(used.json.user).toBe('token:scada');
  expect(
    (await house.ask('POST', '/api/v1/tokens', { body: { name: 'scada', role: 'guard' }, headers })).status,
  ).toBe(409);
});

test('a user has at most 20 sessions; the one unused for longest goes', async () => {
  const first = await house.signIn('wang');
  for (let i = 0; i < 20; i++) {
    await house.clock.advance(1_000);
    await house.signIn('wang');
  }
  expect((await me(first)).status).toBe(401);
  expect(house.auth.figures().sessions).toBe(20);
});

test('the audit trail tells every act, page by page and by filter', async () => {
  const headers = await house.signIn('chen');
  for (const name of ['a', 'b', 'c'])
    await house.ask('POST', '/api/v1/tokens', { body: { name, role: 'guard' }, headers });
  const page = (query: string) => house.ask('GET', `/api/v1/audit?${query}`, { headers });
  const first = (await page('action=token.created&limit=2')).json;
  expect(first.items.map(({ subject }: { subject: string }) => subject)).toEqual(['token:c', 'token:b']);
  const second = (await page(`action=token.created&limit=2&cursor=${first.next}`)).json;
  expect(
    second.items.map(({ subject, who, station }: Record<string, string>) => [subject, who, station]),
  ).toEqual([['token:a', 'chen', '127.0.0.1']]);
  expect(second.next).toBeNull();
  expect((await page(`from=${house.clock.now().wallMs + 1}`)).json.items).toEqual([]);
  expect((await page('limit=0')).json.errors[0].path).toBe('query.limit');
});

test('under TLS the cookies are Secure and bound to this host, and browsers are told to stay with TLS', async () => {
  const secure = await openAuthHouse({ tls: true });
  try {
    await secure.addUser('chen', 'administrator');
    const answer = await secure.ask('POST', '/api/v1/session', {
      body: { user: 'chen', password: passwordOf('chen') },
      headers: { origin: secure.origin },
    });
    for (const cookie of answer.headers['set-cookie'] ?? [])
      expect(cookie).toMatch(
        /^__Host-gatehouse_(session|device)=\S+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
    expect(answer.headers['set-cookie']).toHaveLength(2);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    const cookie = answer.cookies.join('; ');
    const change = (origin: string) =>
      secure.ask('PATCH', '/api/v1/session', { body: { language: 'en' }, headers: { cookie, origin } });
    expect((await change(secure.origin)).status).toBe(200);
    expect((await change(secure.origin.replace('https', 'http'))).json.code).toBe('auth.origin');
    const plain = cookie.replaceAll('__Host-', '');
    expect((await secure.ask('GET', '/api/v1/session', { headers: { cookie: plain } })).status).toBe(401);
  } finally {
    await secure.close();
  }
});
