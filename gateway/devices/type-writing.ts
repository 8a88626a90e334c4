import type { Actor } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Operate } from '../store/operate.ts';
import type { AuditEntry } from '../store/turn.ts';
import { removeTypeFile, type TypeFolder, writeTypeFile } from './type-files.ts';
import type { TypeHistory, TypeVersion } from './type-history.ts';

/** How files of the site's own types are changed: one change at a time, on record, and with what they said before kept. */
export interface TypeWriting {
  /** Runs a change when those before it are done: what it is based on is still so when it is written. */
  alone<T>(run: () => Promise<T>): Promise<T>;
  /** The record first, then the files: what is on disk is never without its record. */
  recorded(actor: Actor, entry: AuditEntry, write: () => void): Promise<void>;
  /** Writes a file of a type; null removes it. */
  write(actor: Actor, id: string, path: string, text: string | null, how: TypeVersion['how']): void;
  /** Keeps what stands on the disk, perhaps written by hand, before it is replaced. */
  keepPresent(id: string, path: string): void;
}

export function createTypeWriting(deps: {
  dir: string;
  own: TypeFolder;
  history: TypeHistory;
  clock: Clock;
  operate: Operate;
  /** The types have changed on disk. */
  changed(): void;
}): TypeWriting {
  const { dir, own, history, clock, operate } = deps;
  let last: Promise<unknown> = Promise.resolve();

  function keepPresent(id: string, path: string): void {
    const present = own.has(id) ? own.read(id, path) : null;
    if (present === null) return;
    // A case or README that came with a copy is no work of hand.
    const how = path !== 'type.yaml' && history.list(id, path).length === 0 ? 'before' : 'on-disk';
    history.keep(id, path, present, { at: clock.now().wallMs, who: null, name: null, how });
  }

  return {
    alone(run) {
      const next = last.then(run);
      last = next.catch(() => {});
      return next;
    },
    async recorded(actor, entry, write) {
      await operate(entry.action, actor, (turn) => turn.audit(entry));
      try {
        write();
      } catch (error) {
        const detail = { ...entry.detail, failed: asError(error).message };
        await operate(entry.action, actor, (turn) =>
          turn.audit({ ...entry, action: 'device-type.not-written', detail }),
        );
        throw error;
      } finally {
        deps.changed();
      }
    },
    keepPresent,
    write(actor, id, path, text, how) {
      keepPresent(id, path);
      if (text === null) {
        removeTypeFile(dir, id, path);
        return;
      }
      writeTypeFile(dir, id, path, text);
      history.keep(id, path, text, { at: clock.now().wallMs, who: actor.who, name: actor.name, how });
    },
  };
}
