import { lstatSync, statSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { SerialPort } from 'serialport';
import type { LinkDown, LinkTrouble } from '../contract/link-trouble.ts';
import type { LineSettings } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { closedByPeer, portTrouble, socketTrouble } from './line-trouble.ts';

export interface ByteLineOptions {
  id: string;
  /** `tcp://host:port` or a serial device such as `/dev/ttyUSB0`. */
  path: string;
  settings?: LineSettings;
  clock: Clock;
  log: Logger;
  bytes(received: Buffer): void;
  /** Told once when the line comes up, and once when it is lost or cannot be opened (with the reason). */
  state(up: boolean, error: string | null, trouble: LinkTrouble | null): void;
}

/** A path on which bytes go both ways and which mends itself. */
export interface ByteLine {
  readonly up: boolean;
  /**
   * Sets the port for what speaks next, then calls `go`; at once when nothing changes, as on TCP, where the serial server
   * has its own settings. While the port is set no line is lost; when it cannot be, the line is down and `go` is not called.
   */
  use(settings: LineSettings | undefined, go: () => void): void;
  /** False when the line is down: nothing was sent. */
  send(bytes: Uint8Array): boolean;
  /** Closes and opens anew, for a line that answers no more. */
  renew(why: LinkDown): void;
  close(): void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
const connectMs = 5_000;
/** How often it is looked whether a serial device is still there. */
const presenceMs = 1_000;

interface Handle {
  write(bytes: Uint8Array): void;
  use(settings: LineSettings, go: () => void): void;
  destroy(): void;
}

/** `tcp://host:port` as host and port. @throws config.invalid */
export function tcpAddressOf(path: string): { host: string; port: number } | null {
  const match = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d{1,5})$/.exec(path);
  if (match?.[1] && match[2]) return { host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2]) };
  if (path.startsWith('tcp:')) throw fault('config.invalid', `${path} is not a line: write tcp://host:port`);
  return null;
}

function openTcp(host: string, port: number, on: Listeners): Handle {
  const socket: Socket = createConnection({ host, port, noDelay: true });
  socket.setTimeout(connectMs, () =>
    // After a stall the time-out comes before the connection that stands already.
    setImmediate(() => {
      if (socket.connecting)
        socket.destroy(
          Object.assign(new Error(`no connection within ${connectMs} ms`), { code: 'ETIMEDOUT' }),
        );
    }),
  );
  socket.setKeepAlive(true, 10_000);
  socket.once('connect', () => {
    socket.setTimeout(0);
    on.open();
  });
  socket.on('data', on.bytes);
  socket.once('error', (error) => on.end({ error: asError(error).message, trouble: socketTrouble(error) }));
  socket.once('close', () => on.end(closedByPeer));
  return {
    write: (bytes) => socket.write(bytes),
    use: (_settings, go) => go(),
    destroy: () => socket.destroy(),
  };
}

/** The library puts the name of an error into its text: `Error: No such file or directory, cannot open /dev/ttyUSB0`. */
function portDown(path: string, { message }: Error): LinkDown {
  const locked = /cannot lock port/i.test(message);
  return {
    error: message.replace(/^Error:? /, ''),
    trouble: locked ? { code: 'in-use', path } : portTrouble(path),
  };
}

/** Which device stands at a path now: another one, or the same plugged in again, is another. Null: none. */
function deviceAt(path: string): string | null {
  try {
    const link = lstatSync(path);
    const node = statSync(path);
    return [link.ino, link.isSymbolicLink() ? link.ctimeMs : 0, node.dev, node.ino, node.rdev].join();
  } catch {
    return null;
  }
}

function sameSettings(a: LineSettings, b: LineSettings): boolean {
  return (
    a.baudRate === b.baudRate &&
    a.dataBits === b.dataBits &&
    a.parity === b.parity &&
    a.stopBits === b.stopBits
  );
}

