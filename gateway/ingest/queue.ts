import type { Input } from '../store/turn.ts';

/** An input in the queue, with what must survive a repeated turn. */
export interface Queued {
  input: Input;
  /** Ids drawn for it; a repeated turn draws the same ones. */
  ids: string[];
  /** Same-key inputs that arrived while it waited; they share its outcome. */
  repeats: Input[];
  /** The database refused its rows: it is set aside instead of run. */
  condemned: Error | undefined;
}

/** First in, first out; inputs stay at the head until their turn is committed. */
export class InputQueue {
  /** Places before `head` are emptied: what was taken must not live on in them, else every young collection has to copy it. */
  private entries: (Queued | undefined)[] = [];
  private head = 0;
  private readonly byKey = new Map<string, Queued>();
  bytes = 0;

  get length(): number {
    return this.entries.length - this.head;
  }

  add(input: Input): void {
    if (input.key !== undefined) {
      const waiting = this.byKey.get(input.key);
      if (waiting) {
        waiting.repeats.push(input);
        return;
      }
    }
    const entry: Queued = { input, ids: [], repeats: [], condemned: undefined };
    if (input.key !== undefined) this.byKey.set(input.key, entry);
    this.entries.push(entry);
    this.bytes += input.weight;
  }

  at(index: number): Queued | undefined {
    return this.entries[this.head + index];
  }

  /** Removes `count` entries from the head. */
  take(count: number): Queued[] {
    const taken: Queued[] = [];
    const end = Math.min(this.head + count, this.entries.length);
    for (; this.head < end; this.head++) {
      const entry = this.entries[this.head];
      this.entries[this.head] = undefined;
      if (entry) taken.push(entry);
    }
    if (this.head > 4_096 && this.head * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
    for (const entry of taken) this.forget(entry);
    return taken;
  }

  /** Removes the entries that `wanted` picks, wherever they stand. */
  remove(wanted: (entry: Queued) => boolean): Queued[] {
    const removed: Queued[] = [];
    const kept: Queued[] = [];
    for (let i = this.head; i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (entry) (wanted(entry) ? removed : kept).push(entry);
    }
    if (removed.length > 0) {
      this.entries = kept;
      this.head = 0;
      for (const entry of removed) this.forget(entry);
    }
    return removed;
  }

  private forget(entry: Queued): void {
    this.bytes -= entry.input.weight;
    if (entry.input.key !== undefined) this.byKey.delete(entry.input.key);
  }
}
