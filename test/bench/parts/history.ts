import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge, type LoadResult } from '../load/order.ts';
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

/** The benchmark of the store alone; with `--json` its last line is all its figures by their words. */
const storeScript = new URL('../history.ts', import.meta.url);
const storeMs = 300_000;
const storeGoals = [
  {
    row: 'history: bytes per reading once sealed',
    figure: /^bytes a reading once sealed/,
    most: 3,
    unit: '',
  },
  {
    row: 'history: 24 h trend of a point in a store of 10⁷ readings, median and 95 %',
    figure: /^24 h trend of one point in \d+ readings/,
    most: 20,
    unit: ' ms',
  },
];

async function storeFigures({ quick }: Bench): Promise<Record<string, number | string> | string> {
  if (quick) return 'not in the quick form';
  if (!existsSync(fileURLToPath(storeScript))) return 'test/bench/history.ts is not there';
  try {
    return await runScript(storeScript, {}, storeMs, ['--json']);
  } catch (error) {
    return String(error).slice(0, 120);
  }
}

function storeRows(figures: Record<string, number | string> | string): Row[] {
  return storeGoals.map(({ row, figure, most, unit }) => {
    const goal = `≤ ${most}${unit}`;
    if (typeof figures === 'string') return { row, goal, figure: figures, ratio: '', held: 'left out' };
    const found = Object.entries(figures).find(([words]) => figure.test(words))?.[1];
    // Of "median, 95 %" the median is judged.
    const judged = Number.parseFloat(String(found));
    return limitRow(row, goal, `${found}${unit}`, judged <= most);
  });
}

async function measure(values: number, quick: boolean): Promise<LoadResult> {
  const running = await gatehouse.start({ devices: 100, env: {} });
  try {
    const spans = quick ? { warmupMs: 1_000, measureMs: 2_000 } : { warmupMs: 5_000, measureMs: 6_000 };
    return await load(running, { rate: perSecond, valuesPerMessage: values, ...spans });
  } finally {
    await running.stop();
  }
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
  const held = beside.filter((run) => judge(run).held).length * 2 > bench.runs;
  const store = await storeFigures(bench);
  bench.keep('history', { perSecond, valuesPerMessage, readingsPerSecond, without, beside, store });
  const written = limitRow(
    'history: readings written and acknowledged beside alarms',
    '≥ 50,000/s',
    `${Math.round(readingsPerSecond).toLocaleString('en')}/s, ${lost} lost, PUBACK p99 ${spread(
      beside.map(({ acknowledged }) => acknowledged.p99Ms),
      ' ms',
    )}`,
    readingsPerSecond >= 50_000 && held,
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
    ...storeRows(store),
  ];
}

export const history: Part = {
  id: 'history',
  what: 'readings written beside alarms, and the figures of the store',
  seconds: 300,
  leastSeconds: 110,
  quickSeconds: 20,
  run,
};
