import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePort,
  listening,
  removeFolder,
  type Started,
  startProcess,
  temporaryFolder,
} from '../processes.ts';
import { anonymousDevices, type Peer } from './peer.ts';

/** `mosquitto version 2.0.11`, or null where it is not installed. */
export function mosquittoVersion(): string | null {
  try {
    // It ends with 3 after printing its help.
    return execFileSync('mosquitto', ['-h'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    const printed = (error as { stdout?: string }).stdout ?? '';
    return /^mosquitto version (\S+)/m.exec(printed)?.[1] ?? null;
  }
}

/**
 * Mosquitto without the limits that would drop messages (its default keeps 1,000 for a slow subscriber and drops the rest) or
 * hold them back (20 unanswered to one subscriber, Nagle's delay).
 */
export async function startMosquitto(options: {
  persistence: boolean;
  env: Record<string, string>;
}): Promise<Started & { port: number }> {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'user root',
    'max_queued_messages 0',
    'max_inflight_messages 0',
    'set_tcp_nodelay true',
    'log_type error',
    `persistence ${options.persistence}`,
    ...(options.persistence ? [`persistence_location ${folder}/`] : []),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const startedAt = performance.now();
  const broker = await startProcess({
    name: 'mosquitto',
    command: 'mosquitto',
    args: ['-c', file],
    env: options.env,
    folder,
    ready: () => true,
  });
  await listening(port);
  return {
    ...broker,
    port,
    readyMs: performance.now() - startedAt,
    async stop() {
      await broker.stop();
      removeFolder(folder);
    },
  };
}

export const bareMosquitto: Peer = {
  name: 'bare Mosquitto',
  guess: 80_000,
  guessSlow: 80_000,
  async start({ devices, env }) {
    const { port, pid, readyMs, stop } = await startMosquitto({ persistence: false, env });
    return {
      port,
      devices: anonymousDevices(devices),
      alarmTopic: 'events',
      console: { kind: 'subscriber', port },
      pids: [pid],
      readyMs,
      stop,
    };
  },
};
