import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { embeddedHistory, type History, openHistory } from './history.ts';
import { openJournal } from './journal.ts';
import { batchOf, freshFolder, removeFolders, type TestReading } from './store-fixture.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const history of open.splice(0)) await history.close();
  removeFolders();
});

async function openHere(dataDir: string): Promise<History> {
  const history = await openHistory({ dataDir, clock: systemClock, place: embeddedHistory });
  open.push(history);
  return history;
}

test('what was durable is there after the store was opened again, in time order, with its types', async () => {
  const folder = freshFolder();
  const first = await openHere(folder);
  await first.append(
    batchOf([
      ['tank-1', 'level', 2_000, 1.25],
      ['tank-1', 'level', 1_000, 1.2],
      ['door-1', 'open', 1_500, true],
      ['ups-1', 'mode', 1_500, 'battery'],
      ['tank-1', 'level', 3_000, null, 'bad'],
    ]),
  ).durable;
  await open.pop()?.close();
  const second = await openHere(folder);
  expect(await second.query('tank-1', 'level', 0, 9_000)).toEqual([
    { at: 1_000, value: 1.2, quality: 'good' },
    { at: 2_000, value: 1.25, quality: 'good' },
    { at: 3_000, value: null, quality: 'bad' },
  ]);
  expect((await second.query('door-1', 'open', 0, 9_000))[0]?.value).toBe(true);
  expect((await second.query('ups-1', 'mode', 0, 9_000))[0]?.value).toBe('battery');
  expect(await second.query('nobody', 'level', 0, 9_000)).toEqual([]);
});

test('a broken chunk spoils the answers that need it and nothing else; the store closes all the same', async () => {
  const folder = freshFolder();
  await (await openHere(folder)).append(batchOf([['tank-1', 'level', 1_000, 1]])).durable;
  await open.pop()?.close();
  const db = new Database(join(folder, 'history.db'));
  db.exec("INSERT INTO series VALUES (1, 'tank-2', 'level'); INSERT INTO unsettled VALUES (1, 0, 1)");
  db.exec("INSERT INTO chunk VALUES (1, 0, 1, 0, 5000, 1, x'0badc0de')");
  db.close();
  const history = await openHere(folder);
  await expect(history.query('tank-2', 'level', 0, 9_000)).rejects.toMatchObject({ code: 'internal' });
  expect(await history.query('tank-1', 'level', 0, 9_000)).toHaveLength(1);
});

test('words of a text point are kept, however many there are', async () => {
  const history = await openHere(freshFolder());
  const rows = Array.from(
    { length: 20_000 },
    (_, i): TestReading => ['panel-1', 'note', 1_000 + i, `note ${i}`],
  );
  for (let start = 0; start < rows.length; start += 1_000)
    await history.append(batchOf(rows.slice(start, start + 1_000))).durable;
  const found = await history.query('panel-1', 'note', 0, 1e6);
  expect(found.map(({ value }) => value)).toEqual(rows.map(([, , , value]) => value));
});

test('an acknowledgement does not wait for a long question', async () => {
  const history = await openHere(freshFolder());
  const rows = Array.from({ length: 20_000 }, (_, i) => i);
  for (let n = 0; n < 30; n++)
    await history.append(batchOf(rows.map((i): TestReading => ['tank-1', 'level', n * 20_000 + i, i / 100])))
      .durable;
  const order: string[] = [];
  const questions = Array.from({ length: 20 }, () =>
    history.query('tank-1', 'level', 0, 1e9, 1_000).then(({ length }) => order.push(`answer ${length}`)),
  );
  for (let n = 0; n < 3; n++)
    await history.append(batchOf([['tank-2', 'level', n, 1]])).durable.then(() => order.push('durable'));
  await Promise.all(questions);
  expect(order.slice(0, 3)).toEqual(['durable', 'durable', 'durable']);
  expect(order.slice(3)).toEqual(Array(20).fill('answer 600'));
});

