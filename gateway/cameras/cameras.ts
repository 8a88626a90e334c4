import { join } from 'node:path';
import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { Change } from '../contract/live.ts';
import type { Device } from '../contract/site.ts';
import type { CameraView, Snapshot } from '../contract/snapshot.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { createFetcher } from './fetcher.ts';
import { createPictureFiles, type StoredPicture } from './files.ts';
import { createResolver } from './host-names.ts';
import { createHostPolicy } from './hosts.ts';
import { isWorthAPicture, type SnapshotInput, stepSnapshot, watchMs } from './machine.ts';
import { createPictureFetch, type PictureAddress, type PictureResult } from './picture.ts';
import { createRollOver } from './roll-over.ts';
import { loadSnapshots, writeAnswered, writeAsked } from './store.ts';

/** An alarm that trips again and again keeps so many pictures at the most. */
const mostPictures = 24;
/** After a restart a picture that is owed is still taken when its alarm is not older than this, ms. */
const stillTakenMs = 60_000;
/** Consoles that look at one camera get the same picture for so long, ms. */
const lookMs = 2_000;
/** How often it is looked which cameras are due, ms. */
const watchTickMs = 5_000;
const sweepMs = 3_600_000;

export interface CamerasDeps {
  memory: Memory;
  query: Query;
  operate: Operate;
  clock: Clock;
  log: Logger;
  dataDir: string;
  /** `cameras` of gatehouse.yaml. */
  settings: { allow: readonly string[]; maxMegabytes: number };
  /** Where `env:NAME` is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** Devices of the kind camera, as committed. */
  cameras(): Iterable<Device>;
  /** The camera as the running turn sees it; undefined for what is none. */
  camera(id: string): Device | undefined;
  /** Queues what a camera's answer leads to; it waits while storage fails. */
  submit(what: string, run: (turn: Turn) => void): void;
  /** Of each picture that a camera was asked for: whether it came, and how many in a row have not. */
  told(camera: string, good: boolean, failures: number): void;
  /** Of the roll-over: what is wrong now, or null when it is well again. */
  onProblem(problem: string | null): void;
  /** Stretches the watch: a simulated month need not take it every few seconds. */
  pace: number;
}

/** A setting as text, `env:NAME` looked up; undefined when it is not set. */
function textSetting(device: Device, name: string, env: CamerasDeps['env']): string | undefined {
  const value = device.settings?.[name];
  if (typeof value !== 'string' || value === '') return undefined;
  return value.startsWith('env:') ? env[value.slice(4)] : value;
}

function keyOf({ alarm, n }: Pick<Snapshot, 'alarm' | 'n'>): string {
  return `${alarm}/${n}`;
}

