import type { StoredEvent } from '../contract/event.ts';
import { misread } from '../contract/misread.ts';
import type { Checkin } from '../contract/patrol.ts';
import type { Checkpoint, Person } from '../contract/site.ts';
import { normaliseTag, readTag, type TagForm, tagFormOf, tagProblem } from '../contract/tag.ts';
import { misunderstood } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { readCheckinsSince, readKey, writeCheckin } from './store.ts';

/** A guard's tag names the reads after it, for no longer than a shift. */
export const guardHoldsMs = 12 * 3_600_000;
/** A tag held to the reader repeats; within this time it is one read. */
export const repeatMs = 10_000;
const longestTag = 64;

/** Whose tag is it? In whatever spelling; `form` as contract/tag.ts has it. */
export interface TagSite {
  checkpointByTag(tag: string, form?: TagForm): Checkpoint | undefined;
  personByCard(card: string, form?: TagForm): Person | undefined;
  person(id: string): Person | undefined;
  /** It sends the lowest byte first (its setting `byteOrder`). */
  isReversed(reader: string): boolean;
}

/** One read of a reader, sent at once or brought home by a wand. */
export interface TagRead {
  id: string;
  reader: string;
  /** Canonical. */
  tag: string;
  /** A person's key, a card, or whatever name the reader gives; null when it names nobody. */
  guard: string | null;
  at: number;
  receivedAt: number;
  readerAt: number | null;
  upload: string | null;
  doubt: Checkin['doubt'];
}

/** What reads come to before any of it is kept. */
export interface SortedReads {
  fresh: Checkin[];
  /** Known already, or of a tag that was still being held to the reader. */
  repeated: number;
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

  const tagAt = ({ reader, tag }: Pick<Checkin, 'reader' | 'tag'>) => `${reader}|${tag}`;
  /** A guard's card held to a reader. Of a time in doubt nothing follows. */
  const isGuardRead = ({ checkpoint, guard, doubt }: Checkin) =>
    checkpoint === null && guard !== null && doubt === null;

  function guardReadsWith(reader: string, read: GuardRead) {
    const before = guardReads.get(reader)?.reads ?? [];
    return { reader, reads: [...before, read].sort((a, b) => a.at - b.at) };
  }

  function guardAt(reader: string, at: number): string | null {
    const read = guardReads.get(reader)?.reads.findLast((entry) => entry.at <= at);
    return read && at - read.at <= guardHoldsMs ? read.guard : null;
  }

  /** A person's key, a card, or whatever name the reader gives. */
  function guardNamed(name: string): string {
    return site.person(name)?.id ?? site.personByCard(name)?.id ?? name;
  }

  /**
   * Which of these reads, in the order in which one reader made them, are new, and whose they are. Keeps nothing.
   * @param known keys of older check-ins than are in memory
   */
  function sort(reads: readonly TagRead[], known: ReadonlySet<string> = new Set()): SortedReads {
    const sorted: SortedReads = { fresh: [], repeated: 0 };
    const seen = new Set<string>();
    const lastOf = new Map<string, Checkin>();
    /** The guard whose card this very upload saw last, by the reader's own order. */
    let holder: GuardRead | null = null;
    for (const { guard: named, ...read } of reads) {
      const checkpoint = site.checkpointByTag(read.tag, 'hex')?.id ?? null;
      const ownAt = read.readerAt ?? read.at;
      const held: string | null =
        holder !== null && Math.abs(ownAt - holder.at) <= guardHoldsMs ? holder.guard : null;
      // A stray tag is nobody's.
      const guard: string | null =
        checkpoint === null
          ? (site.personByCard(read.tag, 'hex')?.id ?? null)
          : named !== null
            ? guardNamed(named)
            : (held ?? (read.doubt === null ? guardAt(read.reader, read.at) : null));
      const checkin: Checkin = { ...read, checkpoint, guard };
      if (checkpoint === null && guard !== null) holder = { guard, at: ownAt };
      const key = readKey(checkin);
      const last = lastOf.get(tagAt(checkin)) ?? newest.get(tagAt(checkin));
      if (
        kept.get(key) ||
        known.has(key) ||
        seen.has(key) ||
        (last && Math.abs(read.at - last.at) < repeatMs)
      ) {
        sorted.repeated++;
        continue;
      }
      seen.add(key);
      lastOf.set(tagAt(checkin), checkin);
      sorted.fresh.push(checkin);
    }
    return sorted;
  }

  return {
    async load(since: number): Promise<void> {
      for (const checkin of await readCheckinsSince(deps.query, since)) {
        kept.load(readKey(checkin), checkin);
        newest.load(tagAt(checkin), checkin);
        const { guard, reader, at } = checkin;
        if (isGuardRead(checkin) && guard !== null)
          guardReads.load(reader, guardReadsWith(reader, { guard, at }));
      }
    },

    sort,

    /** Stores what `sort` found new. */
    keep(turn: Turn, fresh: readonly Checkin[]): void {
      for (const checkin of fresh) {
        kept.set(readKey(checkin), checkin);
        newest.set(tagAt(checkin), checkin);
        const { guard, reader, at } = checkin;
        if (isGuardRead(checkin) && guard !== null)
          guardReads.set(reader, guardReadsWith(reader, { guard, at }));
        writeCheckin(turn, checkin);
      }
    },

    values: (): Iterable<Checkin> => kept.values(),

    /** Within a turn: lets go of what no upload can concern any more. */
    forget(before: number): void {
      for (const checkin of [...kept.values()])
        if (checkin.at < before) {
          kept.set(readKey(checkin), undefined);
          if (newest.get(tagAt(checkin)) === checkin) newest.set(tagAt(checkin), undefined);
        }
      for (const { reader, reads } of [...guardReads.values()])
        if ((reads[0]?.at ?? before) < before)
          guardReads.set(reader, { reader, reads: reads.filter((read) => read.at >= before) });
    },
  };
}

/**
 * The read that one `checkin` event tells of.
 * @throws message.invalid when it has no tag, or that of an iButton with a wrong check byte
 */
export function readOfEvent(
  { id, device, data, occurredAt, receivedAt }: StoredEvent,
  reversed: boolean,
): TagRead {
  const text = typeof data.tag === 'number' || typeof data.tag === 'string' ? String(data.tag) : '';
  const tag = normaliseTag(text, tagFormOf({ hex: data.form === 'hex', reversed }));
  if (tag === '' || tag.length > longestTag)
    throw misunderstood([misread('checkin-no-tag', { device, most: longestTag })]);
  const read = readTag(text);
  if (read.kind === 'ibutton-fault') {
    const told = { device, tag: text, words: tagProblem(text) ?? '' };
    throw misunderstood([
      read.fault === null
        ? misread('checkin-zero', told)
        : misread('checkin-check-byte', { ...told, ...read.fault }),
    ]);
  }
  const guard = typeof data.guard === 'string' && data.guard !== '' ? data.guard.slice(0, longestTag) : null;
  return {
    ...{ id, reader: device, tag, guard, at: occurredAt, receivedAt },
    ...{ readerAt: null, upload: null, doubt: null },
  };
}
