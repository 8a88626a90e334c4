import type { FetchPicture, PictureAddress, PictureResult } from './picture.ts';

/** Who asks: an alarm, somebody who looks, the watch that a camera lives. In this order they are served. */
export type Urgency = 'alarm' | 'look' | 'watch';

const ranks: Readonly<Record<Urgency, number>> = { alarm: 0, look: 1, watch: 2 };

/** Pictures on their way at once: what they hold in memory is bounded by it. */
const mostRunning = 16;
/** So many of these at the most for cameras whose newest picture failed, so that dead ones do not keep the others waiting. */
const mostSuspect = 4;
/** Who may wait for one camera. */
const mostWaiting = 1_000;

interface Asker {
  rank: number;
  done(result: PictureResult): void;
}

interface Camera {
  id: string;
  waiting: Asker[];
  /** Those that the picture on its way is for; null: none is. */
  served: Asker[] | null;
  suspect: boolean;
  /** Order in which cameras began to wait. */
  since: number;
}

export interface Fetcher {
  /**
   * Asks for a picture that is taken from now on; `done` is called once, later. Who asks while others wait for the same camera gets the
   * same picture; an alarm never gets one that was on its way before it.
   */
  ask(camera: string, urgency: Urgency, done: (result: PictureResult) => void): void;
  /** Ends what is on its way; nobody is called any more. */
  close(): void;
}

/**
 * One picture at a time from each camera, a bounded number from all.
 * @param deps.addressOf undefined when the camera has no address (any more)
 * @param deps.told of each picture that came or failed, before those who asked
 */
export function createFetcher(deps: {
  fetch: FetchPicture;
  addressOf(camera: string): PictureAddress | undefined;
  now(): number;
  told(camera: string, result: PictureResult): void;
}): Fetcher {
  const cameras = new Map<string, Camera>();
  const abort = new AbortController();
  let running = 0;
  let suspects = 0;
  let order = 0;

  function mayStart({ waiting, served, suspect }: Camera): boolean {
    return waiting.length > 0 && served === null && (!suspect || suspects < mostSuspect);
  }

  function next(): void {
    while (running < mostRunning && !abort.signal.aborted) {
      let first: Camera | undefined;
      const rankOf = ({ waiting }: Camera) => Math.min(...waiting.map(({ rank }) => rank));
      for (const camera of cameras.values()) {
        if (!mayStart(camera)) continue;
        const before = first && (rankOf(first) - rankOf(camera) || first.since - camera.since);
        if (before === undefined || before > 0) first = camera;
      }
      if (!first) return;
      start(first);
    }
  }

  function start(camera: Camera): void {
    const { id, suspect } = camera;
    camera.served = camera.waiting;
    camera.waiting = [];
    running++;
    if (suspect) suspects++;
    const address = deps.addressOf(id);
    const error = `"${id}" has no snapshot URL`;
    const work = address
      ? deps.fetch(address, abort.signal)
      : Promise.resolve<PictureResult>({ ok: false, failure: 'unreachable', error, takenAt: deps.now() });
    void work.then((result) => {
      running--;
      if (suspect) suspects--;
      finish(camera, result);
    });
  }

  function finish(camera: Camera, result: PictureResult): void {
    if (abort.signal.aborted) return;
    const served = camera.served ?? [];
    camera.served = null;
    camera.suspect = !result.ok;
    camera.since = order++;
    if (camera.waiting.length === 0 && result.ok) cameras.delete(camera.id);
    deps.told(camera.id, result);
    for (const { done } of served) done(result);
    next();
  }

  return {
    ask(id, urgency, done) {
      let camera = cameras.get(id);
      if (!camera) {
        camera = { id, waiting: [], served: null, suspect: false, since: order++ };
        cameras.set(id, camera);
      }
      const asker = { rank: ranks[urgency], done };
      if (urgency !== 'alarm' && camera.served) camera.served.push(asker);
      else if (camera.waiting.length >= mostWaiting) {
        const error = `${mostWaiting} alarms wait for a picture of "${id}" already`;
        queueMicrotask(() => done({ ok: false, failure: 'busy', error, takenAt: deps.now() }));
      } else camera.waiting.push(asker);
      next();
    },
    close: () => abort.abort(),
  };
}