/** The cameras of the site: a picture kept with each alarm that one sees, and whether each still gives pictures. */
export function createCameras(deps: CamerasDeps) {
  const { memory, query, clock, log, env } = deps;
  /** Of open alarms, by `alarm/n`. */
  const snapshots: Table<Snapshot> = memory.table('snapshots');
  /** Alarm → how many pictures it has asked for. */
  const counts: Table<number> = memory.table('snapshot-counts');
  const files = createPictureFiles(join(deps.dataDir, 'snapshots'));
  const rollOver = createRollOver({ ...deps, files, maxMegabytes: deps.settings.maxMegabytes });
  let owed: Snapshot[] = [];

  const newest = new Map<string, PictureResult>();
  const failures = new Map<string, number>();
  const watchedAt = new Map<string, number>();
  let cancelWatch: (() => void) | undefined;

  function addressOf(camera: Device): PictureAddress | undefined {
    const url = textSetting(camera, 'snapshotUrl', env);
    if (url === undefined || !URL.canParse(url)) return undefined;
    return { url, user: textSetting(camera, 'user', env), password: textSetting(camera, 'password', env) };
  }

  const fetcher = createFetcher({
    fetch: createPictureFetch({
      clock,
      resolve: createResolver(clock),
      refuses: createHostPolicy(deps.settings.allow),
    }),
    addressOf(id) {
      const camera = deps.camera(id);
      return camera && addressOf(camera);
    },
    now: () => clock.now().wallMs,
    told(camera, result) {
      // The picture itself is kept only for those who look (below).
      newest.set(camera, result.ok ? { ...result, jpeg: Buffer.alloc(0) } : result);
      const failed = result.ok ? 0 : (failures.get(camera) ?? 0) + 1;
      failures.set(camera, failed);
      watchedAt.set(camera, clock.now().monoMs);
      deps.told(camera, result.ok, failed);
    },
  });

  // --- pictures of alarms

  /** Those who asked in the same moment share the picture, and its file. */
  const stored = new WeakMap<PictureResult, Promise<StoredPicture>>();

  function store(result: Extract<PictureResult, { ok: true }>): Promise<StoredPicture> {
    const known = stored.get(result) ?? files.save(result.jpeg, result.takenAt);
    stored.set(result, known);
    return known;
  }

  async function keep(asked: Snapshot, result: PictureResult): Promise<void> {
    let answer: SnapshotInput;
    let file: string | null = null;
    if (!result.ok) answer = { type: 'failed', failure: result.failure, error: result.error };
    else
      try {
        const picture = await store(result);
        file = picture.file;
        answer = { type: 'kept', takenAt: result.takenAt, bytes: picture.bytes, sha256: picture.sha256 };
      } catch (thrown) {
        const { message } = asError(thrown);
        log.error({ camera: asked.camera, error: message }, 'a picture could not be written');
        const error = `the picture came and could not be written: ${message}; look at the disk`;
        answer = { type: 'failed', failure: 'not-stored', error };
      }
    deps.submit('snapshot', (turn) => {
      const known = snapshots.get(keyOf(asked));
      const next = stepSnapshot(known ?? asked, answer);
      writeAnswered(turn, next, file);
      // The alarm may be closed by now: then only its record has the picture.
      if (!known) return;
      snapshots.set(keyOf(next), next);
      turn.change('snapshots', keyOf(next), next);
    });
  }

  /** What is being written, so that the end of the gateway leaves no file without its record. */
  const keeping = new Set<Promise<void>>();

  function askFor(snapshot: Snapshot): void {
    fetcher.ask(snapshot.camera, 'alarm', (result) => {
      const kept = keep(snapshot, result).finally(() => keeping.delete(kept));
      keeping.add(kept);
    });
  }

  function take(turn: Turn, alarm: Alarm): void {
    for (const id of alarm.cameras) {
      const camera = deps.camera(id);
      const n = (counts.get(alarm.id) ?? 0) + 1;
      if (!camera || !addressOf(camera) || n > mostPictures) continue;
      const snapshot: Snapshot = {
        alarm: alarm.id,
        n,
        camera: id,
        cameraName: camera.name,
        askedAt: turn.now,
        state: 'pending',
        takenAt: null,
        bytes: null,
        sha256: null,
        failure: null,
        error: null,
      };
      counts.set(alarm.id, n);
      snapshots.set(keyOf(snapshot), snapshot);
      writeAsked(turn, snapshot);
      turn.change('snapshots', keyOf(snapshot), snapshot);
      // Before the commit nothing is asked, and nothing waits for the answer.
      turn.after(() => askFor(snapshot));
    }
  }

  function forget(turn: Turn, alarm: string): void {
    for (let n = counts.get(alarm) ?? 0; n > 0; n--) {
      snapshots.set(keyOf({ alarm, n }), undefined);
      turn.change('snapshots', keyOf({ alarm, n }), null);
    }
    if (counts.get(alarm) !== undefined) counts.set(alarm, undefined);
  }

  // --- whether cameras live

  function watch(): void {
    const now = clock.now().monoMs;
    for (const camera of deps.cameras()) {
      if (!addressOf(camera)) continue;
      if (now - (watchedAt.get(camera.id) ?? Number.NEGATIVE_INFINITY) < watchMs(camera.settings ?? {}))
        continue;
      watchedAt.set(camera.id, now);
      fetcher.ask(camera.id, 'watch', () => {});
    }
    cancelWatch = clock.wakeAfter(watchTickMs * deps.pace, watch);
  }

  // --- looking

  const looks = new Map<string, { at: number; picture: Promise<PictureResult> }>();

  function look(id: string): Promise<PictureResult> {
    const now = clock.now().monoMs;
    for (const [camera, { at }] of looks) if (now - at >= lookMs) looks.delete(camera);
    const known = looks.get(id);
    if (known) return known.picture;
    const picture = new Promise<PictureResult>((resolve) => fetcher.ask(id, 'look', resolve));
    looks.set(id, { at: now, picture });
    return picture;
  }

  function viewOf(camera: Device): CameraView {
    const { id, type, name, area, position } = camera;
    const last = newest.get(id);
    return {
      id,
      type,
      name,
      area,
      position,
      pictures: addressOf(camera) !== undefined,
      liveUrl: textSetting(camera, 'liveUrl', env) ?? null,
      recordingUrl: textSetting(camera, 'recordingUrl', env) ?? null,
      newest: last
        ? {
            at: last.takenAt,
            failure: last.ok ? null : last.failure,
            error: last.ok ? null : last.error,
          }
        : null,
    };
  }

  return {
    async load(): Promise<void> {
      const { open, pending } = await loadSnapshots(query);
      for (const snapshot of open) {
        snapshots.load(keyOf(snapshot), snapshot);
        counts.load(snapshot.alarm, Math.max(snapshot.n, counts.committed.get(snapshot.alarm) ?? 0));
      }
      owed = pending;
    },

    /** In the first turn after a start: what cameras owed when the gateway ended is asked for again, or given up. */
    recover(turn: Turn): void {
      for (const snapshot of owed) {
        if (turn.now - snapshot.askedAt < stillTakenMs) {
          turn.after(() => askFor(snapshot));
          continue;
        }
        const error = 'the gateway ended before the picture came';
        const next = stepSnapshot(snapshot, { type: 'failed', failure: 'interrupted', error });
        writeAnswered(turn, next, null);
        if (!snapshots.get(keyOf(next))) continue;
        snapshots.set(keyOf(next), next);
        turn.change('snapshots', keyOf(next), next);
      }
      owed = [];
      turn.timer('cameras', 'sweep', turn.now + sweepMs, 'duration');
    },

    /** Begins to watch the cameras. */
    start(): void {
      watch();
    },

    onTransition(turn: Turn, alarm: Alarm, { to, cause }: AlarmTransition): void {
      if (to === 'closed') forget(turn, alarm.id);
      else if (alarm.cameras.length > 0 && isWorthAPicture(alarm, cause)) take(turn, alarm);
    },

    onTimer(turn: Turn, _name: string): void {
      turn.timer('cameras', 'sweep', turn.now + sweepMs, 'duration');
      turn.after(() => {
        rollOver().then(deps.onProblem, (error: unknown) => deps.onProblem(asError(error).message));
      });
    },

    /** Everything about pictures that are no longer wanted, now. */
    sweep: rollOver,

    views: (): CameraView[] => [...deps.cameras()].map(viewOf),
    look,
    readPicture: files.read,

    snapshot: (): Change[] =>
      [...snapshots.committed].map(([id, data]) => ({ entity: 'snapshots' as const, id, data })),

    /** Ends what is on its way, and waits for what has come. Call it before turns close. */
    async close(): Promise<void> {
      cancelWatch?.();
      fetcher.close();
      await Promise.all(keeping);
    },
  };
}
export type Cameras = ReturnType<typeof createCameras>;
