import { type CommandProof, isProvedBy } from '../contract/command.ts';
import type { PointValue } from '../contract/reading.ts';
import type { Memory } from '../store/table.ts';

/** What a point should come to read, and the commands that this would prove. */
interface Wanted {
  proof: CommandProof;
  commands: readonly string[];
}

const none: readonly string[] = [];

/** Which commands wait for which point to read what. A point is waited on for one value at a time. */
export function createProofs(memory: Memory) {
  const wanted = memory.table<Wanted>('commands.wanted');
  return {
    /** @returns the commands that waited for another value of this point: they are superseded */
    want(command: string, proof: CommandProof): readonly string[] {
      const before = wanted.get(proof.key);
      const same = before?.proof.value === proof.value;
      wanted.set(proof.key, {
        proof,
        commands: [...(same ? before.commands : none), command],
      });
      return before && !same ? before.commands : none;
    },
    release(command: string, key: string): void {
      const waiting = wanted.get(key);
      if (!waiting?.commands.includes(command)) return;
      const commands = waiting.commands.filter((id) => id !== command);
      wanted.set(key, commands.length > 0 ? { ...waiting, commands } : undefined);
    },
    /** Asked for every reading: one look into a map. */
    provedBy(key: string, value: PointValue): readonly string[] {
      const waiting = wanted.get(key);
      return waiting && isProvedBy(waiting.proof, value) ? waiting.commands : none;
    },
  };
}
