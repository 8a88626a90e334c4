import { freePort, removeFolder, startProcess } from '../processes.ts';
import { type GatehouseData, gatehouseData } from './gatehouse-data.ts';
import type { Peer, RunningPeer } from './peer.ts';

const entry = new URL('../../../gateway/cli/bin.js', import.meta.url).pathname;

export interface RunningGatehouse extends RunningPeer {
  http: number;
  token: string;
  dataDir: string;
  /** Ends the process and leaves its data to be looked at. */
  halt(): Promise<void>;
}

/** `gatehouse serve` as it is started in earnest, its log level its own default. The data directory goes with it. */
export async function serveGatehouse(
  { dataDir, token, devices }: GatehouseData,
  env: Record<string, string>,
): Promise<RunningGatehouse> {
  const http = await freePort();
  const mqtt = await freePort();
  const served = await startProcess({
    name: 'gatehouse',
    command: process.execPath,
    args: [entry, '--data', dataDir, 'serve', '--json'],
    env: { ...env, GATEHOUSE_HTTP_PORT: String(http), GATEHOUSE_MQTT_PORT: String(mqtt) },
    folder: dataDir,
    ready: (printed) => printed.includes('"ready":true'),
  });
  return {
    port: mqtt,
    http,
    token,
    dataDir,
    devices,
    alarmTopic: 'readings',
    console: { kind: 'gatehouse', url: `ws://127.0.0.1:${http}/live`, token },
    pids: [served.pid],
    readyMs: served.readyMs,
    halt: served.stop,
    async stop() {
      await served.stop();
      removeFolder(dataDir);
    },
  };
}

export const gatehouse: Peer = {
  name: 'Gatehouse',
  guess: 40_000,
  guessSlow: 20_000,
  start: async ({ devices, env }) => serveGatehouse(await gatehouseData({ sending: devices }), env),
};
