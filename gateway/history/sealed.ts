import Database from 'better-sqlite3';
import { migrate, prepareDatabase } from '../store/migrate.ts';
import { decodeChunk, encodeChunk } from './chunk.ts';
import { type Column, firstFrom, noReadings, rowsOf, settle } from './column.ts';
import { decodeHours, encodeHours, hoursOf, joinHours } from './hours.ts';
import type { Step } from './steps.ts';
import { sliceMs } from './store.ts';

export const dayMs = 86_400_000;
/** UTC days since 1970: what a chunk and a roll-up belong to. */
export const dayOf = (at: number) => Math.floor(at / dayMs);

/** Rows of a chunk: few enough to be read for a minute's sake, many enough to press well. */
export const chunkRows = 8_192;
/** A chunk with fewer is joined with others when its day is settled. */
const fullRows = chunkRows / 2;
/** A day is settled before its end when it has gathered so many chunks. */
const mostUnsettled = 64;

interface ChunkSpan {
  id: number;
  from_at: number;
  to_at: number;
  count: number;
}

export interface SeriesDay {
  series: number;
  day: number;
}

/** The roll-up of one day. `gone`: its readings were rolled over. */
export interface DayHours {
  day: number;
  gone: boolean;
  steps: Step[];
}

/**
 * The embedded store on disk: history.db. Readings of one series and day lie in chunks, and when the day is over it is settled:
 * small chunks are joined and the hours rolled up. What comes later for that day is a chunk more, and the day is settled again.
 */
export class SealedReadings {
  readonly db: Database.Database;
  private readonly ids = new Map<string, Map<string, number>>();
  private lastSeries = 0;
  private readonly statements: ReturnType<typeof prepare>;

  /** @throws storage.newer, storage.unusable, or SQLite's error */
  constructor(path: string) {
    this.db = new Database(path);
    prepareDatabase(this.db);
    migrate(this.db, 'history');
    this.statements = prepare(this.db);
    const rows = this.db.prepare('SELECT id, device, point FROM series').raw().all() as [
      number,
      string,
      string,
    ][];
    for (const [id, device, point] of rows) this.know(id, device, point);
  }

  private know(id: number, device: string, point: string): void {
    const points = this.ids.get(device) ?? new Map<string, number>();
    this.ids.set(device, points.set(point, id));
    this.lastSeries = Math.max(this.lastSeries, id);
  }

  find(device: string, point: string): number | undefined {
    return this.ids.get(device)?.get(point);
  }

  /** The number of a series here; one that is new is written when it is sealed for the first time. */
  seriesOf(device: string, point: string): number {
    const known = this.find(device, point);
    if (known !== undefined) return known;
    const id = this.lastSeries + 1;
    this.know(id, device, point);
    return id;
  }

  /** Lays readings down, in one transaction. They may come in any order and for any day. @throws SQLite's error: nothing was written */
  seal(parts: readonly { series: number; device: string; point: string; column: Column }[]): void {
    this.db.transaction(() => {
      for (const { series, device, point, column } of parts) {
        this.statements.addSeries.run(series, device, point);
        const whole = settle([column]);
        for (let start = 0; start < whole.at.length; ) {
          const day = dayOf(whole.at[start] ?? 0);
          const end = firstFrom(whole, (day + 1) * dayMs);
          this.lay(series, day, rowsOf(whole, start, end), 1);
          this.statements.unsettle.run(series, day);
          start = end;
        }
      }
    })();
  }

  private lay(series: number, day: number, column: Column, effort: 1 | 6): void {
    const count = column.at.length;
    const pieces = Math.ceil(count / chunkRows);
    for (let piece = 0; piece < pieces; piece++) {
      const part = rowsOf(
        column,
        Math.ceil((piece * count) / pieces),
        Math.ceil(((piece + 1) * count) / pieces),
      );
      const { at } = part;
      const data = encodeChunk(part, effort);
      this.statements.addChunk.run({ series, day, from: at[0], to: at.at(-1), count: at.length, data });
    }
  }

