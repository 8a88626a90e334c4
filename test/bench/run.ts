import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { LoadOrder, LoadResult } from './load.ts';

// The whole path beside the bare broker it stands on, interleaved in one run: what decoding, rules, durable alarms, history and
// live push cost. Absolute figures are of this machine; the ratios are what counts.

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    connections: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
  },
});
const runs = Number(options.runs);
const connections = Number(options.connections);
const measureMs = Number(options.seconds) * 1_000;
/** Sustained: everything acknowledged, and 99 of 100 within this. */
const sustainedMs = 50;

interface Peer {
  name: string;
  script: string;
  env: Record<string, string>;
}

function slowFsync(): Record<string, string> | null {
  const library = join(mkdtempSync(join(tmpdir(), 'gatehouse-bench-')), 'slow-fsync.so');
  const source = new URL('../slow-fsync.c', import.meta.url).pathname;
  const built = spawnSync('gcc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return built.status === 0 ? { LD_PRELOAD: library, SLOW_FSYNC_US: '5000' } : null;
}

const slow = slowFsync();
if (!slow) console.log('left out: runs with fsync + 5 ms, because gcc is not installed');
const peers: Peer[] = [
  { name: 'bare aedes', script: 'peers/aedes.ts', env: {} },
  { name: 'gatehouse', script: 'peers/gatehouse.ts', env: {} },
  ...(slow ? [{ name: 'gatehouse, fsync + 5 ms', script: 'peers/gatehouse.ts', env: slow }] : []),
];

interface Ready {
  mqtt: number;
  devices?: LoadOrder['devices'];
}

async function withPeer<Answer>(
  peer: Peer,
  use: (ready: Ready, pid: number) => Promise<Answer>,
): Promise<Answer> {
  const script = new URL(peer.script, import.meta.url).pathname;
  const child = spawn(process.execPath, [script, String(connections)], {
    env: { ...process.env, ...peer.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ready = await new Promise<Ready>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (data) => {
        text += String(data);
        if (text.includes('\n')) resolve(JSON.parse(text) as Ready);
      });
      child.once('exit', (code) => reject(new Error(`${peer.name} ended with ${code} before it was ready`)));
    });
    return await use(ready, child.pid ?? 0);
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}

async function load(peer: Peer, rate: number, window: number): Promise<LoadResult> {
  return withPeer(peer, async ({ mqtt, devices }) => {
    const order: LoadOrder = {
      port: mqtt,
      devices:
        devices ?? Array.from({ length: connections }, (_, i) => ({ id: `bench-${i}`, secret: 'none' })),
      rate,
      window,
      warmupMs: 2_000,
      measureMs,
      alarmEvery: 10,
    };
    const script = new URL('load.ts', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(order)], {
      maxBuffer: 1e7,
    });
    return JSON.parse(stdout) as LoadResult;
  });
}

/** The highest rate of a falling ladder that is sustained: found once, then each run is a little below it. */
async function findRate(peer: Peer): Promise<number> {
  const closed = await load(peer, 0, 50);
  for (let rate = closed.perSecond; rate > 500; rate *= 0.85) {
    const result = await load(peer, Math.round(rate), 0);
    if (result.lost === 0 && result.p99Ms < sustainedMs) return Math.round(rate);
  }
  return 500;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`,
);
console.log(
  `${connections} connections, QoS 1, every tenth message crosses an alarm limit, ${runs} runs of ${measureMs / 1_000} s\n`,
);
const rates = new Map<Peer, number>();
for (const peer of peers) {
  rates.set(peer, await findRate(peer));
  console.log(`${peer.name}: sustained ${rates.get(peer)} msg/s`);
}
const results = new Map<Peer, { closed: LoadResult; open: LoadResult }[]>(peers.map((peer) => [peer, []]));
for (let run = 0; run < runs; run++)
  for (const peer of peers)
    results.get(peer)?.push({
      closed: await load(peer, 0, 50),
      open: await load(peer, Math.round((rates.get(peer) ?? 0) * 0.95), 0),
    });

const base = peers[0];
const rateOf = (peer: Peer) => rates.get(peer) ?? 0;
const closedOf = (peer: Peer) => median((results.get(peer) ?? []).map(({ closed }) => closed.perSecond));
const rows = peers.map((peer) => {
  const found = results.get(peer) ?? [];
  const closed = found.map((result) => result.closed.perSecond);
  return {
    peer: peer.name,
    'sustained msg/s': rateOf(peer),
    'of bare': base ? `${Math.round((100 * rateOf(peer)) / rateOf(base))} %` : '',
    'p99 ms there': median(found.map(({ open }) => open.p99Ms)),
    'closed loop msg/s': closedOf(peer),
    spread: `${Math.min(...closed)}–${Math.max(...closed)}`,
    'closed of bare': base ? `${Math.round((100 * closedOf(peer)) / closedOf(base))} %` : '',
    lost: found.reduce((sum, { open, closed: loop }) => sum + open.lost + loop.lost, 0),
  };
});
console.table(rows);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const file = new URL(`${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`, folder);
writeFileSync(
  file,
  `${JSON.stringify({ machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version }, connections, measureMs, rows, runs: Object.fromEntries([...results].map(([peer, found]) => [peer.name, found])) }, null, 1)}\n`,
);
console.log(`written to ${file.pathname.split('/').slice(-4).join('/')}`);
