/**
 * State held in memory with an overlay: inside a turn `get` sees what earlier inputs of the same turn left, while
 * `committed` — what API reads and snapshots see — changes only when the turn's transaction is on disk.
 */
export class Table<T> {
  readonly name: string;
  private readonly rows = new Map<string, T>();
  private readonly overlay = new Map<string, T | undefined>();
  private readonly memory: Memory;

  constructor(name: string, memory: Memory) {
    this.name = name;
    this.memory = memory;
  }

  /** Committed rows only. */
  get committed(): ReadonlyMap<string, T> {
    return this.rows;
  }

  /** The row as the running turn sees it. */
  get(id: string): T | undefined {
    if (this.overlay.size > 0 && this.overlay.has(id)) return this.overlay.get(id);
    return this.rows.get(id);
  }

  /** Sets (or with `undefined` removes) a row within the running turn. Never change a row in place. */
  set(id: string, row: T | undefined): void {
    this.memory.note(this as Table<unknown>, id, this.overlay.get(id), this.overlay.has(id));
    this.overlay.set(id, row);
  }

  /** All rows as the running turn sees them. */
  *values(): Generator<T> {
    for (const [id, row] of this.rows) if (!this.overlay.has(id)) yield row;
    for (const row of this.overlay.values()) if (row !== undefined) yield row;
  }

  /** Fills the table at start, outside of any turn. */
  load(id: string, row: T): void {
    this.rows.set(id, row);
  }

  /** @internal for Memory: puts the overlay back to what it was before one `set`. */
  undo(id: string, before: unknown, had: boolean): void {
    if (had) this.overlay.set(id, before as T | undefined);
    else this.overlay.delete(id);
  }

  /** @internal for Memory. */
  settle(keep: boolean): void {
    if (keep) {
      for (const [id, row] of this.overlay) {
        if (row === undefined) this.rows.delete(id);
        else this.rows.set(id, row);
      }
    }
    this.overlay.clear();
  }
}

/** All tables of the house, so that a turn commits or drops them together and one failing input leaves no trace. */
export class Memory {
  private readonly touched = new Set<Table<unknown>>();
  private journal: { table: Table<unknown>; id: string; before: unknown; had: boolean }[] = [];

  table<T>(name: string): Table<T> {
    return new Table<T>(name, this);
  }

  note(table: Table<unknown>, id: string, before: unknown, had: boolean): void {
    this.touched.add(table);
    this.journal.push({ table, id, before, had });
  }

  /** Called before each input of a turn. */
  begin(): void {
    if (this.journal.length > 0) this.journal = [];
  }

  /** Undoes what the input since `begin` did. */
  rollback(): void {
    for (const { table, id, before, had } of this.journal.reverse()) table.undo(id, before, had);
    this.journal = [];
  }

  commit(): void {
    for (const table of this.touched) table.settle(true);
    this.touched.clear();
    this.journal = [];
  }

  drop(): void {
    for (const table of this.touched) table.settle(false);
    this.touched.clear();
    this.journal = [];
  }
}
