import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { freePort, peerPath, RunningPeer } from '../field-peers.ts';
import { eventually } from '../house.ts';
import { serveHouse } from './served-gateway.ts';

const long = process.env.GATEHOUSE_FAULTS === 'long';
const kills = long ? Number(process.env.GATEHOUSE_KILLS ?? 200) : 5;

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices: [{ id: panel-1, type: dc09-panel, name: 户内主机, area: compound, address: "1234" }]
`;

test(`${kills} × kill -9 lose no report that a panel over IP was acknowledged, and store none twice`, {
  timeout: 60_000 + kills * 15_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-panels-'));
  const port = await freePort();
  const house = await serveHouse({
    dataDir,
    site,
    devices: [],
    env: { GATEHOUSE_ALARM_RECEIVER_HOST: '127.0.0.1', GATEHOUSE_ALARM_RECEIVER_PORT: String(port) },
  });
  // Its reports carry no time: a repeat is known by its number alone.
  const load = new RunningPeer('/usr/bin/python3', [
    peerPath('dc09-panel.py'),
    ...[String(port), '1234', 'load', '1'],
  ]);
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = load.lines.length;
      await eventually('reports are acknowledged', () => load.lines.length > before + 100, 30_000);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      await house.gateway.kill();
      await house.start();
    }
    load.child.stdin?.end();
    await eventually('the panel has ended', () => load.child.exitCode !== null, 30_000);
    await house.gateway.kill();

    const acknowledged = load.lines.map((line) => Number(line.split(' ')[1]));
    const database = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
    const rows = database
      .prepare("SELECT data FROM event WHERE type = 'zone.alarm'")
      .pluck()
      .all() as string[];
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    const stored = rows
      .map((row) => JSON.parse(row) as { zone: number; partition?: number })
      .map(({ zone, partition = 0 }) => partition * 1_000 + zone);
    const there = new Set(stored);
    console.log(`kill -9 × ${kills}: ${acknowledged.length} reports acknowledged, ${stored.length} stored`);
    expect(acknowledged.filter((number) => !there.has(number))).toEqual([]);
    expect(there.size).toBe(stored.length);
    expect(acknowledged.length).toBeGreaterThan(kills * 100);
  } finally {
    await load.stop();
    await house.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
