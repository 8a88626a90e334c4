import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { freePort, startTransmitter } from '../field-peers.ts';
import { serveHouse } from './served-gateway.ts';

const long = process.env.GATEHOUSE_FAULTS === 'long';
const rounds = long ? 50 : 4;

const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
devices: [{ id: panel, type: gbt26875-transmitter, name: 传输装置, area: compound, address: 889 }]
`;

test(`${rounds} × a fire whose confirmation is lost, by a cut line or by kill -9, is sent again and counts once`, {
  timeout: 60_000 + rounds * 20_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-fire-'));
  const port = await freePort();
  const house = await serveHouse({
    dataDir,
    site,
    devices: [],
    env: { GATEHOUSE_FIRE_HOST: '127.0.0.1', GATEHOUSE_FIRE_PORT: String(port) },
  });
  const device = await startTransmitter(port, 889);
  try {
    let seq = 0;
    for (let round = 0; round < rounds; round++) {
      seq++;
      const cut = round % 2 === 0;
      if (cut) device.say('deaf');
      device.say(`part 42 10 ${seq} 0x0002 第${seq}层烟感`);
      await device.line(`sent ${seq}`);
      // At any moment between the frame and its confirmation.
      if (!cut) await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      if (!cut) {
        await house.gateway.kill();
        await house.start();
      }
      device.say('dial');
      expect(await device.ask('again')).toBe(`3 ${seq} `);
    }
    await house.gateway.kill();
    const database = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
    const rows = database.prepare("SELECT data FROM event WHERE type = 'fire' ORDER BY id").pluck().all();
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    const parts = (rows as string[]).map((row) => (JSON.parse(row) as { part: string }).part);
    expect(parts).toEqual(Array.from({ length: rounds }, (_, i) => `1-3-10-${i + 1}`));
  } finally {
    await device.stop();
    await house.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
