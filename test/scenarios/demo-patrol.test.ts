import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { SiteFile } from '../../gateway/contract/site.ts';
import { createDemoGuards } from '../../simulators/demo-guards.ts';
import { scenes } from '../../simulators/scenes/scenes.ts';
import { demoCheckpoints, tagOf } from '../../simulators/site/demo-patrol.ts';
import { demoSite, readerOf } from '../../simulators/site/demo-site.ts';
import { min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// The guards of the demo compound against its plans, on a clock that the test moves: as they walk there they never miss anything,
// and the scene makes them miss one checkpoint, which the next round clears.

const start = Date.UTC(2026, 5, 1, 2);
const nowhere = { perimeterBus: 1, plant: 1, garden: 1, meterBus: 1, receiver: 1, tagReader: 1, cameras: 1 };

/** People, routes and plans of the demo; the serial reader as one over MQTT, since no wire is here. */
function patrolSite(): string {
  const site = parse(demoSite(nowhere)) as SiteFile;
  const readers = site.devices
    .filter(({ id }) => id.startsWith('patrol-reader'))
    .map(({ link: _, ...reader }) => ({ ...reader, type: 'native-patrol-reader' }));
  const cameras = site.devices
    .filter(({ type }) => type === 'camera')
    .map(({ settings: _, ...camera }) => camera);
  const { areas, households, people, checkpoints, routes, plans } = site;
  return stringify({
    site: site.site,
    areas,
    households,
    people,
    devices: [...readers, ...cameras],
    checkpoints,
    routes,
    plans,
  });
}

let house: SimulatedHouse;
let guards: ReturnType<typeof createDemoGuards>;
const visits: { reader: string; tag: string; guard: string }[] = [];
let sent = 0;

beforeAll(async () => {
  house = await startSimulation({ start, site: patrolSite(), pace: 30 });
  guards = createDemoGuards(({ stops, guard }, stop) => {
    const reader = guard === 'guard-1' ? 'patrol-reader' : readerOf(guard);
    visits.push({ reader, tag: tagOf(stops[stop] ?? 0), guard });
  });
});
afterAll(() => house.close());

async function walk(forMs: number): Promise<void> {
  for (let ms = 0; ms < forMs; ms += 5 * sec) {
    await house.pass(5 * sec);
    guards.tick(house.now);
    for (const { reader, tag, guard } of visits.splice(0)) {
      sent++;
      const data = { tag: `0x${tag}`, guard };
      await house.send(reader, 'events', { id: String(sent), type: 'checkin', data });
    }
  }
}

const missed = () => house.alarms('checkpoint-missed');

test('half an hour of all three routes goes by without a missed checkpoint', async () => {
  await walk(30 * min);
  expect(missed()).toEqual([]);
  const judged = house.rounds().filter(({ state }) => state !== 'running');
  expect(new Set(judged.map(({ route }) => route))).toEqual(
    new Set(['night-route', 'building-route', 'post-route']),
  );
  expect(judged.flatMap(({ checks }) => checks.map(({ result }) => result))).toEqual(
    judged.flatMap(({ checks }) => checks.map(() => 'normal')),
  );
});

test('the scene makes the post miss one checkpoint: told within four minutes, cleared by the round after it', async () => {
  scenes['missed-patrol']?.play({ guards } as Parameters<(typeof scenes)[string]['play']>[0], () => {});
  await walk(4 * min);
  expect(missed()).toHaveLength(1);
  expect(missed()[0]?.instance).toMatch(/^checkpoint-2[234]$/);
  const { camera } = demoCheckpoints.find(({ id }) => id === missed()[0]?.instance) ?? {};
  expect(missed()[0]?.cameras).toEqual(camera === undefined ? [] : [camera]);
  await walk(2 * min);
  expect(missed().map(({ state }) => state)).toEqual(['returned']);
  await walk(10 * min);
  expect(missed()).toHaveLength(1);
});
