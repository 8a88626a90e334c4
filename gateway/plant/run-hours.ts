import type { Change } from '../contract/live.ts';
import type { RunHours } from '../contract/plant.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { countRunning, type KeptHours, newHours, shiftHours } from './hours-machine.ts';
import type { PlantDevice } from './neighbours.ts';
import { readHours, writeHours } from './store.ts';

/** Run hours and starts of everything that tells whether it runs. A row is written when it starts, stops or is lost from sight. */
export function createRunHours(deps: { memory: Memory; query: Query }) {
  const table = deps.memory.table<KeptHours>('run-hours');
  let counted = new Set<string>();

  function keep(turn: Turn, before: KeptHours | undefined, after: KeptHours): void {
    if (after === before) return;
    const { hours } = after;
    table.set(hours.id, after);
    writeHours(turn, after);
    turn.change('run-hours', hours.id, hours);
  }

  return {
    async load(): Promise<void> {
      for (const kept of await readHours(deps.query)) table.load(kept.hours.id, kept);
    },

    configure(devices: Iterable<PlantDevice>): void {
      counted = new Set();
      for (const { device, kind } of devices)
        if (kind.points.running?.type === 'bool') counted.add(device.id);
    },

    /** In the first turn after a start: since the gateway was last alive nobody knows what ran. */
    start(turn: Turn, lastAliveAt: number | null): void {
      for (const kept of [...table.values()])
        keep(turn, kept, countRunning(kept, null, Math.max(lastAliveAt ?? turn.now, kept.hours.since ?? 0)));
    },

    forget(turn: Turn, device: string): void {
      if (!table.get(device)) return;
      table.set(device, undefined);
      turn.write('plant.forgetHours', device);
      turn.change('run-hours', device, null);
    },

    watches: (device: string): boolean => counted.has(device),

    onRunning(turn: Turn, device: string, running: boolean | null): void {
      const kept = table.get(device);
      if (kept) keep(turn, kept, countRunning(kept, running, turn.now));
      else if (running !== null) keep(turn, undefined, newHours(device, running, turn.now));
    },

    onClockStep(turn: Turn, deltaMs: number): void {
      for (const kept of [...table.values()])
        if (kept.hours.since !== null || kept.blindSince !== null)
          keep(turn, kept, shiftHours(kept, deltaMs));
    },

    committed: (): RunHours[] => [...table.committed.values()].map(({ hours }) => hours),
    snapshot: (): Change[] =>
      [...table.committed].map(([id, { hours }]) => ({ entity: 'run-hours', id, data: hours })),
  };
}
