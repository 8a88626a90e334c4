import { judge, type LoadResult } from '../load/order.ts';
import { load } from '../loads.ts';
import { bareAedes } from '../peers/aedes.ts';
import { gatehouse } from '../peers/gatehouse.ts';
import { bareMosquitto } from '../peers/mosquitto.ts';
import { nodeRedEqualWork, nodeRedThreshold } from '../peers/node-red.ts';
import type { Peer, PeerSetting } from '../peers/peer.ts';
import { findHighest, type Probe } from '../search.ts';
import { type Bench, median, type Part, type Row, rate, ratioRow, ratioText, spread } from './part.ts';

/** One peer in one setting: its rate is searched once, then every run is a little below it. */
interface Contest {
  peer: Peer;
  setting: PeerSetting;
  words: string;
  sustained: number;
  probes: Probe[];
  runs: LoadResult[];
}

const belowSustained = 0.95;
/** When most runs are not held at the rate that the search has found, it was lucky: this much lower, and again. */
const stepDown = 0.85;
const mostSteps = 2;

/** What is sustained is told by a peer whose code is compiled: in the first seconds of its life that alone can cost 100 ms. */
interface Spans {
  warmupMs: number;
  measureMs: number;
}

const below = ({ sustained }: Contest) => Math.round(sustained * belowSustained);

/** Every run begins with a fresh peer. */
async function runOnce(
  { peer, setting }: Contest,
  perSecond: number,
  { warmupMs, measureMs }: Spans,
): Promise<LoadResult> {
  const running = await peer.start(setting);
  try {
    return await load(running, { rate: perSecond, warmupMs, measureMs });
  } finally {
    await running.stop();
  }
}

const heldRuns = ({ runs }: Contest) => runs.filter((run) => judge(run).held).length;

/** Every run of every contest, in turns, so that whatever the machine does meanwhile meets all of them. */
async function compete(contests: Contest[], bench: Bench): Promise<void> {
  const spans = bench.quick ? { warmupMs: 1_000, measureMs: 2_000 } : { warmupMs: 5_000, measureMs: 5_000 };
  for (let step = 0; step <= mostSteps; step++) {
    const open = contests.filter((contest) => contest.sustained > 0 && heldRuns(contest) * 2 <= bench.runs);
    for (const contest of open) {
      contest.runs = [];
      if (step > 0) contest.sustained = Math.round(contest.sustained * stepDown);
    }
    for (let run = 0; run < bench.runs; run++)
      for (const contest of open) contest.runs.push(await runOnce(contest, below(contest), spans));
  }
  // A rate that is not held after that is not one that it sustains.
  for (const contest of contests) if (heldRuns(contest) * 2 <= bench.runs) contest.sustained = 0;
}

function describe({ sustained, runs }: Contest): string {
  if (sustained === 0) return 'none held';
  const p99 = spread(
    runs.map(({ seen }) => seen.p99Ms),
    ' ms',
  );
  return `${rate(sustained * belowSustained)}, alarm p99 ${p99}`;
}

async function run(bench: Bench): Promise<Row[]> {
  const fast = { devices: 100, env: {} };
  const contests: Contest[] = [];
  const add = (peers: Peer[], setting: PeerSetting, words: string) => {
    for (const peer of peers) contests.push({ peer, setting, words, sustained: 0, probes: [], runs: [] });
  };
  add([gatehouse, nodeRedEqualWork, bareAedes], fast, '100 connections');
  if (!bench.quick) {
    add([nodeRedThreshold, bareMosquitto], fast, '100 connections');
    if (bench.slow)
      add([gatehouse, nodeRedEqualWork, bareAedes], { devices: 100, env: bench.slow }, 'fsync + 5 ms');
    add([gatehouse, bareAedes], { devices: 1_000, env: {} }, '1,000 connections');
  }
  const probing = bench.quick
    ? { mostProbes: 4, warmupMs: 500, measureMs: 1_000 }
    : { mostProbes: 7, warmupMs: 4_000, measureMs: 2_500 };
  for (const contest of contests) {
    const { peer, setting, words } = contest;
    const guess = setting.env.SLOW_FSYNC_US ? peer.guessSlow : peer.guess;
    const found = await findHighest(guess, probing.mostProbes, async (perSecond) =>
      judge(await runOnce(contest, perSecond, probing)),
    );
    contest.sustained = found.rate;
    contest.probes = found.probes;
    console.log(`  ${peer.name}, ${words}: sustains ${rate(found.rate)} (${found.probes.length} probes)`);
  }
  await compete(contests, bench);
  bench.keep(
    'sustained',
    contests.map(({ peer, words, sustained, probes, runs }) => ({
      peer: peer.name,
      setting: words,
      sustainedPerSecond: sustained,
      measuredAtPerSecond: Math.round(sustained * belowSustained),
      cpuUsPerMessage: median(runs.map(({ cpuUsPerMessage }) => cpuUsPerMessage)),
      probes,
      runs,
    })),
  );

  const of = (peer: Peer, words: string) =>
    contests.find((contest) => contest.peer === peer && contest.words === words);
  const row = (what: string, words: string, other: Peer, goal: { atLeast: number } | null): Row => {
    const [ours, theirs] = [of(gatehouse, words), of(other, words)];
    if (!ours || !theirs)
      return {
        row: what,
        goal: goal ? `≥ ${goal.atLeast} ×` : '',
        figure: bench.quick ? 'not in the quick form' : 'without gcc',
        ratio: '',
        held: 'left out',
      };
    const figure = `${describe(ours)} / ${describe(theirs)}`;
    const ratio = ours.sustained / theirs.sustained;
    return goal
      ? ratioRow(what, goal, figure, ratio)
      : { row: what, goal: '', figure, ratio: ratioText(ratio), held: 'no goal' };
  };
  return [
    row('sustained rate / Node-RED, equal work', '100 connections', nodeRedEqualWork, { atLeast: 3 }),
    row('the same, every fsync + 5 ms', 'fsync + 5 ms', nodeRedEqualWork, { atLeast: 10 }),
    row('sustained rate / Node-RED, threshold only', '100 connections', nodeRedThreshold, { atLeast: 1.25 }),
    row('sustained rate / bare aedes', '100 connections', bareAedes, { atLeast: 0.4 }),
    row('sustained rate / bare Mosquitto', '100 connections', bareMosquitto, null),
    row('sustained rate / bare aedes, every fsync + 5 ms', 'fsync + 5 ms', bareAedes, null),
    row('sustained rate / bare aedes, 1,000 connections', '1,000 connections', bareAedes, null),
  ];
}

export const sustained: Part = {
  id: 'sustained',
  what: 'sustained rates beside aedes, Mosquitto and Node-RED',
  seconds: 15 * 60,
  quickSeconds: 80,
  run,
};
