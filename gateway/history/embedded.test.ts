import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { PointValue, Quality } from '../contract/reading.ts';
import { packValue, Words } from './batch.ts';
import type { Column } from './column.ts';
import { hourMs } from './hours.ts';
import { dayMs } from './sealed.ts';
import { addReadings, rowOfStep, type Step, type TrendRow } from './steps.ts';
import { freshFolder, type OpenStore, openStore, removeFolders, type TestReading } from './store-fixture.ts';

const open: OpenStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  removeFolders();
});

async function openHere(...args: Parameters<typeof openStore>): Promise<OpenStore> {
  const store = await openStore(...args);
  open.push(store);
  return store;
}

async function closeHere(store: OpenStore): Promise<void> {
  open.splice(open.indexOf(store), 1);
  await store.close();
}

/** 2026-09-21, 00:00 UTC. */
const day0 = 20_717 * dayMs;

/** What the readings of one point, in the order in which they were told, are to a plain map. */
function expected(told: readonly TestReading[], stepMs: number | null): TrendRow[] {
  const words = new Words();
  const rows = [...new Map(told.map((row) => [row[2], row]))]
    .map(([, row]) => row)
    .sort((a, b) => a[2] - b[2]);
  if (stepMs === null) return rows.map(([, , at, value, quality = 'good']) => ({ at, value, quality }));
  const packed = rows.map(([, , , value, quality]) =>
    packValue(value, quality ?? 'good', (text) => words.id(text)),
  );
  const column: Column = {
    at: Float64Array.from(rows, ([, , at]) => at),
    values: Float64Array.from(packed, ([value]) => value),
    flags: Uint8Array.from(packed, ([, flag]) => flag),
    words: words.list,
  };
  const steps: Step[] = [];
  addReadings(steps, column, stepMs);
  return steps.map(rowOfStep);
}

/** Means of means differ from means in their last digits. */
function rounded(rows: readonly TrendRow[]): TrendRow[] {
  return rows.map((row) => ({
    ...row,
    value: typeof row.value === 'number' ? Math.round(row.value * 1e6) / 1e6 : row.value,
  }));
}

test('readings told in any order, late or twice, with sealing, settling and restarts at any time, are what a map holds', async () => {
  const value = fc.oneof(
    fc.integer({ min: -500, max: 500 }),
    fc.constantFrom<PointValue>(true, 'high', null),
  );
  const reading = fc.tuple(
    fc.integer({ min: 0, max: 3 * dayMs }),
    value,
    fc.constantFrom<Quality>('good', 'uncertain', 'bad'),
  );
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.array(reading, { minLength: 1, maxLength: 30 }) },
    { weight: 2, arbitrary: fc.constantFrom(10 * 60_000, 5 * hourMs, 30 * hourMs) },
    { weight: 1, arbitrary: fc.constantFrom('restart', 'crash') },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (story) => {
      const folder = freshFolder();
      const told: TestReading[] = [];
      let now = day0 + 3 * dayMs;
      // A crash between sealing and forgetting: the journal does not hear of it.
      let trims = !story.includes('crash');
      let house = await openHere(folder, { trims });
      for (const part of story) {
        if (Array.isArray(part)) {
          const rows = part.map(
            ([at, is, quality]): TestReading => ['tank-1', 'level', day0 + at, is, quality],
          );
          told.push(...rows);
          await house.append(rows);
        } else if (typeof part === 'number') {
          now += part;
          await house.store.upkeep(now);
          expect(house.told.trouble).toBe(null);
        } else {
          await closeHere(house);
          trims = true;
          house = await openHere(folder, { trims });
        }
      }
      for (const stepMs of [null, 60_000, hourMs, 7 * hourMs])
        expect(rounded(await house.ask({ stepMs }))).toEqual(rounded(expected(told, stepMs)));
      const [from, to] = [day0 + 20 * hourMs, day0 + 31 * hourMs - 1];
      const within = told.filter(([, , at]) => at >= from && at <= to);
      for (const stepMs of [null, 60_000, hourMs])
        expect(rounded(await house.ask({ stepMs, from, to }))).toEqual(rounded(expected(within, stepMs)));
      await closeHere(house);
    }),
    { numRuns: process.env.GATEHOUSE_FAULTS === 'long' ? 300 : 8 },
  );
});

/** A reading each 10 s of a day. */
function dayOfReadings(device: string, start: number): TestReading[] {
  return Array.from({ length: 8_640 }, (_, i) => [device, 'level', start + i * 10_000, (i % 360) / 100]);
}

function chunksIn(house: OpenStore): { day: number; count: number }[] {
  return house.sealed.db
    .prepare<[], { day: number; count: number }>('SELECT day, count FROM chunk ORDER BY series, day, id')
    .all();
}

