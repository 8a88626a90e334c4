import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { Actor } from '../contract/permissions.ts';
import type { Reading } from '../contract/reading.ts';
import { Memory } from '../store/table.ts';
import { createTurnFixture, openTestStore, type TurnFixture } from '../store/turn-fixture.ts';
import { createLive } from './alarm-fixture.ts';
import { type Alarms, createAlarms } from './alarms.ts';
import type { AlarmedDevice } from './compile.ts';
import { alarmStatements } from './store.ts';

const wipe = Object.fromEntries(
  ['alarm', 'alarm_transition', 'alarm_latency', 'alarm_shelf', 'alarm_condition', 'zone'].map((table) => [
    table,
    `DELETE FROM ${table}`,
  ]),
);

export const startMs = 1_700_000_000_000;

/** For tests of this room: the room on a real database, with turns, durable timers and a clock that tests move. */
export async function createHouse() {
  const store = await openTestStore({ alarms: alarmStatements, wipe });
  const timers = new Map<string, { dueAt: number }>();
  const limited: string[] = [];
  const told: { alarm: Alarm; transition: AlarmTransition }[] = [];
  let live = createLive();
  let memory = new Memory();
  let alarms = build();
  let devices: AlarmedDevice[] = [];
  let nowMs = startMs;

  function build(): Alarms {
    return createAlarms({
      memory,
      query: store.query,
      look: (device, point) => live.look(device, point),
      home: () => ({ area: 'site', areaName: '小区' }),
      onTransition: (_turn, alarm, transition) => told.push({ alarm, transition }),
      limited: (limit) => void limited.push(limit),
    });
  }

  /** One input in a turn of its own, committed to the database. */
  async function turn<Answer>(
    run: (turn: TurnFixture, alarms: Alarms) => Answer,
    actor: Actor | null = null,
  ): Promise<{ answer: Answer; turn: TurnFixture }> {
    const running = createTurnFixture(memory, { now: nowMs, actor });
    const cleared = new Set<string>();
    const { timer, clearTimer } = running;
    running.timer = (room, name, dueAt, basis) => {
      cleared.delete(`${room}/${name}`);
      timer(room, name, dueAt, basis);
    };
    running.clearTimer = (room, name) => {
      cleared.add(`${room}/${name}`);
      clearTimer(room, name);
    };
    let answer: Answer;
    try {
      answer = run(running, alarms);
      await running.end(store);
    } catch (error) {
      memory.drop();
      throw error;
    }
    for (const key of cleared) timers.delete(key);
    for (const [key, { dueAt }] of running.timers) timers.set(key, { dueAt });
    return { answer, turn: running };
  }

  return {
    store,
    timers,
    told,
    limited,
    turn,
    get alarms() {
      return alarms;
    },
    get now() {
      return nowMs;
    },
    open: (): Alarm[] => Array.from(alarms.open.values(), ({ alarm }) => alarm),
    /** Open alarms of one definition. */
    of: (definition: string): Alarm[] =>
      Array.from(alarms.open.values(), ({ alarm }) => alarm).filter(
        (alarm) => alarm.definition === definition,
      ),

    /** Moves the clock on, firing due timers on the way in their order. */
    async advance(ms: number): Promise<void> {
      const end = nowMs + ms;
      for (;;) {
        const [next] = [...timers]
          .filter(([, { dueAt }]) => dueAt <= end)
          .sort((a, b) => a[1].dueAt - b[1].dueAt);
        if (!next) break;
        const [key, { dueAt }] = next;
        timers.delete(key);
        nowMs = Math.max(nowMs, dueAt);
        await turn((running, room) => room.onTimer(running, key.slice('alarms/'.length)));
      }
      nowMs = end;
    },

    /** A reading of now, live and judged in one turn. */
    async read(one: Partial<Reading> & Pick<Reading, 'device' | 'point' | 'value'>): Promise<TurnFixture> {
      const whole: Reading = { quality: 'good', at: nowMs, receivedAt: nowMs, ...one };
      const { turn: running } = await turn((running, room) => {
        const newest = live.look(whole.device, whole.point);
        if (!newest || newest.at <= whole.at) live.put(whole);
        room.onReading(running, whole.device, whole.point, whole);
      });
      return running;
    },

    async configure(next: AlarmedDevice[]): Promise<void> {
      devices = next;
      await turn((running, room) => room.configure(running, devices));
    },

    /** As after a kill: everything but the database and its timers is gone. */
    async restart(next: AlarmedDevice[] = devices): Promise<void> {
      devices = next;
      live = createLive();
      memory = new Memory();
      alarms = build();
      await alarms.load();
      await turn((running, room) => room.configure(running, devices));
    },

    /** Nothing has ever happened. */
    async wipe(): Promise<void> {
      await store.commit(Object.keys(wipe).map((table) => ({ statement: `wipe.${table}`, params: [] })));
      timers.clear();
      told.length = 0;
      limited.length = 0;
      live = createLive();
      memory = new Memory();
      alarms = build();
      devices = [];
      nowMs = startMs;
    },
  };
}
export type House = Awaited<ReturnType<typeof createHouse>>;
