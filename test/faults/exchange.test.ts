import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { serveHouse } from './served-gateway.ts';

const kills = process.env.GATEHOUSE_FAULTS === 'long' ? 40 : 4;
const devices = 3_000;

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
`;

test(`kill -9 while ${devices} devices are imported leaves all of them or none, and all when it was answered`, {
  timeout: 60_000 + kills * 20_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-import-'));
  const house = await serveHouse({ dataDir, site, devices: [] });
  const outcomes: string[] = [];
  try {
    for (let kill = 0; kill < kills; kill++) {
      const rows = Array.from(
        { length: devices },
        (_, i) => `k${kill}-${i},native-temperature-sensor,温度 ${i},compound\n`,
      );
      const began = performance.now();
      const answered = fetch(`http://127.0.0.1:${house.gateway.http}/api/v1/exchange/devices`, {
        method: 'POST',
        headers: { authorization: `Bearer ${house.token}`, 'content-type': 'text/csv' },
        body: `id,type,name,area\n${rows.join('')}`,
      }).then(
        async (response) => (await response.text()) !== '' && response.status === 200,
        () => false,
      );
      // The last one is let through, so that how long it takes is known to be more than nothing.
      if (kill === kills - 1) expect(await answered).toBe(true);
      else
        await Promise.race([
          answered,
          new Promise((resolve) => setTimeout(resolve, (kill + 1) * Math.random() * 500)),
        ]);
      const tookMs = performance.now() - began;
      await house.gateway.kill();
      const done = await answered;
      await house.start();
      const database = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
      const stored = database
        .prepare("SELECT count(*) FROM thing WHERE class = 'devices' AND id LIKE ?")
        .pluck()
        .get(`k${kill}-%`);
      const audited = database
        .prepare("SELECT count(*) FROM audit WHERE action = 'devices.imported' AND detail LIKE ?")
        .pluck()
        .get(`%"k${kill}-1"%`);
      database.close();
      outcomes.push(`${stored} after ${tookMs.toFixed(0)} ms, ${done ? 'answered' : 'cut'}`);
      expect([0, devices]).toContain(stored);
      expect(audited).toBe(stored === 0 ? 0 : 1);
      if (done) expect(stored).toBe(devices);
    }
    expect(outcomes.at(-1)).toContain(`${devices} after`);
  } finally {
    await house.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  process.stderr.write(`imports that were killed: ${outcomes.join('; ')}\n`);
});
