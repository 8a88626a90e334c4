import type { Clock, Instant } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { TimerBasis, Turn } from '../store/turn.ts';

export const timerStatements: Statements = {
  set: `INSERT INTO timer (room, name, since, due_at, basis) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (room, name) DO UPDATE SET since = excluded.since, due_at = excluded.due_at, basis = excluded.basis`,
  clear: 'DELETE FROM timer WHERE room = ? AND name = ?',
};

export interface TimerRow {
  room: string;
  name: string;
  since: number;
  /** UTC ms. */
  dueAt: number;
  basis: TimerBasis;
}

/** The wall clock has stepped when it and the monotonic clock part by more than this, ms. */
const stepToleranceMs = 2_000;

/** A row with its moment on the clock that it runs on: monotonic ms for durations, wall ms for schedules. */
interface Running extends TimerRow {
  at: number;
}

interface HeapEntry {
  at: number;
  key: string;
  row: Running;
}

/** What is due at the same moment goes by its key, so that a restart does not change the order. */
function comesBefore(a: HeapEntry, b: HeapEntry): boolean {
  return a.at < b.at || (a.at === b.at && a.key < b.key);
}

/** A binary heap; entries whose row is no longer the table's are skipped when they surface. */
class Heap {
  private readonly entries: HeapEntry[] = [];

  get first(): HeapEntry | undefined {
    return this.entries[0];
  }

  clear(): void {
    this.entries.length = 0;
  }

  push(entry: HeapEntry): void {
    const { entries } = this;
    let i = entries.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = entries[parent];
      if (!above || !comesBefore(entry, above)) break;
      entries[i] = above;
      entries[parent] = entry;
      i = parent;
    }
  }

  pop(): HeapEntry | undefined {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (!top || !last || entries.length === 0) return top;
    entries[0] = last;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = entries[child];
      if (!left) break;
      const right = entries[child + 1];
      if (right && comesBefore(right, left)) child++;
      const lower = entries[child];
      if (!lower || !comesBefore(lower, last)) break;
      entries[i] = lower;
      entries[child] = last;
      i = child;
    }
    return top;
  }
}

export interface Timers {
  /** Sets or clears within a turn; takes effect with its commit. */
  set(turn: Turn, row: TimerRow): void;
  clear(turn: Turn, room: string, name: string): void;
  /** The row as the running turn sees it; an input of a fired timer checks that it is still meant. */
  pending(room: string, name: string): TimerRow | undefined;
  /** After a commit: the heap follows the table. */
  committed(touched: Iterable<string>): void;
  /** After a step of the wall clock: running durations keep the time they have left, so their rows get new moments. */
  shift(turn: Turn): void;
  load(): Promise<void>;
  start(): void;
  /** Looks once more for a step, so that the next start finds rows by the wall clock of now. Call it before turns close. */
  stop(): void;
}

/**
 * One heap for every durable timer of the house, rebuilt from rows at start.
 * @param deps.fire queues the input that calls the room's `onTimer`
 * @param deps.stepped queues the input that shifts durations after a step of the wall clock
 */
export function createTimers(deps: {
  memory: Memory;
  clock: Clock;
  log: Logger;
  query: Query;
  fire(row: TimerRow): void;
  stepped(deltaMs: number): void;
  stepCheckMs?: number;
}): Timers {
  const { clock } = deps;
  const table: Table<Running> = deps.memory.table('timers');
  const durations = new Heap();
  const schedules = new Heap();
  const stepCheckMs = deps.stepCheckMs ?? 1_000;
  let cancel: (() => void) | undefined;
  let started = false;
  let last = clock.now();

  const keyOf = (room: string, name: string) => `${room}/${name}`;

  /** By the two clocks as they stood together when the row was made: the wall clock may have stepped since. */
  function running(row: TimerRow, { wallMs, monoMs }: Instant): Running {
    return { ...row, at: row.basis === 'duration' ? monoMs + (row.dueAt - wallMs) : row.dueAt };
  }

  function enter(key: string, row: Running): void {
    (row.basis === 'duration' ? durations : schedules).push({ at: row.at, key, row });
  }

  function committed(touched: Iterable<string>): void {
    let entered = false;
    for (const key of touched) {
      const row = table.committed.get(key);
      if (row) {
        enter(key, row);
        entered = true;
      }
    }
    if (entered) plan();
  }

  function fireDue(heap: Heap, at: number): void {
    for (let top = heap.first; top && top.at <= at; top = heap.first) {
      heap.pop();
      if (table.committed.get(top.key) === top.row) deps.fire(top.row);
    }
  }

  function checkStep(): void {
    const now = clock.now();
    const deltaMs = now.wallMs - last.wallMs - (now.monoMs - last.monoMs);
    last = now;
    if (Math.abs(deltaMs) <= stepToleranceMs) return;
    deps.log.warn({ deltaMs }, 'the wall clock stepped; running delays keep their length');
    deps.stepped(Math.round(deltaMs));
  }

  function wake(): void {
    if (!started) return;
    checkStep();
    const now = clock.now();
    fireDue(durations, now.monoMs);
    fireDue(schedules, now.wallMs);
    plan();
  }

  function plan(): void {
    cancel?.();
    if (!started) return;
    const now = clock.now();
    let delayMs = stepCheckMs;
    if (durations.first) delayMs = Math.min(delayMs, durations.first.at - now.monoMs);
    if (schedules.first) delayMs = Math.min(delayMs, schedules.first.at - now.wallMs);
    cancel = clock.wakeAfter(Math.max(0, Math.ceil(delayMs)), wake);
  }

  function write(turn: Turn, key: string, row: Running): void {
    table.set(key, row);
    turn.write('timers.set', row.room, row.name, row.since, row.dueAt, row.basis);
  }

  return {
    set(turn, row) {
      write(turn, keyOf(row.room, row.name), running(row, { wallMs: turn.now, monoMs: turn.monoMs }));
    },
    clear(turn, room, name) {
      if (!table.get(keyOf(room, name))) return;
      table.set(keyOf(room, name), undefined);
      turn.write('timers.clear', room, name);
    },
    pending: (room, name) => table.get(keyOf(room, name)),
    committed,
    shift(turn) {
      const moved: string[] = [];
      for (const row of [...table.values()]) {
        if (row.basis !== 'duration') continue;
        // Of one that was set after the step, before it was noticed, the row is right already.
        const byMs = Math.round(turn.now - turn.monoMs + row.at - row.dueAt);
        if (Math.abs(byMs) <= stepToleranceMs) continue;
        const key = keyOf(row.room, row.name);
        write(turn, key, { ...row, since: row.since + byMs, dueAt: row.dueAt + byMs });
        moved.push(key);
      }
      turn.after(() => committed(moved));
    },
    async load() {
      const rows = await deps.query<{
        room: string;
        name: string;
        since: number;
        due_at: number;
        basis: TimerBasis;
      }>('SELECT room, name, since, due_at, basis FROM timer');
      for (const { room, name, since, due_at: dueAt, basis } of rows) {
        const row = running({ room, name, since, dueAt, basis }, clock.now());
        table.load(keyOf(room, name), row);
        enter(keyOf(room, name), row);
      }
    },
    start() {
      started = true;
      last = clock.now();
      wake();
    },
    stop() {
      if (started) checkStep();
      started = false;
      cancel?.();
    },
  };
}
