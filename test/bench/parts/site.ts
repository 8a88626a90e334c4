import { setTimeout as pause } from 'node:timers/promises';
import { load } from '../loads.ts';
import { busCount, modules, type PollReport, siteLines } from '../modbus/site-units.ts';
import { serveGatehouse } from '../peers/gatehouse.ts';
import { gatehouseData } from '../peers/gatehouse-data.ts';
import { rssMiB } from '../process-figures.ts';
import { freePort, removeFolder, type Started, startProcess, temporaryFolder } from '../processes.ts';
import type { Bench, Part, Row } from './part.ts';

const devices = 1_000;
const perSecond = 1_000;
const wholeMs = 600_000;
const shortestMs = 60_000;
/** What comes after it: closing, the table. */
const reserveMs = 40_000;
/** Every line is up and every unit asked by then. */
const settleMs = 6_000;

async function startFarSide(folder: string): Promise<Started & { tcp: number; buses: number[] }> {
  const tcp = await freePort();
  const buses: number[] = [];
  for (let i = 0; i < busCount; i++) buses.push(await freePort());
  const started = await startProcess({
    name: 'site-far-side',
    command: process.execPath,
    args: [new URL('../modbus/site-far-side.ts', import.meta.url).pathname, ...[tcp, ...buses].map(String)],
    folder,
    ready: (printed) => printed.includes('ready'),
  });
  return { ...started, tcp, buses };
}

function reportOf(farSide: Started): Promise<PollReport> {
  return new Promise((resolve) => {
    farSide.onLine((line) => {
      if (line.startsWith('{')) resolve(JSON.parse(line) as PollReport);
    });
    farSide.stdin?.write('end\n');
  });
}

async function run(bench: Bench): Promise<Row[]> {
  const left = bench.endAt - performance.now() - reserveMs;
  const measureMs = bench.quick ? 8_000 : Math.max(shortestMs, Math.min(wholeMs, left));
  const folder = temporaryFolder();
  const farSide = await startFarSide(folder);
  try {
    const { links, devices: others } = siteLines(farSide.tcp, farSide.buses);
    const running = await serveGatehouse(await gatehouseData({ sending: devices, links, others }), {});
    try {
      await pause(settleMs);
      const startMiB = rssMiB(running.pids);
      farSide.stdin?.write('begin\n');
      const result = await load(running, { rate: perSecond, warmupMs: 1_000, measureMs, alarmEvery: 100 });
      const polls = await reportOf(farSide);
      bench.keep('site', { measureMs, startMiB, polls, result });
      const whole = polls.units === modules && polls.polls > 0;
      const lost = result.unsent + result.unacknowledged + result.unseen;
      const cores = ((result.cpuUsPerMessage * perSecond) / 10_000).toFixed(0);
      const minutes = Math.round(measureMs / 6_000) / 10;
      return [
        {
          row: `1,000 MQTT devices, 50 Modbus TCP units × 120 points at 1 s, ${busCount} buses, ${minutes} min: polls later than 1.2 × their period`,
          goal: '0',
          figure: `${polls.late} of ${polls.polls.toLocaleString('en')}, longest ${polls.longestMs} ms; ${lost} messages lost`,
          ratio: '',
          held: whole && polls.late === 0 && lost === 0 ? 'yes' : 'no',
        },
        {
          row: 'the same: CPU and RSS',
          goal: 'reported',
          figure: `${cores} % of a core, ${startMiB} → ${result.rssMiB} MiB, alarm p99 ${result.seen.p99Ms} ms`,
          ratio: '',
          held: 'no goal',
        },
      ];
    } finally {
      await running.stop();
    }
  } finally {
    await farSide.stop();
    removeFolder(folder);
  }
}

export const site: Part = {
  id: 'site',
  what: 'a large site for ten minutes, or for what is left of the time',
  seconds: 640,
  leastSeconds: 120,
  quickSeconds: 25,
  run,
};
