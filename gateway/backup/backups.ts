import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'croner';
import type { Actor } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';
import { createRetention, type RetentionLimits } from './retention.ts';
import type { BackupReport } from './snapshot.ts';
import { runBackupTask } from './task.ts';

export interface BackupsDeps {
  dataDir: string;
  /** Of Gatehouse; a backup says which release wrote it. */
  release: string;
  query: Query;
  operate: Operate;
  clock: Clock;
  log: Logger;
  timeZone(): string;
  backup: { at: string; keep: number; passphrase?: string };
  retention: RetentionLimits;
  /** Of the nightly backup and the roll-over, for the gateway's own alarms: what is wrong now, or null when it is well again. */
  onProblem?(subject: 'backup' | 'retention', problem: string | null): void;
}

export interface BackupFile {
  name: string;
  createdAt: number;
  bytes: number;
}

export type Backups = ReturnType<typeof createBackups>;

const suffix = '.backup';
const retentionEveryMs = 3_600_000;
const overdueMs = 26 * 3_600_000;
const catchUpMs = 5 * 60_000;

/** Nightly backups into `DATA/backups`, each taken apart again to prove it, and the roll-over of old records. */
export function createBackups(deps: BackupsDeps) {
  const { dataDir, release, clock, log, operate } = deps;
  const folder = join(dataDir, 'backups');
  const retention = createRetention({ ...deps, limits: deps.retention });
  let running: Promise<unknown> = Promise.resolve();

  /** One after the other: two at once would only slow each other down. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = running.then(work, work);
    running = result.catch(() => {});
    return result;
  }

  function list(): BackupFile[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => {
        const { mtimeMs, size } = statSync(join(folder, name));
        return { name, createdAt: Math.floor(mtimeMs), bytes: size };
      })
      .sort((a, b) => (a.name < b.name ? 1 : -1));
  }

  /** Writes a backup and proves it by taking it apart. @throws backup.invalid, storage.unusable */
  function create(actor: Actor | null, target?: string): Promise<BackupReport> {
    return alone(async () => {
      const now = clock.now().wallMs;
      const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
      const file = target ?? join(folder, `gatehouse-${stamp}${suffix}`);
      const { passphrase } = deps.backup;
      await runBackupTask({ task: 'create', dataDir, target: file, passphrase, release, now });
      const report = await runBackupTask({ task: 'verify', file, passphrase, workDir: dataDir });
      await operate('backup', actor, (turn) =>
        turn.audit({ action: 'backup.created', subject: `backup:${file}`, detail: { bytes: report.bytes } }),
      );
      return report;
    });
  }

  /** Work that nobody waits for: its failure becomes a problem of the gateway. */
  function inBackground(subject: 'backup' | 'retention', work: () => Promise<string | null>): void {
    work().then(
      (problem) => deps.onProblem?.(subject, problem),
      (thrown: unknown) => {
        const { message } = asError(thrown);
        log.error({ subject, error: message }, 'a scheduled task failed');
        deps.onProblem?.(subject, message);
      },
    );
  }

  async function nightly(): Promise<null> {
    const { file, bytes } = await create(null);
    log.info({ file, bytes }, 'backup written and proved');
    for (const { name } of list().slice(deps.backup.keep)) rmSync(join(folder, name), { force: true });
    return null;
  }

  async function rollOver(): Promise<string | null> {
    const { slices, usedBytes, full } = await retention.sweep();
    if (slices > 0) log.info({ slices, usedBytes }, 'old records rolled over');
    return full
      ? `the database holds ${Math.round(usedBytes / 1024 / 1024)} MiB, more than its ${deps.retention.maxMegabytes}, and no closed record is left that may go; raise retention.maxMegabytes`
      : null;
  }

  function setTimers(turn: Turn, name?: string): void {
    if (name !== 'retention') {
      const next = new Cron(deps.backup.at, { paused: true, timezone: deps.timeZone() }).nextRun(
        new Date(turn.now),
      );
      if (next) turn.timer('backup', 'nightly', next.getTime(), 'schedule');
    }
    if (name !== 'nightly') turn.timer('backup', 'retention', turn.now + retentionEveryMs, 'duration');
  }

  return {
    list,
    create,
    sweep: retention.sweep,
    /**
     * Once at start, in a turn of its own: sets the timers anew, since the schedule may have been changed. A backup that fell into
     * the time the gateway was down is made soon.
     */
    start(turn: Turn): void {
      setTimers(turn);
      const [newest] = list();
      if (newest && newest.createdAt < turn.now - overdueMs)
        turn.timer('backup', 'nightly', turn.now + catchUpMs, 'duration');
    },
    onTimer(turn: Turn, name: string): void {
      setTimers(turn, name);
      if (name === 'nightly') turn.after(() => inBackground('backup', nightly));
      if (name === 'retention') turn.after(() => inBackground('retention', rollOver));
    },
    /** Waits for a running backup, before the databases are closed. */
    close: () => running,
  };
}
