import { deviceTimeBehindMs } from '../contract/reading.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';

/**
 * Of one device: more zones, partitions and codes than any panel has. Anybody who can speak for an unencrypted panel can make up more.
 */
export const mostRestores = 1_000;

/**
 * When each cause was restored last, by field time: a trip from before it that arrives late is over already. Beyond what is kept such
 * a trip rings, and stands until it is restored anew: too much rather than too little.
 */
export function createRestores(deps: {
  memory: Memory;
  /** A restore that may still have told something was let go. */
  dropped(): void;
}) {
  const times: Table<number> = deps.memory.table('alarm-restores');
  /** Device → its causes, the one that was restored longest ago first. */
  const causesOf: Table<readonly string[]> = deps.memory.table('alarm-restores-of-device');

  function forget(turn: Turn, cause: string): void {
    times.set(cause, undefined);
    turn.write('alarms.clearCondition', cause);
  }

  /** No later trip is from before it: older device times do not count. */
  const isOver = (at: number, now: number) => at < now - deviceTimeBehindMs;

  return {
    at: (cause: string): number | undefined => times.get(cause),

    note(turn: Turn, device: string, cause: string, at: number): void {
      const known = times.get(cause);
      if (known !== undefined && at <= known) return;
      times.set(cause, at);
      turn.write('alarms.setCondition', cause, JSON.stringify({ phase: 'restored', at }));
      const causes = [...(causesOf.get(device) ?? []).filter((one) => one !== cause), cause];
      for (let oldest = causes[0]; oldest !== undefined && oldest !== cause; oldest = causes[0]) {
        const over = isOver(times.get(oldest) ?? 0, turn.now);
        if (!over && causes.length <= mostRestores) break;
        causes.shift();
        forget(turn, oldest);
        if (!over) turn.after(deps.dropped);
      }
      causesOf.set(device, causes);
    },

    /** Lets go of those whose definition is gone or tells of something else now. */
    retire(turn: Turn, remains: (device: string, definition: string) => boolean): void {
      for (const device of [...causesOf.committed.keys()]) {
        const causes = causesOf.get(device) ?? [];
        const kept = causes.filter((cause) => remains(device, cause.split('/')[1] ?? ''));
        if (kept.length === causes.length) continue;
        for (const cause of causes) if (!kept.includes(cause)) forget(turn, cause);
        causesOf.set(device, kept.length > 0 ? kept : undefined);
      }
    },

    /** At start, from the database. */
    load(restored: readonly { cause: string; at: number }[]): void {
      for (const { cause, at } of restored.toSorted((a, b) => a.at - b.at)) {
        const device = cause.split('/')[0] ?? '';
        times.load(cause, at);
        causesOf.load(device, [...(causesOf.committed.get(device) ?? []), cause]);
      }
    },
  };
}
