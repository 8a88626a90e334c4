import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { average, type Batch, openHistory } from './history.ts';

const dirs: string[] = [];
function freshPath(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-history-'));
  dirs.push(dir);
  return join(dir, 'history.db');
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function batchOf(rows: [string, string, number, Batch['values'][number]][]): Batch {
  return {
    devices: rows.map(([device]) => device),
    points: rows.map(([, point]) => point),
    at: rows.map(([, , at]) => at),
    values: rows.map(([, , , value]) => value),
    qualities: rows.map(() => 'good'),
  };
}

test('what was durable is there after the store was opened again, in time order, with its types', async () => {
  const path = freshPath();
  const first = await openHistory(path);
  await first.append(
    batchOf([
      ['tank-1', 'level', 2_000, 1.25],
      ['tank-1', 'level', 1_000, 1.2],
      ['door-1', 'open', 1_500, true],
      ['ups-1', 'mode', 1_500, 'battery'],
      ['tank-1', 'level', 3_000, null],
    ]),
  ).durable;
  await first.close();
  const second = await openHistory(path);
  expect((await second.query('tank-1', 'level', 0, 9_000)).map((row) => [row.at, row.value])).toEqual([
    [1_000, 1.2],
    [2_000, 1.25],
    [3_000, null],
  ]);
  expect((await second.query('door-1', 'open', 0, 9_000))[0]?.value).toBe(true);
  expect((await second.query('ups-1', 'mode', 0, 9_000))[0]?.value).toBe('battery');
  expect(await second.query('nobody', 'level', 0, 9_000)).toEqual([]);
  await second.close();
});

test('folding the journal into chunks loses and repeats nothing', async () => {
  const path = freshPath();
  const history = await openHistory(path);
  const total = 120_000;
  for (let from = 0; from < total; from += 4_000) {
    const rows = Array.from({ length: 4_000 }, (_, i): [string, string, number, number] => {
      const n = from + i;
      return [`tank-${n % 40}`, 'level', 1_000 + n, n / 100];
    });
    await history.append(batchOf(rows)).durable;
  }
  await history.append(batchOf([['tank-7', 'level', 1_007, 99]])).durable;
  const rows = await history.query('tank-7', 'level', 0, 1_000_000);
  expect(rows.length).toBe(total / 40);
  expect(rows[0]).toMatchObject({ at: 1_007, value: 99 });
  expect(rows.at(-1)?.value).toBe((total - 40 + 7) / 100);
  await history.close();
  const again = await openHistory(path);
  expect((await again.query('tank-7', 'level', 0, 1_000_000)).length).toBe(total / 40);
  await again.close();
});

test('a resolution gives mean, min, max and count of each step, and the worst quality', () => {
  const rows = [
    { at: 0, value: 1, quality: 'good' as const },
    { at: 400, value: 3, quality: 'good' as const },
    { at: 1_100, value: 5, quality: 'uncertain' as const },
  ];
  expect(average(rows, 1_000)).toEqual([
    { at: 0, value: 2, quality: 'good', count: 2, min: 1, max: 3 },
    { at: 1_000, value: 5, quality: 'uncertain', count: 1, min: 5, max: 5 },
  ]);
});
