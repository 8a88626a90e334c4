import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';
import { alarms } from './parts/alarms.ts';
import { consolePart } from './parts/console.ts';
import { floodPart } from './parts/flood.ts';
import { footprint } from './parts/footprint.ts';
import { growth } from './parts/growth.ts';
import { history } from './parts/history.ts';
import { modbus } from './parts/modbus.ts';
import type { Bench, Part, Row } from './parts/part.ts';
import { site } from './parts/site.ts';
import { start } from './parts/start.ts';
import { sustained } from './parts/sustained.ts';
import { installPeers } from './peers/install.ts';
import { slowFsync } from './slow-fsync.ts';
import { formatTable } from './table.ts';

// The product beside what people use today, in one run on one machine: absolute figures are of this machine, the ratios are what
// counts. docs/benchmarks.md tells what is compared and how.

const parts: Part[] = [
  sustained,
  footprint,
  alarms,
  floodPart,
  modbus,
  history,
  start,
  growth,
  consolePart,
  site,
];
const longestMs = 40 * 60_000;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const wanted = options.only?.split(',');
const unknown = wanted?.filter((id) => !parts.some((part) => part.id === id)) ?? [];
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${parts.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const chosen = parts.filter(({ id }) => !wanted || wanted.includes(id));

installPeers();
const machine = describeMachine();
console.log(
  `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.linux}, Node ${machine.node}, fsync ${machine.fsyncMs} ms`,
);
const secondsOf = (part: Part) => (options.quick ? part.quickSeconds : part.seconds);
const total = chosen.reduce((sum, part) => sum + secondsOf(part), 0);
console.log(`${options.quick ? 'quick form, ' : ''}about ${Math.ceil(total / 60)} min:`);
for (const part of chosen) console.log(`  ${part.id.padEnd(10)} ${secondsOf(part)} s  ${part.what}`);

const startedAt = performance.now();
const kept: Record<string, unknown> = {};
const slow = slowFsync();
if (!slow) console.log('left out: runs with fsync + 5 ms, because gcc is not installed');
const bench: Bench = {
  quick: options.quick,
  runs: options.quick ? 1 : 3,
  slow,
  keep(name, data) {
    kept[name] = data;
  },
  endAt: startedAt + longestMs,
};
const rows: Row[] = [];
/** No part may take the benchmark beyond its time, whatever becomes of what it has started. */
const overtime = new Promise<never>((_, reject) =>
  setTimeout(() => reject(new Error(`${longestMs / 60_000} min are over`)), longestMs).unref(),
);
overtime.catch(() => {});
for (const part of chosen) {
  console.log(`\n${part.id}: ${part.what}`);
  const began = performance.now();
  const least = options.quick ? part.quickSeconds : (part.leastSeconds ?? part.seconds);
  if (began + least * 1_000 > bench.endAt) {
    rows.push({ row: part.what, goal: '', figure: 'no time was left', ratio: '', held: 'left out' });
    continue;
  }
  try {
    rows.push(...(await Promise.race([part.run(bench), overtime])));
  } catch (error) {
    // The other parts are worth having all the same.
    console.error(error);
    rows.push({ row: part.what, goal: '', figure: String(error).slice(0, 120), ratio: '', held: 'no' });
    process.exitCode = 1;
  }
  console.log(`  took ${Math.round((performance.now() - began) / 1_000)} s`);
}

console.log(`\n${formatTable(rows)}\n`);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`;
const result = {
  machine,
  quick: options.quick,
  seconds: Math.round((performance.now() - startedAt) / 1_000),
  rows,
  ...kept,
};
writeFileSync(new URL(name, folder), `${JSON.stringify(result, null, 1)}\n`);
console.log(`written to test/bench/results/${name}`);
process.exit();
