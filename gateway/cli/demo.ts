import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '../devices/catalogue.ts';
import type { Gateway } from '../gateway.ts';
import { simulatorsPath } from '../joins/simulation.ts';
import { Fault, fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { readSite } from '../site/file.ts';
import type { AddCommand } from './command.ts';
import { askOwn, servingOptions } from './gateway-process.ts';
import { print, printError } from './output.ts';
import { consoleUrl, serve } from './serve.ts';
import { readSettings, type Settings } from './settings.ts';

const simulatorsMain = fileURLToPath(new URL('../../simulators/main.ts', import.meta.url));
const demoPlans = fileURLToPath(new URL('../../simulators/site/plans', import.meta.url));
const siteName = 'demo-site.yaml';
const demoUser = 'demo';
/** The far ends listen within a second; a machine under load may take longer. */
const simulatorsMs = 20_000;

export const demoCommand: AddCommand = (program) => {
  program
    .command('demo')
    .description('a gateway with a simulated compound, on this machine alone; prints a one-time sign-in link')
    .option('--json', 'print one line {"ready":true,"http":…,"mqtt":…,"signIn":…} when ready')
    .action(async (options: { json?: boolean }, command) => {
      const { data } = command.optsWithGlobals() as { data?: string };
      const dataDir = data === undefined ? mkdtempSync(join(tmpdir(), 'gatehouse-demo-')) : resolve(data);
      try {
        await demo(dataDir, options.json === true);
      } finally {
        if (data === undefined) rmSync(dataDir, { recursive: true, force: true });
      }
    });
};

async function demo(dataDir: string, json: boolean): Promise<void> {
  const settings = readSettings(dataDir);
  const { http, mqtt, ...receivers } = await freePorts(settings);
  // Of a simulated panel on this machine: so that it can be disarmed from the console.
  process.env.DEMO_PANEL_PASSWORD ??= '123456';
  // A day of readings comes along once: a demo that goes on has its own.
  const past = !existsSync(join(dataDir, siteName));
  const served = await serve(dataDir, (dir) => ({
    ...servingOptions(dir, settings),
    https: null,
    http: { host: '127.0.0.1', port: http },
    mqtt: { host: '127.0.0.1', port: mqtt },
    alarmReceiver: { host: '127.0.0.1', port: receivers.alarmReceiver },
    fireReceiver: { host: '127.0.0.1', port: receivers.fireReceiver },
    dtu: { host: '127.0.0.1', port: receivers.dtu },
    // The simulated cameras are on this machine.
    cameras: { ...settings.cameras, allow: [...settings.cameras.allow, '127.0.0.1'] },
    logLevel: process.env.GATEHOUSE_LOG_LEVEL ? settings.log.level : 'warn',
  }));
  const { gateway } = served;
  cpSync(demoPlans, join(dataDir, 'plans'), { recursive: true });
  const simulators = await startSimulators(dataDir);
  try {
    const secrets = await bringSite(gateway, simulators.site);
    const { alarmReceiver, fireReceiver, dtu } = gateway;
    simulators.connect({ ports: { mqtt: gateway.mqtt, alarmReceiver, fireReceiver, dtu }, secrets, past });
    const password = await giveUser(gateway);
    const { path } = await askOwn<{ path: string }>(gateway, 'sign-in.link', { user: demoUser });
    const signIn = `${consoleUrl(served)}${path}`;
    if (json)
      print(
        JSON.stringify({ ready: true, http: gateway.http, mqtt: gateway.mqtt, signIn, password, dataDir }),
      );
    else {
      print(`控制台 Console:  ${consoleUrl(served)}`);
      print(`登录 Sign in (once, within 15 minutes):  ${signIn}`);
      print(`用户 User:  ${demoUser}   密码 Password (to disarm, or to sign in again):  ${password}`);
      print(`场景 Scenes:  npx gatehouse simulate --data ${dataDir}`);
      print('停止 Stop:  Ctrl+C');
    }
    const words = await Promise.race([served.ended, simulators.lost]);
    if (typeof words === 'string') throw fault('internal', `the simulators ended (${words}); the demo stops`);
  } catch (error) {
    served.stop();
    await served.ended;
    throw error;
  } finally {
    simulators.stop();
  }
}

/** The usual ports, or free ones where these are taken or none is set. */
async function freePorts(settings: Settings) {
  const take = async (what: string, port: number) => {
    if (port === 0 || (await isFree(port))) return port;
    printError(`port ${port} for ${what} is in use; a free one is taken instead`);
    return 0;
  };
  const { alarmReceiver, fireReceiver, dtu } = settings;
  return {
    http: await take('HTTP', settings.http.port),
    mqtt: await take('MQTT', settings.mqtt.port),
    alarmReceiver: await take('alarm panels', alarmReceiver?.port ?? 0),
    fireReceiver: await take('fire transmission', fireReceiver?.port ?? 0),
    dtu: await take('dial-in units', dtu?.port ?? 0),
  };
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, host, () => probe.close(() => done(true)));
  });
}

