import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { RouteOptions } from 'fastify';
import { auditStatements, createAudit } from '../../gateway/auth/audit.ts';
import { auditRoutes } from '../../gateway/auth/audit-routes.ts';
import { authStatements, checkedHash, createAuth } from '../../gateway/auth/auth.ts';
import type { Role } from '../../gateway/contract/permissions.ts';
import { createHttpServer, listen } from '../../gateway/http/server.ts';
import { createManualClock } from '../../gateway/lib/clock.ts';
import type { Logger } from '../../gateway/lib/log.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import type { Operate, Routes } from '../../gateway/store/operate.ts';
import { Memory } from '../../gateway/store/table.ts';
import { createTurnFixture, openTestStore } from '../../gateway/store/turn-fixture.ts';
import { makeSelfSigned } from './self-signed.ts';

export const passwordOf = (user: string) => `the quiet lamp of ${user}`;
const startMs = Date.UTC(2025, 2, 3, 8);

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any route
  json: any;
  /** `name=value` of the cookies it sets. */
  cookies: string[];
}

export interface Ask {
  body?: unknown;
  headers?: Record<string, string | undefined>;
  /** Bytes as they are, whatever the content type says. */
  raw?: string | undefined;
}

/** A console as it would be built, with two places for the nonce. */
function writeConsole(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-console-'));
  mkdirSync(join(dir, 'assets'));
  writeFileSync(
    join(dir, 'index.html'),
    '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><script type="module" nonce="__CSP_NONCE__" src="/assets/main-4f3a.js"></script>',
  );
  writeFileSync(join(dir, 'assets', 'main-4f3a.js'), 'export {};');
  writeFileSync(join(dir, 'assets', 'main-4f3a.js.gz'), gzipSync('export {};'));
  writeFileSync(join(dir, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(dir, '.secret'), 'not to be served');
  return dir;
}

/** The auth room behind the real HTTP server, with a real database and turns of one act each. */
export async function openAuthHouse(
  options: {
    rooms?: Routes[];
    allowedOrigins?: string[];
    log?: Logger;
    bodyLimit?: number;
    tls?: boolean;
  } = {},
) {
  const clock = createManualClock(startMs);
  const store = await openTestStore({ auth: authStatements, audit: auditStatements });
  const consoleDir = writeConsole();
  const closers: (() => Promise<void>)[] = [];
  const failing = { storage: false };
  const tls = options.tls ? makeSelfSigned() : undefined;

  async function start() {
    const memory = new Memory();
    const audit = createAudit({ memory, query: store.query });
    let last: Promise<unknown> = Promise.resolve();
    const operate: Operate = (_, actor, run) => {
      const mine = last.then(async () => {
        const { wallMs, monoMs } = clock.now();
        const turn = { ...createTurnFixture(memory, { now: wallMs, actor }), monoMs };
        turn.audit = (entry) => audit.append(turn, entry);
        try {
          const answer = run(turn);
          if (failing.storage) throw new Error('the disk is full');
          await turn.end(store);
          return answer;
        } catch (error) {
          memory.rollback();
          memory.drop();
          throw error;
        }
      });
      last = mine.catch(() => {});
      return mine;
    };
    const log = options.log ?? silentLog;
    const auth = createAuth({
      memory,
      query: store.query,
      operate,
      clock,
      log,
      tls: tls !== undefined,
      allowedOrigins: options.allowedOrigins ?? [],
    });
    await audit.load();
    await auth.load();
    const server = await createHttpServer({
      tls,
      consoleDist: pathToFileURL(consoleDir),
      log,
      check: auth.check,
      version: '0.0.0-test',
      bodyLimit: options.bodyLimit,
    });
    const routes: RouteOptions[] = [];
    server.addHook('onRoute', (route) => {
      routes.push(route);
    });
    for (const room of [auth.routes, auditRoutes(audit), ...(options.rooms ?? [])])
      await server.register(room, { prefix: '/api/v1' });
    server.get('/health', { config: { permission: 'public' } }, async () => ({ status: 'up' }));
    const port = await listen(server, '127.0.0.1', 0);
    closers.push(() => server.close());
    const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;

    function ask(method: string, path: string, { body, headers = {}, raw }: Ask = {}): Promise<Answer> {
      const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const sent = Object.entries({
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }),
        ...headers,
      }).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return new Promise((resolve, reject) => {
        const target = { host: '127.0.0.1', port, method, path, headers: Object.fromEntries(sent) };
        const request = (tls ? httpsRequest : httpRequest)(
          tls ? { ...target, ca: tls.cert } : target,
          async (response) => {
            const chunks: Buffer[] = [];
            for await (const chunk of response) chunks.push(chunk as Buffer);
            const text = Buffer.concat(chunks).toString();
            const isJson = /json/.test(response.headers['content-type'] ?? '');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: isJson && text !== '' ? JSON.parse(text) : undefined,
              cookies: (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0] ?? ''),
            });
          },
        );
        request.on('error', reject);
        request.end(payload);
      });
    }

    async function addUser(id: string, role: Role): Promise<void> {
      const passwordHash = await checkedHash(passwordOf(id), { id, name: id });
      await operate('test', null, (turn) => auth.createUser(turn, { id, name: id, role, passwordHash }));
    }

    async function addToken(name: string, role: Role): Promise<Record<string, string>> {
      const secret = `secret-of-${name}`;
      await operate('test', null, (turn) => auth.createToken(turn, { name, role, secret }));
      return { authorization: `Bearer ${secret}` };
    }

    /** Headers of a browser in which `user` has signed in. */
    async function signIn(user: string, headers: Record<string, string> = {}) {
      const answer = await ask('POST', '/api/v1/session', {
        body: { user, password: passwordOf(user) },
        headers: { origin, ...headers },
      });
      if (answer.status !== 201) throw new Error(`${user} could not sign in: ${answer.text}`);
      return { cookie: answer.cookies.join('; '), origin };
    }

    return { auth, audit, operate, server, port, origin, routes, ask, addUser, addToken, signIn };
  }

  const first = await start();
  return {
    ...first,
    clock,
    store,
    failing,
    /** A second gateway process on the same database. */
    restart: start,
    async close() {
      for (const close of closers) await close();
      await store.remove();
      rmSync(consoleDir, { recursive: true, force: true });
    },
  };
}

export type AuthHouse = Awaited<ReturnType<typeof openAuthHouse>>;
