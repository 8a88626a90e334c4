import type { LoadOrder, LoadResult } from './load/order.ts';
import type { RunningPeer } from './peers/peer.ts';
import { runScript } from './processes.ts';

export type LoadPlan = Pick<LoadOrder, 'rate' | 'warmupMs' | 'measureMs'> &
  Partial<Pick<LoadOrder, 'alarmEvery' | 'valuesPerMessage'>> & { consoles?: number };

/** Runs the load generator once against a peer that has had no load yet. */
export function load(peer: RunningPeer, plan: LoadPlan): Promise<LoadResult> {
  const { rate, warmupMs, measureMs, alarmEvery = 10, valuesPerMessage = 1, consoles = 1 } = plan;
  const order: LoadOrder = {
    port: peer.port,
    devices: peer.devices,
    rate,
    warmupMs,
    measureMs,
    alarmEvery,
    valuesPerMessage,
    alarmTopic: peer.alarmTopic,
    consoles: Array.from({ length: consoles }, () => peer.console),
    pids: peer.pids,
  };
  return runScript(new URL('./load/main.ts', import.meta.url), order, warmupMs + measureMs + 60_000);
}
