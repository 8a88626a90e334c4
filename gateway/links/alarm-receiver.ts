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
import { Pace } from './mqtt-socket-guard.ts';

/** Each bounds the harm one sender can do to the rest; one that is hit is told through `limited` by its name here. */
export interface AlarmReceiverLimits {
  panelConnections: number;
  /** A whole building may come through one router. */
  panelConnectionsPerAddress: number;
  /** Nothing that is taken within this time after connecting: no panel. */
  panelFirstFrameMs: number;
  /** A panel that wants to stay connected speaks more often than this. */
  panelIdleMs: number;
  panelBrokenFrames: number;
  /** From one address, which may be that of many panels. Over it a connection is not read for a while, a datagram is ignored. */
  panelFramesPerSecond: number;
  /** Answers that a connection does not fetch. */
  panelUnsentBytes: number;
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
  panelFramesPerSecond: 200,
  panelUnsentBytes: 65_536,
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
  /** Open TCP connections. */
  connections(): number;
  /** See `Conversations.recall`. */
  recall(conversation: string, identity: string, at: number): void;
  /** See `Conversations.command`. */
  command(id: string, conversation: string, text: string, password: string | null): Promise<PanelAnswer>;
  close(): Promise<void>;
}

/** Anybody can send datagrams from made-up addresses: of more than so many the paces are not kept. */
const mostPaces = 10_000;

/**
 * Alarm panels report here by TCP or UDP (SIA DC-09), and are acknowledged when their report is on disk.
 * @throws port.busy naming the port
 */
export async function createAlarmReceiver(options: AlarmReceiverOptions): Promise<AlarmReceiver> {
  const { host, log, limited } = options;
  const limits = { ...alarmReceiverLimits, ...options.limits };
  const conversations = createConversations(options);
  const sockets = new Set<{ raw: Socket; address: string; proven: boolean; update(): void }>();
  const paces = new Map<string, Pace>();
  // A panel that comes back at once must not be told that nobody knows it.
  let paused = true;
  let waitingDatagrams = 0;

  function paceOf(address: string): Pace {
    const known = paces.get(address);
    if (known) return known;
    const begun = new Pace(limits.panelFramesPerSecond);
    paces.set(address, begun);
    if (paces.size > mostPaces)
      for (const oldest of paces.keys()) {
        paces.delete(oldest);
        break;
      }
    return begun;
  }

  /** Whether one more connection of an address has a place. */
  function admit(address: string): boolean {
    const fromThere = [...sockets].filter((one) => one.address === address).length;
    if (fromThere >= limits.panelConnectionsPerAddress) {
      limited('panelConnectionsPerAddress');
      return false;
    }
    if (sockets.size < limits.panelConnections) return true;
    limited('panelConnections');
    // Who has shown nothing yet may be nobody, the new one may be a panel.
    const oldest = [...sockets].find(({ proven }) => !proven);
    if (!oldest) return false;
    sockets.delete(oldest);
    oldest.raw.destroy();
    return true;
  }

  function arrive(raw: Socket): void {
    const address = raw.remoteAddress ?? 'unknown';
    raw.on('error', () => raw.destroy());
    if (!admit(address)) {
      raw.destroy();
      return;
    }
    const assembler = createDc09Assembler();
    let waiting = 0;
    let broken = 0;
    let resting: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => raw.destroy(), limits.panelFirstFrameMs);
    const connection: Dc09Connection = {
      address,
      lasting: true,
      send(bytes) {
        if (!raw.writable) return;
        raw.write(bytes);
        if (raw.writableLength <= limits.panelUnsentBytes) return;
        limited('panelUnsentBytes');
        raw.destroy();
      },
    };
    const here = {
      raw,
      address,
      proven: false,
      update() {
        if (paused || resting || waiting >= limits.panelWaitingReports) raw.pause();
        else raw.resume();
      },
    };

    function take(frame: Uint8Array): void {
      waiting++;
      const fate = conversations.frame(connection, frame, () => {
        waiting--;
        here.update();
      });
      if (fate === 'taken' && !here.proven) {
        here.proven = true;
        clearTimeout(deadline);
        raw.setTimeout(limits.panelIdleMs, () => raw.destroy());
      }
      if (fate !== 'broken' || ++broken < limits.panelBrokenFrames) return;
      limited('panelBrokenFrames');
      raw.destroy();
    }

    function restFor(ms: number): void {
      limited('panelFramesPerSecond');
      clearTimeout(resting);
      resting = setTimeout(() => {
        resting = undefined;
        here.update();
      }, Math.ceil(ms));
    }

    sockets.add(here);
    raw.setNoDelay(true);
    raw.on('data', (bytes) => {
      let waitMs = 0;
      for (const frame of assembler.push(bytes)) {
        waitMs = paceOf(address).take(1);
        take(frame);
        if (raw.destroyed) return;
      }
      if (waitMs > 0) restFor(waitMs);
      here.update();
    });
    raw.once('close', () => {
      clearTimeout(deadline);
      clearTimeout(resting);
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
    // What is ignored costs nothing, or a sender that goes on would never be heard again.
    const pace = paceOf(from.address);
    if (pace.take(0) > 0) {
      limited('panelFramesPerSecond');
      return;
    }
    pace.take(1);
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
    connections: () => sockets.size,
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
