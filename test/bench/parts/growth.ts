import type { LoadResult } from '../load/order.ts';
import { steps } from '../load/workload.ts';
import { load } from '../loads.ts';
import { serveGatehouse } from '../peers/gatehouse.ts';
import { gatehouseData } from '../peers/gatehouse-data.ts';
import { type Bench, median, type Part, type Row, spread } from './part.ts';

/** Ten devices send in every size, so that only what stands around them grows. */
const sending = 10;
const sizes = [10, 1_000, 10_000];
const perSecond = 5_000;
/** Alarm definitions of a silent device, a tank. */
const tankAlarms = 7;
/** Flat: what is measured twice differs by as much. */
const flat = 1.2;

async function measure(devices: number, quick: boolean): Promise<LoadResult> {
  const running = await serveGatehouse(await gatehouseData({ sending, silent: devices - sending }), {});
  try {
    const spans = quick ? { warmupMs: 1_000, measureMs: 2_000 } : { warmupMs: 5_000, measureMs: 5_000 };
    return await load(running, { rate: perSecond, ...spans });
  } finally {
    await running.stop();
  }
}

async function run(bench: Bench): Promise<Row[]> {
  const results = sizes.map((devices) => ({ devices, runs: [] as LoadResult[] }));
  for (let i = 0; i < bench.runs; i++)
    for (const { devices, runs } of results) runs.push(await measure(devices, bench.quick));
  bench.keep('growth', { perSecond, results });
  const cost = results.map(({ runs }) => runs.map(({ cpuUsPerMessage }) => cpuUsPerMessage));
  const medians = cost.map(median);
  const ratio = Math.max(...medians) / (medians[0] ?? 0);
  const count = (n: number) => n.toLocaleString('en');
  const definitions = sizes.map((size) => sending * steps.length + (size - sending) * tankAlarms);
  return [
    {
      row: `CPU per message with ${sizes.map(count).join(' / ')} devices, ${definitions.map(count).join(' / ')} alarm definitions`,
      goal: `flat (≤ ${flat} ×)`,
      figure: cost.map((costs) => spread(costs, ' µs')).join(' / '),
      ratio: `${ratio.toFixed(2)} ×`,
      held: ratio <= flat ? 'yes' : 'no',
    },
  ];
}

export const growth: Part = {
  id: 'growth',
  what: 'cost of a message as the site grows',
  seconds: 140,
  quickSeconds: 40,
  run,
};
