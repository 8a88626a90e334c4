/** Where the alarms of a peer become visible. */
export type ConsoleOrder =
  /** Gatehouse's `/live`. */
  | { kind: 'gatehouse'; url: string; token: string }
  /** A websocket of Node-RED that sends each change of an alarm. */
  | { kind: 'node-red'; url: string }
  /** A bare broker judges nothing: a subscriber at QoS 0 is sent the messages that would change an alarm. */
  | { kind: 'subscriber'; port: number };

/** What the load generator is to do; comes as JSON on its stdin. */
export interface LoadOrder {
  port: number;
  /** A connection each: user name, which is also the topic's device, and password. */
  devices: { id: string; secret: string }[];
  /** Messages a second in all. */
  rate: number;
  warmupMs: number;
  measureMs: number;
  /** Every n-th message of a device changes an alarm; 0 for none. */
  alarmEvery: number;
  /** Points in each message that changes no alarm, 1 to 8. */
  valuesPerMessage: number;
  /** Messages that change an alarm go to `gatehouse/{device}/events` instead: how a bare broker's subscriber gets only them. */
  alarmTopic: 'readings' | 'events';
  consoles: ConsoleOrder[];
  /** Processes of the peer, whose CPU time and memory are read at the bounds of the measured span. */
  pids: number[];
}

export interface Spread {
  p50Ms: number;
  p99Ms: number;
  worstMs: number;
}

/** All counts and latencies are of messages that were due within the measured span. */
export interface LoadResult {
  due: number;
  /** Not even sent: its connection had too many unanswered. */
  unsent: number;
  unacknowledged: number;
  /** From the intended time to the PUBACK. */
  acknowledged: Spread;
  /** Alarm changes times consoles, and how many of them never came. */
  changes: number;
  unseen: number;
  /** From the intended time to the message that tells a console. */
  seen: Spread;
  /** Pause between two messages with live values on a console of Gatehouse. */
  valuesEvery: Spread;
  /** How late the generator itself was at its sending, p99: beyond some ms it is the limit, not the peer. */
  lateP99Ms: number;
  /** User and system time of all processes of the peer, per message. */
  cpuUsPerMessage: number;
  rssMiB: number;
}

/** Sustained: everything delivered, 99 of 100 within this. */
const sustainedMs = 50;

/** `close`: everything came, only a little late. */
export function judge(result: LoadResult): { held: boolean; close: boolean; why: string } {
  const { unsent, unacknowledged, unseen, acknowledged, seen } = result;
  const p99Ms = Math.max(acknowledged.p99Ms, seen.p99Ms);
  const lost = unsent + unacknowledged + unseen;
  const faults = [
    unsent > 0 && `${unsent} not sent`,
    unacknowledged > 0 && `${unacknowledged} not acknowledged`,
    unseen > 0 && `${unseen} alarm changes not seen`,
    p99Ms >= sustainedMs && `p99 ${acknowledged.p99Ms} ms to the PUBACK, ${seen.p99Ms} ms to the console`,
  ].filter((fault) => fault !== false);
  return {
    held: faults.length === 0,
    close: lost === 0 && p99Ms < 3 * sustainedMs,
    why: faults.join(', '),
  };
}