test('steps of an hour and more are whole hours at both ends, shorter ones are as they were asked for', async () => {
  const history = await openHere(freshFolder());
  const hour = 3_600_000;
  await history.append(
    batchOf(
      Array.from({ length: 8 }, (_, i): TestReading => ['tank-1', 'level', i * (hour / 2) + 60_000, i]),
    ),
  ).durable;
  const from = hour + 10 * 60_000;
  const starts = async (resolution: number) =>
    (await history.query('tank-1', 'level', from, 3 * hour, resolution)).map(({ at, count }) => [
      at / hour,
      count,
    ]);
  expect(await starts(hour)).toEqual([
    [1, 2],
    [2, 2],
    [3, 2],
  ]);
  expect(await starts(1.2 * hour)).toEqual([
    [0, 2],
    [2, 4],
  ]);
  expect(await starts(hour / 2)).toEqual([
    [1.5, 1],
    [2, 1],
    [2.5, 1],
  ]);
});

test('more rows than an answer holds are cut off', async () => {
  const history = await openHere(freshFolder());
  for (let n = 0; n < 3; n++)
    await history.append(
      batchOf(
        Array.from(
          { length: 10_000 },
          (_, i): TestReading => ['tank-1', 'level', (n * 10_000 + i) * 8_000, i],
        ),
      ),
    ).durable;
  const rows = await history.query('tank-1', 'level', 0, 1e9);
  expect(rows.length).toBeGreaterThan(20_000);
  expect(rows.length).toBeLessThan(30_000);
});

test('a full journal lets its oldest go, in order, and says which', async () => {
  const path = join(freshFolder(), 'journal.db');
  const lost: { readings: number; from: number; to: number }[] = [];
  const limitBytes = 3 * 1024 * 1024;
  const options = { path, limitBytes, saved() {}, dropped: (loss: (typeof lost)[0]) => lost.push(loss) };
  const journal = await openJournal(options);
  open.push(journal);
  const perBatch = 10_000;
  const batches = 40;
  for (let n = 0; n < batches; n++)
    await journal.append(
      batchOf(
        Array.from({ length: perBatch }, (_, i): TestReading => ['tank-1', 'level', n * perBatch + i, i]),
      ),
    ).durable;
  await open.pop()?.close();
  const gone = lost.reduce((sum, { readings }) => sum + readings, 0);
  expect(lost[0]?.from).toBe(0);
  for (const [i, { from }] of lost.entries()) if (i > 0) expect(from).toBe((lost[i - 1]?.to ?? 0) + 1);
  expect(lost.at(-1)?.to).toBe(gone - 1);
  const db = new Database(path, { readonly: true });
  const left = db
    .prepare('SELECT count(*) AS batches, min(id) AS first, total(length(rows)) AS bytes FROM batch')
    .get();
  db.close();
  expect(left).toEqual({
    batches: batches - gone / perBatch,
    first: gone / perBatch + 1,
    bytes: (batches * perBatch - gone) * 21,
  });
  expect((left as { bytes: number }).bytes).toBeLessThan(limitBytes);
  expect((left as { bytes: number }).bytes).toBeGreaterThan(limitBytes / 2);
});

test('a batch gets a number that none had before, though everything was taken and the journal opened again', async () => {
  const path = join(freshFolder(), 'journal.db');
  const numbers: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    const journal = await openJournal({ path, limitBytes: null, saved() {}, dropped() {} });
    for (let n = 0; n < 4; n++) await journal.append(batchOf([['tank-1', 'level', n, n]])).durable;
    await journal.close();
    const db = new Database(path);
    numbers.push(...db.prepare('SELECT id FROM batch ORDER BY id').pluck().all());
    db.prepare('DELETE FROM batch').run();
    db.close();
  }
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('when the worker of the journal dies, what waits is refused, as is what comes later, and it says so until the end', async () => {
  const path = join(freshFolder(), 'journal.db');
  const born = new Promise<Worker>((resolve) => process.once('worker', resolve));
  const journal = await openJournal({ path, limitBytes: null, saved() {}, dropped() {} });
  const batch = batchOf([['tank-1', 'level', 1_000, 1]]);
  await journal.append(batch).durable;
  // Another writer holds the file, so that the next append cannot be on disk when the worker dies.
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  const waiting = journal.append(batch);
  await (await born).terminate();
  await waiting.attempted;
  await expect(waiting.durable).rejects.toMatchObject({ code: 'storage.unavailable' });
  other.close();
  const later = journal.append(batch);
  await later.attempted;
  await expect(later.durable).rejects.toMatchObject({ code: 'storage.unavailable' });
  expect(journal.failure()).toBe('history stopped: its worker has ended; start the gateway again');
  await journal.close();
});
