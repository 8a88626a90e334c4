import { setTimeout as pause } from 'node:timers/promises';
import { load } from '../loads.ts';
import { gatehouse } from '../peers/gatehouse.ts';
import { nodeRedEqualWork } from '../peers/node-red.ts';
import type { Peer } from '../peers/peer.ts';
import { rssMiB } from '../process-figures.ts';
import { type Bench, median, type Part, type Row, ratioRow, spread } from './part.ts';

/** A rate that both sustain, so that the cost of a message is compared under the same load. */
const perSecond = 8_000;
const idleMs = 5_000;

interface Footprint {
  readyMs: number;
  idleMiB: number;
  cpuUs: number;
  loadedMiB: number;
}

async function measure(peer: Peer, quick: boolean): Promise<Footprint> {
  const running = await peer.start({ devices: 100, env: {} });
  try {
    await pause(quick ? 1_000 : idleMs);
    const idleMiB = rssMiB(running.pids);
    const { cpuUsPerMessage, rssMiB: loadedMiB } = await load(running, {
      rate: perSecond,
      warmupMs: quick ? 1_000 : 5_000,
      measureMs: quick ? 2_000 : 5_000,
    });
    return { readyMs: Math.round(running.readyMs), idleMiB, cpuUs: cpuUsPerMessage, loadedMiB };
  } finally {
    await running.stop();
  }
}

async function run(bench: Bench): Promise<Row[]> {
  const ours: Footprint[] = [];
  const theirs: Footprint[] = [];
  for (let i = 0; i < bench.runs; i++) {
    ours.push(await measure(gatehouse, bench.quick));
    theirs.push(await measure(nodeRedEqualWork, bench.quick));
  }
  bench.keep('footprint', { perSecond, gatehouse: ours, nodeRedEqualWork: theirs });
  const row = (what: string, atMost: number, unit: string, of: (footprint: Footprint) => number) =>
    ratioRow(
      `${what} / Node-RED, equal work, with its broker`,
      { atMost },
      `${spread(ours.map(of), unit)} / ${spread(theirs.map(of), unit)}`,
      median(ours.map(of)) / median(theirs.map(of)),
    );
  return [
    row(`CPU per message at ${perSecond.toLocaleString('en')} msg/s`, 0.8, ' µs', ({ cpuUs }) => cpuUs),
    row('idle RSS', 1.2, ' MiB', ({ idleMiB }) => idleMiB),
    row('start to ready', 1.5, ' ms', ({ readyMs }) => readyMs),
  ];
}

export const footprint: Part = {
  id: 'footprint',
  what: 'CPU per message, idle memory and start beside Node-RED',
  seconds: 135,
  quickSeconds: 25,
  run,
};
