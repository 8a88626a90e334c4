import Database from 'better-sqlite3';
import { bufferOf, type PackedRows, rowsIn } from './batch.ts';

/** One batch of the journal as it was appended. */
export interface JournalBatch {
  id: number;
  rows: PackedRows;
  words: readonly string[];
}

/** The journal as the worker of a store sees it: on a connection of its own that only reads. */
export class JournalReader {
  private readonly db: Database.Database;
  private readonly batches: Database.Statement<[number], { id: number; rows: Buffer; words: string | null }>;
  private readonly series: Database.Statement<[number], [number, string, string]>;
  private readonly names = new Map<number, readonly [device: string, point: string]>();
  private lastSeries = 0;

  constructor(path: string) {
    this.db = new Database(path, { readonly: true });
    this.batches = this.db.prepare('SELECT id, rows, words FROM batch WHERE id > ? ORDER BY id');
    this.series = this.db.prepare<[number], [number, string, string]>(
      'SELECT id, device, point FROM series WHERE id > ? ORDER BY id',
    );
    this.series.raw();
  }

  /** The batches that follow a number, oldest first: as many as make up so many readings, or a little more. */
  after(id: number, readings: number): JournalBatch[] {
    const found: JournalBatch[] = [];
    let left = readings;
    for (const batch of this.batches.iterate(id)) {
      const rows = rowsIn(bufferOf(batch.rows));
      found.push({
        id: batch.id,
        rows,
        words: batch.words === null ? [] : (JSON.parse(batch.words) as string[]),
      });
      left -= rows.at.length;
      if (left <= 0) break;
    }
    return found;
  }

  /** Device and point that the journal numbers so. @throws RangeError when it knows no such number */
  nameOf(series: number): readonly [device: string, point: string] {
    const known = this.names.get(series);
    if (known) return known;
    for (const [id, device, point] of this.series.iterate(this.lastSeries)) {
      this.names.set(id, [device, point]);
      this.lastSeries = id;
    }
    const name = this.names.get(series);
    if (!name) throw new RangeError(`the journal has no series ${series}`);
    return name;
  }

  close(): void {
    this.db.close();
  }
}
