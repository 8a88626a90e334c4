import type { Spread } from './order.ts';

const round = (ms: number) => Math.round(ms * 100) / 100;

/** Latencies of a run, ms. */
export class Latencies {
  #values = new Float64Array(65_536);
  count = 0;

  add(ms: number): void {
    if (this.count === this.#values.length) {
      const larger = new Float64Array(2 * this.count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.count++] = ms;
  }

  addAll(others: Latencies): void {
    for (let i = 0; i < others.count; i++) this.add(others.#values[i] ?? 0);
  }

  spread(): Spread {
    const sorted = this.#values.slice(0, this.count).sort();
    const quantile = (q: number) =>
      round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
    return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), worstMs: round(sorted.at(-1) ?? 0) };
  }
}
