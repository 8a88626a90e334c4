import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const afterMs = 3_000;

/** Lets this process collect when it is asked to. Before its workers start: they take V8's flags as they stand then. */
export function allowCollecting(): void {
  setFlagsFromString('--expose-gc');
}

/**
 * Gives back to the system what only the start of this thread needed: module sources, schemas being built, a young generation grown
 * to 64 MiB. Node does so only under memory pressure; a gateway on a small host would hold a third of its memory for nothing. It
 * stops the main thread for one to three tenths of a second, so it is done once, and a while after the start: after a crash every
 * tenth of a second counts. Nothing is done where collecting has not been allowed.
 * Source: V8's `gc` extension, flavor `last-resort`, which also empties the pool of free pages.
 */
export function giveBackStartGarbage(): void {
  setTimeout(collect, afterMs).unref();
}

function collect(): void {
  // A context that was made before it was allowed has none; a new one has.
  const gc: ((how: object) => void) | undefined = globalThis.gc ?? runInNewContext('globalThis.gc');
  gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
