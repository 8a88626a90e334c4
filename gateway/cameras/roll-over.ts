import type { Clock } from '../lib/clock.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { PictureFiles } from './files.ts';
import { namedFiles, removableFiles } from './store.ts';

/** A file that no record names yet may be one whose record is about to be written, ms. */
const youngMs = 3_600_000;
/** Rolling over for size begins above the limit and ends a tenth below it. */
const lowShare = 0.9;
/** Pictures that go in one turn. */
const sliceFiles = 200;

/**
 * Keeps the pictures within their size: the oldest of closed alarms go first, those of open alarms never; and removes the files that
 * no record names: their alarms were rolled over, or the process ended before the record was written.
 * @returns what is wrong when it is over its size and nothing is left that may go; null when all is well
 */
export function createRollOver(deps: {
  query: Query;
  operate: Operate;
  clock: Clock;
  files: PictureFiles;
  maxMegabytes: number;
}): () => Promise<string | null> {
  const { query, operate, clock, files } = deps;
  const most = deps.maxMegabytes * 1024 * 1024;

  /** @returns what is left, bytes, and the files that were given up */
  async function shrink(
    used: number,
    sizes: ReadonlyMap<string, number>,
  ): Promise<{ left: number; given: ReadonlySet<string> }> {
    const given = new Set<string>();
    let left = used;
    while (left > most * lowShare) {
      const slice: string[] = [];
      for (const file of await removableFiles(query, sliceFiles)) {
        if (left <= most * lowShare) break;
        slice.push(file);
        given.add(file);
        left -= sizes.get(file) ?? 0;
      }
      if (slice.length === 0) break;
      await operate('snapshots', null, (turn) => {
        for (const file of slice) turn.write('cameras.remove', file);
        turn.audit({
          action: 'snapshots.rolled-over',
          subject: 'snapshots',
          detail: { files: slice.length },
        });
      });
    }
    return { left, given };
  }

  return async () => {
    const present = await files.list();
    const sizes = new Map(present.map(({ file, bytes }) => [file, bytes]));
    const used = present.reduce((sum, { bytes }) => sum + bytes, 0);
    const { left, given } =
      used > most ? await shrink(used, sizes) : { left: used, given: new Set<string>() };
    const named = await namedFiles(query);
    const youngest = clock.now().wallMs - youngMs;
    for (const { file, at } of present)
      if (!named.has(file) && (at < youngest || given.has(file))) await files.remove(file);
    return left > most
      ? `the pictures of open alarms take ${Math.round(left / 1024 / 1024)} MiB, more than cameras.maxMegabytes (${deps.maxMegabytes}); close alarms, or raise it`
      : null;
  };
}
