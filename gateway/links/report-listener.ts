import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Logger } from '../lib/log.ts';
import { Pace } from './mqtt-socket-guard.ts';
import { type ListenerName, portBusy } from './port-busy.ts';

/** Each bounds the harm one sender can do to the rest; one that is hit is told through `limited` by its name here. */
export interface ReportLimits {
  panelConnections: number;
  /** A whole building may come through one router. */
  panelConnectionsPerAddress: number;
  /** Nothing that is taken within this time after connecting: no panel. */
  panelFirstFrameMs: number;
  /** A panel that wants to stay connected speaks more often than this. */
  panelIdleMs: number;
  panelBrokenFrames: number;
  /** From one address, which may be that of many panels. Over it a connection is not read for a while. */
  panelFramesPerSecond: number;
  /** Answers that a connection does not fetch. */
  panelUnsentBytes: number;
  /** Reports on one connection that wait for the disk; then it is not read for a while. */
  panelWaitingReports: number;
}

export const reportLimits: ReportLimits = {
  panelConnections: 5_000,
  panelConnectionsPerAddress: 1_000,
  panelFirstFrameMs: 30_000,
  panelIdleMs: 15 * 60_000,
  panelBrokenFrames: 20,
  panelFramesPerSecond: 200,
  panelUnsentBytes: 65_536,
  panelWaitingReports: 32,
};

/** Where frames come from and answers go to. */
export interface ReportConnection {
  readonly address: string;
  send(bytes: Uint8Array): void;
  /** It stays open, so that commands can go back on it. */
  readonly lasting: boolean;
}

/** `refused`: it is sound, but nothing is taken from its sender. */
export type FrameFate = 'taken' | 'refused' | 'broken';

/** What is spoken on the connections. */
export interface ReportSpeech {
  /** Cuts a stream into frames. */
  assembler(): { push(bytes: Uint8Array): Uint8Array[] };
  /** A frame; `settled` when nothing more comes of it. */
  frame(connection: ReportConnection, bytes: Uint8Array, settled: () => void): FrameFate;
  lost(connection: ReportConnection): void;
}

export interface ReportListenerOptions {
  named: ListenerName;
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Logger;
  limits: ReportLimits;
  limited(limit: keyof ReportLimits): void;
  speech: ReportSpeech;
}

export interface ReportListener {
  readonly port: number;
  /** Takes nothing from the wire before it is called with false, nor after it was called with true. */
  pauseReading(paused: boolean): void;
  paused(): boolean;
  /** Open ones. */
  connections(): number;
  /** What one address may send. */
  paceOf(address: string): Pace;
  close(): Promise<void>;
}

/** Anybody can send from made-up addresses: of more than so many the paces are not kept. */
const mostPaces = 10_000;

/**
 * Where devices connect by TCP and report, each frame answered when what it tells is on disk.
 * @throws port.busy naming the port
 */
export async function listenForReports(options: ReportListenerOptions): Promise<ReportListener> {
  const { named, host, log, limits, limited, speech } = options;
  const sockets = new Set<{ raw: Socket; address: string; proven: boolean; update(): void }>();
  const paces = new Map<string, Pace>();
  // A panel that comes back at once must not be told that nobody knows it.
  let paused = true;

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
    const assembler = speech.assembler();
    let waiting = 0;
    let broken = 0;
    let resting: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => raw.destroy(), limits.panelFirstFrameMs);
    const connection: ReportConnection = {
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
      const fate = speech.frame(connection, frame, () => {
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
      speech.lost(connection);
    });
    here.update();
  }

  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, arrive);
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (cause) => reject(portBusy(named, host, options.port, cause)));
    server.listen(options.port, host, () => resolve((server.address() as AddressInfo).port));
  });
  server.removeAllListeners('error');
  server.on('error', (error: Error) => log.error({ port, error: error.message }, `${named.name} error`));

  return {
    port,
    pauseReading(on) {
      paused = on;
      for (const socket of sockets) socket.update();
    },
    paused: () => paused,
    connections: () => sockets.size,
    paceOf,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { raw } of sockets) raw.destroy();
      await closed;
    },
  };
}
