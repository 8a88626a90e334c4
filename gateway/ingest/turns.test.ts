import Database from 'better-sqlite3';
import { afterEach, expect, test, vi } from 'vitest';
import type { Change } from '../contract/live.ts';
import { systemClock } from '../lib/clock.ts';
import { Fault, fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { Memory } from '../store/table.ts';
import type { Input, Turn } from '../store/turn.ts';
import { openTestStore } from '../store/turn-fixture.ts';
import { createDeadLetters, deadLetterStatements } from './dead-letters.ts';
import { createTimers, timerStatements } from './timers.ts';
import { createTurns, type TurnsDeps, turnLimits } from './turns.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const things = { insert: 'INSERT INTO fact (name, value) VALUES (?, ?)' };

async function createHouse(overrides: Partial<TurnsDeps> = {}, limits: Partial<typeof turnLimits> = {}) {
  const store = await openTestStore({ timers: timerStatements, things, deadLetters: deadLetterStatements });
  const memory = new Memory();
  const letters = createDeadLetters();
  const log = {
    published: [] as Change[],
    unrecorded: [] as Change[],
    storage: [] as boolean[],
    pressure: [] as boolean[],
  };
  const timers = createTimers({
    memory,
    clock: systemClock,
    log: silentLog,
    query: store.query,
    fire() {},
    stepped() {},
  });
  const turns = createTurns(
    {
      clock: systemClock,
      log: silentLog,
      memory,
      commit: (writes) => store.commit(writes),
      appendHistory: () => ({ attempted: Promise.resolve(), durable: Promise.resolve() }),
      appendAudit() {},
      timers,
      publish: (changes) => log.published.push(...changes),
      publishUnrecorded: (changes) => log.unrecorded.push(...changes),
      condemn: (turn, input, error) =>
        letters.keep(turn, {
          ...input.evidence(),
          what: input.what,
          reason: error.message,
          why: [],
          stack: error.stack ?? null,
        }),
      storage: (failing) => log.storage.push(failing),
      pressure: (full) => log.pressure.push(full),
      unusable(message) {
        throw new Error(message);
      },
      ...overrides,
    },
    { ...turnLimits, ...limits },
  );
  closers.push(async () => {
    await turns.close();
    timers.stop();
    await store.remove();
  });
  return { store, memory, turns, log };
}

function inputOf(
  run: (turn: Turn) => void,
  more: Partial<Input> = {},
): Input & { settled: Promise<Error | undefined> } {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  return {
    what: 'test',
    received: systemClock.now(),
    actor: null,
    weight: 100,
    droppable: false,
    needsHistory: false,
    answerable: false,
    run,
    settle: resolve,
    evidence: () => ({ source: 'test', device: null, bytes: Buffer.from('bytes') }),
    settled: promise,
    ...more,
  };
}

const factNames = async (house: Awaited<ReturnType<typeof createHouse>>) =>
  (await house.store.query<{ name: string }>('SELECT name FROM fact ORDER BY name')).map(({ name }) => name);

test('one poison message in 500: the other 499 are stored, the one is dead-lettered with its bytes, all are settled', async () => {
  const house = await createHouse();
  const table = house.memory.table<number>('numbers');
  const inputs = Array.from({ length: 500 }, (_, i) =>
    inputOf((turn) => {
      table.set(`n${i}`, i);
      turn.write('things.insert', `fact-${i}`, 'x');
      turn.change('system', `n${i}`, i);
      if (i === 137) throw new Error('a machine that fails');
    }),
  );
  for (const input of inputs) house.turns.submit(input);
  await Promise.all(inputs.map((input) => input.settled));
  expect((await factNames(house)).length).toBe(499);
  expect(table.committed.has('n137')).toBe(false);
  expect(table.committed.size).toBe(499);
  expect(house.log.published.some((change) => change.id === 'n137')).toBe(false);
  const letters = await house.store.query<{ reason: string; bytes: Uint8Array }>(
    'SELECT reason, bytes FROM dead_letter',
  );
  expect(letters.map((letter) => [letter.reason, Buffer.from(letter.bytes).toString()])).toEqual([
    ['a machine that fails', 'bytes'],
  ]);
});

test('rows that the database refuses cost only their own input', async () => {
  const house = await createHouse();
  const inputs = Array.from({ length: 50 }, (_, i) =>
    inputOf((turn) => turn.write('things.insert', i === 20 ? 'fact-3' : `fact-${i}`, 'x')),
  );
  for (const input of inputs) house.turns.submit(input);
  await Promise.all(inputs.map((input) => input.settled));
  expect((await factNames(house)).length).toBe(49);
  const [letter] = await house.store.query<{ reason: string }>('SELECT reason FROM dead_letter');
  expect(letter?.reason).toContain('UNIQUE');
});

test('a machine that cannot read the database for now condemns no input: the turn is repeated, in order', async () => {
  const { turns, store, log } = await createHouse();
  let readable = false;
  const order: string[] = [];
  const first = inputOf((turn) => {
    order.push('first');
    turn.write('things.insert', 'first', '1');
  });
  const second = inputOf((turn) => {
    if (!readable) throw fault('storage.unavailable', 'disk I/O error');
    order.push('second');
    turn.write('things.insert', 'second', '2');
  });
  turns.submit(first);
  turns.submit(second);
  await expect.poll(() => log.storage).toEqual([true]);
  expect(await store.query('SELECT * FROM fact')).toEqual([]);
  readable = true;
  expect(await Promise.all([first.settled, second.settled])).toEqual([undefined, undefined]);
  expect(order.slice(-2)).toEqual(['first', 'second']);
  expect(await store.query('SELECT name FROM fact ORDER BY name')).toEqual([
    { name: 'first' },
    { name: 'second' },
  ]);
  expect(turns.stats().condemned).toBe(0);
});

test('an input sees what the one before left, and readers see it only when it is on disk', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const house = await createHouse({
    async commit() {
      await held;
      return { ok: true };
    },
  });
  const table = house.memory.table<number>('numbers');
  const seen: (number | undefined)[] = [];
  const first = inputOf((turn) => {
    table.set('a', 1);
    turn.write('things.insert', 'a', '1');
  });
  const second = inputOf(() => seen.push(table.get('a')));
  house.turns.submit(first);
  house.turns.submit(second);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(seen).toEqual([1]);
  expect(table.committed.has('a')).toBe(false);
  release();
  await first.settled;
  expect(table.committed.get('a')).toBe(1);
});

