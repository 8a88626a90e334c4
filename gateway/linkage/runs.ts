import type { Alarm } from '../contract/alarm.ts';
import { type Command, type CommandProof, isProvedBy } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { LinkageRun, LinkedAction } from '../contract/linkage-run.ts';
import type { Change } from '../contract/live.ts';
import type { Label } from '../contract/names.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import type { Linkage } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type ActionInput, nextRetry, openActions, stepAction } from './machine.ts';
import { loadOpenRuns, writeRun } from './store.ts';

/** What a linkage asks of the devices room. */
export interface LinkedCommand {
  device: string;
  command: string;
  args: Record<string, unknown>;
  reason: string;
  alarm: string;
}

/** What a linkage wants done, device by device. */
export interface Wish {
  device: string;
  deviceName: string;
  command: string;
  args: Record<string, unknown>;
}

export interface RunsDeps {
  memory: Memory;
  query: Query;
  /** Enters the command as requested; throws a Fault when the device does not take it. */
  requestCommand(turn: Turn, command: LinkedCommand): Pick<Command, 'id' | 'state' | 'error' | 'failure'>;
  /** Whether a command has not ended yet. */
  isRunning(command: string): boolean;
  /** The reading that proves a command done; null: only the device's own answer does. */
  proofOf(device: string, command: string, args: Record<string, unknown>): CommandProof | null;
  /** Why a device cannot be reached now; null when it can. */
  unreachable(device: string): string | null;
  /** Puts on the alarm's record what was asked for, or what came of it. */
  record(turn: Turn, alarm: string, text: string): void;
  /** At the device of the alarm: actions of a linkage are not confirmed, or all are. */
  finding(
    turn: Turn,
    found: { device: string; instance: string; active: boolean; detail: Label; value: number },
  ): void;
}

const listTimer = 'list/';
const retryTimer = 'retry/';
/** As many names fit into a title. */
const mostNames = 10;

function keyOf(run: Pick<LinkageRun, 'alarm' | 'linkage'>): string {
  return `${run.alarm}/${run.linkage}`;
}

function nameList(actions: readonly LinkedAction[], separator: string): string {
  const names = actions.slice(0, mostNames).map(({ deviceName }) => deviceName);
  const more = actions.length - names.length;
  return names.join(separator) + (more > 0 ? ` … +${more}` : '');
}

/** How far a run has come, without words of a language: `消防释门: 9/12 ✓; ✗ 大堂门, 屋面门`. */
function outcomeText(run: LinkageRun, open: readonly LinkedAction[]): string {
  const count = `${run.name}: ${run.actions.length - open.length}/${run.actions.length} ✓`;
  return open.length === 0 ? count : `${count}; ✗ ${nameList(open, ', ')}`;
}

/** A person's command is the same thing only when it asks for the same value. */
function suits({ args }: LinkedAction, command: Command): boolean {
  return Object.keys(args).length === 0 || JSON.stringify(args) === JSON.stringify(command.args);
}

