import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from '../load/order.ts';
import { load } from '../loads.ts';
import { gatehouse } from '../peers/gatehouse.ts';
import { runScript } from '../processes.ts';
import { type Bench, limitRow, median, type Part, type Row, spread } from './part.ts';

const perSecond = 7_000;
/** Nine messages of ten carry all eight channels, the tenth changes an alarm: 7,000 × (0.9 × 8 + 0.1) readings a second. */
const valuesPerMessage = 8;
const readingsPerSecond = perSecond * (0.9 * valuesPerMessage + 0.1);
/** No effect: the runs with and without differ no more than this. */
const noEffect = 1.25;

/** Figures of the store itself, where that benchmark is there: it prints its rows as one JSON line. */
const storeScript = new URL('../history.ts', import.meta.url);

async function measure(values: number, quick: boolean): Promise<LoadResult> {
  const running = await gatehouse.start({ devices: 100, env: {} });
  try {
    const spans = quick ? { warmupMs: 1_000, measureMs: 2_000 } : { warmupMs: 2_000, measureMs: 6_000 };
    return await load(running, { rate: perSecond, valuesPerMessage: values, ...spans });
  } finally {
    await running.stop();
  }
}

async function storeRows({ quick }: Bench): Promise<Row[]> {
  if (existsSync(fileURLToPath(storeScript))) return runScript<Row[]>(storeScript, { quick }, 300_000);
  return [
    ['history: bytes per reading once sealed', '≤ 3'],
    ['history: 24 h trend of a point in a store of 10⁷ readings', '≤ 20 ms'],
  ].map(([row = '', goal = '']) => ({ row, goal, figure: '', ratio: '', held: 'not measured here' }));
}

async function run(bench: Bench): Promise<Row[]> {
  const without: LoadResult[] = [];
  const beside: LoadResult[] = [];
  for (let i = 0; i < bench.runs; i++) {
    without.push(await measure(1, bench.quick));
    beside.push(await measure(valuesPerMessage, bench.quick));
  }
  const p99s = (runs: LoadResult[]) => runs.map(({ seen }) => seen.p99Ms);
  const ratio = median(p99s(beside)) / median(p99s(without));
  const lost = beside.reduce((sum, run) => sum + run.unsent + run.unacknowledged + run.unseen, 0);
  const store = await storeRows(bench);
  bench.keep('history', { perSecond, valuesPerMessage, readingsPerSecond, without, beside, store });
  const written = limitRow(
    'history: readings written and acknowledged beside alarms',
    '≥ 50,000/s',
    `${Math.round(readingsPerSecond).toLocaleString('en')}/s, ${lost} lost`,
    readingsPerSecond >= 50_000 && lost === 0,
  );
  return [
    written,
    {
      row: 'history: alarm p99 with / without these readings',
      goal: `no effect (≤ ${noEffect} ×)`,
      figure: `${spread(p99s(beside), ' ms')} / ${spread(p99s(without), ' ms')}`,
      ratio: `${ratio.toFixed(2)} ×`,
      held: ratio <= noEffect && lost === 0 ? 'yes' : 'no',
    },
    ...store,
  ];
}

export const history: Part = {
  id: 'history',
  what: 'readings written beside alarms, and the figures of the store',
  seconds: 110,
  quickSeconds: 20,
  run,
};
