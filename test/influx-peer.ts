import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, RunningPeer } from './field-peers.ts';
import { eventually } from './house.ts';

// Time-series databases that this project did not write, each on ports and folders of its own. A service that Debian's packages
// may have started is left alone.

export interface TimeSeriesServer {
  port: number;
  /** For GATEHOUSE_INFLUX_URL. */
  url: string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

export interface InfluxServer extends TimeSeriesServer {
  database: string;
  password: string;
  /** One InfluxQL statement by its administrator; the values of the first series, by column. */
  ask(statement: string): Promise<Record<string, unknown>[]>;
}

async function served(program: string, args: readonly string[], port: number): Promise<RunningPeer> {
  const peer = new RunningPeer(program, args);
  await eventually(`${program} answers`, async () => {
    if (peer.child.exitCode !== null) throw new Error(`${program} ended: ${peer.said}`);
    return fetch(`http://127.0.0.1:${port}/ping`).then(
      (answer) => answer.ok,
      () => false,
    );
  });
  return peer;
}

/** An InfluxDB 1.x with sign-in and a user `gatehouse`, who may use the database `gatehouse` and make none. */
export async function startInfluxd(): Promise<InfluxServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-influx-'));
  const [port, rpc] = [await freePort(), await freePort()];
  const config = join(folder, 'influxdb.conf');
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = true
  log-enabled = false
[logging]
  level = "error"
[monitor]
  store-enabled = false
`,
  );
  const [database, password] = ['gatehouse', 'quiet heron/42:@'];
  let peer: RunningPeer | undefined;
  const server: InfluxServer = {
    port,
    database,
    password,
    url: `http://gatehouse:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    async start() {
      peer = await served('influxd', ['-config', config], port);
    },
    async stop(signal = 'SIGTERM') {
      await peer?.stop(signal);
    },
    async ask(statement) {
      const query = new URLSearchParams({ q: statement, db: database, epoch: 'ms', u: 'root', p: 'root' });
      const answer = await fetch(`http://127.0.0.1:${port}/query?${query}`, { method: 'POST' });
      const { results, error } = (await answer.json()) as {
        error?: string;
        results?: { error?: string; series?: { columns: string[]; values: unknown[][] }[] }[];
      };
      const problem = error ?? results?.[0]?.error;
      if (problem) throw new Error(`${statement}: ${problem}`);
      const [series] = results?.[0]?.series ?? [];
      return (series?.values ?? []).map((values) =>
        Object.fromEntries((series?.columns ?? []).map((column, i) => [column, values[i]])),
      );
    },
    async close() {
      await server.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
    await server.ask("CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES");
    await server.ask(`CREATE DATABASE ${database}`);
    await server.ask(`CREATE USER gatehouse WITH PASSWORD '${password}'`);
    await server.ask(`GRANT ALL ON ${database} TO gatehouse`);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** VictoriaMetrics: it takes the line protocol, and does not answer InfluxQL. */
export async function startVictoriaMetrics(): Promise<
  TimeSeriesServer & {
    /** Every sample of the series that fit, by the name of the metric. */
    export(
      selector: string,
    ): Promise<{ metric: Record<string, string>; values: number[]; timestamps: number[] }[]>;
  }
> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-victoria-'));
  const port = await freePort();
  const args = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-memory.allowedBytes=64MB',
    '-loggerLevel=ERROR',
  ];
  let peer: RunningPeer | undefined;
  const server = {
    port,
    url: `http://127.0.0.1:${port}/gatehouse`,
    async start() {
      peer = await served('victoria-metrics', args, port);
    },
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      await peer?.stop(signal);
    },
    async export(selector: string) {
      // What was written a moment ago is in memory only.
      await fetch(`http://127.0.0.1:${port}/internal/force_flush`);
      const match = encodeURIComponent(selector);
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/export?match[]=${match}`);
      return (await answer.text())
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
    async close() {
      await server.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