test('a day is sealed hour by hour, joined when it is over, and rolled up; the journal then forgets it', async () => {
  const house = await openHere(freshFolder());
  const rows = dayOfReadings('tank-1', day0);
  for (let hour = 0; hour < 24; hour++) {
    await house.append(rows.slice(hour * 360, (hour + 1) * 360));
    await house.store.upkeep(day0 + hour * hourMs);
  }
  expect(chunksIn(house).map(({ count }) => count)).toEqual(Array(12).fill(720));
  await house.store.upkeep(day0 + 25 * hourMs);
  await house.store.upkeep(day0 + 27 * hourMs);
  expect(chunksIn(house).map(({ count }) => count)).toEqual([4_320, 4_320]);
  expect(house.told.trims.at(-1)).toBe(24);
  expect(await house.ask({ stepMs: 24 * hourMs })).toEqual([
    { at: day0, value: expect.closeTo(1.795), quality: 'good', count: 8_640, min: 0, max: 3.59 },
  ]);
  // Late, and another word for an instant that was sealed long ago: seen at once, and in the roll-up when it is settled again.
  await house.append([
    ['tank-1', 'level', day0 + 5_000, 77],
    ['tank-1', 'level', day0 + 10_000, 88],
  ]);
  const hour = { from: day0, to: day0 + hourMs - 1, stepMs: hourMs };
  const late = { at: day0, value: expect.any(Number), quality: 'good', count: 361, min: 0, max: 88 };
  expect(await house.ask(hour)).toEqual([late]);
  await house.store.upkeep(day0 + 29 * hourMs);
  expect(await house.ask(hour)).toEqual([late]);
  await house.store.upkeep(day0 + 31 * hourMs);
  expect(house.sealed.unsettledBetween(1, 0, 99_999)).toEqual([]);
  expect(await house.ask(hour)).toEqual([late]);
  expect(await house.ask({ ...hour, stepMs: null, to: day0 + 10_000 })).toEqual([
    { at: day0, value: 0, quality: 'good' },
    { at: day0 + 5_000, value: 77, quality: 'good' },
    { at: day0 + 10_000, value: 88, quality: 'good' },
  ]);
});

test('readings go when they are too old, their hours stay longer, and a late reading of such a day still counts in its hour', async () => {
  const house = await openHere(freshFolder(), { retention: { maxDays: 2, hoursDays: 5 } });
  const noon = 12 * hourMs;
  for (let day = 0; day < 8; day++)
    await house.append([
      ['tank-1', 'level', day0 + day * dayMs + noon, day],
      ['tank-1', 'level', day0 + day * dayMs + noon + 1, day + 1],
    ]);
  await house.store.upkeep(day0 + 8 * dayMs);
  await house.store.upkeep(day0 + 8 * dayMs + 3 * hourMs);
  await house.store.upkeep(day0 + 8 * dayMs + 5 * hourMs);
  const days = (rows: TrendRow[]) => rows.map(({ at }) => Math.floor((at - day0) / dayMs));
  expect(days(await house.ask({}))).toEqual([6, 6, 7, 7]);
  expect(days(await house.ask({ stepMs: hourMs }))).toEqual([3, 4, 5, 6, 7]);
  // However fine the steps, of days whose readings are gone the hours are what is left.
  expect(await house.ask({ stepMs: 1_000, to: day0 + 4 * dayMs })).toEqual([
    { at: day0 + 3 * dayMs + noon, value: 3.5, quality: 'good', count: 2, min: 3, max: 4 },
  ]);

  await house.append([['tank-1', 'level', day0 + 3 * dayMs + noon + 5, 9.5]]);
  const late = { at: day0 + 3 * dayMs + noon, value: 5.5, quality: 'good', count: 3, min: 3, max: 9.5 };
  const span = { stepMs: hourMs, to: day0 + 4 * dayMs };
  expect(await house.ask(span)).toEqual([late]);
  for (let hours = 7; hours < 13; hours += 2) {
    await house.store.upkeep(day0 + 8 * dayMs + hours * hourMs);
    expect(await house.ask(span)).toEqual([late]);
  }
  expect(house.told.trouble).toBe(null);
  expect(chunksIn(house).map(({ day }) => day)).toEqual([20_723, 20_724]);
});

