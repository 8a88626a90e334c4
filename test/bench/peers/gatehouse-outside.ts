import WebSocket from 'ws';
import type { LinkState } from '../../../gateway/contract/device-state.ts';
import type { LiveMessage } from '../../../gateway/contract/live.ts';
import { serveGatehouse } from './gatehouse.ts';
import { gatehouseData } from './gatehouse-data.ts';
import { startMosquitto } from './mosquitto.ts';
import { anonymousDevices, type Peer } from './peer.ts';

/** The whole gateway as a client of Mosquitto: devices publish there, consoles are the gateway's. */
export function behindMosquitto(version: '3.1.1' | '5'): Peer {
  return {
    name: `Gatehouse behind Mosquitto, MQTT ${version}`,
    guess: 20_000,
    guessSlow: 10_000,
    async start({ devices: count, env }) {
      const broker = await startMosquitto({ persistence: true, env });
      const devices = anonymousDevices(count);
      const data = await gatehouseData({
        sending: 0,
        links: [
          `  - { id: broker, kind: mqtt, url: "mqtt://127.0.0.1:${broker.port}", version: "${version}", prefixes: [gatehouse] }`,
        ],
        others: devices.map(
          ({ id }) => `  - { id: ${id}, type: bench-panel, name: ${id}, area: site, link: broker }`,
        ),
      });
      const served = await serveGatehouse(data, env);
      await listens(served.http, data.token);
      return {
        ...served,
        port: broker.port,
        devices,
        pids: [...served.pids, broker.pid],
        async stop() {
          await served.stop();
          await broker.stop();
        },
      };
    },
  };
}

/** Until the gateway's session at the broker stands, the broker throws away what comes. */
function listens(http: number, token: string): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${http}/live`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as LiveMessage;
      const changes = message.type === 'snapshot' || message.type === 'change' ? message.changes : [];
      const up = changes.some(
        ({ entity, data: state }) => entity === 'link-states' && (state as LinkState | null)?.state === 'up',
      );
      if (!up) return;
      socket.close();
      resolve();
    });
  });
}
