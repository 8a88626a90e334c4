import { type ChildProcess, spawn } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Everything that the benchmark starts or leaves on disk, so that it ends with nothing left, also at Ctrl-C.

const running = new Set<ChildProcess>();
const folders = new Set<string>();

function sweep(): void {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
process.on('exit', sweep);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** A folder that is removed at the end at the latest. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Whether it comes to pass rather than to an error. */
function happens(on: EventEmitter, what: string): Promise<boolean> {
  return once(on, what).then(
    () => true,
    () => false,
  );
}

let nextPort = 20_000 + Math.floor(Math.random() * 8_000);

/** A TCP port that nobody has at the moment, below the span from which Linux takes those of clients. */
export async function freePort(): Promise<number> {
  for (; nextPort < 32_700; nextPort++) {
    const server = createServer().listen(nextPort, '127.0.0.1');
    if (!(await happens(server, 'listening'))) continue;
    await new Promise((resolve) => server.close(resolve));
    return nextPort++;
  }
  nextPort = 20_000;
  return freePort();
}

/** Resolves when something listens. */
export async function listening(port: number, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await happens(socket, 'connect');
    socket.destroy();
    if (open) return;
    if (performance.now() > end) throw new Error(`nothing listens on port ${port} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface Started {
  pid: number;
  /** From the start to the moment that `ready` was satisfied. */
  readyMs: number;
  /** What it printed up to then. */
  printed: string;
  stdin: NodeJS.WritableStream | null;
  /** What it prints on stdout, line by line, from the start. */
  onLine(take: (line: string) => void): void;
  ended: Promise<number | null>;
  /** The end of what it said on stderr. */
  said(): string;
  /** SIGTERM, and SIGKILL when that is not heeded within 10 s. */
  stop(): Promise<void>;
}

/**
 * Starts a process and waits until what it has printed on stdout satisfies `ready`.
 * @throws when it ends before, with the end of what it said on stderr
 */
export async function startProcess(options: {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Where stderr goes. */
  folder: string;
  ready(printed: string): boolean;
  withinMs?: number;
}): Promise<Started> {
  const { name, command, args, env = {}, cwd, folder, ready, withinMs = 60_000 } = options;
  const errors = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.err`);
  const said = () => readFileSync(errors, 'utf8').slice(-2_000);
  const stderr = openSync(errors, 'w');
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', stderr],
  });
  closeSync(stderr);
  running.add(child);
  child.stdin?.on('error', () => {});
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(null));
  }).finally(() => running.delete(child));

  const takers: ((line: string) => void)[] = [];
  let lines: string[] = [];
  let rest = '';
  let printed = '';
  const isReady = Promise.withResolvers<void>();
  child.stdout?.on('data', (data) => {
    const parts = (rest + String(data)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      if (takers.length === 0) lines.push(line);
      for (const take of takers) take(line);
    }
    if (printed.length < 100_000) printed += String(data);
    if (ready(printed)) isReady.resolve();
  });
  if (ready('')) isReady.resolve();
  const timer = setTimeout(() => isReady.reject(new Error(`not ready after ${withinMs} ms`)), withinMs);
  void ended.then((code) => isReady.reject(new Error(`ended with ${code}`)));
  try {
    await isReady.promise;
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    const words = `${(error as Error).message}: ${said()}${printed.slice(-500)}`;
    throw new Error(`${name}: ${words}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return {
    pid: child.pid ?? 0,
    readyMs: performance.now() - startedAt,
    printed,
    stdin: child.stdin,
    onLine(take) {
      takers.push(take);
      for (const line of lines) take(line);
      lines = [];
    },
    ended,
    said,
    async stop() {
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(hard);
    },
  };
}

/**
 * Runs one of the benchmark's own scripts to its end; what it prints last on stdout is its answer, as JSON.
 * @param input for its stdin, as JSON
 */
export async function runScript<Answer>(
  script: URL,
  input: unknown,
  withinMs = 120_000,
  args: readonly string[] = [],
): Promise<Answer> {
  const folder = temporaryFolder();
  const started = await startProcess({
    name: script.pathname.split('/').slice(-2).join('/'),
    command: process.execPath,
    args: [script.pathname, ...args],
    folder,
    ready: () => true,
  });
  const timer = setTimeout(() => void started.stop(), withinMs);
  try {
    let last = '';
    started.onLine((line) => {
      last = line;
    });
    started.stdin?.end(JSON.stringify(input));
    const code = await started.ended;
    if (code !== 0) throw new Error(`${script.pathname} ended with ${code}: ${started.said()}`);
    return JSON.parse(last) as Answer;
  } finally {
    clearTimeout(timer);
    removeFolder(folder);
  }
}
