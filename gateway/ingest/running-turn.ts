import type { Change } from '../contract/live.ts';
import type { Actor } from '../contract/permissions.ts';
import type { PointValue, Quality } from '../contract/reading.ts';
import { asError } from '../lib/errors.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { Memory } from '../store/table.ts';
import type { AuditEntry, Turn, Write } from '../store/turn.ts';
import type { Queued } from './queue.ts';
import type { Timers } from './timers.ts';

/** Readings of one turn on their way to history, as columns. `series` names are `device.point`. */
export interface HistoryBatch {
  devices: string[];
  points: string[];
  at: number[];
  values: PointValue[];
  qualities: Quality[];
}

/** What a turn's calls lead to outside of this room. */
export interface TurnParts {
  appendAudit(turn: Turn, entry: AuditEntry): void;
  timers: Pick<Timers, 'set' | 'clear'>;
}

/** What the inputs of one turn have left so far; cut back to a mark when an input throws. */
export interface Outcome {
  writes: Write[];
  changes: Change[];
  effects: (() => void)[];
  timers: string[];
  history: HistoryBatch;
}

export function emptyOutcome(): Outcome {
  return {
    writes: [],
    changes: [],
    effects: [],
    timers: [],
    history: { devices: [], points: [], at: [], values: [], qualities: [] },
  };
}

/** The one `Turn` object, pointed at the input being handled; a new one for each input would cost more than the work. */
export class RunningTurn implements Turn {
  now = 0;
  monoMs = 0;
  actor: Actor | null = null;
  outcome = emptyOutcome();
  private entry: Queued | undefined;
  private cursor = 0;
  private readonly deps: TurnParts;

  constructor(deps: TurnParts) {
    this.deps = deps;
  }

  point(entry: Queued): void {
    this.entry = entry;
    this.cursor = 0;
    this.now = entry.input.received.wallMs;
    this.monoMs = entry.input.received.monoMs;
    this.actor = entry.input.actor;
  }

  id(): string {
    const ids = this.entry?.ids ?? [];
    const id = ids[this.cursor] ?? uuidv7(this.now);
    ids[this.cursor++] = id;
    return id;
  }
  write(statement: string, ...params: Write['params']): void {
    this.outcome.writes.push({ statement, params });
  }
  change(entity: Change['entity'], id: string, data: unknown): void {
    this.outcome.changes.push({ entity, id, data });
  }
  after(effect: () => void): void {
    this.outcome.effects.push(effect);
  }
  audit(entry: AuditEntry): void {
    this.deps.appendAudit(this, entry);
  }
  record(device: string, point: string, at: number, value: PointValue, quality: Quality): void {
    const { history } = this.outcome;
    history.devices.push(device);
    history.points.push(point);
    history.at.push(at);
    history.values.push(value);
    history.qualities.push(quality);
  }
  timer(room: string, name: string, dueAt: number, basis: 'duration' | 'schedule'): void {
    this.deps.timers.set(this, { room, name, since: this.now, dueAt, basis });
    this.outcome.timers.push(`${room}/${name}`);
  }
  clearTimer(room: string, name: string): void {
    this.deps.timers.clear(this, room, name);
  }

  /** Runs `work` for an input; when it throws, nothing of it stays. */
  attempt(entry: Queued, memory: Memory, work: () => void): Error | undefined {
    const { writes, changes, effects, timers, history } = this.outcome;
    const marks = [writes.length, changes.length, effects.length, timers.length, history.at.length] as const;
    this.point(entry);
    memory.begin();
    try {
      work();
      return undefined;
    } catch (thrown) {
      memory.rollback();
      writes.length = marks[0];
      changes.length = marks[1];
      effects.length = marks[2];
      timers.length = marks[3];
      for (const column of Object.values(history)) column.length = marks[4];
      return asError(thrown);
    }
  }
}
