import { afterEach, beforeEach, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { Memory } from '../store/table.ts';
import { openTestStore } from '../store/turn-fixture.ts';
import { createTimers, type Timers, timerStatements } from './timers.ts';
import { createTurns, type Turns } from './turns.ts';

const min = 60_000;
const hour = 60 * min;
const start = Date.UTC(2026, 2, 1, 14);

let store: Awaited<ReturnType<typeof openTestStore>>;
let clock: ManualClock;
let house: { timers: Timers; turns: Turns };
/** What fired, with the minutes of monotonic time since the start. */
let fired: string[];

beforeEach(async () => {
  store = await openTestStore({ timers: timerStatements });
  clock = createManualClock(start);
  fired = [];
  house = await createHouse();
});
afterEach(async () => {
  await stop();
  await store.remove();
});

async function createHouse() {
  const memory = new Memory();
  const timers = createTimers({
    memory,
    clock,
    log: silentLog,
    query: store.query,
    fire: (row) =>
      void turns.operate('timer', null, (turn) => {
        if (timers.pending(row.room, row.name)?.dueAt !== row.dueAt) return;
        timers.clear(turn, row.room, row.name);
        fired.push(`${row.name} ${clock.now().monoMs / min}`);
      }),
    stepped: () => void turns.operate('clock step', null, (turn) => timers.shift(turn)),
  });
  const turns = createTurns({
    clock,
    log: silentLog,
    memory,
    commit: store.commit,
    appendHistory: () => ({ attempted: Promise.resolve(), durable: Promise.resolve() }),
    appendAudit() {},
    timers,
    publish() {},
    publishUnrecorded() {},
    condemn(_turn, _input, error) {
      throw error;
    },
    storage() {},
    pressure() {},
    unusable(message) {
      throw new Error(message);
    },
  });
  await timers.load();
  timers.start();
  return { timers, turns };
}

async function stop(): Promise<void> {
  house.timers.stop();
  await house.turns.close();
}

const pass = (ms: number) => clock.advance(ms, () => house.turns.idle());

function set(name: string, inMs: number, basis: 'duration' | 'schedule' = 'duration'): Promise<void> {
  return house.turns.operate('set', null, (turn) => turn.timer('test', name, turn.now + inMs, basis));
}

for (const step of [hour, -hour]) {
  const direction = step > 0 ? 'forward' : 'back';

  test(`a wall clock set ${direction} by an hour leaves running durations their length`, async () => {
    await set('delay', 10 * min);
    await pass(min);
    clock.stepWall(step);
    await pass(20 * min);
    expect(fired).toEqual(['delay 10']);
  });

  test(`a duration that begins after the clock was set ${direction}, before that is noticed, keeps its length`, async () => {
    clock.stepWall(step);
    await set('delay', 10 * min);
    await pass(20 * min);
    expect(fired).toEqual(['delay 10']);
  });

  test(`a restart right after the clock was set ${direction} keeps the rest of every duration`, async () => {
    await set('before', 10 * min);
    await pass(min);
    clock.stepWall(step);
    await set('after', 5 * min);
    await stop();
    house = await createHouse();
    await pass(20 * min);
    expect(fired).toEqual(['after 6', 'before 10']);
  });
}

test('a duration that is due in the very moment of the step fires once', async () => {
  await set('delay', 1_000);
  await pass(999);
  clock.stepWall(hour);
  await pass(min);
  expect(fired).toEqual([`delay ${1_000 / min}`]);
});

test('a schedule follows the wall clock: it comes an hour later when that is set back, and at once when it is set forward', async () => {
  await set('back', 10 * min, 'schedule');
  clock.stepWall(-hour);
  await pass(70 * min);
  await set('forward', 2 * hour, 'schedule');
  clock.stepWall(3 * hour);
  await pass(1_000);
  expect(fired).toEqual(['back 70', `forward ${70 + 1_000 / min}`]);
});

test('what is due at the same moment fires in the same order with a restart as without one', async () => {
  const names = ['d', 'b', 'f', 'a', 'e', 'c'];
  for (const name of names) await set(name, min, 'schedule');
  await stop();
  house = await createHouse();
  await pass(min);
  const restarted = fired;
  fired = [];
  for (const name of names) await set(name, min, 'schedule');
  await pass(min);
  expect(restarted.map((one) => one[0]).join('')).toBe('abcdef');
  expect(fired.map((one) => one[0]).join('')).toBe('abcdef');
});
