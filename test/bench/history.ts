import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import type { PointValue, Quality } from '../../gateway/contract/reading.ts';
import { embeddedHistory, type History, openHistory } from '../../gateway/history/history.ts';
import type { Batch } from '../../gateway/history/journal.ts';
import { createManualClock, type ManualClock } from '../../gateway/lib/clock.ts';

// The history store alone: how fast it takes readings, what they weigh, how fast trends are, and whether all of that stays so with more
// series. `node test/bench/history.ts`; figures are of this machine and of whatever else runs on it.

const { values: options } = parseArgs({
  options: { readings: { type: 'string', default: '10000000' }, json: { type: 'boolean', default: false } },
});
const wanted = Number(options.readings);
const figures: Record<string, number | string> = {};
const secondMs = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = 20_717 * dayMs;

/** mulberry32: the same noise in every run. */
let state = 1;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const spread = () => random() + random() + random() - 1.5;
const decimals = (value: number, factor: number) => Math.round(value * factor) / factor;

/** What a plant room and its meters report: scaled registers, 32-bit floats, counters, switches, states. */
const shapes: { name: string; value(second: number): PointValue }[] = [
  { name: 'level, mm', value: (s) => decimals(2 + Math.sin(s / 4_000) + spread() / 300, 1_000) },
  { name: 'temperature, 0.1', value: (s) => decimals(21 + 4 * Math.sin(s / 14_000) + spread() / 15, 10) },
  { name: 'pressure, 0.01', value: (s) => decimals(0.45 + 0.05 * Math.sin(s / 600) + spread() / 100, 100) },
  { name: 'voltage, 32-bit float', value: () => Math.fround(decimals(230 + spread(), 100)) },
  {
    name: 'power, 32-bit float of full width',
    value: (s) => Math.fround(12_000 + 3_000 * Math.sin(s / 800) + spread() * 40),
  },
  { name: 'energy, 0.01 kWh', value: (s) => decimals(123_456 + s * 0.0033, 100) },
  { name: 'pump, running', value: (s) => Math.floor(s / 700) % 3 === 0 },
  { name: 'mode', value: (s) => (Math.floor(s / 3_600) % 5 === 0 ? 'manual' : 'auto') },
];

interface Open {
  folder: string;
  clock: ManualClock;
  history: History;
}

async function openFresh(): Promise<Open> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-history-bench-'));
  const clock = createManualClock(startMs);
  return { folder, clock, history: await openHistory({ dataDir: folder, clock, place: embeddedHistory }) };
}

async function removed({ folder, history }: Open): Promise<void> {
  await history.close();
  rmSync(folder, { recursive: true });
}

const real = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets simulated hours pass until everything is sealed and every day settled. */
async function settled({ clock, folder }: Open): Promise<void> {
  const db = new Database(join(folder, 'history.db'), { readonly: true });
  const journal = new Database(join(folder, 'journal.db'), { readonly: true });
  const open = db.prepare('SELECT count(*) FROM unsettled').pluck();
  const waiting = journal.prepare('SELECT count(*) FROM batch').pluck();
  while (Number(open.get()) > 0 || Number(waiting.get()) > 0) {
    await clock.advance(hourMs);
    await real(50);
  }
  db.close();
  journal.close();
}

function emptyBatch(): Batch {
  return { devices: [], points: [], at: [], values: [], qualities: [] };
}

const names = Array.from({ length: 20_000 }, (_, i) => `device-${i}`);

function add(batch: Batch, series: number, at: number, value: PointValue, quality: Quality = 'good'): void {
  batch.devices.push(names[series] ?? '');
  batch.points.push('value');
  batch.at.push(at);
  batch.values.push(value);
  batch.qualities.push(quality);
}

/**
 * Each series once a period, in batches as turns make them, waiting for each as a turn does. A reading in two hundred is bad; device
 * clocks tremble by some milliseconds.
 */
async function feed(
  { clock, history }: Open,
  shape: { series: number; periodMs: number; rounds: number; perBatch: number },
): Promise<{ readings: number; seconds: number }> {
  const { series, periodMs, rounds, perBatch } = shape;
  let working = 0;
  let batch = emptyBatch();
  const flush = async () => {
    const begin = performance.now();
    const { attempted, durable } = history.append(batch);
    await attempted;
    await durable;
    working += performance.now() - begin;
    batch = emptyBatch();
  };
  for (let round = 0; round < rounds; round++) {
    const at = startMs + round * periodMs;
    const second = (round * periodMs) / secondMs;
    for (let i = 0; i < series; i++) {
      const time = at + Math.round(random() * 3);
      const bad = (round * 7 + i * 13) % 200 === 0;
      if (bad) add(batch, i, time, null, 'bad');
      else add(batch, i, time, shapes[i % shapes.length]?.value(second + i * 97) ?? null);
      if (batch.at.length === perBatch) await flush();
    }
    await clock.advance(startMs + (round + 1) * periodMs - clock.now().wallMs);
  }
  if (batch.at.length > 0) await flush();
  return { readings: series * rounds, seconds: working / 1_000 };
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return decimals(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0, 10);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function trendTimes(
  open: Open,
  series: number,
  from: number,
  to: number,
  resolution: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const device = names[(i * 7) % series] ?? '';
    times.push(await timed(() => open.history.query(device, 'value', from, to, resolution)));
  }
  return times;
}

