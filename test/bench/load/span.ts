/** The measured part of a run, by `performance.now()`: begins when everything is open and warmed up. */
export class Span {
  started = Number.POSITIVE_INFINITY;
  from = Number.POSITIVE_INFINITY;
  to = Number.POSITIVE_INFINITY;

  /** @param periodMs between two messages: the bounds lie between messages, so that rounding moves none across */
  begin(startMs: number, warmupMs: number, measureMs: number, periodMs: number): void {
    this.started = startMs;
    this.from = startMs + warmupMs - periodMs / 2;
    this.to = this.from + measureMs;
  }

  /** Whether a message that was due then counts. */
  holds(dueAt: number): boolean {
    return dueAt >= this.from && dueAt < this.to;
  }
}