  /** Days that wait to be settled, oldest first: those before `today`, and others that have gathered many chunks. */
  due(today: number): SeriesDay[] {
    return this.statements.due.all(today, mostUnsettled);
  }

  /** Does as many of some small things as a slice of time allows, in one transaction; answers how many. @throws SQLite's error: none was done */
  slice<Thing>(things: readonly Thing[], start: number, work: (thing: Thing) => void): number {
    return this.db.transaction(() => {
      const end = performance.now() + sliceMs;
      let next = start;
      do {
        const thing = things[next++];
        if (thing !== undefined) work(thing);
      } while (next < things.length && performance.now() < end);
      return next;
    })();
  }

  /**
   * Joins the small chunks of a day with their neighbours. When the day is over its hours are rolled up; of a day whose readings are
   * gone the late ones go into the hours alone. In a transaction of its caller.
   */
  settleDay({ series, day }: SeriesDay, over: boolean): void {
    const before = this.hoursBetween(series, day, day)[0];
    const gone = before?.gone === true;
    const runs = runsOf(this.statements.chunks.all(series, day));
    const columns = runs.map((run) => {
      if (run.length === 1 && !over && !gone) return noReadings;
      const column = settle(run.map(({ id }) => this.chunk(series, day, id)));
      if (run.length > 1 || gone) for (const { id } of run) this.statements.dropChunk.run(series, day, id);
      if (run.length > 1 && !gone) this.lay(series, day, column, 6);
      return column;
    });
    if (!over && !gone) {
      this.statements.resetUnsettled.run(series, day);
      return;
    }
    const fresh = hoursOf(settle(columns));
    const steps = gone ? joinHours(before.steps, fresh) : fresh;
    this.statements.setHours.run(series, day, encodeHours(day * dayMs, steps));
    this.statements.settled.run(series, day);
  }

  private chunk(series: number, day: number, id: number): Column {
    const data = this.statements.chunkData.get(series, day, id);
    if (!data) throw new RangeError(`there is no chunk ${series}/${day}/${id}`);
    return decodeChunk(data);
  }

  /** The readings of one day from `from` to `to`, and perhaps some around them, in the order in which they were told. */
  readingsOf({ series, day }: SeriesDay, from: number, to: number): Column[] {
    return this.statements.readings.all(series, day, from, to).map(decodeChunk);
  }

  hoursBetween(series: number, fromDay: number, toDay: number): DayHours[] {
    return this.statements.hours
      .all(series, fromDay, toDay)
      .map(({ day, gone, data }) => ({ day, gone: gone === 1, steps: decodeHours(day * dayMs, data) }));
  }

  unsettledBetween(series: number, fromDay: number, toDay: number): number[] {
    return this.statements.unsettledDays.all(series, fromDay, toDay);
  }

  usedBytes(): number {
    return this.statements.usedBytes.get() ?? 0;
  }

  allSeries(): number[] {
    return this.statements.allSeries.all();
  }

  /** The oldest day of readings, and of roll-ups. */
  oldestDay(what: 'chunk' | 'hours'): number | null {
    return this.statements.oldest[what].get() ?? null;
  }

  /** Lets the readings of a series before a day go; their roll-ups stay. Those days are settled. In a transaction of its caller. */
  dropReadings(series: number, beforeDay: number): void {
    this.statements.markGone.run(series, beforeDay);
    this.statements.dropChunks.run(series, beforeDay);
  }

  dropHours(series: number, beforeDay: number): void {
    this.statements.dropHours.run(series, beforeDay);
  }

  close(): void {
    this.db.close();
  }
}