interface Simulators {
  /** The site file with the ports of the far ends. */
  site: string;
  connect(to: {
    ports: Pick<Gateway, 'mqtt' | 'alarmReceiver' | 'fireReceiver' | 'dtu'>;
    secrets: Record<string, string>;
    past: boolean;
  }): void;
  /** Resolves with words when they end by themselves. */
  lost: Promise<string>;
  stop(): void;
}

async function startSimulators(dataDir: string): Promise<Simulators> {
  const site = join(dataDir, siteName);
  const child: ChildProcess = spawn(
    process.execPath,
    [simulatorsMain, '--site', site, '--control', simulatorsPath(dataDir)],
    // In a group of its own, so that Ctrl+C reaches it through us; it ends with our end of its standard input.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  const lost = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => done(signal ?? `exit code ${code}`));
  });
  if (!child.stdout || !child.stdin) throw fault('internal', 'the simulators have no standard input');
  const { stdin, stdout } = child;
  stdin.on('error', () => {});
  const ready = new Promise<void>((done) => createInterface({ input: stdout }).once('line', () => done()));
  const late = new Promise<string>((done) => {
    setTimeout(() => done(`not ready after ${simulatorsMs / 1_000} s`), simulatorsMs).unref();
  });
  const failure = await Promise.race([ready, lost, late]);
  if (typeof failure === 'string') {
    child.kill();
    throw fault('internal', `the simulators did not start: ${failure}`);
  }
  return {
    site: readFileSync(site, 'utf8'),
    connect: (to) => stdin.write(`${JSON.stringify(to)}\n`),
    lost,
    stop: () => stdin.end(),
  };
}

/** Applies the demo site and gives each MQTT device and each bridge its secret. */
async function bringSite(gateway: Gateway, yaml: string): Promise<Record<string, string>> {
  await askOwn(gateway, 'site.apply', { yaml, file: siteName });
  const catalogue = loadCatalogue({ siteDir: null, log: silentLog });
  const { site } = readSite(yaml, siteName);
  const natives = (site?.devices ?? []).filter(({ type }) => catalogue.type(type)?.link === 'native');
  const bridges = (site?.links ?? []).filter(({ kind }) => kind === 'mqtt-bridge');
  const asked = [
    ...natives.map(({ id }) => ['device.secret', { device: id }, id] as const),
    ...bridges.map(({ id }) => ['link.secret', { link: id }, id] as const),
  ];
  const secrets = await Promise.all(
    asked.map(async ([name, args, id]) => {
      const { secret } = await askOwn<{ secret: string }>(gateway, name, args);
      return [id, secret] as const;
    }),
  );
  return Object.fromEntries(secrets);
}

/** The demo's own administrator, with a new random password at each start; answers the password. */
async function giveUser(gateway: Gateway): Promise<string> {
  const password = crypto.randomUUID();
  try {
    await askOwn(gateway, 'user.add', { id: demoUser, name: '演示 Demo', role: 'administrator', password });
  } catch (thrown) {
    if (!(thrown instanceof Fault && thrown.code === 'id.conflict')) throw thrown;
    await askOwn(gateway, 'user.passwd', { id: demoUser, password });
  }
  return password;
}