/** The linkages that are followed until each of their actions is confirmed, or their alarm is closed. */
export function createRuns(deps: RunsDeps) {
  /** Open ones only. */
  const runs: Table<LinkageRun> = deps.memory.table('linkage-runs');
  /** Proving point → runs that watch it: every reading is looked up here. */
  const watched: Table<readonly string[]> = deps.memory.table('linkage-proofs');

  function watch(key: string, run: string): void {
    const known = watched.get(key) ?? [];
    if (!known.includes(run)) watched.set(key, [...known, run]);
  }

  function unwatch(key: string, run: string): void {
    const left = watched.get(key)?.filter((other) => other !== run) ?? [];
    watched.set(key, left.length > 0 ? left : undefined);
  }

  function put(turn: Turn, before: LinkageRun | undefined, run: LinkageRun): void {
    const key = keyOf(run);
    const ended = run.endedAt !== null;
    runs.set(key, ended ? undefined : run);
    writeRun(turn, run);
    turn.change('linkage-runs', key, ended ? null : run);
    for (const { proof } of run.actions)
      if (proof) {
        if (ended) unwatch(proof.key, key);
        else watch(proof.key, key);
      }
    if (ended || run.listed) {
      if (before && !before.listed) turn.clearTimer('linkage', listTimer + key);
    } else if (run.listAt !== before?.listAt || before.listed)
      turn.timer('linkage', listTimer + key, run.listAt, 'duration');
    const retryAt = ended ? null : nextRetry(run);
    if (retryAt === (before ? nextRetry(before) : null)) return;
    if (retryAt === null) turn.clearTimer('linkage', retryTimer + key);
    else turn.timer('linkage', retryTimer + key, retryAt, 'duration');
  }

  /** The alarm of its own that names what is not confirmed; it follows the list and goes with it. */
  function find(turn: Turn, run: LinkageRun, open: readonly LinkedAction[]): void {
    const all = run.actions.length;
    const done = all - open.length;
    deps.finding(turn, {
      device: run.device,
      instance: run.name,
      active: open.length > 0,
      detail: {
        zh: `${done}/${all} 已确认，未确认：${nameList(open, '、')}`,
        en: `${done} of ${all} confirmed, not confirmed: ${nameList(open, ', ')}`,
      },
      value: open.length,
    });
  }

  /** Once the time for the list has come: says on the alarm's record, and by an alarm of its own, what is not confirmed. */
  function tell(turn: Turn, before: LinkageRun, run: LinkageRun): void {
    if (!run.listed) return;
    const open = openActions(run);
    if (!before.listed || (openActions(before).length === 0) !== (open.length === 0))
      deps.record(turn, run.alarm, outcomeText(run, open));
    find(turn, run, open);
  }

  function settle(turn: Turn, before: LinkageRun, run: LinkageRun): void {
    put(turn, before, run);
    tell(turn, before, run);
  }

  /** Steps actions of one run, and tells what has become of it. */
  function step(
    turn: Turn,
    run: LinkageRun,
    inputOf: (action: LinkedAction) => ActionInput | undefined,
  ): void {
    const actions = run.actions.map((action) => {
      const input = inputOf(action);
      return input ? stepAction(action, input, turn.now) : action;
    });
    if (actions.every((action, i) => action === run.actions[i])) return;
    // When all are confirmed before the time for the list there is nothing to wait for.
    const listed = run.listed || openActions({ actions }).length === 0;
    settle(turn, run, { ...run, actions, listed });
  }

  function ask(turn: Turn, run: Pick<LinkageRun, 'alarm' | 'name'>, action: LinkedAction): ActionInput {
    const { device, command, args } = action;
    try {
      const request = { device, command, args, reason: run.name, alarm: run.alarm };
      return { type: 'asked', command: deps.requestCommand(turn, request) };
    } catch (error) {
      // A linkage that is wrong must not keep its alarm from being raised.
      if (!(error instanceof Fault)) throw error;
      return { type: 'refused', why: { error: error.detail, failure: { code: 'not-taken' } } };
    }
  }

  function isBusy({ commandId }: LinkedAction): boolean {
    return commandId !== null && deps.isRunning(commandId);
  }

  function begin(
    turn: Turn,
    linkage: Linkage,
    alarm: Alarm,
    listAfterMs: number,
    wishes: readonly Wish[],
    without: LinkageRun['without'],
  ): void {
    const known = runs.get(`${alarm.id}/${linkage.id}`);
    const before = known?.actions ?? [];
    const actions = wishes.map((wish): LinkedAction => {
      const same = before.find(({ device, command }) => device === wish.device && command === wish.command);
      return (
        same ?? {
          ...wish,
          state: 'waiting',
          error: null,
          failure: null,
          since: turn.now,
          commandId: null,
          tries: 0,
          retryAt: null,
          proof: deps.proofOf(wish.device, wish.command, wish.args),
        }
      );
    });
    const run: LinkageRun = {
      alarm: alarm.id,
      device: alarm.device,
      linkage: linkage.id,
      name: linkage.name,
      startedAt: known?.startedAt ?? turn.now,
      listAt: turn.now + listAfterMs,
      listed: false,
      holds: alarm.latched,
      actions,
      without,
      endedAt: null,
    };
    const needy = new Set(actions.filter((action) => action.state !== 'confirmed' && !isBusy(action)));
    const asked = actions.map((action) =>
      needy.has(action) ? stepAction(action, ask(turn, run, action), turn.now) : action,
    );
    put(turn, known, { ...run, actions: asked });
  }

  function retry(turn: Turn, run: LinkageRun): void {
    const due = run.actions.filter(({ retryAt }) => retryAt !== null && retryAt <= turn.now);
    // An offline device is asked when it comes back.
    const gone = due.filter(({ device }) => deps.unreachable(device) !== null);
    const rested: LinkageRun = {
      ...run,
      actions: run.actions.map((action) => (gone.includes(action) ? { ...action, retryAt: null } : action)),
    };
    put(turn, run, rested);
    step(turn, rested, (action) => (due.includes(action) ? ask(turn, rested, action) : undefined));
  }

  return {
    begin,

    /** The alarm is closed: nothing is asked or held any more. */
    end(turn: Turn, alarm: string): void {
      for (const run of [...runs.values()]) {
        if (run.alarm !== alarm) continue;
        put(turn, run, { ...run, endedAt: turn.now });
        if (run.listed) find(turn, run, []);
      }
    },

    onTimer(turn: Turn, name: string): void {
      const run = runs.get(name.slice(name.indexOf('/') + 1));
      if (!run) return;
      if (name.startsWith(listTimer)) settle(turn, run, { ...run, listed: true });
      else retry(turn, run);
    },

    /** A command took a step: one of ours, or a person's for the same thing. */
    onCommand(turn: Turn, command: Command): void {
      for (const run of [...runs.values()])
        step(turn, run, (action) => {
          const ours = action.commandId === command.id;
          const same =
            action.device === command.device && action.command === command.command && suits(action, command);
          return ours || (same && command.state === 'confirmed')
            ? { type: 'command', outcome: command }
            : undefined;
        });
    },

    /** Every reading passes here: one look into a map. */
    onReading(turn: Turn, reading: Reading, key: string): void {
      const watching = watched.get(key);
      if (watching === undefined || reading.quality !== 'good') return;
      for (const id of watching) {
        const run = runs.get(id);
        // What was read before it was asked for proves nothing.
        if (!run || reading.receivedAt < run.startedAt) continue;
        step(turn, run, ({ proof }) =>
          proof?.key === key ? { type: 'reads', value: reading.value } : undefined,
        );
      }
    },

    onState(turn: Turn, { id, state }: DeviceState): void {
      if (state !== 'online') return;
      for (const run of [...runs.values()])
        step(turn, run, (action) =>
          action.device === id ? { type: 'online', busy: isBusy(action) } : undefined,
        );
    },

    /** Why a point must stay as it is; null when it need not read anything, or what is wanted of it now. */
    heldBy(key: string, value: PointValue): string | null {
      for (const id of watched.get(key) ?? []) {
        const run = runs.get(id);
        const against = run?.actions.some(({ proof }) => proof?.key === key && !isProvedBy(proof, value));
        if (run?.holds && against)
          return `the linkage "${run.name}" holds it until its alarm is reset; acknowledge and reset that alarm first`;
      }
      return null;
    },

    async load(): Promise<void> {
      for (const run of await loadOpenRuns(deps.query)) {
        const key = keyOf(run);
        runs.load(key, run);
        for (const { proof } of run.actions)
          if (proof) watched.load(proof.key, [...(watched.committed.get(proof.key) ?? []), key]);
      }
    },

    snapshot: (): Change[] =>
      [...runs.committed].map(([id, data]) => ({ entity: 'linkage-runs' as const, id, data })),
  };
}
export type Runs = ReturnType<typeof createRuns>;
