import Database from 'better-sqlite3';
import { asError } from '../lib/errors.ts';
import { between, noReadings, settle } from './column.ts';
import { hourMs, hoursOf, joinHours } from './hours.ts';
import type { JournalReader } from './journal-reader.ts';
import type { TrendQuery } from './messages.ts';
import { chunkRows, type DayHours, dayMs, dayOf, type SealedReadings, type SeriesDay } from './sealed.ts';
import { addReadings, addSteps, rowOfStep, rowsOfColumn, type Step, type TrendRow } from './steps.ts';
import { mostRows, type ReadingStore, type StoreTells, slices } from './store.ts';
import { Tail } from './tail.ts';

export interface HistoryRetention {
  /** Of history.db, readings and roll-ups. */
  maxMegabytes: number;
  maxDays: number;
  /** Roll-ups by the hour outlive their readings. */
  hoursDays: number;
}

/** What may wait in memory; beyond this the older half is sealed, in chunks as short as they are. */
const mostTailRows = 1_000_000;
/** Readings are sealed at the latest when they have waited so long. */
const sealAfterMs = hourMs;
/** A day is over, for its roll-up, when its last readings have been sealed. */
const settleAfterMs = 2 * hourMs;
const tidyEveryMs = hourMs;
const readingsAtOnce = 100_000;
/** Rows in one transaction of sealing: some milliseconds. */
const sealRows = 2 * chunkRows;
/** Rolling over for size ends a tenth below the limit; the youngest day never goes for it. */
const lowShare = 0.9;

