import { type Column, GrowingColumn } from './column.ts';
import type { JournalBatch, JournalReader } from './journal-reader.ts';

interface TailSeries {
  device: string;
  point: string;
  growing: GrowingColumn;
  /** The journal's oldest batch with a reading of it. */
  firstBatch: number;
}

/** What the journal holds and no chunk does yet, by series. */
export class Tail {
  rows = 0;
  /** The newest batch that is in it or was. */
  lastBatch = 0;
  private readonly series = new Map<number, TailSeries>();
  /** The journal's numbers of series, and the store's. */
  private readonly numbers = new Map<number, number>();
  private readonly seriesOf: (device: string, point: string) => number;

  /** @param seriesOf the store's number of a series */
  constructor(seriesOf: (device: string, point: string) => number) {
    this.seriesOf = seriesOf;
  }

  add({ id, rows, words }: JournalBatch, journal: Pick<JournalReader, 'nameOf'>): void {
    const { series, at, values, flags } = rows;
    for (let i = 0; i < at.length; i++) {
      const { growing } = this.openSeries(series[i] ?? 0, id, journal);
      growing.add(at[i] ?? 0, values[i] ?? 0, flags[i] ?? 0, words);
    }
    this.rows += at.length;
    this.lastBatch = id;
  }

  private openSeries(number: number, batch: number, journal: Pick<JournalReader, 'nameOf'>): TailSeries {
    const known = this.numbers.get(number);
    const open = known === undefined ? undefined : this.series.get(known);
    if (open) return open;
    const [device, point] = journal.nameOf(number);
    const own = known ?? this.seriesOf(device, point);
    this.numbers.set(number, own);
    const opened = { device, point, growing: new GrowingColumn(), firstBatch: batch };
    this.series.set(own, opened);
    return opened;
  }

  column(series: number): Column | undefined {
    return this.series.get(series)?.growing.column();
  }

  /** Series of which a batch up to this number is not sealed, and those that have so many rows. */
  due(upToBatch: number, rows: number): number[] {
    const due: number[] = [];
    for (const [id, { firstBatch, growing }] of this.series)
      if (firstBatch <= upToBatch || growing.count >= rows) due.push(id);
    return due;
  }

  /** For sealing; `drop` them when they are on disk. */
  parts(series: readonly number[]): { series: number; device: string; point: string; column: Column }[] {
    return series.flatMap((id) => {
      const open = this.series.get(id);
      return open
        ? [{ series: id, device: open.device, point: open.point, column: open.growing.column() }]
        : [];
    });
  }

  drop(series: readonly number[]): void {
    for (const id of series) {
      this.rows -= this.series.get(id)?.growing.count ?? 0;
      this.series.delete(id);
    }
  }

  /** The newest batch up to which nothing of the journal is needed any more. */
  doneUpTo(): number {
    let done = this.lastBatch;
    for (const { firstBatch } of this.series.values()) done = Math.min(done, firstBatch - 1);
    return done;
  }
}