test('a refused operation leaves nothing and tells its caller why; the others of its turn stand', async () => {
  const house = await createHouse();
  const good = house.turns.operate('good', null, (turn) => {
    turn.write('things.insert', 'good', '1');
    return 42;
  });
  const bad = house.turns.operate('bad', null, (turn) => {
    turn.write('things.insert', 'bad', '1');
    throw fault('state.conflict', 'not now');
  });
  await expect(bad).rejects.toMatchObject({ code: 'state.conflict' });
  expect(await good).toBe(42);
  expect(await factNames(house)).toEqual(['good']);
  expect(await house.store.query('SELECT * FROM dead_letter')).toEqual([]);
});

test('while the database is locked alarms are shown as not recorded, nothing is settled, and all is stored afterwards with the same ids', async () => {
  const house = await createHouse();
  const locker = new Database(`${house.store.dir}/gatehouse.db`);
  locker.exec('BEGIN EXCLUSIVE');
  const ids: string[] = [];
  let settled = false;
  const input = inputOf((turn) => {
    const id = turn.id();
    ids.push(id);
    turn.write('things.insert', id, '1');
    turn.change('alarms', id, { id, revision: 1 });
  });
  void input.settled.then(() => {
    settled = true;
  });
  house.turns.submit(input);
  while (ids.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(house.log.storage).toEqual([true]);
  expect(house.log.unrecorded.length).toBeGreaterThan(0);
  expect(settled).toBe(false);
  locker.exec('ROLLBACK');
  locker.close();
  expect(await input.settled).toBeUndefined();
  expect(new Set(ids).size).toBe(1);
  expect(await factNames(house)).toEqual([ids[0]]);
  expect(house.log.storage).toEqual([true, false]);
});

test('a caller gets storage.unavailable when the commit fails for longer than its patience, and nothing of it is done later', async () => {
  const house = await createHouse({}, { answerMs: 300 });
  const locker = new Database(`${house.store.dir}/gatehouse.db`);
  locker.exec('BEGIN EXCLUSIVE');
  const call = house.turns.operate('late', null, (turn) => turn.write('things.insert', 'late', '1'));
  await expect(call).rejects.toMatchObject({ code: 'storage.unavailable' });
  locker.exec('ROLLBACK');
  locker.close();
  await house.turns.operate('after', null, (turn) => turn.write('things.insert', 'after', '1'));
  expect(await factNames(house)).toEqual(['after']);
});

test('a repeat that arrives while the first is queued shares its outcome and runs once', async () => {
  const house = await createHouse();
  let runs = 0;
  const first = inputOf(() => runs++, { key: 'device/1' });
  const repeat = inputOf(() => runs++, { key: 'device/1' });
  house.turns.submit(first);
  house.turns.submit(repeat);
  await Promise.all([first.settled, repeat.settled]);
  expect(runs).toBe(1);
});

test('a full queue drops what may be dropped, keeps events, and asks for a pause', async () => {
  const house = await createHouse({}, { queueBytes: 1_000 });
  let runs = 0;
  const readings = Array.from({ length: 30 }, () => inputOf(() => runs++, { droppable: true }));
  const events = Array.from({ length: 5 }, () => inputOf(() => runs++));
  for (const input of [...readings, ...events]) house.turns.submit(input);
  await Promise.all([...readings, ...events].map((input) => input.settled));
  expect(runs).toBe(15);
  expect(house.turns.stats().dropped).toBe(20);
  expect(house.log.pressure).toEqual([true, false]);
});

test('a Fault of the catalogue keeps its code through the turn', async () => {
  const house = await createHouse();
  const error = await house.turns
    .operate('refuse', null, () => {
      throw fault('not.found', 'no such alarm');
    })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Fault);
});

