import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '../contract/live.ts';
import type { Actor } from '../contract/permissions.ts';
import { permissions } from '../contract/permissions.ts';
import { uuidv7 } from '../lib/ids.ts';
import { openStore, type Statements, type Store } from './store.ts';
import type { Memory } from './table.ts';
import type { AuditEntry, TimerBasis, Turn, Write } from './turn.ts';

/** For tests of rooms: a turn of one input whose outcome can be looked at; `end()` commits it to a store, if one is given. */
export interface TurnFixture extends Turn {
  writes: Write[];
  changes: Change[];
  audits: AuditEntry[];
  timers: Map<string, { dueAt: number; basis: TimerBasis }>;
  effects: (() => void)[];
  end(store?: Store): Promise<void>;
}

export const testActor: Actor = {
  who: 'tester',
  name: 'Tester',
  station: 'test',
  permissions: new Set(permissions),
};

export function createTurnFixture(
  memory: Memory,
  options: { now: number; actor?: Actor | null },
): TurnFixture {
  memory.begin();
  const turn: TurnFixture = {
    now: options.now,
    monoMs: options.now,
    actor: options.actor === undefined ? testActor : options.actor,
    writes: [],
    changes: [],
    audits: [],
    timers: new Map(),
    effects: [],
    id: () => uuidv7(options.now),
    write: (statement, ...params) => turn.writes.push({ statement, params }),
    change: (entity, id, data) => turn.changes.push({ entity, id, data }),
    after: (effect) => turn.effects.push(effect),
    audit: (entry) => turn.audits.push(entry),
    record: () => {},
    timer: (room, name, dueAt, basis) => turn.timers.set(`${room}/${name}`, { dueAt, basis }),
    clearTimer: (room, name) => turn.timers.delete(`${room}/${name}`),
    async end(store) {
      if (store) {
        const outcome = await store.commit(turn.writes);
        if (!outcome.ok) throw new Error(`${outcome.failure}: ${outcome.message}`);
      }
      memory.commit();
      for (const effect of turn.effects) effect();
    },
  };
  return turn;
}

/** A real database in a temporary directory; `rooms` maps the room's name to its statements. */
export async function openTestStore(
  rooms: Record<string, Statements>,
): Promise<Store & { dir: string; remove(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
  const named = new Map(
    Object.entries(rooms).flatMap(([room, set]) =>
      Object.entries(set).map(([name, sql]) => [`${room}.${name}`, sql] as const),
    ),
  );
  const store = await openStore(join(dir, 'gatehouse.db'), named);
  return {
    ...store,
    dir,
    async remove() {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
