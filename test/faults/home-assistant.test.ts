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
links: [{ id: field, kind: mqtt, url: "${url}", prefixes: [gatehouse], homeAssistant: homeassistant }]
devices: [{ id: tank-1, type: native-tank, name: 生活水箱, area: compound, link: field }]
`;

test.skipIf(noMosquitto)(
  'a gateway that is killed is told as gone by its will, and as back when it is',
  { timeout: 120_000 },
  async () => {
    const mosquitto = await startMosquitto();
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-announced-'));
    const watch = await mosquitto.watch('gatehouse/$states/garden');
    const said = () => watch.lines.filter((line) => line.startsWith('gatehouse/$states/garden '));
    const house = await serveHouse({ dataDir, site: siteOn(mosquitto.url), devices: [] });
    try {
      await eventually('it is there', () => said().length === 1);
      await house.gateway.kill();
      await eventually('it is gone', () => said().length === 2);
      await house.start();
      await eventually('it is back', () => said().length === 3);
      expect(said().map((line) => line.split(' ')[1])).toEqual(['online', 'offline', 'online']);
    } finally {
      await house.close();
      await mosquitto.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