test('above its size the oldest days go down to nine tenths, and if its youngest are too much, that is told', async () => {
  const house = await openHere(freshFolder(), { retention: { maxMegabytes: 1 } });
  const random = (i: number) => Math.sin(i * 12.9898) * 43_758.5453;
  for (let day = 0; day < 12; day++) {
    const rows = dayOfReadings('tank-1', day0 + day * dayMs).map(
      ([device, point, at], i): TestReading => [device, point, at, random(i + day)],
    );
    await house.append(rows);
    await house.append(rows.map(([, ...row]): TestReading => ['tank-2', ...row]));
  }
  const now = day0 + 12 * dayMs;
  await house.store.upkeep(now);
  await house.store.upkeep(now + 3 * hourMs);
  await house.store.upkeep(now + 5 * hourMs);
  expect(house.sealed.usedBytes()).toBeLessThanOrEqual(1024 * 1024);
  expect(house.sealed.usedBytes()).toBeGreaterThan(512 * 1024);
  expect(house.told.trouble).toBe(null);
  for (const device of ['tank-1', 'tank-2']) {
    const days = new Set(
      (await house.ask({ device, stepMs: hourMs })).map(({ at }) => Math.floor(at / dayMs)),
    );
    expect(days.size).toBe(12);
    const [first] = await house.ask({ device, from: now - 11 * dayMs, to: now });
    expect((first?.at ?? 0) - day0).toBeGreaterThan(4 * dayMs);
  }
  const { db } = house.sealed;
  db.exec('CREATE TABLE filler (bytes BLOB)');
  db.prepare('INSERT INTO filler VALUES (zeroblob(2000000))').run();
  await house.store.upkeep(now + 7 * hourMs);
  await house.append([['tank-1', 'level', now, 1]]);
  await house.store.grown();
  expect(house.told.trouble).toMatch(
    /history\.db: it holds \d MiB, more than its 1, .* raise retention\.historyMegabytes/,
  );
  expect((await house.ask({ from: now - 2 * dayMs, to: now })).length).toBeGreaterThan(8_000);
});

test('while history.db is locked readings are on disk in the journal and in answers, and sealed when it is free', async () => {
  const folder = freshFolder();
  const house = await openHere(folder);
  await house.append([['tank-1', 'level', day0, 1]]);
  const locker = new Database(join(folder, 'history.db'));
  locker.exec('BEGIN EXCLUSIVE');
  await house.store.upkeep(day0);
  await house.store.upkeep(day0 + 2 * hourMs);
  expect(house.told).toEqual({ trims: [], trouble: 'history.db: database is locked' });
  await house.append([['tank-1', 'level', day0 + 1, 2]]);
  expect((await house.ask({})).map(({ value }) => value)).toEqual([1, 2]);
  locker.exec('COMMIT');
  locker.close();
  await house.store.upkeep(day0 + 3 * hourMs);
  expect(house.told).toEqual({ trims: [2], trouble: null });
  expect((await house.ask({})).map(({ value }) => value)).toEqual([1, 2]);
});

test('a damaged chunk is told, and holds up neither the settling of other days nor the roll-over', async () => {
  const house = await openHere(freshFolder(), { retention: { maxDays: 3 } });
  for (const day of [0, 5])
    await house.append([
      ['tank-1', 'level', day0 + day * dayMs, 1],
      ['tank-2', 'level', day0 + day * dayMs, 2],
    ]);
  const noon = day0 + 5 * dayMs + 12 * hourMs;
  await house.store.upkeep(noon);
  await house.store.upkeep(noon + 2 * hourMs);
  house.sealed.db.exec(`UPDATE chunk SET data = x'0badc0de' WHERE series = 1 AND day = ${day0 / dayMs + 5}`);
  await house.store.upkeep(noon + 15 * hourMs);
  expect(house.told.trouble).toMatch(/^history\.db: series 1, day 20722: /);
  expect(house.sealed.unsettledBetween(1, 0, 99_999)).toEqual([20_722]);
  expect(house.sealed.unsettledBetween(2, 0, 99_999)).toEqual([]);
  expect(chunksIn(house).map(({ day }) => day)).toEqual([20_722, 20_722]);
  expect(await house.ask({ device: 'tank-2', stepMs: hourMs })).toHaveLength(2);
});

test('what waits in memory is bounded: beyond a million readings the older half is sealed, however short its chunks', async () => {
  const house = await openHere(freshFolder());
  const perBatch = 20_000;
  for (let n = 0; n < 60; n++)
    await house.append(
      Array.from(
        { length: perBatch },
        (_, i): TestReading => [`tank-${i % 2_000}`, 'level', day0 + n * 10_000 + Math.floor(i / 2_000), i],
      ),
    );
  await house.store.grown();
  expect(house.told).toEqual({ trims: [expect.any(Number)], trouble: null });
  expect(house.told.trims[0]).toBeGreaterThan(20);
  expect(await house.ask({ device: 'tank-7' })).toHaveLength(600);
});