/** Chunks that belong together: that overlap, or of which one is small, in time. The chunks of a run are in the order of their words. */
function runsOf(chunks: readonly ChunkSpan[]): ChunkSpan[][] {
  const runs: ChunkSpan[][] = [];
  let until = Number.NEGATIVE_INFINITY;
  let isSmall = false;
  for (const chunk of chunks.toSorted((a, b) => a.from_at - b.from_at)) {
    const run = runs.at(-1);
    if (run && (chunk.from_at <= until || isSmall || chunk.count < fullRows)) run.push(chunk);
    else runs.push([chunk]);
    until = Math.max(until, chunk.to_at);
    isSmall = chunk.count < fullRows;
  }
  return runs.map((run) => run.sort((a, b) => a.id - b.id));
}

function prepare(db: Database.Database) {
  return {
    addSeries: db.prepare('INSERT OR IGNORE INTO series (id, device, point) VALUES (?, ?, ?)'),
    addChunk: db.prepare(
      `INSERT INTO chunk (series, day, id, from_at, to_at, count, data)
       SELECT @series, @day, coalesce(max(id), 0) + 1, @from, @to, @count, @data
       FROM chunk WHERE series = @series AND day = @day`,
    ),
    unsettle: db.prepare(
      `INSERT INTO unsettled (series, day, chunks) VALUES (?, ?, 1)
       ON CONFLICT (series, day) DO UPDATE SET chunks = chunks + 1`,
    ),
    resetUnsettled: db.prepare('UPDATE unsettled SET chunks = 0 WHERE series = ? AND day = ?'),
    settled: db.prepare('DELETE FROM unsettled WHERE series = ? AND day = ?'),
    due: db.prepare<[number, number], SeriesDay>(
      'SELECT series, day FROM unsettled WHERE day < ? OR chunks >= ? ORDER BY day, series',
    ),
    unsettledDays: db
      .prepare<[number, number, number], number>(
        'SELECT day FROM unsettled WHERE series = ? AND day BETWEEN ? AND ?',
      )
      .pluck(),
    chunks: db.prepare<[number, number], ChunkSpan>(
      'SELECT id, from_at, to_at, count FROM chunk WHERE series = ? AND day = ? ORDER BY id',
    ),
    chunkData: db
      .prepare<[number, number, number], Buffer>(
        'SELECT data FROM chunk WHERE series = ? AND day = ? AND id = ?',
      )
      .pluck(),
    readings: db
      .prepare<[number, number, number, number], Buffer>(
        'SELECT data FROM chunk WHERE series = ? AND day = ? AND to_at >= ? AND from_at <= ? ORDER BY id',
      )
      .pluck(),
    dropChunk: db.prepare('DELETE FROM chunk WHERE series = ? AND day = ? AND id = ?'),
    dropChunks: db.prepare('DELETE FROM chunk WHERE series = ? AND day < ?'),
    hours: db.prepare<[number, number, number], { day: number; gone: number; data: Buffer }>(
      'SELECT day, gone, data FROM hours WHERE series = ? AND day BETWEEN ? AND ? ORDER BY day',
    ),
    setHours: db.prepare(
      `INSERT INTO hours (series, day, data) VALUES (?, ?, ?)
       ON CONFLICT (series, day) DO UPDATE SET data = excluded.data`,
    ),
    markGone: db.prepare('UPDATE hours SET gone = 1 WHERE series = ? AND day < ? AND gone = 0'),
    dropHours: db.prepare('DELETE FROM hours WHERE series = ? AND day < ?'),
    allSeries: db.prepare<[], number>('SELECT id FROM series ORDER BY id').pluck(),
    oldest: {
      chunk: db.prepare<[], number | null>(oldestIn('chunk')).pluck(),
      hours: db.prepare<[], number | null>(oldestIn('hours')).pluck(),
    },
    usedBytes: db
      .prepare<[], number>(
        `SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
      )
      .pluck(),
  };
}

/** One look into the index for each series, instead of a walk over all of it. */
function oldestIn(table: string): string {
  return `SELECT min(day) FROM (SELECT (SELECT min(day) FROM ${table} WHERE series = series.id) AS day FROM series)`;
}
