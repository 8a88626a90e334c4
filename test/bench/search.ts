import { judge, type LoadResult, sustainedMs } from './load/order.ts';
import { load } from './loads.ts';
import type { Peer, PeerSetting } from './peers/peer.ts';

export interface Probe {
  rate: number;
  held: boolean;
  why: string;
}

/** The search ends when what is held and what is not are this close. */
const closeEnough = 1.06;
const stride = 1.6;

/** Everything came, a little late: what the machine did meanwhile may be why, so it is tried once more. */
function isClose({ unsent, unacknowledged, unseen, acknowledged, seen }: LoadResult): boolean {
  return unsent + unacknowledged + unseen === 0 && Math.max(acknowledged.p99Ms, seen.p99Ms) < 3 * sustainedMs;
}

/**
 * The highest rate that the peer sustains: first by strides until one rate is held and one is not, then by halving between
 * them. Every probe begins with a fresh peer.
 * @returns 0 when none was held
 */
export async function findSustained(
  peer: Peer,
  setting: PeerSetting,
  { mostProbes, warmupMs, measureMs }: { mostProbes: number; warmupMs: number; measureMs: number },
): Promise<{ rate: number; probes: Probe[] }> {
  const probes: Probe[] = [];
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  const mayBeChance = new Set<number>();
  let rate = setting.env.SLOW_FSYNC_US ? peer.guessSlow : peer.guess;
  while (probes.length < mostProbes && high > low * closeEnough) {
    rate = Math.round(rate);
    const running = await peer.start(setting);
    try {
      const result = await load(running, { rate, warmupMs, measureMs });
      const { held, why } = judge(result);
      const again = !held && !mayBeChance.has(rate) && isClose(result);
      if (again) mayBeChance.add(rate);
      probes.push({ rate, held, why });
      if (held) low = rate;
      else if (again) continue;
      else high = rate;
    } finally {
      await running.stop();
    }
    if (high === Number.POSITIVE_INFINITY) rate = low * stride;
    else if (low === 0) rate = high / stride;
    else rate = Math.sqrt(low * high);
  }
  return { rate: low, probes };
}
