import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import type { Alarm } from '../gateway/contract/alarm.ts';
import type { Change, LiveMessage } from '../gateway/contract/live.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway/gateway.ts';
import { silentLog } from '../gateway/lib/log.ts';

/** Asks again and again until the answer is neither false nor undefined; fails with what was waited for. */
export async function eventually<Answer>(
  what: string,
  ask: () => Answer | undefined | false | Promise<Answer | undefined | false>,
  withinMs = 30_000,
): Promise<Answer> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A console or another system on `/live`, as the tests see it. */
export interface LiveWatch {
  messages: LiveMessage[];
  /** Every change of an entity so far, snapshot included, in order. */
  changes(entity: Change['entity']): Change[];
  /** Resolves with the first change, past or future, that fits. */
  change<Data>(entity: Change['entity'], fits: (data: Data, id: string) => boolean): Promise<Data>;
  /** Resolves with the first message, past or future, that fits. */
  message(fits: (message: LiveMessage) => boolean): Promise<LiveMessage>;
  send(message: object): void;
  /** `<epoch>:<seq>` to resume from. */
  place(): string;
  /** Resolves when the gateway has closed it, with the close code. */
  closed: Promise<number>;
  /** Takes nothing more from the wire until `resume`. */
  pause(): void;
  resume(): void;
  /** Cuts the connection without a word. */
  cut(): void;
  close(): void;
}

export interface House {
  dataDir: string;
  base: string;
  mqttPort: number;
  token: string;
  gateway: Gateway;
  /** Calls the API; answers status and body. */
  api<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Body }>;
  /** Asks what the command line asks of the running gateway. */
  control<Answer>(name: string, args: unknown): Promise<Answer>;
  applySite(yaml: string): Promise<void>;
  secretOf(device: string): Promise<string>;
  live(options?: { since?: string; token?: string }): Promise<LiveWatch>;
  openAlarms(): Promise<Alarm[]>;
  /** Stops the gateway; `start` starts it anew on the same data. */
  stop(): Promise<void>;
  start(options?: Partial<GatewayOptions>): Promise<void>;
  /** Both. */
  restart(options?: Partial<GatewayOptions>): Promise<void>;
  close(): Promise<void>;
}

/** What is awaited on `/live` comes within this time, or the test fails with words. */
const liveMs = 30_000;

/** Opens `/live` and collects what comes. */
export async function watchLive(httpPort: number, token: string, since?: string): Promise<LiveWatch> {
  const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
  const socket = new WebSocket(`ws://127.0.0.1:${httpPort}/live${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const messages: LiveMessage[] = [];
  const waiters = new Set<() => void>();
  socket.on('message', (data) => {
    messages.push(JSON.parse(data.toString()) as LiveMessage);
    for (const look of [...waiters]) look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  const until = <Found>(what: string, find: () => Found | undefined): Promise<Found> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        waiters.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        waiters.delete(look);
        reject(new Error(`waited ${liveMs} ms in vain for ${what} on /live`));
      }, liveMs);
      waiters.add(look);
      look();
    });
  const changesOf = (entity: Change['entity']) =>
    messages.flatMap((message) =>
      message.type === 'change' || message.type === 'snapshot'
        ? message.changes.filter((change) => change.entity === entity)
        : [],
    );
  return {
    messages,
    changes: changesOf,
    change: <Data>(entity: Change['entity'], fits: (data: Data, id: string) => boolean) =>
      until(
        `a change of ${entity} that fits`,
        () =>
          changesOf(entity).find(({ data, id }) => data !== null && fits(data as Data, id))?.data as
            | Data
            | undefined,
      ),
    message: (fits) => until('a message that fits', () => messages.find(fits)),
    send: (message) => socket.send(JSON.stringify(message)),
    place() {
      let epoch = '';
      let seq = 0;
      for (const message of messages) {
        if (message.type === 'hello') epoch = message.epoch;
        if (message.type === 'snapshot' || message.type === 'change') seq = message.seq;
      }
      return `${epoch}:${seq}`;
    },
    closed,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
    close: () => socket.close(),
  };
}

/** Calls an API with a token; answers status and body. */
export async function callApi<Body>(
  base: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
}

export const testPassword = 'seven-quiet-herons-42';

/**
 * A whole gateway in this process on a fresh data directory, with an administrator and a token. Close it after the test.
 * `firstRun`: without both, as nobody has set it up yet.
 */
export async function startHouse(
  options: Partial<GatewayOptions> & { site?: string; firstRun?: boolean } = {},
): Promise<House> {
  const {
    site,
    firstRun = false,
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-house-')),
    ...given
  } = options;
  const full: GatewayOptions = {
    dataDir,
    http: { host: '127.0.0.1', port: 0 },
    mqtt: { host: '127.0.0.1', port: 0 },
    log: silentLog,
    unusable: () => {},
    ...given,
  };
  let gateway = await createGateway(full);
  const ask = async <Answer>(name: string, args: unknown) => (await gateway.control[name]?.(args)) as Answer;
  let token = '';
  if (!firstRun) {
    await ask('user.add', { id: 'admin', role: 'administrator', password: testPassword });
    const made = await ask<{ secret: string }>('token.create', { role: 'administrator', name: 'test' });
    token = made.secret;
  }

  let stopped = false;
  const house: House = {
    dataDir,
    base: `http://127.0.0.1:${gateway.http}/api/v1`,
    mqttPort: gateway.mqtt ?? 0,
    token,
    gateway,
    api: (method, path, body) => callApi(house.base, token, method, path, body),
    control: ask,
    async applySite(yaml) {
      await ask('site.apply', { yaml, file: 'site.yaml' });
      // Alarms and plans follow in a turn of their own.
      await gateway.turns.idle();
    },
    secretOf: async (device) => (await ask<{ secret: string }>('device.secret', { device })).secret,
    live: ({ since, token: other = token } = {}) => watchLive(gateway.http ?? 0, other, since),
    openAlarms: async () =>
      (await house.api<{ items: Alarm[] }>('GET', '/alarms?state=open&limit=500')).body.items,
    async stop() {
      await gateway.close();
      stopped = true;
    },
    async start(changed = {}) {
      stopped = false;
      gateway = await createGateway({ ...full, ...changed });
      house.gateway = gateway;
      house.base = `http://127.0.0.1:${gateway.http}/api/v1`;
      house.mqttPort = gateway.mqtt ?? 0;
    },
    async restart(changed = {}) {
      await house.stop();
      await house.start(changed);
    },
    async close() {
      if (!stopped) await gateway.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  if (site !== undefined) await house.applySite(site);
  return house;
}
