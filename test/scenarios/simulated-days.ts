import type { Change } from '../../gateway/contract/live.ts';
import { timerStatements } from '../../gateway/ingest/timers.ts';
import type { Query, Statements } from '../../gateway/store/store.ts';
import { Memory } from '../../gateway/store/table.ts';
import type { Actor, TimerBasis, Turn } from '../../gateway/store/turn.ts';
import { createTurnFixture, openTestStore, testActor } from '../../gateway/store/turn-fixture.ts';

/** What stands on the memory and the database of one run; built anew at every restart. */
export interface Standing<Rooms> {
  rooms: Rooms;
  onTimer(turn: Turn, room: string, name: string): void;
}

export interface SimulatedDays<Rooms> {
  readonly rooms: Rooms;
  readonly now: number;
  readonly query: Query;
  /** Everything that consoles were told, over all restarts. */
  readonly changes: Change[];
  /** One input of the turn, committed; what it throws leaves nothing behind. */
  act<Answer>(run: (turn: Turn) => Answer, actor?: Actor | null): Promise<Answer>;
  /** Lets the time pass, firing each durable timer at its moment. */
  goTo(at: number): Promise<void>;
  /** Lets the time pass with the gateway down: nothing fires. */
  sleepTo(at: number): void;
  /** The process ends and starts: only what the database holds is left. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** Rooms on a real database with a clock that a test moves: a month passes in seconds, and a restart may come at any step. */
export async function createSimulatedDays<Rooms>(options: {
  start: number;
  /** The process ends and starts after every single input. */
  restartAfterEachStep?: boolean;
  statements: Record<string, Statements>;
  stand(memory: Memory, query: Query, now: number): Promise<Standing<Rooms>>;
}): Promise<SimulatedDays<Rooms>> {
  const store = await openTestStore({ ...options.statements, timers: timerStatements });
  const timers = new Map<string, { room: string; name: string; dueAt: number }>();
  const changes: Change[] = [];
  let now = options.start;
  let memory = new Memory();
  let standing = await options.stand(memory, store.query, now);

  async function act<Answer>(run: (turn: Turn) => Answer, actor: Actor | null = testActor): Promise<Answer> {
    const turn = createTurnFixture(memory, { now, actor });
    const meant = new Map<string, { room: string; name: string; dueAt: number } | null>();
    turn.timer = (room: string, name: string, dueAt: number, basis: TimerBasis) => {
      turn.write('timers.set', room, name, now, dueAt, basis);
      meant.set(`${room}/${name}`, { room, name, dueAt });
    };
    turn.clearTimer = (room: string, name: string) => {
      turn.write('timers.clear', room, name);
      meant.set(`${room}/${name}`, null);
    };
    let answer: Answer;
    try {
      answer = run(turn);
    } catch (error) {
      memory.rollback();
      throw error;
    }
    await turn.end(store);
    changes.push(...turn.changes);
    for (const [key, timer] of meant) {
      if (timer) timers.set(key, timer);
      else timers.delete(key);
    }
    if (options.restartAfterEachStep) await restart();
    return answer;
  }

  async function restart(): Promise<void> {
    memory = new Memory();
    timers.clear();
    const rows = await store.query<{ room: string; name: string; due_at: number }>('SELECT * FROM timer');
    for (const row of rows)
      timers.set(`${row.room}/${row.name}`, { room: row.room, name: row.name, dueAt: row.due_at });
    standing = await options.stand(memory, store.query, now);
  }

  function nextTimer(until: number) {
    let first: { room: string; name: string; dueAt: number } | undefined;
    for (const timer of timers.values())
      if (timer.dueAt <= until && (!first || timer.dueAt < first.dueAt)) first = timer;
    return first;
  }

  return {
    get rooms() {
      return standing.rooms;
    },
    get now() {
      return now;
    },
    query: store.query,
    changes,
    act,
    async goTo(at) {
      for (let due = nextTimer(at); due; due = nextTimer(at)) {
        now = Math.max(now, due.dueAt);
        const { room, name } = due;
        await act((turn) => {
          turn.clearTimer(room, name);
          standing.onTimer(turn, room, name);
        }, null);
      }
      now = at;
    },
    sleepTo(at) {
      now = at;
    },
    restart,
    remove: () => store.remove(),
  };
}
