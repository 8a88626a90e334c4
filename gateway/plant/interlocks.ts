import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { Command } from '../contract/command.ts';
import type { PointValue } from '../contract/reading.ts';
import { Fault } from '../lib/errors.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { PlantCommands, PlantDevice } from './neighbours.ts';

/** Asks for the commands of interlocks, as told in their records. */
export const interlockName = 'interlock';

/** An alarm that stands, with what its device must do meanwhile. */
interface Standing {
  alarm: string;
  device: string;
  command: string;
  /** For people who are refused a command. */
  title: string;
}

/** What a device must do while one of its alarms stands: a fountain whose water is low stops and is not started. */
export function createInterlocks(deps: {
  memory: Memory;
  device(id: string): PlantDevice | undefined;
  commands: PlantCommands;
  /** As known now; null: nobody knows. */
  value(key: string): PointValue;
  /** Puts on the alarm's record what was asked for and what became of it. */
  record(turn: Turn, alarm: string, text: string): void;
}) {
  const { commands } = deps;
  const standing = deps.memory.table<Standing>('interlocks');
  /** The command that was asked for by an alarm's interlock and has not ended. */
  const asked = deps.memory.table<string>('interlock-commands');

  function commandOf({ device, definition }: Alarm): string | undefined {
    const alarms = deps.device(device)?.alarms;
    return alarms && Object.hasOwn(alarms, definition) ? alarms[definition]?.interlock : undefined;
  }

  function enter(alarm: Alarm): Standing | undefined {
    const command = commandOf(alarm);
    if (command === undefined) return undefined;
    const stands = alarm.returnedAt === undefined && alarm.state !== 'closed';
    const entry = { alarm: alarm.id, device: alarm.device, command, title: alarm.title.en };
    if (stands || standing.get(alarm.id)) standing.set(alarm.id, stands ? entry : undefined);
    return stands ? entry : undefined;
  }

  function ask(turn: Turn, { alarm, device, command }: Standing): void {
    const what = `${interlockName}: ${device} ${command}`;
    const proof = commands.proofOf(device, command);
    if (proof && deps.value(proof.key) === proof.value) {
      deps.record(turn, alarm, `${what} ✓`);
      return;
    }
    try {
      const reason = interlockName;
      const { id, state } = commands.request(turn, {
        device,
        command,
        reason,
        alarm,
        by: interlockName,
      });
      deps.record(turn, alarm, what);
      if (state === 'failed') deps.record(turn, alarm, `${what} ✗`);
      else asked.set(alarm, id);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      deps.record(turn, alarm, `${what} ✗ ${thrown.detail}`);
    }
  }

  return {
    /** Alarms that stand at a start. */
    load(alarms: Iterable<Alarm>): void {
      for (const alarm of alarms) enter(alarm);
    },

    /** @returns whether the device is no longer held by this alarm */
    onTransition(turn: Turn, alarm: Alarm, { cause }: AlarmTransition): boolean {
      const stood = standing.get(alarm.id) !== undefined;
      const entry = enter(alarm);
      if (entry && (cause === 'raised' || cause === 'retripped')) ask(turn, entry);
      return stood && !entry;
    },

    /**
     * A command has taken a step: the end of one that was asked for here goes on the alarm's record, without words of a
     * language. Why it failed stands with the command.
     */
    onCommand(turn: Turn, { id, alarm, device, command, state, endedAt }: Command): void {
      if (alarm === null || endedAt === null || asked.get(alarm) !== id) return;
      asked.set(alarm, undefined);
      const mark = state === 'confirmed' ? '✓' : '✗';
      deps.record(turn, alarm, `${interlockName}: ${device} ${command} ${mark}`);
    },

    /** A point of the device has another value: what an interlock brought about may have been undone. */
    onSignal(turn: Turn, device: string, point: string, value: PointValue): void {
      if (value === null) return;
      for (const entry of [...standing.values()]) {
        if (entry.device !== device || asked.get(entry.alarm) !== undefined) continue;
        const proof = commands.proofOf(device, entry.command);
        if (proof && proof.key === `${device}.${point}` && proof.value !== value) ask(turn, entry);
      }
    },

    /** Why a point must not be brought to a value now; null when it may. */
    heldBy(key: string, value: PointValue): string | null {
      for (const { device, command, title } of standing.values()) {
        const proof = commands.proofOf(device, command);
        if (proof && proof.key === key && proof.value !== value) return `${device}: ${title}`;
      }
      return null;
    },
  };
}