function openSerial(path: string, settings: LineSettings, clock: Clock, on: Listeners): Handle {
  let destroyed = false;
  let cancel = () => {};
  let used = settings;
  let port = openPort(settings, () => {
    on.open();
    watch(deviceAt(path));
  });

  // A device that was hung up answers every read with nothing, and the library then reads for ever instead of telling.
  function watch(device: string | null): void {
    cancel = clock.wakeAfter(presenceMs, () => {
      if (deviceAt(path) === device) watch(device);
      else on.end({ error: 'the port was unplugged', trouble: { code: 'unplugged', path } });
    });
  }

  function openPort(wanted: LineSettings, opened: () => void): SerialPort {
    // The control lines keep their level while the port is closed to be set anew: some converters switch their direction by them.
    const one = new SerialPort({ path, ...wanted, hupcl: false, autoOpen: false });
    one.on('data', (bytes: Buffer) => on.bytes(bytes));
    one.on('error', (error) => on.end(portDown(path, error)));
    one.on('close', () => {
      if (one === port)
        on.end({ error: 'the port was closed or unplugged', trouble: { code: 'unplugged', path } });
    });
    one.open((error) => {
      if (error) on.end(portDown(path, error));
      else if (destroyed) one.close(() => {});
      else opened();
    });
    return one;
  }

  return {
    write: (bytes) => port.write(Buffer.from(bytes)),
    use(wanted, go) {
      if (sameSettings(used, wanted)) {
        go();
        return;
      }
      used = wanted;
      // The library changes nothing but the baud rate of an open port.
      const before = port;
      before.removeAllListeners('close');
      before.close((error) => {
        if (error) on.end(portDown(path, error));
        else if (!destroyed) port = openPort(wanted, go);
      });
    },
    destroy() {
      destroyed = true;
      cancel();
      if (port.isOpen) port.close(() => {});
    },
  };
}

interface Listeners {
  open(): void;
  bytes(received: Buffer): void;
  end(why: LinkDown): void;
}

/** Opens the line and keeps it open: pauses double from a quarter second to ten seconds, one report when lost, one when back. */
export function openByteLine(options: ByteLineOptions): ByteLine {
  const { id, path, clock, log } = options;
  const address = tcpAddressOf(path);
  let handle: Handle | undefined;
  let up = false;
  let told = false;
  let closed = false;
  let pauseMs = firstPauseMs;
  let cancel: (() => void) | undefined;

  function open(): void {
    if (closed) return;
    let over = false;
    const mine: { handle?: Handle } = {};
    const listeners: Listeners = {
      open() {
        if (over || closed) return;
        up = true;
        told = false;
        pauseMs = firstPauseMs;
        log.info({ link: id, path }, 'the line is up');
        options.state(true, null, null);
      },
      bytes(received) {
        if (!over) options.bytes(received);
      },
      end(why) {
        if (over) return;
        over = true;
        up = false;
        mine.handle?.destroy();
        if (closed) return;
        if (!told) {
          told = true;
          log.warn({ link: id, path, why: why.error }, 'the line is down');
          options.state(false, why.error, why.trouble);
        }
        cancel = clock.wakeAfter(pauseMs, open);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      },
    };
    renew = (why) => listeners.end(why);
    mine.handle = address
      ? openTcp(address.host, address.port, listeners)
      : openSerial(
          path,
          options.settings ?? { baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1 },
          clock,
          listeners,
        );
    handle = mine.handle;
  }

  let renew: (why: LinkDown) => void = () => {};
  open();
  return {
    get up() {
      return up;
    },
    use(settings, go) {
      if (settings && up && handle) handle.use(settings, go);
      else go();
    },
    send(bytes) {
      if (!up || !handle) return false;
      handle.write(bytes);
      return true;
    },
    renew: (why) => renew(why),
    close() {
      closed = true;
      up = false;
      cancel?.();
      handle?.destroy();
    },
  };
}
