import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { freePort, startTransmitter } from '../field-peers.ts';
import { eventually, startHouse } from '../house.ts';
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

test('while the database is locked fault and fire are shown as not recorded and nothing is confirmed; afterwards both are stored once', async () => {
  const port = await freePort();
  const house = await startHouse({ site, fireReceiver: { host: '127.0.0.1', port } });
  const device = await startTransmitter(port, 889);
  const state = new Database(join(house.dataDir, 'gatehouse.db'));
  try {
    expect(await device.ask('beat')).toBe('3 1 ');
    const live = await house.live();
    state.exec('BEGIN EXCLUSIVE');
    device.say('part 84 9 1 0x0004 模块');
    device.say('part 42 10 2 0x0002 2层走廊烟感');
    // It goes on to send what nobody confirms.
    device.say('again');
    for (const definition of ['fault', 'fire'])
      await live.message(
        (message) =>
          message.type === 'unrecorded' &&
          message.changes.some(
            ({ data }) => (data as Alarm).definition === definition && (data as Alarm).recorded === false,
          ),
      );
    expect(device.heard()).toEqual(['3 1 ']);
    state.exec('COMMIT');
    await eventually('all is confirmed', () => device.heard().length === 4);
    expect(device.heard().slice(1)).toEqual(['3 2 ', '3 3 ', '3 3 ']);
    const { body } = await house.api<{ items: { type: string }[] }>('GET', '/events?device=panel');
    expect(body.items.map(({ type }) => type).sort()).toEqual(['fault', 'fire']);
    const alarms = await house.openAlarms();
    expect(alarms.find(({ definition }) => definition === 'fire')).toMatchObject({ count: 1 });
  } finally {
    state.close();
    await device.stop();
    await house.close();
  }
});
