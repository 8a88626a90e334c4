import { startOfLocal } from '../lib/local-time.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type Changed, change, type Draft, isBefore, type Mark } from './machine.ts';
import {
  dropMark,
  type RegisterKey,
  readOlder,
  readRecent,
  shiftFrom,
  thinHours,
  writeMark,
  writeRegister,
} from './store.ts';

const hourMs = 3_600_000;
/** Device time is believed for 7 days: so long a reading may come late, and a day more for what it is judged by. */
const keepMs = 8 * 86_400_000;
/** Of registers that are seldom read so many are kept, however old: what a usual consumption is. */
const leastMarks = 24;
/** A register may be read every second; on disk it follows within this time. A power failure shifts so much into the next hour. */
const writeEveryMs = 60_000;

/** A register's newest marks. */
interface Series extends RegisterKey {
  readonly chain: readonly Mark[];
  /** The chain begins with the first mark of all. */
  readonly isWhole: boolean;
  /** While the newest hour's register is newer in memory than on disk: when that on disk was read. */
  readonly behind: number | null;
  /** Grows when marks older than the chain may have changed. */
  readonly revision: number;
}

/** Marks older than those in memory, and what they were read at. */
export interface Context {
  revision: number;
  older: readonly Mark[];
}

const idOf = ({ meter, point }: RegisterKey) => `${meter}.${point}`;

/** The chains of all registers: in memory as far back as anything may still be judged anew, on disk for good. */
export function createSeries(deps: { memory: Memory; query: Query; timeZone(): string }) {
  const table = deps.memory.table<Series>('meter-series');

  /** The full hour whose register a reading may be: the end of the hour it was read in. */
  function slotOf(at: number): number {
    const start = startOfLocal(deps.timeZone(), 'hour', at);
    return start === at ? at : start + hourMs;
  }

  /** What has changed goes to disk; first whole tails move, since what is written after that has its new total already. */
  function write(turn: Turn, series: Series, { chain, puts, drops, shift }: Changed): void {
    const tail = series.behind === null ? undefined : series.chain.at(-1);
    if (series.chain.length === 0) writeRegister(turn, series);
    if (shift) shiftFrom(turn, series, shift);
    if (series.behind !== null) dropMark(turn, series, { at: series.behind, source: 'hour' });
    for (const mark of drops) if (mark !== tail) dropMark(turn, series, mark);
    const now = tail && chain.find(({ at, source }) => at === tail.at && source === tail.source);
    if (now && !puts.includes(now)) writeMark(turn, series, now);
    for (const mark of puts) writeMark(turn, series, mark);
  }

  function trimmed(series: Series, now: number): Series {
    const { chain } = series;
    let first = Math.min(
      chain.findIndex(({ at }) => at >= now - keepMs),
      chain.length - leastMarks,
    );
    while (first > 0 && chain[first]?.flag === 'backwards') first--;
    if (first <= 0) return series;
    return { ...series, chain: chain.slice(first), isWhole: false, revision: series.revision + 1 };
  }

  return {
    async load(now: number): Promise<void> {
      for (const { meter, point, chain, isWhole } of await readRecent(deps.query, now - keepMs, leastMarks))
        table.load(idOf({ meter, point }), { meter, point, chain, isWhole, behind: null, revision: 0 });
    },

    /** A good reading of a register, in whatever order they come: the newest of each hour is that hour's. */
    take(turn: Turn, key: RegisterKey, top: number, at: number, register: number): void {
      const id = idOf(key);
      const series = table.get(id) ?? { ...key, chain: [], isWhole: true, behind: null, revision: 0 };
      const { chain, behind } = series;
      const [first] = chain;
      if (first && !series.isWhole && at <= first.at) return;
      // The very first stays beside the hours: what it began with would be lost with the next reading of its hour.
      const slot = first ? slotOf(at) : null;
      const same = chain.find((mark) => mark.at === at && mark.source === 'hour');
      const standing = same ?? chain.findLast((mark) => mark.slot === slot);
      if (standing && (standing.at > at || (standing.at === at && standing.register === register))) return;
      const draft: Draft = { at, source: 'hour', slot: same ? same.slot : slot, register, entry: null };
      const changed = change(chain, { drop: standing ? [standing] : [], add: [draft] }, top);
      const newest = changed.chain.at(-1);
      const writtenAt = behind ?? standing?.at ?? 0;
      if (
        standing !== undefined &&
        standing === chain.at(-1) &&
        newest?.at === at &&
        newest.flag === standing.flag &&
        at - writtenAt < writeEveryMs
      ) {
        table.set(id, { ...series, chain: changed.chain, behind: writtenAt });
        return;
      }
      write(turn, series, changed);
      const after = { ...series, chain: changed.chain, behind: null };
      table.set(id, standing ? after : trimmed(after, turn.now));
    },

    /** What memory knows better than the disk. */
    flush(turn: Turn): void {
      for (const series of [...table.values()]) {
        if (series.behind === null) continue;
        write(turn, series, { chain: series.chain, puts: [], drops: [], shift: null });
        table.set(idOf(series), { ...series, behind: null });
      }
    },

    /** On disk, of the hours between these moments only those at them stay; memory does not reach so far back. */
    thin(turn: Turn, stay: readonly number[]): void {
      for (const series of table.values()) thinHours(turn, series, stay);
    },

    /** The chain as the running turn sees it, reaching back before `at`; null: what is older has to be read first, or anew. */
    reaching(key: RegisterKey, at: number, context: Context | null): readonly Mark[] | null {
      const series = table.get(idOf(key));
      if (!series) return [];
      const [first] = series.chain;
      if (series.isWhole || (first && at > first.at)) return series.chain;
      return context?.revision === series.revision ? [...context.older, ...series.chain] : null;
    },

    /** Takes marks out and puts others in. @param chain as `reaching` gave it */
    enter(
      turn: Turn,
      key: RegisterKey,
      chain: readonly Mark[],
      what: { drop?: readonly Mark[]; add?: readonly Draft[] },
      top: number,
    ): readonly Mark[] {
      const id = idOf(key);
      const series = table.get(id) ?? { ...key, chain: [], isWhole: true, behind: null, revision: 0 };
      const changed = change(chain, what, top);
      write(turn, series, changed);
      const [first] = series.chain;
      const kept =
        first && !series.isWhole ? changed.chain.filter((mark) => !isBefore(mark, first)) : changed.chain;
      table.set(id, { ...series, chain: kept, behind: null, revision: series.revision + 1 });
      return changed.chain;
    },

    /** Outside of a turn: what an entry at `at` needs of the disk; null when memory reaches far enough back. */
    async contextOf(key: RegisterKey, at: number): Promise<Context | null> {
      const series = table.committed.get(idOf(key));
      const first = series?.chain[0];
      if (!series || !first || series.isWhole || at > first.at) return null;
      return {
        revision: series.revision,
        older: await readOlder(deps.query, key, at, first, leastMarks),
      };
    },

    /** As the running turn sees it; undefined when the register never had a mark. */
    chain: (meter: string, point: string): readonly Mark[] | undefined =>
      table.get(idOf({ meter, point }))?.chain,
    /** As committed. */
    committed: (meter: string, point: string): readonly Mark[] | undefined =>
      table.committed.get(idOf({ meter, point }))?.chain,
  };
}
export type SeriesRoom = ReturnType<typeof createSeries>;
