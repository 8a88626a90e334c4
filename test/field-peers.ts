import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './house.ts';

// The far end of a wire, played by programs that this project did not write.

let nextPort = 20_000 + Math.floor(Math.random() * 11_000);

/** A TCP port that nobody has now, below those that Linux gives to clients: between this and its use no connection takes it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    if (nextPort > 32_000) nextPort = 20_000;
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** A float32 as two registers, high word first. */
export function floatWords(value: number): [number, number] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
}

export interface Ran {
  code: number | null;
  output: string;
}

/** Runs a program to its end; what it printed on both channels is the output. */
export function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 20_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

/** One message by `mosquitto_pub`; without a user nobody is named. */
export function mosquittoPublish(
  port: number,
  from: { user?: string; secret?: string; client?: string },
  topic: string,
  message: string,
): Promise<Ran> {
  const { user, secret = '', client = user } = from;
  const who = user === undefined ? [] : ['-u', user, '-P', secret, '-i', client ?? user];
  const to = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', message];
  return run('mosquitto_pub', [...to, ...who]);
}

/** A program that runs beside the test and prints lines. */
export class RunningPeer {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  private rest = '';
  /** The end of what it said on stderr. */
  said = '';

  constructor(program: string, args: readonly string[]) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data: Buffer) => {
      const parts = (this.rest + data.toString('latin1')).split('\n');
      this.rest = parts.pop() ?? '';
      this.lines.push(...parts);
    });
    this.child.stderr?.on('data', (data: Buffer) => {
      this.said = (this.said + data.toString()).slice(-4_000);
    });
  }

  /** The first line, past or future, that fits. */
  line(fits: (line: string) => boolean, what: string): Promise<string> {
    return eventually(what, () => {
      const found = this.lines.find(fits);
      if (found === undefined && this.child.exitCode !== null)
        throw new Error(`it ended with code ${this.child.exitCode}: ${this.said}`);
      return found;
    });
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

const python = '/usr/bin/python3';
export const peerPath = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

export interface ModbusServer {
  /** Sets values from an address on; resolves when they are there. */
  set(table: 'coils' | 'inputs' | 'holding' | 'input', address: number, ...values: number[]): Promise<void>;
  /** Answers everything with this exception from now on: 2, 4 or 11 (its gateway does not reach it); 0: it answers again. */
  refuse(exception: 0 | 2 | 4 | 11): Promise<void>;
  /** What masters have written so far: function, address, values. */
  written(): number[][];
  stop(): Promise<void>;
}

/** A pymodbus server with these units; see peers/modbus-server.py. `where` is a port or the path of a serial line. */
export async function startPymodbus(
  way: 'tcp' | 'rtu' | 'serial',
  where: number | string,
  units: readonly number[] = [1],
): Promise<ModbusServer> {
  const args = [peerPath('modbus-server.py'), way, String(where), units.join(',')];
  const peer = new RunningPeer(python, args);
  await peer.line((line) => line === 'started', 'pymodbus has started');
  const say = async (words: string) => {
    const from = peer.lines.length;
    peer.say(words);
    await eventually(`pymodbus took ${words}`, () => peer.lines.indexOf(`set ${words}`, from) >= 0);
  };
  return {
    set: (table, address, ...values) => say([table, address, ...values].join(' ')),
    refuse: (exception) => say(`refuse ${exception}`),
    written: () =>
      peer.lines
        .filter((line) => line.startsWith('wrote '))
        .map((line) => line.split(' ').slice(1).map(Number)),
    stop: () => peer.stop(),
  };
}

export interface Cjt188Meters {
  /** Where they listen, as behind a serial server. */
  port: number;
  /** Changes what they show: `water 12.5`, `heat 20.02`, `battery low`, `dead water`; resolves when it is so. */
  set(words: string): Promise<void>;
  stop(): Promise<void>;
}

/** A water and a heat meter by CJ/T 188; see peers/cjt188-meter.py. `line` is a port to listen on, or the path of a serial line. */
export async function startCjt188Meters(way: 'tcp' | 'serial', line: number | string): Promise<Cjt188Meters> {
  const peer = new RunningPeer(python, [peerPath('cjt188-meter.py'), way, String(line), '2400']);
  await peer.line((text) => text === 'started', 'the meters have started');
  return {
    port: Number(line),
    async set(words) {
      const from = peer.lines.length;
      peer.say(words);
      await eventually(`the meters took ${words}`, () => peer.lines.indexOf(`set ${words}`, from) >= 0);
    },
    stop: () => peer.stop(),
  };
}

export interface DialInUnit {
  /** One word of peers/dtu.py: `beat`, `cut`, `mute`, `redial`, `send 0102`; resolves when it has done so. */
  steer(words: string): Promise<void>;
  /** How often it has dialled in. */
  dialled(): number;
  stop(): Promise<void>;
}

/** A 4G unit that dials in to a gateway and bridges what listens on a port; see peers/dtu.py. */
export async function startDialInUnit(options: {
  gateway: number;
  registration: string;
  heartbeat: string;
  serial: number;
}): Promise<DialInUnit> {
  const { gateway, registration, heartbeat, serial } = options;
  const peer = new RunningPeer(python, [
    peerPath('dtu.py'),
    ...[String(gateway), registration, heartbeat, String(serial)],
  ]);
  await peer.line((line) => line === 'dialled', 'the unit has dialled in');
  return {
    async steer(words) {
      const from = peer.lines.length;
      peer.say(words);
      await eventually(`the unit did ${words}`, () => peer.lines.indexOf(`did ${words}`, from) >= 0);
    },
    dialled: () => peer.lines.filter((line) => line === 'dialled').length,
    stop: () => peer.stop(),
  };
}

/** An alarm panel over IP; see peers/dc09-panel.py. */
export interface PanelPeer {
  /** Sends a message, `ADM-CID 0021 1131 01 015`, and resolves with the answer that comes next: `ACK 0021 ]…`. */
  ask(message: string): Promise<string>;
  /** Sends one that may not be answered. */
  say(message: string): void;
  /** The answers so far. */
  answers(): string[];
  /** The gateway has closed the connection. */
  closed(): boolean;
  stop(): Promise<void>;
}

export async function startPanel(
  port: number,
  account: string,
  way: 'tcp' | 'udp',
  keyHex?: string,
): Promise<PanelPeer> {
  const args = [peerPath('dc09-panel.py'), String(port), account, way];
  const peer = new RunningPeer(python, keyHex === undefined ? args : [...args, keyHex]);
  await peer.line((line) => line === 'connected', 'the panel has connected');
  const answers = () =>
    peer.lines.filter((line) => line.startsWith('got ')).map((line) => line.slice('got '.length));
  return {
    async ask(message) {
      const before = answers().length;
      peer.say(message);
      return eventually(`the panel gets an answer to ${message}`, () => answers()[before]);
    },
    say: (message) => peer.say(message),
    answers,
    closed: () => peer.lines.includes('closed'),
    stop: () => peer.stop(),
  };
}

/** A fire transmission device; see peers/fire-transmitter.py. */
export interface TransmitterPeer {
  /** Sends what the words say and resolves with the answer: `3 7 ` is a confirmation of frame 7, `6 7 ` its denial. */
  ask(words: string): Promise<string>;
  /** Does what the words say; nothing is waited for. */
  say(words: string): void;
  /** What the gateway has sent so far: command, serial number, unit in hex. */
  heard(): string[];
  line(text: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startTransmitter(port: number, address: number): Promise<TransmitterPeer> {
  const peer = new RunningPeer(python, [peerPath('fire-transmitter.py'), String(port), String(address)]);
  await peer.line((line) => line === 'connected', 'the transmission device has connected');
  const heard = () =>
    peer.lines.filter((line) => line.startsWith('got ')).map((line) => line.slice('got '.length));
  return {
    async ask(words) {
      const before = heard().length;
      peer.say(words);
      return eventually(`the transmission device gets an answer to ${words}`, () => heard()[before]);
    },
    say: (words) => peer.say(words),
    heard,
    line: (text) => peer.line((line) => line === text, `the transmission device prints ${text}`),
    stop: () => peer.stop(),
  };
}

/** A pseudo-terminal by socat: `path` is a serial port to whoever opens it, the far end is here. */
export interface SerialLine {
  path: string;
  send(bytes: Uint8Array | string): void;
  /** All bytes that came from the port so far. */
  received(): Buffer;
  /** Pulls the plug: the port disappears. */
  unplug(): Promise<void>;
  /** Plugs it in again at the same path. */
  plug(): Promise<void>;
  close(): Promise<void>;
}

export async function openSerialLine(): Promise<SerialLine> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-line-'));
  const path = join(dir, 'tty');
  let received: Buffer = Buffer.alloc(0);
  let socat: RunningPeer | undefined;

  async function plug(): Promise<void> {
    // `-d -d` says when the pseudo-terminal is there.
    const started = new RunningPeer('socat', ['-d', '-d', `pty,raw,echo=0,link=${path}`, '-']);
    started.child.stdout?.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
    });
    socat = started;
    await eventually('socat has opened the line', () => started.said.includes('starting data transfer loop'));
  }

  const unplug = async () => socat?.stop('SIGTERM');
  await plug();
  return {
    path,
    send: (bytes) => void socat?.child.stdin?.write(bytes),
    received: () => received,
    unplug,
    plug,
    async close() {
      await unplug();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A serial port that leads to where somebody listens on TCP: what is said on it goes there. */
export async function openPortTo(tcpPort: number): Promise<{ path: string; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-port-'));
  const path = join(dir, 'tty');
  const socat = new RunningPeer('socat', [
    ...['-d', '-d', `pty,raw,echo=0,link=${path}`],
    `TCP:127.0.0.1:${tcpPort},nodelay`,
  ]);
  await eventually('socat has opened the line', () => socat.said.includes('starting data transfer loop'));
  // A pseudo-terminal hangs up when its last user closes it; a port stays.
  const held = openSync(path, 'r+');
  return {
    path,
    async close() {
      closeSync(held);
      await socat.stop('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Two serial ports, wired to each other. */
export interface SerialPair {
  paths: [string, string];
  /** Pulls the cable: both ports disappear. */
  unplug(): Promise<void>;
  /** Plugs it in again at the same paths. */
  plug(): Promise<void>;
  close(): Promise<void>;
}

export async function openSerialPair(): Promise<SerialPair> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-pair-'));
  const paths: [string, string] = [join(dir, 'a'), join(dir, 'b')];
  let socat: RunningPeer | undefined;

  async function plug(): Promise<void> {
    const started = new RunningPeer('socat', [
      ...['-d', '-d'],
      ...paths.map((path) => `pty,raw,echo=0,link=${path}`),
    ]);
    socat = started;
    await eventually('socat has opened the pair', () => started.said.includes('starting data transfer loop'));
  }

  const unplug = async () => socat?.stop('SIGTERM');
  await plug();
  return {
    paths,
    unplug,
    plug,
    async close() {
      await unplug();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Card readers by OSDP; see peers/osdp-reader.py. */
export interface OsdpReaders {
  /** What it prints: `got 1 2 OUT secure 0005…`, `repeat 1 2`. */
  lines: readonly string[];
  /** `card 1 0101`, `tamper 1 on`, `lose 1 2`; resolves when it is so. */
  steer(words: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param readers addresses, a secure one with its key: `2=3031…` */
export async function startOsdpReaders(path: string, ...readers: string[]): Promise<OsdpReaders> {
  const peer = new RunningPeer(python, [peerPath('osdp-reader.py'), path, '9600', ...readers]);
  await peer.line((line) => line === 'started', 'the readers have started');
  return {
    lines: peer.lines,
    async steer(words) {
      const from = peer.lines.length;
      peer.say(words);
      await eventually(`the readers did ${words}`, () => {
        if (peer.child.exitCode !== null) throw new Error(`the readers ended: ${peer.said}`);
        return peer.lines.indexOf(`did ${words}`, from) >= 0;
      });
    },
    stop: () => peer.stop(),
  };
}
