import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { migrationsOf } from '../store/migrate.ts';
import { adopt } from './adopt.ts';
import { emptyRows, rowsIn } from './batch.ts';
import { dayMs, SealedReadings } from './sealed.ts';
import { freshFolder, openStore, removeFolders } from './store-fixture.ts';

afterEach(removeFolders);

const day = 20_717 * dayMs;

/** Chunks that the release with the first layout has written. */
const chunks: [series: number, fromAt: number, toAt: number, count: number, base64: string][] = [
  [1, day - 1_500, day + 1_500, 4, 'Y2Q5MWPmlBkZ3ztAJAMDEwMjIyMD0y9GLi4uAA=='],
  [2, day + 100, day + 300, 3, 'Y2Q+sXHmlBkZ/9eDSAZGDkYhRo7/DBDgAKF+1ENoDgcA'],
  [3, day + 100, day + 200, 2, 'Y2Q6sXHmlBkZ/9eDSEYGRqb/JsYgcNleQtcl5LcipwMA'],
];

function writeFirstLayout(path: string): void {
  const db = new Database(path);
  db.exec(migrationsOf('history')[0]?.sql ?? '');
  db.pragma('user_version = 1');
  const series = db.prepare('INSERT INTO series VALUES (?, ?, ?)');
  series.run(1, 'tank-1', 'level');
  series.run(2, 'ups-1', 'mode');
  series.run(3, 'meter-1', 'power');
  db.exec("INSERT INTO word VALUES (2, 'mains'), (3, 'battery')");
  for (const [id, from, to, count, data] of chunks)
    db.prepare('INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?)').run(
      id,
      from,
      id,
      to,
      count,
      Buffer.from(data, 'base64'),
    );
  const batch = emptyRows(2);
  const rows = rowsIn(batch);
  rows.series.set([1, 2]);
  rows.at.set([day + 9_000, day + 9_000]);
  rows.values.set([1.5, 2]);
  rows.flags.set([0, 8]);
  db.prepare('INSERT INTO journal (batch) VALUES (?)').run(Buffer.from(batch));
  db.close();
}

test('a history of the first layout is read, laid down by days, and answered as before', async () => {
  const folder = freshFolder();
  const path = join(folder, 'history.db');
  writeFirstLayout(path);
  const sealed = new SealedReadings(path);
  adopt(sealed);
  for (const table of ['chunk_001', 'journal_001'])
    expect(sealed.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
  adopt(sealed);
  sealed.close();

  const house = await openStore(folder);
  const valuesOf = async (device: string, point: string) =>
    (await house.ask({ device, point })).map(({ at, value, quality }) => [at - day, value, quality]);
  expect(await valuesOf('tank-1', 'level')).toEqual([
    [-1_500, 1.25, 'good'],
    [-500, 1.3, 'good'],
    [500, 1.35, 'uncertain'],
    [1_500, 1.4, 'good'],
    [9_000, 1.5, 'good'],
  ]);
  expect(await valuesOf('ups-1', 'mode')).toEqual([
    [100, 'mains', 'good'],
    [200, null, 'bad'],
    [300, 'battery', 'good'],
    [9_000, 'mains', 'good'],
  ]);
  expect(await valuesOf('meter-1', 'power')).toEqual([
    [100, 0.1 + 0.2, 'good'],
    [200, Math.PI, 'bad'],
  ]);
  await house.close();
});

test('a damaged chunk of the first layout is left where it is, with an error', () => {
  const path = join(freshFolder(), 'history.db');
  writeFirstLayout(path);
  const sealed = new SealedReadings(path);
  sealed.db.prepare('UPDATE chunk_001 SET data = ? WHERE series = 1').run(Buffer.from('broken'));
  expect(() => adopt(sealed)).toThrow();
  expect(sealed.db.prepare('SELECT count(*) FROM chunk_001').pluck().get()).toBe(3);
  sealed.close();
});
