import type { StoredEvent } from '../contract/event.ts';
import type { Checkin } from '../contract/patrol.ts';
import type { Checkpoint, Person } from '../contract/site.ts';
import { normaliseTag } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { readCheckinsSince, writeCheckin } from './store.ts';

/** A guard's tag names the reads after it, for no longer than a shift. */
export const guardHoldsMs = 12 * 3_600_000;
/** A tag held to the reader repeats; within this time it is one read. */
export const repeatMs = 10_000;
const longestTag = 64;

/** Whose tag is it? In whatever spelling; `form` as contract/tag.ts has it. */
export interface TagSite {
  checkpointByTag(tag: string, form?: 'hex'): Checkpoint | undefined;
  personByCard(card: string, form?: 'hex'): Person | undefined;
  person(id: string): Person | undefined;
}

interface GuardRead {
  guard: string;
  at: number;
}

/**
 * What readers report: which checkpoint, which guard. Guards' cards are ordinary tags; a read belongs to the guard whose card was
 * last held to the same reader (that is how wand and reader makers do it).
 */
export function createCheckins(deps: { memory: Memory; query: Query; site: TagSite }) {
  /** All of the last days, by reader, tag and time. */
  const kept = deps.memory.table<Checkin>('patrol-checkins');
  /** The last read of each tag at each reader. */
  const newest = deps.memory.table<Checkin>('patrol-newest-reads');
  /** Guards' cards at each reader, by the time at which they were held to it. */
  const guardReads = deps.memory.table<{ reader: string; reads: GuardRead[] }>('patrol-guard-reads');
  const { site } = deps;

  const readOf = ({ reader, tag }: Pick<Checkin, 'reader' | 'tag'>) => `${reader}|${tag}`;
  const keyOf = (checkin: Pick<Checkin, 'reader' | 'tag' | 'at'>) => `${readOf(checkin)}|${checkin.at}`;

  function guardReadsWith(reader: string, read: GuardRead) {
    const before = guardReads.get(reader)?.reads ?? [];
    return { reader, reads: [...before, read].sort((a, b) => a.at - b.at) };
  }

  function guardAt(reader: string, at: number): string | null {
    const read = guardReads.get(reader)?.reads.findLast((entry) => entry.at <= at);
    return read && at - read.at <= guardHoldsMs ? read.guard : null;
  }

  /** Who made the read: the guard whose card it is, whom the reader names, or whose card it saw last. A stray tag is nobody's. */
  function guardOf(event: StoredEvent, checkpoint: string | null, read: Read): string | null {
    if (checkpoint === null) return site.personByCard(read.text, read.form)?.id ?? null;
    const named = event.data.guard;
    return typeof named === 'string' && named !== ''
      ? guardNamed(named.slice(0, longestTag))
      : guardAt(event.device, event.occurredAt);
  }

  /** A person's key, a card, or whatever name the reader gives. */
  function guardNamed(name: string): string {
    return site.person(name)?.id ?? site.personByCard(name)?.id ?? name;
  }

  return {
    async load(since: number): Promise<void> {
      for (const checkin of await readCheckinsSince(deps.query, since)) {
        kept.load(keyOf(checkin), checkin);
        newest.load(readOf(checkin), checkin);
        const { checkpoint, guard, reader, at } = checkin;
        if (checkpoint === null && guard !== null)
          guardReads.load(reader, guardReadsWith(reader, { guard, at }));
      }
    },

    /**
     * Stores one `checkin` event.
     * @returns null for a repeat: the same reader, tag and time, or a tag that is still being held to the reader
     * @throws message.invalid when it has no tag
     */
    take(turn: Turn, event: StoredEvent): Checkin | null {
      const read = readIn(event);
      const { tag } = read;
      const { device: reader, occurredAt: at } = event;
      const last = newest.get(readOf({ reader, tag }));
      if (kept.get(keyOf({ reader, tag, at })) || (last && Math.abs(at - last.at) < repeatMs)) return null;
      const checkpoint = site.checkpointByTag(read.text, read.form)?.id ?? null;
      const guard = guardOf(event, checkpoint, read);
      const checkin: Checkin = {
        id: event.id,
        reader,
        tag,
        checkpoint,
        guard,
        at,
        receivedAt: event.receivedAt,
      };
      kept.set(keyOf(checkin), checkin);
      newest.set(readOf(checkin), checkin);
      if (checkpoint === null && guard !== null)
        guardReads.set(reader, guardReadsWith(reader, { guard, at }));
      writeCheckin(turn, checkin);
      return checkin;
    },

    values: (): Iterable<Checkin> => kept.values(),

    /** Within a turn: lets go of what no upload can concern any more. */
    forget(before: number): void {
      for (const checkin of [...kept.values()])
        if (checkin.at < before) {
          kept.set(keyOf(checkin), undefined);
          if (newest.get(readOf(checkin)) === checkin) newest.set(readOf(checkin), undefined);
        }
      for (const { reader, reads } of [...guardReads.values()])
        if ((reads[0]?.at ?? before) < before)
          guardReads.set(reader, { reader, reads: reads.filter((read) => read.at >= before) });
    },
  };
}

interface Read {
  /** As the reader spells it, and what the reader says of its spelling. */
  text: string;
  form?: 'hex';
  /** Canonical. */
  tag: string;
}

function readIn({ device, data }: StoredEvent): Read {
  const text = typeof data.tag === 'number' || typeof data.tag === 'string' ? String(data.tag) : '';
  const form = data.form === 'hex' ? 'hex' : undefined;
  const tag = normaliseTag(text, form);
  if (tag === '' || tag.length > longestTag)
    throw fault(
      'message.invalid',
      `the check-in of reader ${device} has no usable tag: send {"type": "checkin", "data": {"tag": "0063E9AE"}}, at most ${longestTag} characters`,
    );
  return { text, form, tag };
}
