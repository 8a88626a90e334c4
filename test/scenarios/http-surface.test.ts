import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '../../gateway/contract/problem.ts';
import { createHttpServer, type HttpServer, listen } from '../../gateway/http/server.ts';
import { fault } from '../../gateway/lib/errors.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import type { Routes } from '../../gateway/store/operate.ts';
import { type AuthHouse, openAuthHouse } from './auth-house.ts';

const probes: Routes = async (app) => {
  app.post(
    '/probe/json',
    {
      config: { permission: 'signed-in' },
      schema: {
        body: z.strictObject({
          level: z.number(),
          bind: z.array(z.union([z.string(), z.strictObject({ from: z.string(), scale: z.number() })])),
        }),
      },
    },
    async ({ body }) => body,
  );
  app.post('/probe/bare', { config: { permission: 'signed-in' } }, async () => ({ done: true }));
  app.post(
    '/probe/csv',
    { config: { permission: 'signed-in' }, schema: { consumes: ['text/csv'], body: z.string() } },
    async ({ body }) => ({ text: body }),
  );
  app.post(
    '/probe/bytes',
    { config: { permission: 'signed-in' }, schema: { consumes: ['application/octet-stream'] } },
    async ({ body }) => ({ bytes: (body as Buffer).length }),
  );
  app.get(
    '/probe/live',
    { websocket: true, config: { permission: 'alarms.read' }, schema: { summary: 'Changes as they happen' } },
    (socket) => socket.close(),
  );
  app.get('/probe/broken', { config: { permission: 'public' } }, async () => {
    throw new TypeError('the password is hunter2');
  });
  app.get('/probe/full', { config: { permission: 'public' } }, async () => {
    throw fault('storage.unavailable', 'the disk is full: free some space');
  });
  app.get(
    '/probe/wrong-answer',
    { config: { permission: 'public' }, schema: { response: { 200: z.object({ count: z.number() }) } } },
    async (_, reply) => reply.send({ count: 'many' } as never),
  );
};

let house: AuthHouse;
let token: Record<string, string>;
const logged: string[] = [];
beforeAll(async () => {
  const error = (fields: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  house = await openAuthHouse({ rooms: [probes], log: { ...silentLog, error }, bodyLimit: 20_000 });
  await house.addUser('chen', 'administrator');
  token = await house.addToken('probe', 'administrator');
});
afterAll(() => house.close());

const post = (path: string, raw: string | undefined, type: string | undefined) =>
  house.ask('POST', `/api/v1/probe/${path}`, { raw, headers: { ...token, 'content-type': type } });

test('an error is a problem document that says what, where and how to mend', async () => {
  const answer = await post(
    'json',
    '{"level":"high","bind":[{"from":7}],"colour":"red"}',
    'application/json',
  );
  expect(answer.status).toBe(400);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(problemSchema.parse(answer.json)).toMatchObject({
    type: 'urn:gatehouse:problem:request.invalid',
    status: 400,
    code: 'request.invalid',
  });
  expect(answer.json.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
    'body.bind.0.from',
    'body.bind.0.scale',
    'body.colour',
    'body.level',
  ]);
});

test.each([
  ['broken JSON', '{"level":', 'application/json', 400, 'request.invalid'],
  ['no body', undefined, undefined, 400, 'request.invalid'],
  ['an empty body called JSON', undefined, 'application/json', 400, 'request.invalid'],
  ['a __proto__', '{"level":1,"bind":[],"__proto__":{"x":1}}', 'application/json', 400, 'request.invalid'],
  ['a form', 'level=1', 'application/x-www-form-urlencoded', 415, 'request.not-json'],
  ['plain text', '{"level":1,"bind":[]}', 'text/plain', 415, 'request.not-json'],
  ['JSON by another name', '{"level":1,"bind":[]}', 'application/json5', 415, 'request.not-json'],
  ['JSON in GBK', '{"level":1,"bind":[]}', 'application/json; charset=gbk', 415, 'request.not-json'],
  ['a body of no type', '{"level":1,"bind":[]}', undefined, 415, 'request.not-json'],
  ['a body too large', `{"bind":["${'x'.repeat(20_000)}"]}`, 'application/json', 413, 'request.too-large'],
])('%s is refused', async (_, raw, type, status, code) => {
  const answer = await post('json', raw, type);
  expect([answer.status, answer.json.code]).toEqual([status, code]);
  expect(answer.headers['content-type']).toContain('application/problem+json');
});

