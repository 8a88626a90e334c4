import { type FSWatcher, mkdirSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';

const settleMs = 300;

/** How a file ends while it is being written; it gets its name when it is whole. */
export const writing = '.writing';

/**
 * Watches a folder of device types, and tells when something in it has changed and been left alone for a moment. Folders are
 * watched, not their files: editors, and we ourselves, put a new file in the place of the old one, which a watched file does not
 * see.
 * @returns stops watching
 */
export function watchTypeFolders(
  dir: string,
  { clock, log }: { clock: Clock; log: Logger },
  changed: () => void,
) {
  mkdirSync(dir, { recursive: true });
  const watchers = new Map<string, FSWatcher>();
  let cancel: (() => void) | undefined;
  let open = true;

  function touched(name: string | null): void {
    // What we keep there ourselves is no change, nor is a file that is being written.
    if (name?.startsWith('.') || name?.endsWith(writing)) return;
    cancel?.();
    cancel = clock.wakeAfter(settleMs, () => {
      if (!open) return;
      follow();
      changed();
    });
  }

  function add(path: string): void {
    try {
      const watcher = watch(path, (_, name) => touched(name));
      watcher.on('error', (error) => {
        drop(path);
        // A folder that was removed is no trouble; the folder above tells of it.
        if (path === dir)
          log.warn(
            { dir, error: error.message },
            'device types are no longer watched: restart to reload them',
          );
      });
      watchers.set(path, watcher);
    } catch (error) {
      log.warn({ path, error: asError(error).message }, 'a folder of device types cannot be watched');
    }
  }

  function drop(path: string): void {
    watchers.get(path)?.close();
    watchers.delete(path);
  }

  /** New folders are watched as well; those that were removed no longer. A folder that came anew under its name has another watcher. */
  function follow(): void {
    const present = new Set([dir]);
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory() && !entry.name.startsWith('.')) present.add(join(dir, entry.name));
    for (const path of [...watchers.keys()]) if (path !== dir) drop(path);
    for (const path of present) if (!watchers.has(path)) add(path);
  }

  follow();
  return () => {
    open = false;
    cancel?.();
    for (const path of [...watchers.keys()]) drop(path);
  };
}
