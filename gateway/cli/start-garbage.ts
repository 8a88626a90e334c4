import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back to the system what only the start needed: module sources, schemas being built, a young generation grown to 64 MiB.
 * Node does so only under memory pressure; a gateway on a small host would hold a quarter of its memory for nothing. It stops the
 * process for one to three tenths of a second, so it is called once, soon after the start.
 * Source: V8's `gc` extension, flavor `last-resort`, which also empties the pool of free pages.
 */
export function giveBackStartGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: object) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
