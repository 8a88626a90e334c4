import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import type { Upload } from '../../gateway/contract/patrol.ts';
import { uuidv7 } from '../../gateway/lib/ids.ts';
import { startHouse } from '../house.ts';
import { day, hour, min, startSimulation } from '../scenarios/simulated-house.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: wand-1, type: patrol-wand, name: 巡更棒, area: compound }
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "0100000001" }
  - { id: roof, name: 屋面, area: compound, tag: "0100000002" }
routes:
  - { id: night, name: 夜巡, checkpoints: [{ checkpoint: gate, dueMin: 0 }, { checkpoint: roof, dueMin: 10 }] }
plans:
  - { id: once, name: 夜巡, route: night, schedule: "0 2 1 3 *" }
`;
const two = Date.UTC(2026, 1, 28, 18);

test('a batch that is three days old and uploaded twice, at once and again, is stored once as late, judges its round again, and rings nothing', async () => {
  const house = await startSimulation({ start: two - hour, site, pace: 600, stepCheckMs: 5 * min });
  open.push(() => house.close());
  const batch = (id: string) => ({
    id,
    reader: 'wand-1',
    readerClock: house.now + 2 * min,
    records: [
      { tag: '0100000001', at: two + 3 * min },
      { tag: '0100000002', at: two + 12 * min },
    ],
  });
  /** All that ever called somebody: each trip of an alarm. */
  const trips = () =>
    house.rows("SELECT 1 FROM alarm_transition WHERE cause IN ('raised', 'retripped')").length;
  await house.pass(3 * day);
  expect(house.alarms('checkpoint-missed')).toHaveLength(2);
  expect(await house.ask('GET', '/patrol/uploads')).toEqual({ items: [], next: null });
  const rung = trips();
  const same = batch(uuidv7(house.now));
  const other = batch(uuidv7(house.now));
  const answers = await Promise.all(
    [same, same, other].map((body) => house.ask<Upload>('POST', '/patrol/uploads', body)),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(answers.map(({ stored, late, repeated }) => [stored, late, repeated])).toEqual([
    [2, 2, 0],
    [2, 2, 0],
    [0, 0, 2],
  ]);
  expect(house.rows('SELECT checkpoint, at, reader_at - at AS corrected FROM checkin ORDER BY at')).toEqual([
    { checkpoint: 'gate', at: two + min, corrected: 2 * min },
    { checkpoint: 'roof', at: two + 10 * min, corrected: 2 * min },
  ]);
  expect(house.rounds()).toMatchObject([
    {
      state: 'done',
      checks: [
        { result: 'normal', lateEvidence: true },
        { result: 'normal', lateEvidence: true },
      ],
    },
  ]);
  expect(trips()).toBe(rung);
  expect(house.alarms('checkpoint-missed').map(({ state }) => state)).toEqual(['returned', 'returned']);
  await house.restart(hour);
  expect(await house.ask('POST', '/patrol/uploads', same)).toEqual(answers[0]);
  expect(trips()).toBe(rung);
});

test('a batch that could not be recorded within 5 s is told so, and repeating it with its id stores it once', async () => {
  const house = await startHouse({ site });
  open.push(() => house.close());
  const lock = new Database(join(house.dataDir, 'gatehouse.db'));
  open.push(() => lock.close());
  const now = Date.now();
  const body = {
    id: uuidv7(now),
    reader: 'wand-1',
    records: [
      { tag: '0100000001', at: now - hour },
      { tag: '0100000002', at: now - hour + 10 * min },
    ],
  };
  const send = () => house.api<Upload & { code?: string }>('POST', '/patrol/uploads', body);
  lock.exec('BEGIN IMMEDIATE');
  const refused = await send();
  expect([refused.status, refused.body.code]).toEqual([503, 'storage.unavailable']);
  lock.exec('ROLLBACK');
  const taken = await send();
  expect(taken).toMatchObject({ status: 201, body: { id: body.id, stored: 2 } });
  expect(await send()).toEqual(taken);
  expect((await house.api<{ items: unknown[] }>('GET', '/patrol/checkins')).body.items).toHaveLength(2);
  expect((await house.api<{ items: unknown[] }>('GET', '/patrol/uploads')).body.items).toEqual([taken.body]);
});
