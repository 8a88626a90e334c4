import { freePort, removeFolder, startProcess, temporaryFolder } from '../processes.ts';
import { anonymousDevices, type Peer } from './peer.ts';

export const bareAedes: Peer = {
  name: 'bare aedes',
  guess: 80_000,
  guessSlow: 80_000,
  async start({ devices, env }) {
    const folder = temporaryFolder();
    const port = await freePort();
    const broker = await startProcess({
      name: 'aedes',
      command: process.execPath,
      args: [new URL('./aedes-broker.ts', import.meta.url).pathname, String(port)],
      env,
      folder,
      ready: (printed) => printed.includes('ready'),
    });
    return {
      port,
      devices: anonymousDevices(devices),
      alarmTopic: 'events',
      console: { kind: 'subscriber', port },
      pids: [broker.pid],
      readyMs: broker.readyMs,
      async stop() {
        await broker.stop();
        removeFolder(folder);
      },
    };
  },
};