test('exactly the declared content type is taken', async () => {
  expect((await post('json', '{"level":1,"bind":[]}', 'Application/JSON; charset=UTF-8')).json.level).toBe(1);
  expect((await post('csv', 'a,b\n1,2\n', 'text/csv')).json).toEqual({ text: 'a,b\n1,2\n' });
  expect((await post('csv', '{}', 'application/json')).status).toBe(415);
  expect((await post('bytes', '\0\x01\x02', 'application/octet-stream')).json).toEqual({ bytes: 3 });
  expect((await post('bytes', 'x', 'image/png')).status).toBe(415);
  expect((await post('bare', undefined, undefined)).json).toEqual({ done: true });
  expect((await post('bare', 'x=1', 'application/x-www-form-urlencoded')).status).toBe(415);
});

test('what broke inside is logged and not told', async () => {
  const answer = await house.ask('GET', '/api/v1/probe/broken');
  expect([answer.status, answer.json.code]).toEqual([500, 'internal']);
  expect(answer.text).not.toContain('hunter2');
  expect(logged.join('\n')).toContain('/api/v1/probe/broken');
  expect((await house.ask('GET', '/api/v1/probe/wrong-answer')).json.code).toBe('internal');
});

test('storage that fails says when to try again', async () => {
  const answer = await house.ask('GET', '/api/v1/probe/full');
  expect([answer.status, answer.json.code, answer.headers['retry-after']]).toEqual([
    503,
    'storage.unavailable',
    '5',
  ]);
});

test('an address with nothing behind it, or with a wrong escape, is answered by a problem', async () => {
  for (const [path, status, code] of [
    ['/api/v1/nothing', 404, 'not.found'],
    ['/assets/nothing.js', 404, 'not.found'],
    ['/api/v1/users/%zz', 400, 'request.invalid'],
  ] as const) {
    const answer = await house.ask('GET', path);
    expect([path, answer.status, answer.json.code]).toEqual([path, status, code]);
  }
  expect((await house.ask('PUT', '/api/v1/session', { headers: token })).status).toBe(404);
});

test('the page comes with a nonce of its own, the strictest policy that lets it run, and is never cached', async () => {
  const nonces = new Set<string>();
  for (const path of [
    '/',
    '/alarms',
    '/setup?token=x',
    '/sign-in?once=x',
    '/index.html',
    '/tickets/0199-a_b',
  ]) {
    const page = await house.ask('GET', path);
    expect([path, page.status, page.headers['content-type']]).toEqual([
      path,
      200,
      'text/html; charset=utf-8',
    ]);
    const policy = String(page.headers['content-security-policy']);
    const nonce = /script-src 'self' 'nonce-([\w+/=]+)'/.exec(policy)?.[1] ?? '';
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("style-src-attr 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).not.toContain('unsafe');
    expect(page.text.match(/nonce="([^"]+)"/g)).toEqual([`nonce="${nonce}"`, `nonce="${nonce}"`]);
    expect(page.headers['cache-control']).toBe('no-store');
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(6);
  expect((await house.ask('HEAD', '/alarms')).status).toBe(200);
});

test('every answer forbids sniffing and framing, and an answer of the API may do nothing as a page', async () => {
  for (const path of [
    '/',
    '/assets/main-4f3a.js',
    '/api/v1/setup',
    '/api/v1/users',
    '/api/v1/nothing',
    '/health',
  ]) {
    const { headers } = await house.ask('GET', path);
    expect([path, headers['x-content-type-options']]).toEqual([path, 'nosniff']);
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toBeUndefined();
    if (path !== '/')
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      );
    if (path.startsWith('/api')) expect(headers['cache-control']).toBe('no-store');
  }
});

test('files named by their hash are kept for a year, others are checked at each use, hidden ones are not served', async () => {
  const asset = await house.ask('GET', '/assets/main-4f3a.js');
  expect([asset.text, asset.headers['content-encoding']]).toEqual(['export {};', undefined]);
  const packed = await house.ask('GET', '/assets/main-4f3a.js', {
    headers: { 'accept-encoding': 'gzip, br' },
  });
  expect(packed.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': asset.headers['content-type'],
    'cache-control': 'public, max-age=31536000, immutable',
    vary: expect.stringContaining('accept-encoding'),
  });
  expect([asset.status, asset.text, asset.headers['cache-control']]).toEqual([
    200,
    'export {};',
    'public, max-age=31536000, immutable',
  ]);
  const icon = await house.ask('GET', '/icon.svg');
  expect([icon.headers['content-type'], icon.headers['cache-control']]).toEqual([
    'image/svg+xml',
    'public, max-age=0',
  ]);
  const unchanged = await house.ask('GET', '/icon.svg', { headers: { 'if-none-match': icon.headers.etag } });
  expect(unchanged.status).toBe(304);
  for (const path of [
    '/.secret',
    '/assets',
    '/assets/../.secret',
    '/../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%5c..%5c.secret',
    '//etc/passwd',
    '/icon.svg%00.html',
  ]) {
    const answer = await house.ask('GET', path);
    expect([path, answer.text.includes('root:'), answer.text.includes('not to be served')]).toEqual([
      path,
      false,
      false,
    ]);
    if (path !== '/assets') expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
  }
});

