import type { Reading } from '../contract/reading.ts';
import { fault } from '../lib/errors.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { CompiledDevice } from './compile.ts';
import type { Occurrences } from './occurrences.ts';
import {
  type Condition,
  elapsedCondition,
  isRaised,
  type Look,
  nextCondition,
  type PointRule,
  reloadedCondition,
  unconfirmedCondition,
} from './rules.ts';
import { seedOf } from './seed.ts';

const delayTimer = 'delay:';
/** A reading that raises an alarm this much after it was taken is marked late, ms; events bring the mark with them. */
const lateMs = 60_000;

/** The conditions of point rules: what readings and the ends of delays make of them, and of their alarms. */
export function createConditions(deps: {
  memory: Memory;
  compiled: Table<CompiledDevice>;
  occurrences: Occurrences;
  look: Look;
}) {
  const { compiled, occurrences, look } = deps;
  const conditions: Table<Condition> = deps.memory.table('alarm-conditions');

  function keep(turn: Turn, cause: string, condition: Condition | undefined): void {
    conditions.set(cause, condition);
    if (condition) turn.write('alarms.setCondition', cause, JSON.stringify(condition));
    else turn.write('alarms.clearCondition', cause);
  }

  /** Brings rows, timer and alarm of a rule to its condition's new value. */
  function move(
    turn: Turn,
    rule: PointRule,
    before: Condition | undefined,
    after: Condition | undefined,
    reading?: Reading,
  ): void {
    const { cause } = rule;
    keep(turn, cause, after);
    if (after?.phase !== before?.phase) {
      const timed = after !== undefined && after.phase !== 'active';
      if (timed) turn.timer('alarms', delayTimer + cause, after.dueAt, 'duration');
      else if (before && before.phase !== 'active') turn.clearTimer('alarms', delayTimer + cause);
    }
    if (isRaised(before) === isRaised(after)) return;
    if (!after) {
      occurrences.giveBack(turn, occurrences.ofCause(cause));
      return;
    }
    const subject = compiled.get(rule.device)?.source;
    if (!subject) throw fault('internal', `${cause} has a rule but no device`);
    const { point } = rule;
    const shown = reading?.point === point || point === undefined ? reading : look(rule.device, point);
    // The two seconds count from the reading, or from the end of the delay that the definition asks for.
    const receivedAt = reading?.receivedAt ?? turn.now;
    const deviceAt = reading && reading.at !== reading.receivedAt ? reading.at : null;
    occurrences.trip(
      turn,
      seedOf(subject, rule.name, rule.definition, { point, limit: rule.limit, unit: rule.unit }),
      {
        occurredAt: after.at,
        late: reading !== undefined && reading.receivedAt - reading.at > lateMs,
        gone: false,
        value: point === undefined ? undefined : shown?.value,
        deviceAt,
        receivedAt,
      },
    );
  }

  /** A point has a new reading, good or not. Call it for each point whose value or quality changed, and for the first after a start. */
  function onReading(turn: Turn, device: string, point: string, reading: Reading): void {
    const rules = compiled.get(device)?.byPoint.get(point);
    if (rules === undefined) return;
    for (const rule of rules) {
      const before = conditions.get(rule.cause);
      const after = nextCondition(rule, before, reading, look, turn.now);
      if (after !== before) move(turn, rule, before, after, reading);
    }
  }

  function drop(turn: Turn, cause: string): void {
    const condition = conditions.get(cause);
    if (condition === undefined) return;
    conditions.set(cause, undefined);
    turn.write('alarms.clearCondition', cause);
    if (condition.phase !== 'active') turn.clearTimer('alarms', delayTimer + cause);
  }

  return {
    onReading,

    /** @returns whether the timer was one of these */
    onTimer(turn: Turn, name: string): boolean {
      if (!name.startsWith(delayTimer)) return false;
      const cause = name.slice(delayTimer.length);
      const [device = '', definition = ''] = cause.split('/');
      const rule = compiled.get(device)?.byName.get(definition);
      const before = conditions.get(cause);
      // While its rule cannot be judged, the next good value after it is mended decides.
      const after = elapsedCondition(rule ? before : unconfirmedCondition(before));
      if (after === before) return true;
      if (rule) move(turn, rule, before, after);
      else keep(turn, cause, after);
      return true;
    },

    /** Ends the conditions, with their delays, of rules that are gone; `former` are those of the configuration before. */
    retire(
      turn: Turn,
      former: Iterable<PointRule>,
      remains: (device: string, definition: string) => boolean,
    ): void {
      for (const { cause, device, name } of former) if (!remains(device, name)) drop(turn, cause);
      for (const cause of conditions.committed.keys()) {
        const [device = '', definition = ''] = cause.split('/');
        if (!remains(device, definition)) drop(turn, cause);
      }
    },

    load(cause: string, condition: Condition): void {
      conditions.load(cause, reloadedCondition(condition));
    },
  };
}
