import type { TrendQuery } from './messages.ts';
import type { TrendRow } from './steps.ts';

/** What takes readings out of the journal and answers for them: history.db, or InfluxDB. It lives in a worker of its own. */
export interface ReadingStore {
  /** The journal has more: take it. Never rejects; what stands in the way is told as trouble. */
  grown(): Promise<void>;
  /** Once a minute. Never rejects. @param now UTC ms */
  upkeep(now: number): Promise<void>;
  /** Rows oldest first; every reading that was acknowledged before is in it. @throws storage.unavailable */
  query(query: TrendQuery): Promise<TrendRow[]>;
  close(): void;
}

/** What a store tells the house. */
export interface StoreTells {
  /** The journal may forget everything up to this batch. */
  trim(upTo: number): void;
  /** Why nothing can be taken for now; null: it can. */
  trouble(words: string | null): void;
  /** Readings that will never be in the store, and why. */
  refused(words: string): void;
}

/** Rows of one answer; who wants more asks for a shorter span or for steps. */
export const mostRows = 20_000;

/** A long piece of work lets others of its thread in after so long. */
export const sliceMs = 8;

export function slices(): () => Promise<void> {
  let end = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < end) return;
    await new Promise((resolve) => setImmediate(resolve));
    end = performance.now() + sliceMs;
  };
}