test('OpenAPI 3.1 describes every route with its right and its errors, and every reference resolves', async () => {
  const { json: api } = await house.ask('GET', '/api/v1/openapi.json');
  expect(api.openapi).toBe('3.1.0');
  expect(api.info).toMatchObject({ title: 'Gatehouse', version: '0.0.0-test' });
  const listed = Object.entries<Record<string, unknown>>(api.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const registered = house.routes
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  expect(listed.sort()).toEqual([...registered, 'GET /api/v1/openapi.json'].sort());

  // biome-ignore lint/suspicious/noExplicitAny: the document is walked as it is
  for (const [path, item] of Object.entries<Record<string, any>>(api.paths))
    for (const operation of Object.values(item)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((one: { in: string }) => one.in === 'path');
      expect(declared.map((one: { name: string }) => one.name)).toEqual(inPath);
      expect(operation.responses.default.content).toHaveProperty(['application/problem+json']);
      expect(operation['x-permission']).toBeTypeOf('string');
      expect(operation.security).toEqual(
        operation['x-permission'] === 'public' ? [] : [{ token: [] }, { session: [] }],
      );
      for (const response of Object.values<{ description: string }>(operation.responses))
        expect(response.description).toBeTypeOf('string');
    }
  for (const [, ref] of JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)) {
    const target = String(ref)
      .slice(2)
      .split('/')
      .reduce((at, step) => at?.[step], api);
    expect([ref, target !== undefined]).toEqual([ref, true]);
  }
  expect(api.paths['/api/v1/probe/live'].get.summary).toBe('Changes as they happen');
  expect(api.components.schemas.Problem.properties).toHaveProperty('code');
  expect(api.paths['/api/v1/users'].post.requestBody.content).toHaveProperty(['application/json']);
  expect(api.paths['/api/v1/probe/csv'].post.requestBody.content).toHaveProperty(['text/csv']);
  expect(api.paths['/api/v1/users'].get.responses['200'].content['application/json'].schema.required).toEqual(
    ['items', 'next'],
  );
});

async function bareServer(
  options: Partial<Parameters<typeof createHttpServer>[0]> = {},
): Promise<HttpServer> {
  return createHttpServer({
    consoleDist: pathToFileURL('/nowhere/console/dist'),
    log: silentLog,
    check: () => {},
    version: '0',
    ...options,
  });
}

test('a route that declares no permission keeps the server from starting', async () => {
  const server = await bareServer();
  expect(() => server.get('/forgotten', async () => 'open')).toThrow('declares no permission');
  await server.close();
});

test('a busy port is named, with the way to mend it', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as { port: number };
  const server = await bareServer();
  await expect(listen(server, '127.0.0.1', port)).rejects.toMatchObject({
    code: 'port.busy',
    detail: expect.stringMatching(new RegExp(`port ${port} .*GATEHOUSE_HTTP_PORT`)),
  });
  await server.close();
  await new Promise((resolve) => blocker.close(resolve));
});

test('an address of another machine and a broken certificate are configuration errors', async () => {
  const server = await bareServer();
  await expect(listen(server, '192.0.2.1', 0)).rejects.toMatchObject({ code: 'config.invalid' });
  await server.close();
  await expect(bareServer({ tls: { cert: 'no certificate', key: 'no key' } })).rejects.toMatchObject({
    code: 'config.invalid',
  });
});

test('a console that was not built says how to build it', async () => {
  const server = await bareServer();
  const answer = await server.inject({ method: 'GET', url: '/' });
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({
    code: 'not.found',
    detail: expect.stringContaining('npm run build'),
  });
  await server.close();
});
