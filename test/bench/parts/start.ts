import { serveGatehouse } from '../peers/gatehouse.ts';
import { gatehouseData } from '../peers/gatehouse-data.ts';
import { addOldAlarms } from '../peers/old-alarms.ts';
import { removeFolder } from '../processes.ts';
import { type Bench, limitRow, median, type Part, type Row, spread } from './part.ts';

const goalMs = 2_000;
const devices = 1_000;

async function run(bench: Bench): Promise<Row[]> {
  const oldAlarms = bench.quick ? 50_000 : 1_000_000;
  const data = await gatehouseData({ sending: 1, silent: devices - 1 });
  try {
    await addOldAlarms(data.dataDir, devices - 1, oldAlarms);
    const readyMs: number[] = [];
    for (let i = 0; i < bench.runs; i++) {
      const running = await serveGatehouse(data, {});
      readyMs.push(Math.round(running.readyMs));
      await running.halt();
    }
    bench.keep('start', { devices, oldAlarms, readyMs });
    return [
      limitRow(
        `start to ready with 1,000 devices and ${oldAlarms.toLocaleString('en')} old alarms`,
        `≤ ${goalMs} ms`,
        spread(readyMs, ' ms'),
        median(readyMs) <= goalMs,
      ),
    ];
  } finally {
    removeFolder(data.dataDir);
  }
}

export const start: Part = {
  id: 'start',
  what: 'start of a gateway with a long past',
  seconds: 80,
  quickSeconds: 12,
  run,
};
