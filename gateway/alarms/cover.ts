import { type Alarm, type AlarmDefinition, gatewayDevice } from '../contract/alarm.ts';
import type { Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type CompiledDevice, causeKey } from './compile.ts';
import type { Occurrences } from './occurrences.ts';

const graceTimer = 'uncover:';
/** When a fault is over, what is behind it has this long to come up by itself before it rings, ms. */
export const graceMs = 90_000;
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
        // Whose parent is lost has that as its cause, and supervision follows it.
        if (why === 'parent lost' || returnedAt !== undefined) continue;
        const by = of(one.device, one.definition);
        if (by !== undefined && (suppressed === undefined || ways.includes(suppressed)))
          occurrences.apply(turn, occurrence, { type: 'suppress', why: by });
        else if (by === undefined && suppressed === device)
          turn.timer('alarms', `${graceTimer}${id}/${device}`, turn.now + graceMs, 'duration');
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
      if (suppressed === cause && why !== 'parent lost' && of(device, definition) === undefined)
        occurrences.apply(turn, occurrence, { type: 'unsuppress' });
      return true;
    },
  };
}
