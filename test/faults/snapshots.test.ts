import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { LinkageRun } from '../../gateway/contract/linkage-run.ts';
import type { Snapshot } from '../../gateway/contract/snapshot.ts';
import { serveCameras } from '../../simulators/camera.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { eventually } from '../house.ts';
import { type ServedHouse, serveHouse } from './served-gateway.ts';

// The gateway is killed while pictures of alarms come in, and while a fire releases doors.

process.env.GATEHOUSE_CAMERA_ALLOW = '127.0.0.1';
const kills = process.env.GATEHOUSE_FAULTS === 'long' ? 40 : 3;

interface Row {
  state: Snapshot['state'];
  file: string | null;
  doc: string;
}
function rowsOf(dataDir: string): (Row & { snapshot: Snapshot })[] {
  const db = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const rows = db.prepare('SELECT state, file, doc FROM snapshot').all() as Row[];
    return rows.map((row) => ({ ...row, snapshot: JSON.parse(row.doc) as Snapshot }));
  } finally {
    db.close();
  }
}

async function connect(house: ServedHouse, id: string): Promise<NativeDevice> {
  const device = connectNative(house.mqttPort, id, house.secrets[id] ?? '');
  await device.ready;
  return device;
}

test(`${kills} × kill -9 while pictures come: each record has its answer, each kept picture its file, byte for byte`, {
  timeout: 60_000 + kills * 15_000,
}, async () => {
  const cameras = await serveCameras();
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-snapshots-'));
  // Each zone of a panel is an alarm of its own, so that none is held as chattering.
  const house = await serveHouse({
    dataDir,
    devices: ['panel'],
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
${[1, 2]
  .map(
    (n) =>
      `  - { id: cam-${n}, type: camera, name: 摄像机 ${n}, area: compound, settings: { snapshotUrl: "http://127.0.0.1:${cameras.port}/cam-${n}.jpg" } }`,
  )
  .join('\n')}
  - { id: panel, type: native-home-alarm-panel, name: 主机, area: compound, cameras: [cam-1, cam-2] }
`,
  });
  const panel = await connect(house, 'panel');
  const db = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
  const count = db.prepare('SELECT count(*) FROM snapshot WHERE state = ?').pluck();
  let zone = 0;
  // Not while the gateway is away: what waits would only come later.
  let up = true;
  const trip = setInterval(() => {
    if (up) panel.event('zone.alarm', { zone: ++zone });
  }, 100);
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = Number(count.get('kept'));
      await eventually('pictures are kept', () => Number(count.get('kept')) > before + 3, 30_000);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      await house.gateway.kill();
      up = false;
      await house.start();
      up = true;
    }
    clearInterval(trip);
    await eventually('nothing is owed any more', () => count.get('pending') === 0, 30_000);
    const rows = rowsOf(dataDir);
    expect(rows.length).toBeGreaterThan(kills * 3);
    for (const { state, file, snapshot } of rows) {
      expect(snapshot.state).toBe(state);
      expect(file === null).toBe(state !== 'kept');
      if (file === null) continue;
      const jpeg = readFileSync(join(dataDir, 'snapshots', file));
      expect([jpeg.length, createHash('sha256').update(jpeg).digest('hex')]).toEqual([
        snapshot.bytes,
        snapshot.sha256,
      ]);
    }
    // What the kills left behind is nothing that anybody would take for a picture of an alarm.
    const named = new Set(rows.flatMap(({ file }) => file ?? []));
    const orphans = readdirSync(join(dataDir, 'snapshots')).filter((file) => !named.has(file));
    expect(orphans.length).toBeLessThanOrEqual(kills * 6);
  } finally {
    clearInterval(trip);
    panel.close();
    db.close();
    await house.close();
    cameras.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('killed in the moment of a fire, the gateway releases every door when it is back', {
  timeout: 90_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-fire-'));
  const doors = Array.from({ length: 6 }, (_, i) => `door-${i}`);
  const house = await serveHouse({
    dataDir,
    devices: ['fire-1', ...doors],
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: fire-1, type: native-fire-input, name: 火警, area: compound }
${doors.map((id) => `  - { id: ${id}, type: native-door, name: ${id}, area: compound }`).join('\n')}
linkages: [{ id: release, name: 消防释门, on: { device: fire-1, definition: fire }, do: [{ all: door, command: unlock }] }]
`,
  });
  const released = new Set<string>();
  const devices = await Promise.all([...doors, 'fire-1'].map((id) => connect(house, id)));
  doors.forEach((id, i) => {
    devices[i]?.onCommand(({ command }) => {
      if (command === 'unlock') released.add(id);
      devices[i]?.readings({ locked: command !== 'unlock' });
      return true;
    });
    devices[i]?.readings({ locked: true });
  });
  try {
    devices.at(-1)?.event('fire');
    const committed = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
    const runs = committed.prepare('SELECT count(*) FROM linkage_run').pluck();
    await eventually('the fire is on disk', () => runs.get() === 1);
    await house.gateway.kill();
    committed.close();
    await house.start();
    const { body } = await house.api<{ items: { id: string; definition: string }[] }>(
      'GET',
      '/alarms?state=open',
    );
    const fire = body.items.find(({ definition }) => definition === 'fire');
    const run = await eventually(
      'every door is confirmed',
      async () => {
        const answer = await house.api<{ items: LinkageRun[] }>('GET', `/alarms/${fire?.id}/linkages`);
        const [found] = answer.body.items;
        return found?.actions.every(({ state }) => state === 'confirmed') && found;
      },
      45_000,
    );
    expect(run.actions).toHaveLength(6);
    expect([...released].sort()).toEqual(doors);
  } finally {
    for (const device of devices) device.close();
    await house.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