test('the next turn commits while history writes the last one, and no turn runs two ahead of it', async () => {
  const writing: (() => void)[] = [];
  const { turns } = await createHouse({
    appendHistory() {
      const { promise, resolve } = Promise.withResolvers<void>();
      writing.push(resolve);
      return { attempted: promise, durable: promise };
    },
  });
  const handled: number[] = [];
  const reading = (n: number) =>
    inputOf((turn) => {
      handled.push(n);
      turn.record('tank-1', 'level', n, n, 'good');
    });
  const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true));
  for (const n of [1, 2]) {
    turns.submit(reading(n));
    await until(() => handled.length === n);
  }
  turns.submit(reading(3));
  let idle = false;
  void turns.idle().then(() => {
    idle = true;
  });
  // A turn that nothing holds back starts with the next round of the loop.
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
  expect(handled).toEqual([1, 2]);
  writing[0]?.();
  await until(() => handled.length === 3);
  writing[1]?.();
  await until(() => writing.length === 3);
  expect(idle).toBe(false);
  writing[2]?.();
  await until(() => idle);
});

test('after a turn of several inputs the next gathers some; one that comes alone does not wait', async () => {
  // The time would not come within the test.
  const { turns } = await createHouse({}, { busyInputs: 4, gatherInputs: 10, gatherMs: 600_000 });
  const handled: number[] = [];
  const submit = (n: number) => turns.submit(inputOf(() => handled.push(n)));
  const rounds = async () => {
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
  };
  submit(1);
  await rounds();
  submit(2);
  await rounds();
  expect(handled).toEqual([1, 2]);
  for (const n of [3, 4, 5, 6]) submit(n);
  await rounds();
  expect(handled).toHaveLength(6);
  for (let n = 7; n < 16; n++) submit(n);
  await rounds();
  expect(handled).toHaveLength(6);
  submit(16);
  await rounds();
  expect(handled).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
});

test('what is gathered is handled when its time has come, though nothing more arrives', async () => {
  const { turns } = await createHouse({}, { busyInputs: 1, gatherInputs: 10, gatherMs: 5 });
  const [first, second] = [inputOf(() => {}), inputOf(() => {})];
  turns.submit(first);
  await first.settled;
  turns.submit(second);
  expect(await second.settled).toBeUndefined();
});