/** The embedded store: takes readings from the journal, keeps the newest in memory and seals them into history.db. */
export class EmbeddedStore implements ReadingStore {
  private readonly journal: JournalReader;
  private readonly sealed: SealedReadings;
  private readonly retention: HistoryRetention;
  private readonly tells: StoreTells;
  private readonly tail: Tail;
  /** The newest batch at each upkeep of the last hour. */
  private marks: { now: number; batch: number }[] = [];
  private sealing = false;
  /** What fails now, by the work that failed. */
  private readonly troubles = new Map<'sealing' | 'tidying', string>();
  private tidiedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: {
    journal: JournalReader;
    sealed: SealedReadings;
    retention: HistoryRetention;
    tells: StoreTells;
  }) {
    this.journal = deps.journal;
    this.sealed = deps.sealed;
    this.retention = deps.retention;
    this.tells = deps.tells;
    this.tail = new Tail((device, point) => this.sealed.seriesOf(device, point));
  }

  /** Takes some batches into the tail; whether there was one, and room for more. */
  private pull(): boolean {
    if (this.tail.rows > mostTailRows) return false;
    const batches = this.journal.after(this.tail.lastBatch, readingsAtOnce);
    for (const batch of batches) this.tail.add(batch, this.journal);
    return batches.length > 0;
  }

  private pullAll(): void {
    let more = true;
    while (more) more = this.pull();
  }

  async grown(): Promise<void> {
    await this.guarded('sealing', async () => {
      const pause = slices();
      while (this.pull()) {
        if (this.tail.rows > mostTailRows) await this.seal(this.olderHalf());
        await pause();
      }
      await this.seal(0);
    });
  }

  private olderHalf(): number {
    const done = this.tail.doneUpTo();
    return done + Math.ceil((this.tail.lastBatch - done) / 2);
  }

  async upkeep(now: number): Promise<void> {
    await this.guarded('sealing', async () => {
      this.pullAll();
      const before = this.marks.findLast((mark) => mark.now <= now - sealAfterMs);
      this.marks = this.marks.filter((mark) => mark.now > now - sealAfterMs);
      this.marks.push({ now, batch: this.tail.lastBatch });
      await this.seal(this.tail.rows > mostTailRows ? this.olderHalf() : (before?.batch ?? 0));
    });
    if (now - this.tidiedAt < tidyEveryMs) return;
    await this.guarded('tidying', async () => {
      const damage = await this.settleDays(now);
      await this.rollOver(now);
      this.tidiedAt = now;
      if (damage) throw damage;
    });
  }

  /** What fails is told, kept, and tried again with the next upkeep. */
  private async guarded(what: 'sealing' | 'tidying', work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.troubles.delete(what);
    } catch (thrown) {
      this.troubles.set(what, `history.db: ${asError(thrown).message}`);
    }
    const [first = null] = this.troubles.values();
    this.tells.trouble(first);
  }

  /** Seals series that have readings of batches up to this number, and those with a chunk's fill. */
  private async seal(upToBatch: number): Promise<void> {
    if (this.sealing) return;
    this.sealing = true;
    try {
      const pause = slices();
      const due = this.tail.due(upToBatch, chunkRows);
      for (let start = 0; start < due.length; ) {
        let rows = 0;
        let end = start;
        while (end < due.length && rows < sealRows) rows += this.tail.column(due[end++] ?? 0)?.at.length ?? 0;
        const some = due.slice(start, end);
        this.sealed.seal(this.tail.parts(some));
        this.tail.drop(some);
        start = end;
        await pause();
      }
      if (due.length > 0) this.tells.trim(this.tail.doneUpTo());
    } finally {
      this.sealing = false;
    }
  }

  /** A day with a damaged chunk stays as it is and holds up no other; the damage is answered. @throws SQLite's error */
  private async settleDays(now: number): Promise<Error | null> {
    const pause = slices();
    const today = dayOf(now - settleAfterMs);
    const due = this.sealed.due(today);
    let damage: Error | null = null;
    const settleOne = (one: SeriesDay) => {
      try {
        this.sealed.settleDay(one, one.day < today);
      } catch (thrown) {
        if (thrown instanceof Database.SqliteError) throw thrown;
        damage = new Error(`series ${one.series}, day ${one.day}: ${asError(thrown).message}`, {
          cause: thrown,
        });
      }
    };
    for (let next = 0; next < due.length; await pause()) next = this.sealed.slice(due, next, settleOne);
    return damage;
  }

  private async rollOver(now: number): Promise<void> {
    const { maxDays, hoursDays, maxMegabytes } = this.retention;
    const today = dayOf(now);
    await this.drop('chunk', today - maxDays);
    await this.drop('hours', today - Math.max(hoursDays, maxDays));
    const limit = maxMegabytes * 1024 * 1024;
    if (this.sealed.usedBytes() <= limit) return;
    for (const what of ['chunk', 'hours'] as const)
      for (;;) {
        const oldest = this.sealed.oldestDay(what);
        if (oldest === null || oldest >= today - 1) break;
        await this.drop(what, oldest + 1);
        if (this.sealed.usedBytes() <= limit * lowShare) return;
      }
    const used = Math.round(this.sealed.usedBytes() / 1024 / 1024);
    if (used > maxMegabytes)
      throw new Error(
        `it holds ${used} MiB, more than its ${maxMegabytes}, and only its last two days are left; raise retention.historyMegabytes`,
      );
  }

  private async drop(what: 'chunk' | 'hours', beforeDay: number): Promise<void> {
    const oldest = this.sealed.oldestDay(what);
    if (oldest === null || oldest >= beforeDay) return;
    const pause = slices();
    const all = this.sealed.allSeries();
    for (let next = 0; next < all.length; await pause())
      next = this.sealed.slice(all, next, (series) => {
        if (what === 'chunk') this.sealed.dropReadings(series, beforeDay);
        else this.sealed.dropHours(series, beforeDay);
      });
  }

  async query({ device, point, from, to, stepMs }: TrendQuery): Promise<TrendRow[]> {
    this.pullAll();
    const series = this.sealed.find(device, point);
    if (series === undefined) return [];
    // First what is in memory: what is sealed while this goes on is then there twice, and counts once.
    const growing = this.tail.column(series);
    const recent = growing ? between(settle([growing]), from, to) : noReadings;
    const hours = this.sealed.hoursBetween(series, dayOf(from), dayOf(to));
    const knownOf = new Map(hours.map((known) => [known.day, known]));
    const unsettled = new Set(this.sealed.unsettledBetween(series, dayOf(from), dayOf(to)));
    const days = new Set([...knownOf.keys(), ...unsettled, ...Array.from(recent.at, dayOf)]);
    const rows: TrendRow[] = [];
    const steps: Step[] = [];
    const pause = slices();
    for (const day of [...days].sort((a, b) => a - b)) {
      const late = between(recent, day * dayMs, (day + 1) * dayMs - 1);
      const known = knownOf.get(day);
      const isRolledUp = known && !unsettled.has(day) && late.at.length === 0;
      if (stepMs !== null && isRolledUp && (known.gone || stepMs >= hourMs))
        addSteps(steps, hoursWithin(known, from, to), stepMs);
      else {
        const sealed = this.sealed.readingsOf({ series, day }, from, to);
        const readings = between(settle([...sealed, late]), from, to);
        if (stepMs === null) for (const row of rowsOfColumn(readings)) rows.push(row);
        else if (known?.gone)
          addSteps(steps, joinHours(hoursWithin(known, from, to), hoursOf(readings)), stepMs);
        else addReadings(steps, readings, stepMs);
      }
      if (rows.length > mostRows || steps.length > mostRows) break;
      await pause();
    }
    return stepMs === null ? rows : steps.map(rowOfStep);
  }

  close(): void {
    this.sealed.close();
    this.journal.close();
  }
}

/** Where the readings of a day are gone its hours answer for them, however fine the steps. */
function hoursWithin({ steps }: DayHours, from: number, to: number): Step[] {
  return steps.filter(({ at }) => at >= from && at <= to);
}
