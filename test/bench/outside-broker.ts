import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { judge, type LoadResult } from './load/order.ts';
import { load } from './loads.ts';
import { gatehouse } from './peers/gatehouse.ts';
import { behindMosquitto } from './peers/gatehouse-outside.ts';
import { bareMosquitto } from './peers/mosquitto.ts';
import type { Peer } from './peers/peer.ts';
import { findHighest } from './search.ts';

// What the gateway sustains as a client of Mosquitto, everything on and one message in ten changing an alarm: found by the same
// load and judged as in `npm run bench`, beside the embedded broker and Mosquitto alone. Absolute figures are of this machine and
// of what else runs on it.
//
//   node test/bench/outside-broker.ts [--probes 7] [--seconds 3]

const { values: options } = parseArgs({
  options: { probes: { type: 'string', default: '7' }, seconds: { type: 'string', default: '3' } },
});

async function runOnce(peer: Peer, rate: number): Promise<LoadResult> {
  const running = await peer.start({ devices: 100, env: {} });
  try {
    return await load(running, { rate, warmupMs: 5_000, measureMs: Number(options.seconds) * 1_000 });
  } finally {
    await running.stop();
  }
}

const crowd = () => `load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`;

for (const peer of [behindMosquitto('5'), behindMosquitto('3.1.1'), gatehouse, bareMosquitto]) {
  let held: LoadResult | undefined;
  const { rate, probes } = await findHighest(peer.guess, Number(options.probes), async (perSecond) => {
    const result = await runOnce(peer, perSecond);
    const judged = judge(result);
    if (judged.held) held = result;
    console.log(`  ${perSecond} msg/s: ${judged.held ? 'held' : judged.why} (${crowd()})`);
    return judged;
  });
  console.log(
    `${peer.name}: sustains ${rate} msg/s, alarm on the console p99 ${held?.seen.p99Ms ?? '–'} ms, ` +
      `${held?.cpuUsPerMessage ?? '–'} µs of processor a message (${probes.length} probes, ${crowd()})`,
  );
}
