/**
 * A commit costs as much processor time as a dozen readings. So after a turn that took several inputs the next one gathers some,
 * until this long after the one before began. What comes alone does not wait, nor do more inputs than that.
 */
export const cadenceLimits = { busyInputs: 4, gatherInputs: 16, gatherMs: 3 };

/** When the next turn begins. By the machine's own time, not the injected clock: this spares a real processor and a real disk. */
export class Cadence {
  private readonly limits: typeof cadenceLimits;
  private readonly begin: () => void;
  private begunAt = 0;
  private taken = 0;
  private gathering: NodeJS.Timeout | undefined;

  constructor(limits: typeof cadenceLimits, begin: () => void) {
    this.limits = limits;
    this.begin = begin;
  }

  /** So many inputs wait: calls `begin` now, or later without being asked again. */
  wait(waiting: number): void {
    const { busyInputs, gatherInputs, gatherMs } = this.limits;
    const atOnce = this.taken < busyInputs || waiting >= gatherInputs;
    const leftMs = atOnce ? 0 : this.begunAt + gatherMs - performance.now();
    if (leftMs > 0) this.gathering ??= setTimeout(() => this.end(), leftMs);
    else this.end();
  }

  private end(): void {
    this.stop();
    this.begin();
  }

  /** A turn has begun, at this moment of the process's clock, and takes so many. */
  began(at: number, taken: number): void {
    this.begunAt = at;
    this.taken = taken;
  }

  stop(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
  }
}
