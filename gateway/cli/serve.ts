import type { Gateway } from '../gateway.ts';
import { Fault } from '../lib/errors.ts';
import { allowCollecting, giveBackStartGarbage } from '../lib/start-garbage.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { controlPath, serveControl } from './control.ts';
import { askOwn, type ProcessOptions, servingOptions, startGateway } from './gateway-process.ts';
import { acquireLock } from './lock.ts';
import { print, printError } from './output.ts';
import { readSettings } from './settings.ts';

export const serveCommand: AddCommand = (program) => {
  program
    .command('serve')
    .description('run the gateway')
    .option('--json', 'print one line {"ready":true,"http":…,"mqtt":…} when ready')
    .action(async (options: { json?: boolean }, command) => {
      const served = await serve(chosenDataDir(command), (dir) => servingOptions(dir, readSettings(dir)));
      const { gateway } = served;
      const { http, mqtt, alarmReceiver, fireReceiver, dtu } = gateway;
      if (options.json) print(JSON.stringify({ ready: true, http, mqtt, alarmReceiver, fireReceiver, dtu }));
      else {
        print(`Gatehouse is ready: ${consoleUrl(served)}`);
        if (mqtt !== null) print(`MQTT on port ${mqtt}`);
        if (alarmReceiver !== null) print(`Alarm receiver (SIA DC-09) on port ${alarmReceiver}, TCP and UDP`);
        if (fireReceiver !== null) print(`Fire receiver (GB/T 26875.3) on port ${fireReceiver}, TCP`);
        if (dtu !== null) print(`Dial-in units on port ${dtu}`);
      }
      const setup = await setupPath(gateway);
      if (setup !== undefined)
        printError(`Create the first administrator within 15 minutes: ${consoleUrl(served)}${setup}`);
      await served.ended;
    });
};

export interface Served {
  gateway: Gateway;
  options: ProcessOptions;
  /** Resolves when a signal, or `stop`, has closed everything. */
  ended: Promise<void>;
  stop(): void;
}

/**
 * Takes the data directory, starts the gateway and its control socket, and closes them all at SIGINT or SIGTERM; a second signal ends
 * the process at once.
 * @throws data.locked, data.unwritable, config.invalid, port.busy, storage.unusable
 */
export async function serve(dir: string, optionsOf: (dataDir: string) => ProcessOptions): Promise<Served> {
  const lock = acquireLock(dir);
  try {
    const path = controlPath(lock.dataDir);
    const options = optionsOf(lock.dataDir);
    allowCollecting();
    const gateway = await startGateway(lock, options);
    giveBackStartGarbage();
    const control = await serveControl({ path, handlers: gateway.control });
    const { promise: asked, resolve: stop } = Promise.withResolvers<void>();
    const onSignal = () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
      stop();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
    const ended = asked.then(async () => {
      await control.close();
      await gateway.close();
      lock.release();
    });
    return { gateway, options, ended, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Where a browser on this machine finds the console. */
export function consoleUrl({ gateway, options }: Pick<Served, 'gateway' | 'options'>): string {
  const host = options.http?.host ?? '127.0.0.1';
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${options.https ? 'https' : 'http'}://${reached.includes(':') ? `[${reached}]` : reached}:${gateway.http}`;
}

/** The one-use path at which the first administrator is created, while there is none. */
async function setupPath(gateway: Gateway): Promise<string | undefined> {
  try {
    return (await askOwn<{ path: string }>(gateway, 'setup.link', {})).path;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'state.conflict') return undefined;
    throw thrown;
  }
}
