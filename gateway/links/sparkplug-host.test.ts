import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import { type Mosquitto, noMosquitto, startMosquitto } from '../../test/mosquitto-peer.ts';
import { createManualClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { openSparkplugHost } from './sparkplug-host.ts';

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function host(mosquitto: Mosquitto, version: '3.1.1' | '5') {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const link = { link: 'plant', url: mosquitto.url, clientId: 'gatehouse-state', host: 'room' };
  return { clock, host: openSparkplugHost({ ...link, version, clock, log: silentLog }) };
}

test.skipIf(noMosquitto).each(['3.1.1', '5'] as const)(
  'by MQTT %s it says that it is there, and on going the time of going, without waiting for anything',
  async (version) => {
    const mosquitto = await startMosquitto();
    ended.push(mosquitto.close);
    const watch = await mosquitto.watch('spBv1.0/STATE/room');
    const { clock, host: one } = host(mosquitto, version);
    await eventually('it is told', () => one.told);
    const bornAt = clock.now().wallMs;
    // A clock that was set back does not make it older than its birth.
    clock.stepWall(-60_000);
    await one.close();
    await watch.line((line) => line.includes('false'), 'it has gone');
    expect(watch.lines.filter((line) => line.startsWith('spBv1.0'))).toEqual([
      `spBv1.0/STATE/room {"online":true,"timestamp":${bornAt}}`,
      `spBv1.0/STATE/room {"online":false,"timestamp":${bornAt + 1}}`,
    ]);
  },
);

test.skipIf(noMosquitto).each(['3.1.1', '5'] as const)(
  'by MQTT %s a host that may not say its state does not keep its nodes waiting',
  async (version) => {
    const dir = mkdtempSync(join(tmpdir(), 'gatehouse-acl-'));
    ended.push(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, 'acl'), 'topic readwrite spBv1.0/Plant/#\n');
    const mosquitto = await startMosquitto([`acl_file ${join(dir, 'acl')}`]);
    ended.push(mosquitto.close);
    const { host: one } = host(mosquitto, version);
    expect(one.told).toBe(false);
    await eventually('it has given up waiting', () => one.told);
    await one.close();
  },
);
