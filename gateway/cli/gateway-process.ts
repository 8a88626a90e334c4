import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finishRestore } from '../backup/restore.ts';
import type { Gateway, GatewayOptions } from '../gateway.ts';
import { fault } from '../lib/errors.ts';
import { callControl, controlPath } from './control.ts';
import { acquireLock, type DataLock } from './lock.ts';
import { readSettings, type Settings } from './settings.ts';

/** What the settings say to a gateway. */
export type ProcessOptions = GatewayOptions & Pick<Settings, 'backup' | 'cameras' | 'retention'>;

/** The options of a gateway that serves. */
export function servingOptions(dataDir: string, settings: Settings): ProcessOptions {
  const { http, https = null, mqtt, dtu, log, retention, backup, cameras, allowedOrigins, influx } = settings;
  const { alarmReceiver = null, fireReceiver = null } = settings;
  const { historyMegabytes: maxMegabytes, historyDays: maxDays, historyHoursDays: hoursDays } = retention;
  return {
    dataDir,
    http,
    https,
    mqtt: mqtt.port === 0 ? null : mqtt,
    dtu: dtu ?? null,
    alarmReceiver,
    fireReceiver,
    logLevel: log.level,
    retention,
    history: influx
      ? { store: 'influx', ...influx }
      : { store: 'embedded', retention: { maxMegabytes, maxDays, hoursDays } },
    backup,
    cameras,
    allowedOrigins,
  };
}

/**
 * Starts a gateway in this process, after finishing a restore that was prepared. Its modules are loaded only here, so that commands that
 * need no gateway start quickly.
 */
export async function startGateway(lock: DataLock, options: ProcessOptions): Promise<Gateway> {
  finishRestore(lock.dataDir);
  const { createGateway } = await import('../gateway.ts');
  return createGateway(options);
}

/** Asks a gateway of this process. */
export async function askOwn<Answer>(gateway: Gateway, name: string, args: unknown): Promise<Answer> {
  const handler = gateway.control[name];
  if (!handler) throw fault('internal', `the gateway has no handler for "${name}"`);
  return (await handler(args)) as Answer;
}

/**
 * Asks the gateway of a data directory: the one that runs, else one that is started for the question without any listener. So the
 * answer is the same either way.
 */
export async function askGateway<Answer>(dataDir: string, name: string, args: unknown): Promise<Answer> {
  const answer = existsSync(dataDir) ? await callControl(controlPath(dataDir), name, args) : undefined;
  if (answer) return answer.result as Answer;
  const lock = acquireLock(dataDir);
  try {
    const settings = readSettings(lock.dataDir);
    const gateway = await startGateway(lock, {
      ...servingOptions(lock.dataDir, settings),
      http: null,
      https: null,
      mqtt: null,
      dtu: null,
      alarmReceiver: null,
      fireReceiver: null,
      logLevel: process.env.GATEHOUSE_LOG_LEVEL ? settings.log.level : 'warn',
    });
    try {
      return await askOwn<Answer>(gateway, name, args);
    } finally {
      await gateway.close();
    }
  } finally {
    lock.release();
  }
}

/** Like `askGateway`, for questions that need no data: where there is none yet, none is left behind. */
export async function askWithoutTrace<Answer>(dataDir: string, name: string, args: unknown): Promise<Answer> {
  if (existsSync(dataDir)) return askGateway(dataDir, name, args);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'));
  try {
    return await askGateway(folder, name, args);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
