import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { asError, Fault, fault } from '../lib/errors.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { callControl, controlPath } from './control.ts';
import { isFree } from './demo.ts';
import { askGateway } from './gateway-process.ts';
import { acquireLock } from './lock.ts';
import { mosquittoLacks } from './mosquitto-config.ts';
import { print, printTable } from './output.ts';
import { readSettings } from './settings.ts';

interface Finding {
  state: 'ok' | 'warning' | 'failed';
  what: string;
  words: string;
}

export const doctorCommand: AddCommand = (program, done) => {
  program
    .command('doctor')
    .description('look at what the gateway needs of this machine')
    .option('--bundle <file>', 'write what one is asked for who asks for help, without secrets (JSON, gzip)')
    .action(async (options: { bundle?: string }, command) => {
      const dataDir = resolve(chosenDataDir(command));
      const findings = await examine(dataDir);
      printTable(findings.map(({ state, what, words }) => [state, what, words]));
      if (options.bundle !== undefined) await writeBundle(options.bundle, dataDir, findings);
      if (findings.some(({ state }) => state === 'failed')) done(1);
    });
};

/** A gateway that cannot be asked is what the findings are about: then they are all that is in the file. */
async function writeBundle(file: string, dataDir: string, findings: Finding[]): Promise<void> {
  let gateway: unknown;
  try {
    gateway = existsSync(dataDir) ? await askGateway(dataDir, 'diagnostics', {}) : null;
  } catch (thrown) {
    gateway = { notAsked: wordsOf(thrown) };
  }
  const text = JSON.stringify({ ...(gateway as object | null), findings });
  try {
    writeFileSync(file, gzipSync(text), { mode: 0o600, flag: 'wx' });
  } catch (thrown) {
    throw fault('data.unwritable', `the bundle was not written: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
  print(`${file} is written; look into it (zcat ${file}) before you send it`);
}

const leastFreeBytes = 1024 ** 3;

async function examine(dataDir: string): Promise<Finding[]> {
  const findings = [nodeVersion(), sqliteVersion()];
  const running = await isRunning(dataDir);
  findings.push(dataFinding(dataDir, running), ...diskFinding(dataDir));
  try {
    const { http, https, mqtt, dtu } = readSettings(dataDir);
    findings.push({ state: 'ok', what: 'settings', words: 'read' });
    if (!running) {
      for (const [what, port, host] of [
        ['HTTP', https?.port ?? http.port, http.host],
        ['MQTT', mqtt.port, mqtt.host],
        ['MQTT over TLS', mqtt.tlsPort ?? 0, mqtt.host],
        ['dial-in units', dtu?.port ?? 0, dtu?.host ?? ''],
      ] as const)
        if (port !== 0)
          findings.push(
            (await isFree(port, host))
              ? { state: 'ok', what: `port ${port}`, words: `free for ${what}` }
              : {
                  state: 'failed',
                  what: `port ${port}`,
                  words: `${what} cannot listen on ${host}:${port}; stop what uses it, or set another port`,
                },
          );
    }
  } catch (thrown) {
    findings.push({ state: 'failed', what: 'settings', words: wordsOf(thrown) });
  }
  findings.push(timeZones(), consoleBuilt(), ...mosquitto());
  return findings;
}

function wordsOf(thrown: unknown): string {
  return (thrown instanceof Fault ? thrown.detail : asError(thrown).message).replaceAll('\n', '; ');
}

function nodeVersion(): Finding {
  const { node } = process.versions;
  return Number(node.split('.')[0]) >= 24
    ? { state: 'ok', what: 'Node', words: node }
    : { state: 'failed', what: 'Node', words: `${node}; 24 or newer is needed, npm ci brings it along` };
}

function sqliteVersion(): Finding {
  try {
    const db = new Database(':memory:');
    const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
    db.close();
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    return major * 1e6 + minor * 1e3 + patch >= 3_051_003
      ? { state: 'ok', what: 'SQLite', words: version }
      : { state: 'failed', what: 'SQLite', words: `${version}; 3.51.3 or newer is needed: run npm ci` };
  } catch (error) {
    return {
      state: 'failed',
      what: 'SQLite',
      words: `cannot be loaded: ${asError(error).message}; run npm ci`,
    };
  }
}

async function isRunning(dataDir: string): Promise<boolean> {
  try {
    return (await callControl(controlPath(dataDir), 'user.list', {})) !== undefined;
  } catch (thrown) {
    return thrown instanceof Fault && thrown.code === 'not.found';
  }
}

function dataFinding(dataDir: string, running: boolean): Finding {
  const what = 'data';
  if (running) return { state: 'ok', what, words: `${dataDir}, a gateway runs on it` };
  if (!existsSync(dataDir)) return { state: 'ok', what, words: `${dataDir}, not there yet` };
  try {
    acquireLock(dataDir).release();
    return { state: 'ok', what, words: `${dataDir}, can be written` };
  } catch (thrown) {
    return { state: 'failed', what, words: wordsOf(thrown) };
  }
}

function diskFinding(dataDir: string): Finding[] {
  if (!existsSync(dataDir)) return [];
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const words = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return [
    free >= leastFreeBytes
      ? { state: 'ok', what: 'disk', words }
      : {
          state: 'warning',
          what: 'disk',
          words: `${words}; keep at least 1 GiB, a full disk records nothing`,
        },
  ];
}

/** A Node built without the full ICU knows only UTC. */
function timeZones(): Finding {
  const zone = new Intl.DateTimeFormat('en', {
    timeZone: 'Asia/Shanghai',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return zone.format(0) === '08'
    ? {
        state: 'ok',
        what: 'time zones',
        words: `known; this machine is on ${Intl.DateTimeFormat().resolvedOptions().timeZone}`,
      }
    : { state: 'failed', what: 'time zones', words: 'this Node knows none; use one with full ICU' };
}

function consoleBuilt(): Finding {
  return existsSync(fileURLToPath(new URL('../../console/dist/index.html', import.meta.url)))
    ? { state: 'ok', what: 'console', words: 'built' }
    : { state: 'warning', what: 'console', words: 'not built; npm start builds it, or run npm run build' };
}

const mosquittoFile = '/etc/mosquitto/mosquitto.conf';

function mosquitto(): Finding[] {
  if (!existsSync(mosquittoFile)) return [];
  try {
    const lacking = mosquittoLacks(mosquittoFile);
    return [
      lacking.length === 0
        ? { state: 'ok', what: 'Mosquitto', words: 'keeps what it acknowledges' }
        : {
            state: 'warning',
            what: 'Mosquitto',
            words: `if devices reach the gateway through it, add to ${mosquittoFile}: ${lacking.join(', ')}`,
          },
    ];
  } catch (error) {
    return [
      {
        state: 'warning',
        what: 'Mosquitto',
        words: `${mosquittoFile} cannot be read: ${asError(error).message}`,
      },
    ];
  }
}
