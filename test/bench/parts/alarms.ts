import type { LoadResult } from '../load/order.ts';
import { load } from '../loads.ts';
import { bareAedes } from '../peers/aedes.ts';
import { gatehouse } from '../peers/gatehouse.ts';
import type { Peer } from '../peers/peer.ts';
import { type Bench, limitRow, median, type Part, type Row, rate, ratioRow, spread } from './part.ts';

const besideAedesPerSecond = 20_000;
const guardPerSecond = 10_000;
const guardMs = 50;
/** Sent every 250 ms, so that what is on the screen is at most 350 ms old. */
const valuesMs = 350;

async function measure(
  peer: Peer,
  plan: { devices: number; rate: number; consoles: number },
  quick: boolean,
): Promise<LoadResult> {
  const running = await peer.start({ devices: plan.devices, env: {} });
  try {
    const { rate: perSecond, consoles } = plan;
    const spans = quick ? { warmupMs: 1_000, measureMs: 2_000 } : { warmupMs: 5_000, measureMs: 5_000 };
    return await load(running, { rate: perSecond, consoles, ...spans });
  } finally {
    await running.stop();
  }
}

const lost = (runs: LoadResult[]) =>
  runs.reduce((sum, { unsent, unacknowledged, unseen }) => sum + unsent + unacknowledged + unseen, 0);
const p99s = (runs: LoadResult[]) => runs.map(({ seen }) => seen.p99Ms);

async function run(bench: Bench): Promise<Row[]> {
  const ours: LoadResult[] = [];
  const theirs: LoadResult[] = [];
  const guard: LoadResult[] = [];
  const plan = { devices: 100, rate: besideAedesPerSecond, consoles: 1 };
  for (let i = 0; i < bench.runs; i++) {
    ours.push(await measure(gatehouse, plan, bench.quick));
    theirs.push(await measure(bareAedes, plan, bench.quick));
    guard.push(await measure(gatehouse, { devices: 1_000, rate: guardPerSecond, consoles: 20 }, bench.quick));
  }
  const valuesP99 = guard.map(({ valuesEvery }) => valuesEvery.p99Ms);
  bench.keep('alarms', { besideAedes: { gatehouse: ours, bareAedes: theirs }, guard });
  const beside = ratioRow(
    `alarm p99 at ${rate(besideAedesPerSecond)} / bare aedes`,
    { atMost: 3 },
    `${spread(p99s(ours), ' ms')} / ${spread(p99s(theirs), ' ms')}, ${lost(ours)} lost`,
    median(p99s(ours)) / median(p99s(theirs)),
  );
  return [
    lost(ours) > 0 ? { ...beside, held: 'no' } : beside,
    limitRow(
      `guard: alarm p99 at ${rate(guardPerSecond)}, 1,000 connections, 20 consoles`,
      `≤ ${guardMs} ms`,
      `${spread(p99s(guard), ' ms')}, ${lost(guard)} lost`,
      median(p99s(guard)) <= guardMs && lost(guard) === 0,
    ),
    limitRow(
      'the same: pause between live values on a console, p99',
      `≤ ${valuesMs} ms`,
      spread(valuesP99, ' ms'),
      valuesP99.length > 0 && median(valuesP99) <= valuesMs,
    ),
  ];
}

export const alarms: Part = {
  id: 'alarms',
  what: 'alarm latency at fixed rates',
  seconds: 170,
  quickSeconds: 30,
  run,
};
