import type { Kind } from '../contract/kind.ts';
import type { Schedule } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import type { Turn } from '../store/turn.ts';
import type { PlantCommands, PlantDevice, Signals } from './neighbours.ts';

/** How a kind is switched on and off, and the point that shows it. */
interface Switch {
  on: string;
  off: string;
  point: string;
}

/** @returns undefined for what is not switched: a schedule needs two commands that one point proves */
function switchOf({ commands }: Kind): Switch | undefined {
  for (const [on, off] of [
    ['switchOn', 'switchOff'],
    ['start', 'stop'],
  ] as const) {
    const point = commands[on]?.confirm?.point;
    if (point !== undefined && commands[off]?.confirm?.point === point) return { on, off, point };
  }
  return undefined;
}

/** How single devices are switched on and off, whatever their kind calls it. */
export function createSwitching(deps: {
  signals: Signals;
  device(id: string): PlantDevice | undefined;
  commands: PlantCommands;
}) {
  const { signals, commands } = deps;

  function waysOf(device: string): Switch | undefined {
    const kind = deps.device(device)?.kind;
    return kind && switchOf(kind);
  }

  return {
    /** Whether it is on (null: nobody knows), and whether switching it would be refused now. */
    stateOf(device: string): { on: boolean | null; held(on: boolean): boolean } {
      const ways = waysOf(device);
      if (!ways) return { on: null, held: () => false };
      return {
        on: signals.bool(device, ways.point),
        held: (on) => commands.refusalOf(device, on ? ways.on : ways.off) !== null,
      };
    },

    /** Asks for it in the name of the schedule. */
    order(turn: Turn, schedule: Schedule, device: string, on: boolean): void {
      const ways = waysOf(device);
      if (!ways) return;
      try {
        const command = on ? ways.on : ways.off;
        commands.request(turn, { device, command, reason: schedule.name, by: `schedule:${schedule.id}` });
      } catch (error) {
        // It takes no such command, or something holds it: that it differs from its plan is told after the grace.
        if (!(error instanceof Fault)) throw error;
      }
    },

    /** What a command makes of a device: on, off, or null for another command. */
    meaningOf(device: string, command: string): boolean | null {
      const ways = waysOf(device);
      if (command === ways?.on) return true;
      return command === ways?.off ? false : null;
    },
  };
}
