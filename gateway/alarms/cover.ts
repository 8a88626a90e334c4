import { type Alarm, type AlarmDefinition, gatewayDevice } from '../contract/alarm.ts';
import type { Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type CompiledDevice, causeKey } from './compile.ts';
import type { Occurrences } from './occurrences.ts';

const graceTimer = 'uncover:';
/** When a fault is over, what is behind it has this long to come up by itself before it rings, ms. */
export const graceMs = 90_000;
/** Lost or stale for the sake of something else, which supervision names as the cause, and follows itself. */
const followed: ReadonlySet<string | undefined> = new Set([
  'parent lost',
  'parent stale',
  'source lost',
  'source stale',
  'link down',
  'bridge offline',
]);
/** The site check refuses a ring of parents; this only bounds the walk. */
const deepest = 8;

/**
 * A fault that `covers` explains such faults, and the loss, of the devices behind its own (those that name it as their parent,
 * and on): a riser's isolator has cut off a floor. While it stands they are recorded, suppressed with its device as their cause.
 */
export function createCover({
  compiled,
  occurrences,
}: {
  compiled: Table<CompiledDevice>;
  occurrences: Occurrences;
}) {
  const { open } = occurrences;

  function definitionOf(device: string, name: string): AlarmDefinition | undefined {
    const alarms = compiled.get(device)?.source.alarms;
    return alarms && Object.hasOwn(alarms, name) ? alarms[name] : undefined;
  }

  /** The devices that one is behind, the nearest first. */
  function before(device: string): string[] {
    const found: string[] = [];
    for (let at = device; found.length < deepest; ) {
      const parent = compiled.get(at)?.source.device.parent;
      if (parent === undefined) break;
      found.push(parent);
      at = parent;
    }
    return found;
  }

  function isCovering(device: string): boolean {
    return Object.entries(compiled.get(device)?.source.alarms ?? {}).some(([name, { covers }]) => {
      const alarm = covers ? occurrences.ofCause(causeKey(device, name))?.alarm : undefined;
      return alarm !== undefined && (alarm.returnedAt === undefined || alarm.chattering === true);
    });
  }

  /** The device whose fault explains this alarm; the farthest where several do: that is the one to mend. */
  function of(device: string, name: string): string | undefined {
    const definition = definitionOf(device, name);
    if (!definition?.covers && definition?.on.rule !== 'supervision') return undefined;
    return before(device).findLast(isCovering);
  }

  function uncover(turn: Turn, id: string, cause: string): void {
    turn.timer('alarms', `${graceTimer}${id}/${cause}`, turn.now + graceMs, 'duration');
  }

  return {
    of,

    /** Brings the alarms behind one that covers to what it has become. Call it after each transition. */
    follow(turn: Turn, { device, definition }: Alarm): void {
      if (device === gatewayDevice || definitionOf(device, definition)?.covers === false) return;
      for (const { alarm } of [...open.values()]) {
        // Anew: one that covers in its turn has been followed meanwhile.
        const occurrence = open.get(alarm.id);
        if (!occurrence) continue;
        const { id, suppressed, why, returnedAt, ...one } = occurrence.alarm;
        const ways = before(one.device);
        if (suppressed !== device && !ways.includes(device)) continue;
        if (followed.has(why) || returnedAt !== undefined) continue;
        const by = of(one.device, one.definition);
        if (by !== undefined && (suppressed === undefined || ways.includes(suppressed)))
          occurrences.apply(turn, occurrence, { type: 'suppress', why: by });
        else if (by === undefined && suppressed === device) uncover(turn, id, device);
      }
    },

    /** The alarms that one explains now; before the definitions are known, all that one may have explained. */
    covered(): string[] {
      const isNew = [...compiled.values()].length === 0;
      return [...open.values()].flatMap(
        ({ alarm: { id, device, definition, suppressed, why, returnedAt } }) => {
          if (suppressed === undefined || followed.has(why) || returnedAt !== undefined) return [];
          return isNew || of(device, definition) === suppressed ? [id] : [];
        },
      );
    },

    /** After a change of site or types: those of `covered` that nothing explains any more. */
    review(turn: Turn, covered: readonly string[]): void {
      for (const id of covered) {
        const occurrence = open.get(id);
        const { device = '', definition = '', suppressed, returnedAt } = occurrence?.alarm ?? {};
        if (!occurrence || suppressed === undefined || returnedAt !== undefined) continue;
        const by = of(device, definition);
        if (by === undefined) uncover(turn, id, suppressed);
        else if (by !== suppressed) occurrences.apply(turn, occurrence, { type: 'suppress', why: by });
      }
    },

    /** @returns whether the timer was one of these */
    onTimer(turn: Turn, timer: string): boolean {
      if (!timer.startsWith(graceTimer)) return false;
      const [id = '', cause] = timer.slice(graceTimer.length).split('/');
      const occurrence = open.get(id);
      if (!occurrence) return true;
      const { device, definition, suppressed, why } = occurrence.alarm;
      // Meanwhile it may have got another cause.
      if (suppressed === cause && !followed.has(why) && of(device, definition) === undefined)
        occurrences.apply(turn, occurrence, { type: 'unsuppress' });
      return true;
    },
  };
}
