import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The whole test command: types, lint, console build, then every test. Says what it cannot run here and why; with CI=true
// nothing may be left out.

const root = fileURLToPath(new URL('..', import.meta.url));
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH ?? ''}`,
};

/** A program, or a module of it, or a header that it compiles with. */
interface Peer {
  program: string;
  module?: string;
  header?: string;
  needs: string;
  env: string;
}

/** Programs that we did not write and that some tests talk to, and which tests stand aside without them. */
const peers: readonly Peer[] = [
  { program: 'chromium', needs: 'browser tests', env: 'GATEHOUSE_SKIP_BROWSER' },
  {
    program: 'mosquitto_pub',
    needs: 'tests with an independent MQTT client',
    env: 'GATEHOUSE_SKIP_MOSQUITTO',
  },
  { program: 'mosquitto', needs: 'tests with an independent MQTT broker', env: 'GATEHOUSE_SKIP_BROKER' },
  { program: 'socat', needs: 'tests over serial lines', env: 'GATEHOUSE_SKIP_SOCAT' },
  {
    program: 'python3',
    module: 'pymodbus',
    needs: 'tests with an independent Modbus server',
    env: 'GATEHOUSE_SKIP_PYMODBUS',
  },
  {
    program: 'python3',
    module: 'paho.mqtt',
    needs:
      'kill -9 under the load of an independent MQTT client, and tests with an independent Sparkplug node',
    env: 'GATEHOUSE_SKIP_PAHO',
  },
  {
    program: 'python3',
    module: 'socket',
    needs: 'tests with an independent alarm panel over IP',
    env: 'GATEHOUSE_SKIP_PANELS',
  },
  {
    program: 'openssl',
    needs: 'tests with an independent alarm panel over IP, which encrypts by it',
    env: 'GATEHOUSE_SKIP_PANELS',
  },
  {
    program: 'python3',
    module: 'socket',
    needs: 'a test with an independent door controller',
    env: 'GATEHOUSE_SKIP_CONTROLLER',
  },
  {
    program: 'gcc',
    header: 'modbus/modbus.h',
    needs: 'tests with a server by libmodbus, which they build',
    env: 'GATEHOUSE_SKIP_LIBMODBUS',
  },
  { program: 'mbpoll', needs: 'tests with an independent Modbus master', env: 'GATEHOUSE_SKIP_MBPOLL' },
  { program: 'gcc', needs: 'slow-fsync faults', env: 'GATEHOUSE_SKIP_SLOW_FSYNC' },
  { program: 'influxd', needs: 'tests with an InfluxDB', env: 'GATEHOUSE_SKIP_INFLUXD' },
  {
    program: 'victoria-metrics',
    needs: 'a test with a VictoriaMetrics',
    env: 'GATEHOUSE_SKIP_VICTORIA_METRICS',
  },
];

/** Debian's Python is where Debian's packages are; another `python3` may come first on the PATH. */
function isThere({ program, module, header }: Peer): boolean {
  if (program === 'chromium' && existsSync('/usr/bin/chromium')) return true;
  if (module) return spawnSync('/usr/bin/python3', ['-c', `import ${module}`]).status === 0;
  if (header)
    return spawnSync(program, ['-E', '-xc', '-'], { env, input: `#include <${header}>` }).status === 0;
  return spawnSync('sh', ['-c', `command -v ${program}`], { env }).status === 0;
}

const withWhat = ({ module, header }: Peer) => ((module ?? header) ? ` with ${module ?? header}` : '');

const missing = peers.filter((peer) => !isThere(peer));
for (const peer of missing) {
  console.log(`left out: ${peer.needs}, because ${peer.program}${withWhat(peer)} is not installed`);
  Object.assign(env, { [peer.env]: '1' });
}
if (missing.length > 0 && env.CI === 'true') {
  console.error('CI=true: nothing may be left out');
  process.exit(1);
}

function step(name: string, command: string, args: string[]): void {
  console.log(`\n── ${name}`);
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${name} failed${error ? `: ${error.message}` : ''}`);
    process.exit(status ?? 1);
  }
}

/** Runs the tests and ends with one plain line, which also counts what was left out. */
function runTests(name: string, paths: string[]): void {
  console.log(`\n── ${name}`);
  const report = join(mkdtempSync(join(tmpdir(), 'gatehouse-test-')), 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync('vitest', ['run', ...reporters, ...paths], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  const counts = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
  };
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = counts;
  if (skipped > 0 && env.CI === 'true') {
    console.error(`CI=true: ${skipped} tests were left out`);
    process.exitCode = 1;
  }
  if (status !== 0) process.exitCode = status ?? 1;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

const long = process.argv.includes('--long-faults');
if (long) Object.assign(env, { GATEHOUSE_FAULTS: 'long' });
else {
  step('types, lint, format', 'npm', ['run', '--silent', 'check']);
  step('console build', 'npm', ['run', '--silent', 'build']);
}
runTests(long ? 'faults, long form' : 'unit, scenarios, faults, browser', long ? ['test/faults'] : []);
