import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Memory } from '../store/table.ts';
import { createTurnFixture, openTestStore } from '../store/turn-fixture.ts';
import {
  type AuditHead,
  type AuditRow,
  auditStatements,
  createAudit,
  hashOf,
  readAudit,
  readAuditHead,
  verifyAudit,
} from './audit.ts';
import { genesis } from './audit-chain.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const trail = fc
  .array(fc.record({ at: fc.nat(), who: text, station: text, action: text, subject: text, detail: text }), {
    minLength: 3,
    maxLength: 12,
  })
  .map((entries) => {
    let head: AuditHead = genesis;
    const rows = entries.map((entry): AuditRow => {
      const row = { ...entry, seq: head.seq + 1, prev: head.hash };
      head = { seq: row.seq, hash: hashOf(row) };
      return { ...row, hash: head.hash };
    });
    return { rows, head };
  });

test('an untouched trail of any content is whole', async () => {
  await fc.assert(
    fc.asyncProperty(trail, async ({ rows, head }) => {
      expect(await verifyAudit(rows, head)).toEqual({ ok: true, rows: rows.length, head });
    }),
  );
});

test('any one field changed in any row is found at that row', async () => {
  const fields = ['at', 'who', 'station', 'action', 'subject', 'detail', 'prev', 'hash'] as const;
  await fc.assert(
    fc.asyncProperty(trail, fc.nat(), fc.constantFrom(...fields), async ({ rows, head }, place, field) => {
      const index = place % rows.length;
      const changed = rows.map((row, at) =>
        at === index ? { ...row, [field]: field === 'at' ? row.at + 1 : `${row[field]}x` } : row,
      );
      expect(await verifyAudit(changed, head)).toMatchObject({
        ok: false,
        seq: index + 1,
        found: 'changed',
      });
    }),
  );
});

test('a row changed together with its own hash is found at the row after it, or at the head', async () => {
  await fc.assert(
    fc.asyncProperty(trail, fc.nat(), async ({ rows, head }, place) => {
      const index = place % rows.length;
      const changed = rows.map((row, at) => {
        if (at !== index) return row;
        const forged = { ...row, who: `${row.who}x` };
        return { ...forged, hash: hashOf(forged) };
      });
      const last = index === rows.length - 1;
      expect(await verifyAudit(changed, head)).toMatchObject({
        ok: false,
        seq: last ? rows.length : index + 2,
        found: last ? 'head' : 'changed',
      });
    }),
  );
});

test('a deleted row is found at its place, and a cut tail at its first missing row', async () => {
  await fc.assert(
    fc.asyncProperty(trail, fc.nat(), async ({ rows, head }, place) => {
      const index = place % rows.length;
      expect(await verifyAudit(rows.toSpliced(index, 1), head)).toMatchObject({
        ok: false,
        seq: index + 1,
        found: index === rows.length - 1 ? 'cut' : 'missing',
      });
      expect(await verifyAudit(rows.slice(0, index), head)).toMatchObject({
        ok: false,
        seq: index + 1,
        found: 'cut',
      });
    }),
  );
});

test('two rows that changed places are found, with and without their numbers', async () => {
  await fc.assert(
    fc.asyncProperty(trail, fc.nat(), async ({ rows, head }, place) => {
      const index = place % (rows.length - 1);
      const [a, b] = [rows[index], rows[index + 1]];
      if (!a || !b) throw new Error('two rows are there');
      const swapped = rows.toSpliced(index, 2, b, a);
      expect(await verifyAudit(swapped, head)).toMatchObject({ ok: false, seq: index + 1 });
      const renumbered = rows.toSpliced(index, 2, { ...b, seq: a.seq }, { ...a, seq: b.seq });
      expect(await verifyAudit(renumbered, head)).toMatchObject({ ok: false, seq: index + 1 });
    }),
  );
});

test('fields that run together otherwise hash apart', () => {
  const row = {
    seq: 1,
    at: 1,
    who: 'ab',
    station: 'c',
    action: '',
    subject: '',
    detail: '{}',
    prev: genesis.hash,
  };
  expect(hashOf(row)).not.toBe(hashOf({ ...row, who: 'a', station: 'bc' }));
});

const stores: { remove(): Promise<void> }[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.remove();
});

async function openTrail() {
  const store = await openTestStore({ audit: auditStatements });
  stores.push(store);
  const memory = new Memory();
  const audit = createAudit({ memory, query: store.query });
  await audit.load();
  async function write(count: number): Promise<void> {
    const turn = createTurnFixture(memory, { now: 1_760_000_000_000 });
    for (let i = 0; i < count; i++)
      audit.append(turn, { action: 'zone.armed', subject: `zone:${i}`, detail: { reason: '夜间' } });
    await turn.end(store);
  }
  return { store, memory, audit, write };
}

async function verdict(store: Awaited<ReturnType<typeof openTestStore>>) {
  return verifyAudit(readAudit(store.query), await readAuditHead(store.query));
}

test('rows and head written in turns verify, page by page and after a restart', async () => {
  const { store, audit, write } = await openTrail();
  await write(1_500);
  await write(3);
  expect(await verdict(store)).toEqual({ ok: true, rows: 1_503, head: audit.head() });

  const again = createAudit({ memory: new Memory(), query: store.query });
  await again.load();
  expect(again.head()).toEqual(audit.head());
});

test('an act that is refused leaves neither row nor head', async () => {
  const { store, memory, audit, write } = await openTrail();
  await write(1);
  const turn = createTurnFixture(memory, { now: 2 });
  audit.append(turn, { action: 'zone.armed', subject: 'zone:x' });
  memory.rollback();
  await write(1);
  expect(await verdict(store)).toMatchObject({ ok: true, rows: 2 });
});

test.each([
  ['a flipped bit', "UPDATE audit SET detail = replace(detail, '夜', '白') WHERE seq = 4", 4, 'changed'],
  ['a deleted row', 'DELETE FROM audit WHERE seq = 4', 4, 'missing'],
  ['a cut tail', 'DELETE FROM audit WHERE seq > 7', 8, 'cut'],
  ['an emptied table', 'DELETE FROM audit', 1, 'cut'],
  ['a removed head', "DELETE FROM fact WHERE name = 'audit.head'", 10, 'head'],
  [
    'swapped rows',
    'UPDATE audit SET seq = 99 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 99',
    4,
    'changed',
  ],
  [
    'a head set back',
    `UPDATE fact SET value = json_object('seq', 6, 'hash', (SELECT hash FROM audit WHERE seq = 6)) WHERE name = 'audit.head'`,
    7,
    'added',
  ],
])('%s made by direct SQL is found and its place is told', async (_what, sql, seq, found) => {
  const { store, write } = await openTrail();
  await write(10);
  const db = new Database(join(store.dir, 'gatehouse.db'));
  db.exec(sql);
  db.close();
  expect(await verdict(store)).toMatchObject({ ok: false, seq, found });

  // The gateway goes on recording, and what was found stays to be found.
  const memory = new Memory();
  const audit = createAudit({ memory, query: store.query });
  await audit.load();
  const turn = createTurnFixture(memory, { now: 3 });
  audit.append(turn, { action: 'user.created', subject: 'user:li' });
  await turn.end(store);
  expect(await verdict(store)).toMatchObject({ ok: false });
});
