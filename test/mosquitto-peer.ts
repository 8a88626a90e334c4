import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, type Ran, RunningPeer, run } from './field-peers.ts';
import { eventually } from './house.ts';

/** Debian's Mosquitto on a port and a directory of its own, set so that it keeps what it acknowledges. */
export interface Mosquitto {
  port: number;
  url: string;
  /** QoS 1 by mosquitto_pub: it ends when the broker has acknowledged. */
  publish(topic: string, payload: string | object, more?: readonly string[]): Promise<Ran>;
  /** The same with many messages on one connection, as fast as they are acknowledged. */
  publishLines(topic: string, payloads: readonly object[]): Promise<Ran>;
  /** `mosquitto_sub -v` on a filter: a line `topic payload` for each message. */
  watch(filter: string): Promise<RunningPeer>;
  /** The end of its log; `log_type all` in its configuration tells every packet. */
  said(): string;
  /** Ends it as a service manager does, so that it writes its sessions down. */
  stop(): Promise<void>;
  /** Starts it again on the same port and the same sessions. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Set when there is no broker, or no client to speak to it: test/run.ts has looked. */
export const noMosquitto = Boolean(process.env.GATEHOUSE_SKIP_MOSQUITTO || process.env.GATEHOUSE_SKIP_BROKER);

const presets = { persistence: 'true', max_queued_messages: '0', allow_anonymous: 'true' };

/** @param more further lines of its configuration */
export async function startMosquitto(more: readonly string[] = []): Promise<Mosquitto> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-mosquitto-'));
  const port = await freePort();
  const config = join(dir, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    // As root it would become the user mosquitto, who may not write here.
    `user ${userInfo().username}`,
    `persistence_location ${dir}/`,
    ...Object.entries(presets).flatMap(([name, value]) =>
      more.some((line) => line.startsWith(`${name} `)) ? [] : [`${name} ${value}`],
    ),
    ...more,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const peers: RunningPeer[] = [];
  let broker: RunningPeer | undefined;

  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });

  const mosquitto: Mosquitto = {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    publish(topic, payload, options = []) {
      const message = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const to = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', message];
      return run('mosquitto_pub', [...to, ...options]);
    },
    async publishLines(topic, payloads) {
      const to = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-l'];
      const peer = new RunningPeer('mosquitto_pub', to);
      peer.child.stdin?.end(payloads.map((payload) => `${JSON.stringify(payload)}\n`).join(''));
      const [code] = (await once(peer.child, 'exit')) as [number | null];
      return { code, output: peer.said };
    },
    async watch(filter) {
      const to = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', filter];
      const peer = new RunningPeer('stdbuf', ['-oL', 'mosquitto_sub', '-d', '-v', ...to]);
      peers.push(peer);
      await peer.line((line) => line.includes('SUBACK'), `mosquitto_sub has subscribed to ${filter}`);
      return peer;
    },
    said: () => broker?.said ?? '',
    async stop() {
      await broker?.stop('SIGTERM');
    },
    async start() {
      const started = new RunningPeer('mosquitto', ['-c', config]);
      broker = started;
      await eventually('Mosquitto answers', () => {
        if (started.child.exitCode !== null) throw new Error(`Mosquitto ended: ${started.said}`);
        return answers();
      });
    },
    async close() {
      for (const peer of peers) await peer.stop();
      await broker?.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await mosquitto.start();
  return mosquitto;
}
