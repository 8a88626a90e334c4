import type { RunHours } from '../../../gateway/contract/plant.ts';

/** How long it has run up to a moment (UTC ms); ms. */
export function runMsAt({ runMs, since }: Pick<RunHours, 'runMs' | 'since'>, now: number): number {
  return runMs + (since === null ? 0 : Math.max(0, now - since));
}

/** `0.4`, `128.5`: hours with a tenth, as the counters of machines show them. */
export function hoursText(ms: number): string {
  return (Math.floor(ms / 360_000) / 10).toFixed(1);
}