function tell(what: string, figure: number | string): void {
  figures[what] = figure;
  if (!options.json) console.log(`${what.padEnd(72)} ${figure}`);
}

async function largeStore(): Promise<void> {
  const series = Math.max(8, Math.round(wanted / 86_400 / 8) * 8);
  const open = await openFresh();
  const { readings, seconds } = await feed(open, {
    series,
    periodMs: secondMs,
    rounds: 86_400,
    perBatch: 1_000,
  });
  tell(`readings: ${series} series, each second of a day`, readings);
  tell('written and on disk, readings a second', Math.round(readings / seconds));
  const to = startMs + dayMs;
  const fresh = await trendTimes(open, series, to - dayMs, to, 120_000);
  tell(
    '24 h trend of one point while the day is open, ms (median, 95 %)',
    `${quantile(fresh, 0.5)}, ${quantile(fresh, 0.95)}`,
  );

  await settled(open);
  const trend = await trendTimes(open, series, to - dayMs, to, 120_000);
  tell(
    `24 h trend of one point in ${readings} readings, ms (median, 95 %)`,
    `${quantile(trend, 0.5)}, ${quantile(trend, 0.95)}`,
  );
  const db = new Database(join(open.folder, 'history.db'), { readonly: true });
  const sealed = db
    .prepare<[], { device: string; bytes: number; count: number }>(
      'SELECT device, sum(length(data)) AS bytes, sum(count) AS count FROM chunk JOIN series ON series.id = series GROUP BY series',
    )
    .all();
  const bytes = sealed.reduce((sum, row) => sum + row.bytes, 0);
  const count = sealed.reduce((sum, row) => sum + row.count, 0);
  tell('readings sealed', count);
  tell('bytes a reading once sealed', decimals(bytes / count, 100));
  for (const [i, { name }] of shapes.entries()) {
    const own = sealed.filter(({ device }) => names.indexOf(device) % shapes.length === i);
    const ownBytes = own.reduce((sum, row) => sum + row.bytes, 0);
    tell(`  ${name}`, decimals(ownBytes / own.reduce((sum, row) => sum + row.count, 0), 100));
  }
  const used = db
    .prepare(
      'SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()',
    )
    .pluck()
    .get();
  tell('bytes a reading in history.db with indexes and roll-ups', decimals(Number(used) / count, 100));
  tell(
    'history.db and journal.db on disk, MB',
    Math.round(
      (statSync(join(open.folder, 'history.db')).size + statSync(join(open.folder, 'journal.db')).size) / 1e6,
    ),
  );
  db.close();

  // Acknowledgements beside people who look at long stretches of every reading.
  let asking = true;
  const questions = Array.from({ length: 4 }, async (_, i) => {
    while (asking) await open.history.query(names[i] ?? '', 'value', to - dayMs, to, secondMs * 7);
  });
  const beside: number[] = [];
  for (let n = 0; n < 500; n++) {
    const batch = emptyBatch();
    for (let i = 0; i < 100; i++) add(batch, i, to + n, i);
    beside.push(await timed(() => open.history.append(batch).durable));
  }
  asking = false;
  await Promise.all(questions);
  tell(
    'a batch durable beside four people with long questions, ms (median, 99 %)',
    `${quantile(beside, 0.5)}, ${quantile(beside, 0.99)}`,
  );
  await removed(open);
}

async function longStore(): Promise<void> {
  const open = await openFresh();
  const days = 366;
  await feed(open, { series: 8, periodMs: 60_000, rounds: days * 1_440, perBatch: 1_000 });
  await settled(open);
  const to = startMs + days * dayMs;
  for (const [name, span] of [
    ['month', 30 * dayMs],
    ['year', 365 * dayMs],
  ] as const) {
    const times = await trendTimes(open, 8, to - span, to, Math.ceil(span / 720));
    tell(
      `${name} of a point with a reading a minute, ms (median, 95 %)`,
      `${quantile(times, 0.5)}, ${quantile(times, 0.95)}`,
    );
  }
  await removed(open);
}

/** The work of all threads for a reading, sealed and settled, as the series become more. */
async function growth(): Promise<void> {
  const readings = Math.min(wanted, 2_000_000);
  for (const series of [10, 1_000, 10_000]) {
    const open = await openFresh();
    const before = process.cpuUsage();
    await feed(open, { series, periodMs: 10_000, rounds: readings / series, perBatch: 1_000 });
    const fed = process.cpuUsage(before);
    await settled(open);
    const all = process.cpuUsage(before);
    tell(
      `${series} series: µs of CPU a reading, written; and sealed and settled`,
      `${decimals((fed.user + fed.system) / readings, 10)}, ${decimals((all.user + all.system) / readings, 10)}`,
    );
    await removed(open);
  }
}

console.error(`${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`);
await largeStore();
await longStore();
await growth();
if (options.json) console.log(JSON.stringify(figures));
