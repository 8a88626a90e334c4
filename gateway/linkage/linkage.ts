import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { Linkage } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';

/** What a linkage asks of the devices room. */
export interface LinkedCommand {
  device: string;
  command: string;
  args: Record<string, unknown>;
  reason: string;
  alarm: string;
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

/** 联动: an alarm that rises somewhere asks for commands, in the same turn. */
export function createLinkage(deps: {
  memory: Memory;
  /** Whether an area is the other one or lies under it. */
  within(area: string, ancestor: string): boolean;
  /** Enters the command as requested; throws a Fault when the device does not take it. */
  requestCommand(turn: Turn, command: LinkedCommand): void;
  /** Puts on the alarm's record what was asked for, or why it was not. */
  record(turn: Turn, alarm: string, text: string): void;
}) {
  const table: Table<LinkageIndex> = deps.memory.table('linkage-index');

  function matches({ on }: Linkage, alarm: Alarm): boolean {
    return (
      (on.device === undefined || on.device === alarm.device) &&
      (on.definition === undefined || on.definition === alarm.definition) &&
      (on.area === undefined || deps.within(alarm.area, on.area))
    );
  }

  function run(turn: Turn, linkage: Linkage, alarm: Alarm): void {
    for (const { device, command, args = {} } of linkage.do) {
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
      if (!calls(alarm, transition)) return;
      const index = table.get('all');
      if (!index) return;
      const { byDevice, byDefinition, byArea } = index;
      const candidates = [byDevice.get(alarm.device), byDefinition.get(alarm.definition), byArea];
      for (const linkage of candidates.flatMap((list) => list ?? []))
        if (matches(linkage, alarm)) run(turn, linkage, alarm);
    },
  };
}
export type LinkageRoom = ReturnType<typeof createLinkage>;
