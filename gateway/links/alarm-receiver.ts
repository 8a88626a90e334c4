import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { createDc09Assembler, longestDc09Frame } from '../protocols/sia-dc09/assembler.ts';
import {
  type ConversationsDeps,
  createConversations,
  type Dc09Connection,
  type PanelAnswer,
} from './dc09-conversations.ts';

/** Each bounds the harm one sender can do to the rest; one that is hit is told through `limited` by its name here. */
export interface AlarmReceiverLimits {
  panelConnections: number;
  /** A whole building may come through one router. */
  panelConnectionsPerAddress: number;
  /** No sound frame within this time after connecting: no panel. */
  panelFirstFrameMs: number;
  /** A panel that wants to stay connected speaks more often than this. */
  panelIdleMs: number;
  panelBrokenFrames: number;
  /** Reports on one connection that wait for the disk; then it is not read for a while. */
  panelWaitingReports: number;
  /** Datagrams that wait for the disk; further ones are not answered, so their panels repeat them. */
  panelWaitingDatagrams: number;
}

export const alarmReceiverLimits: AlarmReceiverLimits = {
  panelConnections: 5_000,
  panelConnectionsPerAddress: 1_000,
  panelFirstFrameMs: 30_000,
  panelIdleMs: 15 * 60_000,
  panelBrokenFrames: 20,
  panelWaitingReports: 32,
  panelWaitingDatagrams: 2_000,
};

export interface AlarmReceiverOptions extends ConversationsDeps {
  host: string;
  /** TCP and UDP; 0 takes a free one. */
  port: number;
  log: Logger;
  limits?: Partial<AlarmReceiverLimits>;
  limited(limit: keyof AlarmReceiverLimits): void;
}

export interface AlarmReceiver {
  readonly port: number;
  /** Takes nothing from the wire before it is called with false, nor after it was called with true. */
  pauseReading(paused: boolean): void;
  /** See `Conversations.recall`. */
  recall(conversation: string, identity: string, at: number): void;
  /** See `Conversations.command`. */
  command(id: string, conversation: string, text: string, password: string | null): Promise<PanelAnswer>;
  close(): Promise<void>;
}

/**
 * Alarm panels report here by TCP or UDP (SIA DC-09), and are acknowledged when their report is on disk.
 * @throws port.busy naming the port
 */
export async function createAlarmReceiver(options: AlarmReceiverOptions): Promise<AlarmReceiver> {
  const { host, log, limited } = options;
  const limits = { ...alarmReceiverLimits, ...options.limits };
  const conversations = createConversations(options);
  const sockets = new Set<{ raw: Socket; address: string; update(): void }>();
  // A panel that comes back at once must not be told that nobody knows it.
  let paused = true;
  let waitingDatagrams = 0;

  function arrive(raw: Socket): void {
    const address = raw.remoteAddress ?? 'unknown';
    raw.on('error', () => raw.destroy());
    const fromThere = [...sockets].filter((one) => one.address === address).length;
    const over =
      sockets.size >= limits.panelConnections
        ? 'panelConnections'
        : fromThere >= limits.panelConnectionsPerAddress
          ? 'panelConnectionsPerAddress'
          : null;
    if (over) {
      limited(over);
      raw.destroy();
      return;
    }
    const assembler = createDc09Assembler();
    let waiting = 0;
    let broken = 0;
    const connection: Dc09Connection = {
      address,
      lasting: true,
      send: (bytes) => void (raw.writable && raw.write(bytes)),
    };
    const here = {
      raw,
      address,
      update() {
        if (paused || waiting >= limits.panelWaitingReports) raw.pause();
        else raw.resume();
      },
    };
    sockets.add(here);
    raw.setNoDelay(true);
    raw.setTimeout(limits.panelFirstFrameMs, () => raw.destroy());
    raw.on('data', (bytes) => {
      for (const frame of assembler.push(bytes)) {
        waiting++;
        const sound = conversations.frame(connection, frame, () => {
          waiting--;
          here.update();
        });
        if (sound) raw.setTimeout(limits.panelIdleMs);
        else if (++broken >= limits.panelBrokenFrames) {
          limited('panelBrokenFrames');
          raw.destroy();
        }
      }
      here.update();
    });
    raw.once('close', () => {
      sockets.delete(here);
      conversations.lost(connection);
    });
    here.update();
  }

  function datagram(udp: UdpSocket, bytes: Buffer, from: { address: string; port: number }): void {
    // Port 0 can be forged, and nothing can be sent back to it.
    if (paused || from.port === 0 || bytes.length > longestDc09Frame) return;
    if (waitingDatagrams >= limits.panelWaitingDatagrams) {
      limited('panelWaitingDatagrams');
      return;
    }
    waitingDatagrams++;
    const connection: Dc09Connection = {
      address: from.address,
      lasting: false,
      send(answer) {
        try {
          udp.send(answer, from.port, from.address, () => {});
        } catch {
          // The socket is closed, since the gateway ends: the panel repeats.
        }
      },
    };
    conversations.frame(connection, bytes, () => {
      waitingDatagrams--;
    });
  }

  const busy = (port: number, cause: Error) =>
    fault('port.busy', `the alarm receiver cannot listen on ${host}:${port}: ${cause.message}`, { cause });

  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, arrive);
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (cause) => reject(busy(options.port, cause)));
    server.listen(options.port, host, () => resolve((server.address() as AddressInfo).port));
  });
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      udp.once('error', (cause) => reject(busy(port, cause)));
      udp.bind(port, host, resolve);
    });
  } catch (error) {
    server.close();
    throw error;
  }
  for (const listener of [server, udp]) {
    listener.removeAllListeners('error');
    listener.on('error', (error: Error) => log.error({ port, error: error.message }, 'alarm receiver error'));
  }
  udp.on('message', (bytes, from) => datagram(udp, bytes, from));

  return {
    port,
    pauseReading(on) {
      paused = on;
      for (const socket of sockets) socket.update();
    },
    recall: conversations.recall,
    command: conversations.command,
    async close() {
      const closed = Promise.all([
        new Promise<void>((resolve) => server.close(() => resolve())),
        new Promise<void>((resolve) => udp.close(resolve)),
      ]);
      for (const { raw } of sockets) raw.destroy();
      conversations.close();
      await closed;
    },
  };
}
