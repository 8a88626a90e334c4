import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../house.ts';
import { noMosquitto, startMosquitto } from '../mosquitto-peer.ts';
import { serveHouse } from './served-gateway.ts';

const siteOn = (url: string) => `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: plant, kind: mqtt, url: "${url}", version: "3.1.1", prefixes: [spBv1.0] }]
devices: [{ id: pump-1, type: sparkplug-pump, name: 水泵, area: compound, link: plant, address: Plant/Edge1/PumpRoom }]
`;
const topic = 'spBv1.0/STATE/garden';

test.skipIf(noMosquitto)(
  'a host that is killed is told as gone by its will, with the time of its birth, and is back with a later one',
  { timeout: 120_000 },
  async () => {
    const mosquitto = await startMosquitto();
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-host-'));
    const watch = await mosquitto.watch(topic);
    const said = () =>
      watch.lines
        .filter((line) => line.startsWith(`${topic} `))
        .map((line) => JSON.parse(line.slice(topic.length + 1)) as { online: boolean; timestamp: number });
    const house = await serveHouse({ dataDir, site: siteOn(mosquitto.url), devices: [] });
    try {
      await eventually('it is there', () => said().length === 1);
      await house.gateway.kill();
      await eventually('it is gone', () => said().length === 2);
      await house.start();
      await eventually('it is back', () => said().length === 3);
      const [born, will, back] = said();
      expect([born?.online, will?.online, back?.online]).toEqual([true, false, true]);
      expect(will?.timestamp).toBe(born?.timestamp);
      expect(back?.timestamp).toBeGreaterThan(born?.timestamp ?? Number.POSITIVE_INFINITY);
    } finally {
      await house.close();
      await mosquitto.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
