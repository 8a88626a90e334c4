import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./bin.js', import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The test's own settings stay out of the commands it runs. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('GATEHOUSE_'));
  return { ...Object.fromEntries(clean), ...env };
}

/** For tests: runs one command line as a process of its own. */
export async function run(
  args: string[],
  options: { env?: Record<string, string>; input?: string; cwd?: string } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    env: environment(options.env ?? {}),
    cwd: options.cwd,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, stdout, stderr };
}

export interface RunningGateway {
  child: ChildProcess;
  http: number;
  /** Ends it with a signal and answers its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** For tests: `gatehouse serve` on free ports. */
export async function startServe(dataDir: string, env: Record<string, string> = {}): Promise<RunningGateway> {
  const child = spawn(process.execPath, [main, 'serve', '--json', '--data', dataDir], {
    env: environment({
      GATEHOUSE_HTTP_PORT: '0',
      GATEHOUSE_MQTT_PORT: '0',
      GATEHOUSE_LOG_LEVEL: 'error',
      ...env,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const line = await Promise.race([
    new Promise<string>((done) => createInterface({ input: child.stdout }).once('line', done)),
    ended.then((code) => {
      throw new Error(`serve ended with ${code}: ${stderr}`);
    }),
  ]);
  const { http } = JSON.parse(line) as { http: number };
  return {
    child,
    http,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
