import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { LinkState } from '../../gateway/contract/device-state.ts';
import { peerPath, RunningPeer } from '../field-peers.ts';
import { eventually } from '../house.ts';
import { noMosquitto, startMosquitto } from '../mosquitto-peer.ts';
import { serveHouse, storedReadings } from './served-gateway.ts';

// The gateway is killed under load while Mosquitto goes on acknowledging the devices: what Mosquitto has acknowledged is the
// gateway's to store, at the latest after its next start. The PUBACK that the library would send by itself must be held.

const long = process.env.GATEHOUSE_FAULTS === 'long';
const kills = long ? Number(process.env.GATEHOUSE_KILLS ?? 30) : 3;
/** More than the gateway can take beside its restarts would only wait at the broker. */
const perSecond = 1_000;
const skipped = noMosquitto || process.env.GATEHOUSE_SKIP_PAHO;

const siteOn = (url: string, version: string) => `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: mosquitto, kind: mqtt, url: "${url}", version: "${version}", prefixes: [gatehouse] }]
devices: [{ id: panic-1, type: native-panic-button, name: 紧急按钮, area: compound, link: mosquitto }]
`;

interface Counted {
  events: number;
  stored: Set<number>;
}

/** The n of the events that the database has, and how many rows it has for them. */
function storedEvents(dataDir: string): Counted {
  const database = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
  const ids = database
    .prepare("SELECT external_id FROM event WHERE device = 'panic-1'")
    .pluck()
    .all() as string[];
  database.close();
  return { events: ids.length, stored: new Set(ids.map((id) => Number(id.slice(2)))) };
}

/** How many, and which came first: whether they stand together says where they were lost. */
const told = (ns: readonly number[]) =>
  ns.length === 0 ? '0' : `${ns.length} (${ns.slice(0, 20).join(', ')})`;

describe.skipIf(skipped).each(['5', '3.1.1'])('by MQTT %s', (version) => {
  test(`${kills} × kill -9 under load lose nothing that Mosquitto has acknowledged`, {
    timeout: 180_000 + kills * 40_000,
  }, async () => {
    const mosquitto = await startMosquitto(['max_inflight_messages 500']);
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-outside-'));
    const house = await serveHouse({ dataDir, site: siteOn(mosquitto.url, version), devices: [] });
    let load: RunningPeer | undefined;
    let taken = 0;
    try {
      // What Mosquitto acknowledges before anybody has subscribed goes to nobody.
      const live = await house.live();
      await live.change<LinkState>('link-states', (link) => link.state === 'up');
      live.close();
      const firstMs = Date.now() - 3_600_000;
      const args = [mosquitto.port, 'panic-1', 'none', firstMs, 100, 5, perSecond];
      load = new RunningPeer('/usr/bin/python3', [peerPath('mqtt-load.py'), ...args.map(String)]);
      for (let kill = 0; kill < kills; kill++) {
        const before = taken;
        await eventually(
          'the gateway is under load',
          () => {
            taken = storedEvents(dataDir).events;
            return taken > before + 50;
          },
          120_000,
        );
        // At any moment: of a turn, a commit, an acknowledgement.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
        await house.gateway.kill();
        await house.start();
      }
      const sending = load;
      sending.child.stdin?.end();
      await eventually('the load has ended', () => sending.child.exitCode !== null, 60_000);

      const acknowledged = { event: new Set<number>(), reading: new Set<number>() };
      for (const line of sending.lines) {
        const [kind, n] = line.split(' ');
        acknowledged[kind as 'event' | 'reading'].add(Number(n));
      }
      await eventually(
        'what the broker holds has come',
        () => storedEvents(dataDir).stored.size >= acknowledged.event.size,
        120_000,
      ).catch(() => {});
      const last = [...acknowledged.reading].reduce((a, b) => Math.max(a, b), 0);
      const lostOf = (had: Set<number>, has: Set<number>) => [...had].filter((n) => !has.has(n));
      // The last readings may still be on their way behind the last event.
      await eventually(
        'the readings have come, too',
        async () => (await storedReadings(house, 'panic-1.battery', firstMs + last, 0)).size > 0,
        30_000,
      ).catch(() => {});
      const { events, stored } = storedEvents(dataDir);
      const readings = await storedReadings(house, 'panic-1.battery', firstMs, last);
      const lost = {
        event: lostOf(acknowledged.event, stored),
        reading: lostOf(acknowledged.reading, readings),
      };
      console.log(
        `kill -9 × ${kills} behind Mosquitto, MQTT ${version}: events ${acknowledged.event.size} acknowledged, ` +
          `${told(lost.event)} lost; readings ${acknowledged.reading.size} acknowledged, ${told(lost.reading)} lost ` +
          `(load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors)`,
      );
      expect(lost).toEqual({ event: [], reading: [] });
      expect(acknowledged.event.size).toBeGreaterThan(kills * 50);
      expect(acknowledged.reading.size).toBeGreaterThan(kills * 200);
      // Stored once, whatever was repeated.
      expect(events).toBe(stored.size);
    } finally {
      await load?.stop();
      await house.close();
      await mosquitto.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
