import { afterEach, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { Operate } from '../store/operate.ts';
import { Memory } from '../store/table.ts';
import type { SqlValue } from '../store/turn.ts';
import { createTurnFixture, openTestStore } from '../store/turn-fixture.ts';
import { createRetention, retentionSlice, retentionStatements } from './retention.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 5, 1);
const memory = new Memory();

let store: Awaited<ReturnType<typeof openTestStore>>;
const insert = {
  alarm: `INSERT INTO alarm (id, cause, state, priority, category, device, area, raised_at, closed_at, track, doc)
          VALUES (?, ?, ?, 1, 'fire', 'd', 'a', ?, ?, '{}', ?)`,
  transition:
    "INSERT INTO alarm_transition (alarm, revision, at, to_state, cause) VALUES (?, 1, ?, 'unacknowledged', 'raised')",
  latency: 'INSERT INTO alarm_latency (alarm, received_at) VALUES (?, ?)',
  linkage: "INSERT INTO linkage_run (alarm, linkage, doc) VALUES (?, 'l', '{}')",
  snapshot: "INSERT INTO snapshot (alarm, n, state, doc) VALUES (?, 1, 'failed', '{}')",
  event: `INSERT INTO event (id, device, type, data, occurred_at, received_at, device_time_used, late)
          VALUES (?, 'd', 't', ?, ?, ?, 1, 0)`,
  access: "INSERT INTO access_event (id, door, type, occurred_at, doc) VALUES (?, 'd', 'granted', ?, ?)",
  letter: "INSERT INTO dead_letter (id, at, source, what, reason, bytes) VALUES (?, ?, 's', 'w', 'r', x'00')",
  ticket: "INSERT INTO ticket (id, state, alarm, closed_at, doc) VALUES (?, 'accepted', ?, ?, '{}')",
};

beforeEach(async () => {
  store = await openTestStore({ retention: retentionStatements, test: insert });
});
afterEach(() => store.remove());

let batch: { statement: string; params: SqlValue[] }[] = [];
const add = (statement: keyof typeof insert, ...params: SqlValue[]) =>
  batch.push({ statement: `test.${statement}`, params });
async function commit(): Promise<void> {
  const outcome = await store.commit(batch);
  batch = [];
  expect(outcome).toEqual({ ok: true });
}

function alarm(
  closedAt: number | null,
  state = closedAt === null ? 'acknowledged' : 'closed',
  text = '{}',
): string {
  const id = uuidv7(closedAt ?? now - 2_000 * dayMs);
  add('alarm', id, id, state, (closedAt ?? now) - 1, closedAt, text);
  add('transition', id, closedAt ?? now);
  add('latency', id, closedAt ?? now);
  add('linkage', id);
  add('snapshot', id);
  return id;
}

const operate: Operate = async (_, actor, run) => {
  const turn = createTurnFixture(memory, { now, actor });
  const answer = run(turn);
  await turn.end(store);
  return answer;
};
const retention = (limits: { maxMegabytes: number; maxDays: number }) =>
  createRetention({ query: store.query, operate, clock: createManualClock(now), limits });
const ids = async (table: string, column = 'id') =>
  (await store.query<{ id: string }>(`SELECT ${column} AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id);

test('what is older than the age goes with all that belongs to it; the rest stays', async () => {
  const kept = [alarm(now - 99 * dayMs), alarm(now - dayMs)];
  alarm(now - 101 * dayMs);
  for (const age of [99, 101]) {
    const id = uuidv7Of(now - age * dayMs);
    add('event', id, '{}', now, now);
    add('access', id, now - age * dayMs, '{}');
    add('letter', id, now);
  }
  await commit();
  const report = await retention({ maxMegabytes: 1_024, maxDays: 100 }).sweep();
  expect(report).toMatchObject({ slices: 1, full: false });
  expect(await ids('alarm')).toEqual(kept.toSorted());
  for (const table of ['alarm_transition', 'alarm_latency', 'linkage_run', 'snapshot'])
    expect(await ids(table, 'alarm')).toEqual(kept.toSorted());
  for (const table of ['event', 'access_event', 'dead_letter']) expect(await ids(table)).toHaveLength(1);
});

test('an open, unanswered or latched alarm never goes, nor one that an open ticket points to, however old', async () => {
  const kept = ['unacknowledged', 'acknowledged', 'returned', 'latched'].map((state) => alarm(null, state));
  const ticketed = alarm(now - 1_000 * dayMs);
  add('ticket', uuidv7(now), ticketed, null);
  const done = alarm(now - 1_000 * dayMs);
  add('ticket', uuidv7(now), done, now - 999 * dayMs);
  await commit();
  expect((await retention({ maxMegabytes: 1_024, maxDays: 100 }).sweep()).slices).toBe(1);
  expect(await ids('alarm')).toEqual([...kept, ticketed].toSorted());
});

test('above its size the database lets the oldest closed records go until it is a tenth below', async () => {
  const open = alarm(null, 'unacknowledged', 'x'.repeat(3_000));
  const closed = Array.from({ length: 600 }, (_, i) =>
    alarm(now - (60 - i / 10) * dayMs, 'closed', 'x'.repeat(3_000)),
  );
  await commit();
  const report = await retention({ maxMegabytes: 1, maxDays: 100 }).sweep();
  expect(report.full).toBe(false);
  expect(report.usedBytes).toBeLessThanOrEqual(0.9 * 1024 * 1024);
  expect(report.usedBytes).toBeGreaterThan(0.7 * 1024 * 1024);
  const left = await ids('alarm');
  expect(left).toContain(open);
  const kept = closed.filter((id) => left.includes(id));
  // The youngest are what is left.
  expect(kept).toEqual(closed.slice(-kept.length));
  expect(kept.length).toBeGreaterThan(100);
});

test('nothing of the last day goes for want of room: that is told instead', async () => {
  for (let i = 0; i < 500; i++) alarm(now - i * 60_000, 'closed', 'x'.repeat(3_000));
  await commit();
  expect(await retention({ maxMegabytes: 1, maxDays: 100 }).sweep()).toMatchObject({ slices: 0, full: true });
  expect(await ids('alarm')).toHaveLength(500);
});

test('a slice is bounded, takes an alarm with its own transitions only, and is on the record', async () => {
  const all = Array.from({ length: 30 }, () => alarm(now - 200 * dayMs));
  await commit();
  const turn = createTurnFixture(memory, { now });
  retentionSlice(turn, now - 100 * dayMs, 10);
  await turn.end(store);
  expect(await ids('alarm')).toEqual(all.toSorted().slice(10));
  expect(await ids('alarm_transition', 'alarm')).toEqual(await ids('alarm'));
  expect(turn.audits).toEqual([
    { action: 'records.rolled-over', subject: 'records', detail: { before: now - 100 * dayMs } },
  ]);
});

/** An id of that moment, also when younger ones were drawn before. */
function uuidv7Of(atMs: number): string {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}`;
}
