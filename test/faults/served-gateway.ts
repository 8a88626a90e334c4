import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { callControl, controlPath } from '../../gateway/cli/control.ts';
import { freePort } from '../field-peers.ts';
import { callApi, eventually, type LiveWatch, watchLive } from '../house.ts';

const entry = fileURLToPath(new URL('../../gateway/cli/bin.js', import.meta.url));
export interface Served {
  child: ChildProcess;
  http: number;
  mqtt: number;
  /** From the start of the process to the line that says ready. */
  readyMs: number;
  /** What it said on stderr so far. */
  said(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts the gateway as it is started in earnest, in a process of its own: `gatehouse serve`. */
export async function serveGateway(
  dataDir: string,
  mqttPort: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [entry, '--data', dataDir, 'serve', '--json'], {
    env: {
      ...process.env,
      GATEHOUSE_HTTP_PORT: '0',
      GATEHOUSE_MQTT_PORT: String(mqttPort),
      GATEHOUSE_LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-20_000);
  });
  const ended: Served['ended'] = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const ready = await new Promise<{ http: number; mqtt: number }>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) resolve(JSON.parse(text) as { http: number; mqtt: number });
    });
    void ended.then(({ code }) => reject(new Error(`the gateway ended with code ${code}: ${said}`)));
  });
  const readyMs = performance.now() - startedAt;
  return {
    child,
    ...ready,
    readyMs,
    said: () => said,
    ended,
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await ended;
    },
  };
}

/** A gateway in a process of its own with a site, a token and the secrets of some devices; it may be killed and started again. */
export interface ServedHouse {
  dataDir: string;
  mqttPort: number;
  token: string;
  secrets: Record<string, string>;
  gateway: Served;
  ask<Answer>(name: string, args: unknown): Promise<Answer>;
  api<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }>;
  live(since?: string): Promise<LiveWatch>;
  /** Starts it anew on the same data and ports; the one before has ended. */
  start(): Promise<Served>;
  close(): Promise<void>;
}

/** @param options.devices those that need a secret; `env`: further settings of the process */
export async function serveHouse(options: {
  dataDir: string;
  site: string;
  devices: readonly string[];
  env?: Readonly<Record<string, string>>;
}): Promise<ServedHouse> {
  const { dataDir, env } = options;
  const mqttPort = await freePort();
  const house: ServedHouse = {
    dataDir,
    mqttPort,
    token: '',
    secrets: {},
    gateway: await serveGateway(dataDir, mqttPort, env),
    async ask<Answer>(name: string, args: unknown) {
      const answer = await eventually('the control socket is there', () =>
        callControl(controlPath(dataDir), name, args),
      );
      return answer.result as Answer;
    },
    api: (method, path, body) =>
      callApi(`http://127.0.0.1:${house.gateway.http}/api/v1`, house.token, method, path, body),
    live: (since) => watchLive(house.gateway.http, house.token, since),
    async start() {
      house.gateway = await serveGateway(dataDir, mqttPort, env);
      return house.gateway;
    },
    close: () => house.gateway.kill(),
  };
  try {
    await house.ask('user.add', { id: 'admin', role: 'administrator', password: 'seven-quiet-herons-42' });
    const { secret } = await house.ask<{ secret: string }>('token.create', {
      role: 'administrator',
      name: 'test',
    });
    house.token = secret;
    await house.ask('site.apply', { yaml: options.site, file: 'site.yaml' });
    for (const device of options.devices)
      house.secrets[device] = (await house.ask<{ secret: string }>('device.secret', { device })).secret;
  } catch (error) {
    await house.close();
    throw error;
  }
  return house;
}

/** Readings that history has, by the n that their time stands for. */
export async function storedReadings(
  house: ServedHouse,
  point: string,
  firstMs: number,
  upTo: number,
): Promise<Set<number>> {
  const stored = new Set<number>();
  const step = 10_000;
  for (let from = 0; from <= upTo; from += step) {
    const span = `from=${firstMs + from}&to=${firstMs + from + step - 1}`;
    const { body } = await house.api<{ items: { at: number }[] }>('GET', `/history?point=${point}&${span}`);
    for (const { at } of body.items) stored.add(at - firstMs);
  }
  return stored;
}
