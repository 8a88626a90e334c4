import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, removeFolder, startProcess, temporaryFolder } from '../processes.ts';
import { startMosquitto } from './mosquitto.ts';
import { flowFunctions, flows } from './node-red-flows.ts';
import { anonymousDevices, type Peer } from './peer.ts';

const installed = new URL('../node_modules/node-red/', import.meta.url);

export function nodeRedVersion(): string | null {
  const file = new URL('package.json', installed);
  if (!existsSync(file)) return null;
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Its own defaults, editor included, but nothing that reaches out to the network. */
function settingsFile(port: number): string {
  return `module.exports = {
  uiHost: '127.0.0.1',
  uiPort: ${port},
  flowFile: 'flows.json',
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  functionGlobalContext: { sqlite: require('node:sqlite') },
  logging: { console: { level: 'info', metrics: false, audit: false } },
};
`;
}

function nodeRed(
  { name, guess, guessSlow }: Pick<Peer, 'name' | 'guess' | 'guessSlow'>,
  work: keyof typeof flowFunctions,
): Peer {
  const stores = work === 'equalWork';
  return {
    name,
    guess,
    guessSlow,
    async start({ devices, env }) {
      const folder = temporaryFolder();
      const http = await freePort();
      const broker = await startMosquitto({ persistence: stores, env });
      const flow = flows({
        mqttPort: broker.port,
        qos: stores ? 1 : 0,
        path: '/alarms',
        work: flowFunctions[work],
      });
      writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow));
      const settings = join(folder, 'settings.js');
      writeFileSync(settings, settingsFile(http));
      const red = await startProcess({
        name: 'node-red',
        command: process.execPath,
        args: [new URL('red.js', installed).pathname, '--userDir', folder, '--settings', settings],
        env: { ...env, BENCH_DATABASE: join(folder, 'bench.db') },
        folder,
        ready: (printed) => printed.includes('Started flows') && printed.includes('Connected to broker'),
      }).catch(async (error: unknown) => {
        await broker.stop();
        throw error;
      });
      return {
        port: broker.port,
        devices: anonymousDevices(devices),
        alarmTopic: 'readings',
        console: { kind: 'node-red', url: `ws://127.0.0.1:${http}/alarms` },
        pids: [red.pid, broker.pid],
        readyMs: broker.readyMs + red.readyMs,
        async stop() {
          await red.stop();
          await broker.stop();
          removeFolder(folder);
        },
      };
    },
  };
}

export const nodeRedThreshold = nodeRed(
  { name: 'Node-RED, threshold only', guess: 30_000, guessSlow: 30_000 },
  'threshold',
);
export const nodeRedEqualWork = nodeRed(
  { name: 'Node-RED, equal work', guess: 15_000, guessSlow: 1_000 },
  'equalWork',
);
