import { createConnection } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { connectPacket, subscribePacket } from '../load/packets.ts';
import { load } from '../loads.ts';
import { type RunningGatehouse, serveGatehouse } from '../peers/gatehouse.ts';
import { gatehouseData } from '../peers/gatehouse-data.ts';
import { type Bench, limitRow, median, type Part, type Row, spread } from './part.ts';

/** 60 alarms of each of 200 devices, every message a new one; the first 2,000 warm the gateway up. */
const flood = { devices: 200, warmup: 2_000, alarms: 10_000, spanMs: 10_000, consoles: 3 };
const goals = { p99Ms: 500, worstMs: 2_000, loopDelayMs: 50, sentMs: 10 };

/** Subscribes to every alarm over MQTT and then takes nothing more from the wire. */
async function freezeSubscriber({ port, token }: RunningGatehouse): Promise<() => void> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the frozen subscriber was not let in')));
    socket.once('connect', () => socket.write(connectPacket('bench', 'bench', token)));
    socket.on('data', (data) => {
      if (data[0] === 0x20 && data[3] === 0) socket.write(subscribePacket('gatehouse/$alarms/#', 1));
      else if (data[0] === 0x90 && data.at(4) !== 0x80) resolve();
      else reject(new Error(`the frozen subscriber was refused: ${data.toString('hex')}`));
    });
  });
  socket.on('error', () => {});
  socket.removeAllListeners('data');
  socket.pause();
  return () => socket.destroy();
}

/** Of the gateway's main thread since it was asked last, ms. The sampling step of 10 ms, which the figure holds, is taken off. */
async function loopDelayP99Ms({ http, token }: RunningGatehouse): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${http}/metrics`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const line = /^gatehouse_nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(await response.text());
  if (!line) throw new Error(`no event loop delay in /metrics (${response.status})`);
  return Math.max(0, Math.round(Number(line[1]) * 10_000) / 10 - 10);
}

/** From the commit of an alarm to the moment it was sent to the consoles, by the gateway's own record: p99, ms. */
function sentAfterP99Ms(dataDir: string): number {
  const database = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
  const sql = 'SELECT sent_at - committed_at FROM alarm_latency WHERE sent_at IS NOT NULL ORDER BY 1';
  const sorted = database.prepare(sql).pluck().all() as number[];
  database.close();
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

/** Alarms of the flood in the database, each with the first step of its life. */
function storedIn(dataDir: string): number {
  const database = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
  // The devices leave when the load ends: that they are offline is not of the flood.
  const sql = `SELECT count(*) FROM alarm a JOIN alarm_transition t ON t.alarm = a.id AND t.cause = 'raised'
               WHERE a.device LIKE 'bench-%' AND a.cause NOT LIKE '%/offline/%'`;
  const stored = database.prepare(sql).pluck().get() as number;
  database.close();
  return stored;
}

async function once() {
  const running = await serveGatehouse(await gatehouseData({ sending: flood.devices }), {});
  try {
    const thaw = await freezeSubscriber(running);
    await loopDelayP99Ms(running);
    const result = await load(running, {
      rate: (flood.alarms * 1_000) / flood.spanMs,
      warmupMs: (flood.warmup * flood.spanMs) / flood.alarms,
      measureMs: flood.spanMs,
      alarmEvery: 1,
      consoles: flood.consoles,
    });
    const loopDelayMs = await loopDelayP99Ms(running);
    thaw();
    await running.halt();
    const { dataDir } = running;
    return { result, loopDelayMs, stored: storedIn(dataDir), sentMs: sentAfterP99Ms(dataDir) };
  } finally {
    await running.stop();
  }
}

async function run(bench: Bench): Promise<Row[]> {
  const runs = [];
  for (let i = 0; i < bench.runs; i++) runs.push(await once());
  bench.keep('flood', { ...flood, runs });
  const stored = runs.map((one) => one.stored);
  const p99 = runs.map(({ result }) => result.seen.p99Ms);
  const worst = runs.map(({ result }) => result.seen.worstMs);
  const delay = runs.map(({ loopDelayMs }) => loopDelayMs);
  const sent = runs.map(({ sentMs }) => sentMs);
  const unseen = runs.reduce((sum, { result }) => sum + result.unseen, 0);
  return [
    limitRow(
      'flood of 10,000 alarms in 10 s, 3 consoles, 1 frozen subscriber: stored',
      'all',
      `${Math.min(...stored).toLocaleString('en')} with ${flood.warmup.toLocaleString('en')} before, ${unseen} never shown`,
      stored.every((count) => count === flood.warmup + flood.alarms) && unseen === 0,
    ),
    limitRow('the same: visible p99', `≤ ${goals.p99Ms} ms`, spread(p99, ' ms'), median(p99) <= goals.p99Ms),
    limitRow(
      'the same: visible worst',
      `≤ ${goals.worstMs} ms`,
      spread(worst, ' ms'),
      Math.max(...worst) <= goals.worstMs,
    ),
    limitRow(
      'the same: event-loop delay p99',
      `≤ ${goals.loopDelayMs} ms`,
      spread(delay, ' ms'),
      median(delay) <= goals.loopDelayMs,
    ),
    limitRow(
      'the same: commit to sent, p99',
      `≤ ${goals.sentMs} ms`,
      spread(sent, ' ms'),
      median(sent) <= goals.sentMs,
    ),
  ];
}

export const floodPart: Part = {
  id: 'flood',
  what: 'a flood of alarms with a frozen subscriber',
  seconds: 60,
  quickSeconds: 20,
  run,
};
