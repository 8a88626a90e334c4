import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { Linkage, LinkageAction } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import type { Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { createRuns, type RunsDeps, type Wish } from './runs.ts';

/** A linkage that asks a whole kind names those not confirmed after so long, ms; it may say otherwise. */
const listAfterMs = 2_000;

/** A device that a linkage may mean. */
export interface LinkedDevice {
  id: string;
  name: string;
  takes(command: string): boolean;
}

/** Linkages by the most particular thing they name, so that an alarm looks only at those that may be meant. */
interface LinkageIndex {
  byDevice: ReadonlyMap<string, readonly Linkage[]>;
  byDefinition: ReadonlyMap<string, readonly Linkage[]>;
  byArea: readonly Linkage[];
}

function indexOf(linkages: Iterable<Linkage>): LinkageIndex {
  const byDevice = new Map<string, Linkage[]>();
  const byDefinition = new Map<string, Linkage[]>();
  const byArea: Linkage[] = [];
  const append = (map: Map<string, Linkage[]>, key: string, linkage: Linkage) => {
    const list = map.get(key);
    if (list) list.push(linkage);
    else map.set(key, [linkage]);
  };
  for (const linkage of linkages) {
    const { device, area, definition } = linkage.on;
    if (device !== undefined) append(byDevice, device, linkage);
    else if (definition !== undefined) append(byDefinition, definition, linkage);
    // One that names nothing would answer to every alarm: it answers to none.
    else if (area !== undefined) byArea.push(linkage);
  }
  return { byDevice, byDefinition, byArea };
}

/** An alarm that calls: new or tripped again, heard by somebody, and not long over when it was told. */
function calls(alarm: Alarm, transition: AlarmTransition): boolean {
  return (
    (transition.cause === 'raised' || transition.cause === 'retripped') &&
    alarm.shelved === undefined &&
    alarm.suppressed === undefined &&
    !(alarm.late && alarm.state === 'returned')
  );
}

/** How long the linkage waits before it names those not confirmed, ms; null: it is not followed. */
function followedFor({ do: actions, listAfterMs: chosen }: Linkage): number | null {
  return chosen ?? (actions.some(({ all }) => all !== undefined) ? listAfterMs : null);
}

export interface LinkageDeps extends RunsDeps {
  /** Whether an area is the other one or lies under it. */
  within(area: string, ancestor: string): boolean;
  device(id: string): LinkedDevice | undefined;
  /** The devices of a kind in an area and those under it. */
  devicesOf(kind: string, area: string): LinkedDevice[];
  /** Whether an alarm only tells that a linkage is not confirmed: none answers to that. */
  isOwn(alarm: Alarm): boolean;
}

/** 联动: an alarm that rises somewhere asks for commands, in the same turn. */
export function createLinkage(deps: LinkageDeps) {
  const table: Table<LinkageIndex> = deps.memory.table('linkage-index');
  const runs = createRuns(deps);

  function matches({ on }: Linkage, alarm: Alarm): boolean {
    return (
      (on.device === undefined || on.device === alarm.device) &&
      (on.definition === undefined || on.definition === alarm.definition) &&
      (on.area === undefined || deps.within(alarm.area, on.area))
    );
  }

  function devicesOf(action: LinkageAction, alarm: Alarm): LinkedDevice[] {
    if (action.all !== undefined) return deps.devicesOf(action.all, action.within ?? alarm.area);
    const id = action.device ?? '';
    // One that is gone is asked all the same, so that the record says why nothing happened.
    return [deps.device(id) ?? { id, name: id, takes: () => true }];
  }

  /** Asks everything at once, and follows each action until it is confirmed or the alarm is closed. */
  function runFollowed(turn: Turn, linkage: Linkage, alarm: Alarm, afterMs: number): void {
    const wishes: Wish[] = [];
    const without = new Map<string, { device: string; deviceName: string }>();
    const words: string[] = [];
    for (const action of linkage.do) {
      const { command, args = {} } = action;
      const devices = devicesOf(action, alarm);
      for (const { id, name, takes } of devices) {
        if (action.all !== undefined && !takes(command)) without.set(id, { device: id, deviceName: name });
        else if (!wishes.some((wish) => wish.device === id && wish.command === command))
          wishes.push({ device: id, deviceName: name, command, args });
      }
      words.push(
        action.all === undefined
          ? `${action.device} ${command}`
          : `${command} × ${devices.filter(({ takes }) => takes(command)).length}`,
      );
    }
    deps.record(turn, alarm.id, `${linkage.name}: ${words.join(', ')}`);
    if (wishes.length + without.size > 0)
      runs.begin(turn, linkage, alarm, afterMs, wishes, [...without.values()]);
  }

  function runOnce(turn: Turn, linkage: Linkage, alarm: Alarm): void {
    for (const { device = '', command, args = {} } of linkage.do) {
      const what = `${linkage.name}: ${device} ${command}`;
      try {
        deps.requestCommand(turn, { device, command, args, reason: linkage.name, alarm: alarm.id });
        deps.record(turn, alarm.id, what);
      } catch (error) {
        // A linkage that is wrong must not keep its alarm from being raised.
        if (!(error instanceof Fault)) throw error;
        deps.record(turn, alarm.id, `${what} – ${error.detail}`);
      }
    }
  }

  return {
    /** All linkages of the site; inside the first turn after a start, and inside the turn of each change of the site. */
    configure(linkages: Iterable<Linkage>): void {
      table.set('all', indexOf(linkages));
    },

    onTransition(turn: Turn, alarm: Alarm, transition: AlarmTransition): void {
      if (transition.to === 'closed') runs.end(turn, alarm.id);
      if (!calls(alarm, transition) || deps.isOwn(alarm)) return;
      const index = table.get('all');
      if (!index) return;
      const { byDevice, byDefinition, byArea } = index;
      const candidates = [byDevice.get(alarm.device), byDefinition.get(alarm.definition), byArea];
      for (const linkage of candidates.flatMap((list) => list ?? [])) {
        if (!matches(linkage, alarm)) continue;
        const afterMs = followedFor(linkage);
        if (afterMs === null) runOnce(turn, linkage, alarm);
        else runFollowed(turn, linkage, alarm, afterMs);
      }
    },

    onTimer: runs.onTimer,
    onCommand: runs.onCommand,
    onReading: runs.onReading,
    onState: runs.onState,
    heldBy: runs.heldBy,
    load: runs.load,
    snapshot: runs.snapshot,
  };
}
export type LinkageRoom = ReturnType<typeof createLinkage>;
