import type { ConsoleOrder, LoadOrder } from '../load/order.ts';

export interface PeerSetting {
  /** Devices, each with a connection of its own. */
  devices: number;
  /** Added to the environment of every process that writes to disk: the slow fsync. */
  env: Record<string, string>;
}

/** One of the systems that are compared, started anew for every run so that none inherits anything from the run before. */
export interface Peer {
  name: string;
  /** Where the search for its sustained rate begins, messages a second. */
  guess: number;
  /** The same with every fsync 5 ms slower. */
  guessSlow: number;
  start(setting: PeerSetting): Promise<RunningPeer>;
}

export interface RunningPeer {
  port: number;
  devices: LoadOrder['devices'];
  alarmTopic: LoadOrder['alarmTopic'];
  console: ConsoleOrder;
  pids: number[];
  /** From the start of its processes until it takes messages. */
  readyMs: number;
  stop(): Promise<void>;
}

/** For brokers that let everybody in. */
export function anonymousDevices(count: number): LoadOrder['devices'] {
  return Array.from({ length: count }, (_, i) => ({ id: `bench-${i}`, secret: 'none' }));
}
